"""Where the management platform meets the world: gRPC, events, tables, books."""
