"""Following what the registry registers towards an obligation."""

from dataclasses import replace
from datetime import datetime

from ets_kernel.testing.clock import START, HandClock
from mrv.app.follow_compliance import follow_compliance
from mrv.domain.compliance import ComplianceStatus
from mrv_fakes import FakeObligations, FakeUnitOfWork
from mrv_messages import FIRST, PERIOD

STATUS = ComplianceStatus(
    credit_code=FIRST,
    period=PERIOD,
    province_code="37",
    obligation_tco2e=10,
    surrendered_tco2e=5,
    offset_tco2e=0,
    is_completed=False,
)


class Dated(FakeObligations):
    """Keeps when each status was recorded, too."""

    async def add_status(self, status: ComplianceStatus, *, at: datetime) -> None:
        self.statuses.append((status, at))


async def test_every_status_is_kept_after_the_ones_before_it_with_its_moment():
    uow = FakeUnitOfWork()
    uow.obligations = Dated(uow.tables)
    clock = HandClock()
    completed = replace(STATUS, surrendered_tco2e=10, is_completed=True)
    await follow_compliance(STATUS, uow=uow, clock=clock)
    later = clock.advance(days=1)
    await follow_compliance(completed, uow=uow, clock=clock)
    assert uow.obligations.statuses == [(STATUS, START), (completed, later)]
    assert uow.facts == []
