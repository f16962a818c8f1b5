"""Reading stored runs: one by its number, the latest without one, and none where there is none."""

from collections.abc import Sequence

import pytest
from checker_books import NOW
from consistency_checker.app.queries import get_reconciliation
from consistency_checker.domain.errors import ReconciliationNotFound
from consistency_checker.domain.reconciliation import Examination, Reconciliation, RunSummary


def run(ordinal: int) -> Reconciliation:
    examination = Examination(business_time=NOW, findings=(), digests={}, in_flight_count=0)
    return Reconciliation(reconciliation_no=f"RC-{ordinal}", examination=examination, evidence_counts={})


class Stored:
    """Port `ReconciliationReads` on a list, the latest run last."""

    def __init__(self, *runs: Reconciliation) -> None:
        self._runs = {stored.reconciliation_no: stored for stored in runs}

    async def latest_no(self) -> str:
        return next(reversed(self._runs), "")

    async def get(self, reconciliation_no: str) -> Reconciliation | None:
        return self._runs.get(reconciliation_no)

    async def page(self, *, below_ordinal: int | None, limit: int) -> Sequence[RunSummary]:
        return []


@pytest.mark.parametrize(("number", "found"), [("RC-1", 1), ("RC-2", 2), ("", 2)])
async def test_a_run_is_given_by_its_number_and_the_latest_without_one(number, found):
    assert await get_reconciliation(number, Stored(run(1), run(2))) == run(found)


@pytest.mark.parametrize(("number", "stored"), [("RC-3", (run(1), run(2))), ("", ()), ("RC-1", ())])
async def test_a_run_that_is_not_there_is_not_found(number, stored):
    with pytest.raises(ReconciliationNotFound) as refusal:
        await get_reconciliation(number, Stored(*stored))
    assert refusal.value.metadata["reconciliation_no"] == number
