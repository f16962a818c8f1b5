"""Compares the books of all services at a consistent cut."""
