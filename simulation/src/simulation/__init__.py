"""The outside world of the national ETS, and the `ets` command line."""
