"""Facts of the consistency checker."""

from dataclasses import dataclass
from datetime import datetime

from consistency_checker.domain.reconciliation import Reconciliation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationCompleted:
    """A run is done."""

    reconciliation: Reconciliation
    at: datetime


Fact = ReconciliationCompleted
