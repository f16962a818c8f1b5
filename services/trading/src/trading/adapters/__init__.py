"""How trading meets the world: gRPC, events, other services, the database."""
