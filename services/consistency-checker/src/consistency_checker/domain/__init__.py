"""Books, verdicts and invariants. Pure: standard library and the kernel's domain only."""
