"""The registry's tables, repositories and unit of work."""
