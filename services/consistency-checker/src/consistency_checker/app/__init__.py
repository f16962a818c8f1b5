"""Use cases of the consistency checker, one file each."""
