"""Alembic runs this; the connection is the kernel's."""

from ets_kernel.runtime.migrations import run_environment

run_environment()
