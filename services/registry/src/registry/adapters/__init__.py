"""Where the registration system meets the world: gRPC, events, tables, books."""
