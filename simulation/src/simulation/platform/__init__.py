"""Running the platform on one machine: a private PostgreSQL, a broker and one process per service."""
