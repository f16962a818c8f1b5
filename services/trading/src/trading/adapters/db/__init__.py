"""The database of trading."""
