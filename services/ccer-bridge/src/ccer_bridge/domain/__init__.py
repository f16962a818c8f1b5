"""The rules of the voluntary-reduction registry: pure values and decisions."""
