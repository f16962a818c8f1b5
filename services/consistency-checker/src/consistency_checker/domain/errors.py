"""Refusals of the consistency checker.

EtsError
└── NotFound
    └── ReconciliationNotFound      RECONCILIATION_NOT_FOUND
"""

from ets_kernel.domain.errors import NotFound


class ReconciliationNotFound(NotFound):
    """There is no such run, or none at all yet. Metadata: reconciliation_no."""

    reason = "RECONCILIATION_NOT_FOUND"
