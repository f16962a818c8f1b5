"""The broker as a port, and its adapters."""
