"""The rules of trading and settlement, without effects."""
