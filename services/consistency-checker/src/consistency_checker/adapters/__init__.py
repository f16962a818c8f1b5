"""Everything that touches the world outside: gRPC, events, PostgreSQL, the other services."""
