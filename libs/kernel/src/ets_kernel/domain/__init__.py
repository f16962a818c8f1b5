"""What every domain shares: pure values and rules, without a clock reading, a database or a network."""
