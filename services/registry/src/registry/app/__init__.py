"""The use cases of the registration system, one per file, and what they need from outside."""
