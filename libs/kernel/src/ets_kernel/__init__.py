"""What every service of the national ETS shares; it knows no service."""
