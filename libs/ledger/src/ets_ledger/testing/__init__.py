"""What benchmarks and tests of other distributions need of the ledger."""
