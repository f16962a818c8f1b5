"""The rules of the registration system: pure values and decisions."""
