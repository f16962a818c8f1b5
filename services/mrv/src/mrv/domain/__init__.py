"""The rules of the management platform: pure values and decisions."""
