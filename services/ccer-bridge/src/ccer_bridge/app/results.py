"""Outcomes of batches: for each item, at its index, what it made or why it changed nothing."""

from ets_kernel.domain.errors import EtsError

ItemOutcome = str | EtsError
"""A reference (account number, cancellation number), or a refusal."""
