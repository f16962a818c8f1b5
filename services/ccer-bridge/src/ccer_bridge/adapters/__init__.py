"""What connects the use cases with gRPC, events and the database."""
