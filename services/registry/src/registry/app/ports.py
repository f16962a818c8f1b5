"""What the use cases need from outside, in the registry's own words.

Everything here happens in the one transaction of the use case; nobody commits. Reads that lock say so, and every use
case locks in one order, each kind in the order of its keys, so that two batches never wait for each other in a ring:

1. what stands for nothing stored yet, by its name: openings, hand-overs of a province, changes, the day's head;
2. papers that name the accounts: allocation tables, cases of forced surrender, changes of obligations;
3. accounts;
4. papers of these accounts: carry-over notices and runs, then transfers, instructions, applications, rows of
   hand-overs;
5. obligations;
6. the ledger, by its own order, and the head of the journal at the end.

`tests/properties/machine_locks.py` watches it on every transaction of the state machine.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Protocol

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.sealing import Signer
from ets_ledger.domain.commands import Command
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.journal import TreeHead

from registry.app.accounts_ports import (
    AccountApplications,
    Accounts,
    Instructions,
    Operators,
    Restrictions,
)
from registry.app.allocation_ports import Adjustments, Earmarks, Tables
from registry.app.change_ports import Changes
from registry.app.retirement_ports import Cancellations, CarryOvers
from registry.app.surrender_ports import EntityPeriod, ForcedSurrenders, ObligationChanges
from registry.domain.accounts import ListedEntity
from registry.domain.events import Fact
from registry.domain.handover import (
    AcceptedRow,
    HandoverContext,
    HandoverRow,
    LastHandover,
    Manifest,
    RowOutcome,
)
from registry.domain.obligation import Obligation
from registry.domain.offset_credit import CreditBlock
from registry.domain.surrender import SurrenderApplication, SurrenderStatus
from registry.domain.trading import ReturnedUnits, Settlement, TradingTransfer


class Roster(Protocol):
    """Key emitters as the management platform listed them."""

    async def listed(self, credit_codes: Collection[str]) -> Mapping[str, ListedEntity]:
        """Give the entities among these that are listed."""
        ...

    async def put(self, entity: ListedEntity, *, period: str) -> None:
        """List an entity for a period, or change its name or province."""
        ...


class Projects(Protocol):
    """Voluntary-reduction projects."""

    async def put(
        self, project_no: str, *, is_inside_national_market: bool, registered_time: datetime
    ) -> None:
        """Remember a project with its mark, and when it was registered first."""
        ...


class Obligations(Protocol):
    """Obligations by entity and period."""

    async def get(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, Obligation]:
        """Give those that exist, locked."""
        ...

    async def add(self, obligations: Sequence[Obligation]) -> None:
        """Impose obligations."""
        ...

    async def of_entities(self, credit_codes: Collection[str]) -> Mapping[EntityPeriod, Obligation]:
        """Give all obligations of entities, locked."""
        ...

    async def save(self, obligations: Sequence[Obligation], *, at: datetime) -> None:
        """Store how obligations stand, and keep how they stood before."""
        ...


class Transfers(Protocol):
    """Units sent to and returned from trading, and settled trades."""

    async def last_ordinals(self, account_nos: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by accounts that have one."""
        ...

    async def add(self, transfers: Sequence[TradingTransfer]) -> None:
        """Store transfers that were sent."""
        ...

    async def lock(self, transfer_no: str) -> TradingTransfer | None:
        """Give a transfer, locked."""
        ...

    async def save_state(self, transfer: TradingTransfer) -> None:
        """Store where the units of a transfer are."""
        ...

    async def returned(self, withdrawal_no: str) -> ReturnedUnits | None:
        """Give a return that was made."""
        ...

    async def add_return(self, returned: ReturnedUnits) -> None:
        """Store a return."""
        ...

    async def settled(self, trade_nos: Collection[str]) -> Mapping[str, Settlement]:
        """Give the trades among these that were settled."""
        ...

    async def add_settled(self, trades: Sequence[Settlement], *, trading_date: date) -> None:
        """Store settled trades."""
        ...


class Handovers(Protocol):
    """Hand-overs and the credits made from them."""

    async def lock_last(self, province_code: str) -> LastHandover | None:
        """Give the last hand-over of a province that was taken."""
        ...

    async def accepted_row_nos(self, manifest: Manifest) -> frozenset[int] | None:
        """Give the rows accepted of a hand-over with this manifest; None when it was not taken."""
        ...

    async def context(self, rows: Sequence[HandoverRow]) -> HandoverContext:
        """Give all that is known about what the rows name."""
        ...

    async def take(self, manifest: Manifest, outcomes: Sequence[RowOutcome], *, at: datetime) -> None:
        """Store a hand-over with the outcome of each row."""
        ...

    async def judge_again(self, manifest: Manifest, outcomes: Sequence[RowOutcome]) -> None:
        """Store the new outcomes of rows that were rejected before."""
        ...

    async def reject(self, manifest: Manifest, error: EtsError, *, at: datetime) -> None:
        """Store that a hand-over was rejected, and nothing else of it."""
        ...

    async def uncredited(self, until: date) -> Sequence[AcceptedRow]:
        """Give accepted rows without credits of hand-overs up to a business date, locked, oldest first."""
        ...

    async def add_credits(self, rows: Sequence[AcceptedRow], *, at: datetime) -> None:
        """Store that credits were made from rows."""
        ...


