"""Applications about accounts as a call takes them, one after the other: shared steps."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from ets_kernel.domain.calendars import WorkCalendar
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ApplicationNo

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.account_applications import (
    AccountApplication,
    ApplicationKind,
    Submission,
    due_date,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenApplications:
    """What waits of the accounts, their last numbers, and what the call has taken so far."""

    waiting: dict[tuple[str, ApplicationKind], str]
    ordinals: dict[str, int]
    submitted_by: str
    at: datetime
    calendar: WorkCalendar
    taken: list[AccountApplication] = field(default_factory=list)

    def submission(self, account_no: str, kind: ApplicationKind) -> Submission:
        """Give what counts for the next application of a kind about an account."""
        number = self.waiting.get((account_no, kind))
        return Submission(
            submitted_by=self.submitted_by,
            at=self.at,
            due_date=due_date(self.at, self.calendar),
            last_ordinal=self.ordinals.get(account_no, 0),
            waiting=ApplicationNo(number) if number is not None else None,
        )

    def take(self, decided: AccountApplication | EtsError) -> ItemOutcome:
        """Go on from what was decided on an application."""
        if isinstance(decided, EtsError):
            return decided
        self.waiting[decided.account_no, decided.kind] = decided.application_no
        self.ordinals[decided.account_no] = decided.ordinal
        self.taken.append(decided)
        return decided.application_no


async def applications_of(
    account_nos: Collection[str],
    *,
    submitted_by: str,
    at: datetime,
    calendar: WorkCalendar,
    uow: UnitOfWork,
) -> TakenApplications:
    """Give how applications about accounts stand, with none taken yet; the caller keeps others from applying."""
    return TakenApplications(
        waiting=dict(await uow.account_applications.waiting(account_nos)),
        ordinals=dict(await uow.account_applications.last_ordinals(account_nos)),
        submitted_by=submitted_by,
        at=at,
        calendar=calendar,
    )
