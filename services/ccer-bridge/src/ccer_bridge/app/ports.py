"""What the use cases need from outside, in the voluntary-reduction registry's own words.

Everything here happens in the one transaction of the use case; nobody commits. Locks are taken in one order, so that
two batches never wait for each other in a ring: the window, applications, accounts, then the ledger.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProvinceCode
from ets_ledger.domain.commands import Command
from ets_ledger.domain.entries import Entry

from ccer_bridge.domain.accounts import Account
from ccer_bridge.domain.applications import ConfirmedApplication, WeeklySummary
from ccer_bridge.domain.cancellation import Cancellation
from ccer_bridge.domain.events import Fact
from ccer_bridge.domain.handover import (
    Acknowledgement,
    AnsweredRow,
    Handover,
    HandoverRow,
    HandoverState,
    Pending,
)
from ccer_bridge.domain.projects import Issuance, Project
from ccer_bridge.domain.transfers import ReturnedUnits, Settlement, VenueTransfer

IssueKey = tuple[str, int, str, str]
"""Project, reduction year, first and last day of the monitoring period."""


class Projects(Protocol):
    """Projects and what was issued for them."""

    async def lock(self, project_nos: Collection[str]) -> Mapping[str, Project]:
        """Give the projects among these; others wait before they register or issue anything."""
        ...

    async def among(self, project_nos: Collection[str]) -> Mapping[str, Project]:
        """Give the projects among these."""
        ...

    async def add(self, projects: Sequence[Project], *, at: datetime) -> None:
        """Register projects."""
        ...

    async def issued(self, project_nos: Collection[str]) -> frozenset[IssueKey]:
        """Give what was issued for these projects."""
        ...

    async def add_issued(self, issuances: Sequence[Issuance], *, at: datetime) -> None:
        """Store what was issued."""
        ...


class Accounts(Protocol):
    """General holding accounts."""

    async def among(self, account_nos: Collection[str]) -> Mapping[str, Account]:
        """Give the accounts among these, whatever their status."""
        ...

    async def lock(self, account_nos: Collection[str]) -> Mapping[str, Account]:
        """Give the accounts among these and keep others from reviewing them and from taking their registered units."""
        ...

    async def lock_to_apply(self, account_nos: Collection[str]) -> Mapping[str, Account]:
        """Give the accounts among these, locked, and keep all others from applying for new ones."""
        ...

    async def save(self, accounts: Sequence[Account], *, at: datetime) -> None:
        """Store new versions of accounts, and keep the ones before."""
        ...


class Transfers(Protocol):
    """Units sent to and returned from venues, and settled trades."""

    async def add(self, transfers: Sequence[VenueTransfer]) -> None:
        """Store transfers that were sent."""
        ...

    async def lock(self, transfer_no: str) -> VenueTransfer | None:
        """Give a transfer, locked."""
        ...

    async def save_state(self, transfer: VenueTransfer) -> None:
        """Store where the units of a transfer are."""
        ...

    async def returned(self, withdrawal_no: str) -> ReturnedUnits | None:
        """Give a return that was made."""
        ...

    async def add_return(self, returned: ReturnedUnits) -> None:
        """Store a return."""
        ...

    async def lock_settled(self, trade_nos: Collection[str]) -> Mapping[str, Settlement]:
        """Give the trades among these that were settled; others wait before they settle anything."""
        ...

    async def add_settled(self, trades: Sequence[Settlement], *, trading_date: date) -> None:
        """Store settled trades."""
        ...


class Applications(Protocol):
    """Confirmed applications and weekly summaries, as the management platform told."""

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, ConfirmedApplication]:
        """Give the confirmed applications among these, locked."""
        ...

    async def add(self, application: ConfirmedApplication) -> None:
        """Store a confirmed application."""
        ...

    async def save(self, applications: Sequence[ConfirmedApplication]) -> None:
        """Store what is cancelled under applications."""
        ...

    async def summary(self, province_code: ProvinceCode, business_date: date) -> WeeklySummary | None:
        """Give the summary of a province and date as received."""
        ...

    async def add_summary(self, summary: WeeklySummary) -> None:
        """Store a summary."""
        ...


class Cancellations(Protocol):
    """Cancellations, and the window in which they are made."""

    async def enter_window(self) -> None:
        """Keep the daily hand-over waiting until this transaction ends; cancellations do not wait for each other."""
        ...

    async def add(self, cancellations: Sequence[Cancellation]) -> None:
        """Store cancellations, which wait for their hand-over from now on."""
        ...


class Handovers(Protocol):
    """Daily hand-overs."""

    async def lock_window(self) -> date | None:
        """Wait for all cancellations under way, let no other in, and give the last date that was run."""
        ...

    async def pending(self, before: datetime) -> Sequence[Pending]:
        """Give the cancellations made before a moment that were not handed over."""
        ...

    async def last_digests(self) -> Mapping[ProvinceCode, bytes]:
        """Give the digest of each province's last manifest."""
        ...

    async def add(self, business_date: date, handovers: Sequence[Handover], *, at: datetime) -> None:
        """Store the run of a date with its hand-overs and rows."""
        ...

    async def lock(self, handover_no: str) -> tuple[HandoverState, Sequence[AnsweredRow]] | None:
        """Give a hand-over, locked, with its rows in their order."""
        ...

    async def lock_since(
        self, business_date: date, province_code: str
    ) -> Sequence[tuple[HandoverState, Sequence[HandoverRow]]]:
        """Give the hand-overs of a date and of later ones, locked, by date; of one province, or of all if empty."""
        ...

    async def save_issues(self, issues: Sequence[tuple[HandoverState, HandoverState]]) -> None:
        """Store the last issue of hand-overs, and keep the one before it, which comes first in each pair."""
        ...

    async def save_answer(self, state: HandoverState, answer: Acknowledgement) -> None:
        """Store the answer to a hand-over and to each of its rows."""
        ...

    async def lock_overdue(self, issued_until: datetime) -> Sequence[HandoverState]:
        """Give hand-overs issued up to a moment, neither answered nor alarmed, locked, by number."""
        ...

    async def save_alarms(self, states: Sequence[HandoverState]) -> None:
        """Store that alarms were raised."""
        ...


class Ledger(Protocol):
    """The ledger of serial blocks."""

    async def post(self, commands: Iterable[Command], *, at: datetime) -> Sequence[Entry | EtsError]:
        """Carry out commands in order; an entry or a refusal for each."""
        ...

    def post_last(self, command: Command, *, at: datetime) -> None:
        """Carry out a command with others of the transaction just before its commit; a refusal rolls all back.

        For events, of which many share a transaction: the ledger is locked once, in one order, and only at the end.
        """
        ...

    async def registered(self, account_nos: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what accounts hold free in the registry, by account and product."""
        ...


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def projects(self) -> Projects:
        """The projects."""
        ...

    @property
    def accounts(self) -> Accounts:
        """The accounts."""
        ...

    @property
    def transfers(self) -> Transfers:
        """The transfers and settled trades."""
        ...

    @property
    def applications(self) -> Applications:
        """The confirmed applications and summaries."""
        ...

    @property
    def cancellations(self) -> Cancellations:
        """The cancellations."""
        ...

    @property
    def handovers(self) -> Handovers:
        """The hand-overs."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        ...

    def record(self, fact: Fact) -> None:
        """Tell a fact with the commit."""
        ...