class Applications(Protocol):
    """Surrender applications."""

    async def last_ordinals(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, int]:
        """Give the last number used by entities that have one."""
        ...

    async def pending(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, tuple[int, int]]:
        """Give what is applied for and not registered: all of it, and the CCER in it, tCO2e."""
        ...

    async def borrowed(self, keys: Collection[EntityPeriod]) -> Mapping[EntityPeriod, int]:
        """Give what entities borrowed for a period by issued tables and have not applied to surrender, tCO2e."""
        ...

    async def free_credits(self, credit_codes: Collection[str]) -> Mapping[str, Sequence[CreditBlock]]:
        """Give credits that no application holds and nobody took back, in the order of creation."""
        ...

    async def add(self, applications: Sequence[SurrenderApplication]) -> None:
        """Store new applications."""
        ...

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, SurrenderApplication]:
        """Give applications, locked."""
        ...

    async def lock_with_status(self, status: SurrenderStatus) -> Sequence[SurrenderApplication]:
        """Give all applications of a status, locked, by number."""
        ...

    async def lock_pending(self, keys: Collection[EntityPeriod]) -> Sequence[SurrenderApplication]:
        """Give what is applied for and not registered, locked, by number."""
        ...

    async def save(self, applications: Sequence[SurrenderApplication]) -> None:
        """Store status, people and times."""
        ...


class Ledger(Protocol):
    """The registry's ledger."""

    async def post(self, commands: Iterable[Command], *, at: datetime) -> Sequence[Entry | EtsError]:
        """Carry out commands in order; an entry or a refusal for each."""
        ...

    def post_last(self, command: Command, *, at: datetime) -> None:
        """Carry out a command with others of the transaction just before its commit; a refusal rolls all back.

        For events, of which many share a transaction: the ledger is locked once, in one order, and only at the end.
        """
        ...

    async def judge(self, commands: Iterable[Command], *, at: datetime) -> Sequence[Entry | EtsError]:
        """Tell what `post` would answer now, and carry out nothing."""
        ...

    async def entries(self, transfer_ids: Collection[str]) -> Mapping[str, Entry]:
        """Give the entries of the journal among these, by transfer id."""
        ...

    async def positions(self, account_nos: Collection[str]) -> Mapping[tuple[str, str, str], int]:
        """Give what accounts hold other than zero, by account, product and bucket."""
        ...

    async def registered(self, account_nos: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what accounts hold free in the registry, by account and product."""
        ...

    async def holders_among(self, account_nos: Collection[str]) -> Set[str]:
        """Give the accounts among these that hold units in any bucket."""
        ...

    async def sign_head(self, business_date: date, *, signer: Signer, at: datetime) -> tuple[TreeHead, bytes]:
        """Sign the journal's head once per date; give it with the hash of the last batch under it."""
        ...


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def roster(self) -> Roster:
        """The roster."""
        ...

    @property
    def accounts(self) -> Accounts:
        """The accounts."""
        ...

    @property
    def account_applications(self) -> AccountApplications:
        """The applications about accounts."""
        ...

    @property
    def operators(self) -> Operators:
        """The operators of accounts."""
        ...

    @property
    def restrictions(self) -> Restrictions:
        """The restrictions of use."""
        ...

    @property
    def instructions(self) -> Instructions:
        """The commands that a second operator confirms."""
        ...

    @property
    def projects(self) -> Projects:
        """The projects."""
        ...

    @property
    def tables(self) -> Tables:
        """The allocation tables."""
        ...

    @property
    def adjustments(self) -> Adjustments:
        """What is to be deducted from allocations."""
        ...

    @property
    def earmarks(self) -> Earmarks:
        """What provinces' accounts hold for entities."""
        ...

    @property
    def obligations(self) -> Obligations:
        """The obligations."""
        ...

    @property
    def obligation_changes(self) -> ObligationChanges:
        """Changes of obligations."""
        ...

    @property
    def forced_surrenders(self) -> ForcedSurrenders:
        """Forced surrenders."""
        ...

    @property
    def transfers(self) -> Transfers:
        """The transfers and settled trades."""
        ...

    @property
    def handovers(self) -> Handovers:
        """The hand-overs."""
        ...

    @property
    def applications(self) -> Applications:
        """The surrender applications."""
        ...

    @property
    def cancellations(self) -> Cancellations:
        """The applications to cancel units."""
        ...

    @property
    def carry_overs(self) -> CarryOvers:
        """The carry-over: findings, notices, applications, runs."""
        ...

    @property
    def changes(self) -> Changes:
        """The change registrations."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        ...

    def record(self, fact: Fact) -> None:
        """Tell a fact with the commit."""
        ...
