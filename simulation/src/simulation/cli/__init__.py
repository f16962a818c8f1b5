"""The `ets` command line."""

from simulation.cli.app import main

__all__ = ["main"]
