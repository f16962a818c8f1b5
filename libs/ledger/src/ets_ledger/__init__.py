"""Double-entry ledger of serial blocks with a hash-chained journal."""
