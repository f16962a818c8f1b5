"""Runs the migrations of this service on the connection that the kernel gives."""

from ets_kernel.runtime.migrations import run_environment

run_environment()
