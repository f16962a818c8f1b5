"""Private servers for one machine: PostgreSQL and a broker, without containers."""
