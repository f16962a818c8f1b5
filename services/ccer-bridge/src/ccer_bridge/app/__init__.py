"""The use cases of the voluntary-reduction registry, one per file, and what they need from outside."""
