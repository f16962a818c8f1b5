"""What can be done with trading and settlement, one file per use case."""
