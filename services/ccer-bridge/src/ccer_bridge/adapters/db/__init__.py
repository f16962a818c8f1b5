"""The voluntary-reduction registry in PostgreSQL."""
