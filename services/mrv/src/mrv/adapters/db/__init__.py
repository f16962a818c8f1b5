"""The management platform's tables, repositories and unit of work."""
