"""The use cases of the management platform, one per file, and what they need from outside."""
