"""What the model remembers, in plain dictionaries, and how its answers look.

The model is the registry once more, for one caller at a time, written from the rules and not from the service's code:
it imports nothing of the registry and nothing of the ledger.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from model_units import Place, Units

Outcome = tuple[str, str]
"""Why an item was refused, or empty; and the reference of an accepted one."""

PERIOD = "2019-2020"
CEA = "CEA-2019-2020"
# 2021-12-31 17:00 in Shanghai.
DEADLINE = "2021-12-31T09:00:00+00:00"


def accepted(reference: str) -> Outcome:
    return ("", reference)


def refused(reason: str) -> Outcome:
    return (reason, "")


def is_allowance(product: str) -> bool:
    return product.startswith("CEA-")


def account_of(credit_code: str) -> str:
    return f"R-E-{credit_code}"


def province_account(province_code: str) -> str:
    return f"R-P-{province_code}"


def registered(account_no: str) -> Place:
    return (account_no, "registered")


@dataclass
class Plant:
    """The one generating unit of an entity: conventional coal above 300 MW at full load, without heat."""

    credit_code: str
    name: str
    province_code: str
    supply_mwh: dict[int, int]
    emissions_tco2e: dict[int, int]


@dataclass
class Account:
    """A registration account; an application that waits for its first opening makes one too, at version 0."""

    kind: str
    credit_code: str
    province_code: str
    status: str = "open"
    version: int = 1
    versions: list[tuple[int, str, str, str]] = field(default_factory=list)

    def step(self, change: str, uses: set[str]) -> None:
        """Stand otherwise from now on: keep the version."""
        self.versions.append((self.version, self.status, " ".join(sorted(uses)), change))


@dataclass
class Table:
    """An allocation table, with the figures that the registry has of its own."""

    revision: int
    status: str
    # Issue and obligation by entity.
    rows: dict[str, tuple[int, int]]
    is_different: bool = False
    initiated_by: str = ""


@dataclass
class Paper:
    """An application about an account: who holds it, what it asks for, and where it stands."""

    account_no: str
    kind: str
    status: str = "submitted"
    first_reviewer: str = ""
    # Name and province of an opening.
    name: str = ""
    province_code: str = ""
    # Operators to register (subject, initiates, confirms) and to remove.
    registered: tuple[tuple[str, bool, bool], ...] = ()
    removed: tuple[str, ...] = ()


@dataclass
class Instruction:
    """A holder's command that waits for a second operator; `command` is what to call with which arguments."""

    account_no: str
    command: tuple[str, tuple[object, ...]]
    initiator: str
    status: str = "initiated"


@dataclass
class Owed:
    """An obligation."""

    province_code: str
    owed: int
    surrendered: int = 0
    offset: int = 0
    completed: datetime | None = None
    deducted: int = 0
    notices: int = 1
    certificates: int = 0

    @property
    def limit(self) -> int:
        return self.owed * 5 // 100

    @property
    def covered(self) -> int:
        """Registered allowances, and the CCER that count: those up to the limit."""
        return self.surrendered + min(self.offset, self.limit)

    @property
    def unmet(self) -> int:
        """What is neither met nor taken from the next allocation."""
        return max(self.owed - min(self.covered, self.owed) - self.deducted, 0)

    def state(self, at: datetime, deadline: datetime) -> str:
        """How the entity stands; the deadline is the first moment that is too late."""
        if self.completed is not None:
            return "completed_on_time" if self.completed < deadline else "completed_late"
        if at >= deadline:
            return "overdue"
        return "partial" if min(self.covered, self.owed) else "open"

    def complete(self, at: datetime) -> None:
        """Be met in full from now on, with another certificate."""
        self.completed = at
        self.certificates += 1


@dataclass
class Application:
    """A surrender application; lines are product, quantity and, for credits, the serials picked."""

    credit_code: str
    province_code: str
    lines: list[tuple[str, int, list[int] | None]]
    # The account that gives the units, and who helps with it; nobody where they are the entity's own.
    account_no: str
    helper: str = ""
    status: str = "submitted"
    is_consented: bool = False

    @property
    def quantity(self) -> int:
        return sum(quantity for _, quantity, _ in self.lines)

    @property
    def offset(self) -> int:
        return sum(quantity for product, quantity, _ in self.lines if product.startswith("OFFSET-"))


@dataclass
class Change:
    """A proposed change of an obligation."""

    credit_code: str
    before: int
    after: int
    person: str
    status: str = "initiated"


@dataclass
class Cancellation:
    """An application to cancel units for good, with the very units."""

    account_no: str
    product: str
    serials: list[int]
    applicant: str
    checker: str = ""
    status: str = "submitted"
    certificate: str = ""


@dataclass
class Row:
    """A row of a hand-over that was taken."""

    row_no: int
    cancellation_no: str
    application_no: str
    credit_code: str
    product: str
    serials: list[tuple[int, int]]
    quantity: int
    reason: str
    is_credited: bool = False


@dataclass
class Handover:
    """A hand-over that was taken."""

    province_code: str
    business_date: str
    digest: bytes
    quantity: int
    row_count: int
    rows: list[Row] = field(default_factory=list)


class State:
    """Everything the model knows."""

    def __init__(self) -> None:
        self.units = Units()
        self.roster: dict[str, tuple[str, str]] = {}
        self.plants: dict[str, Plant] = {}
        self.accounts: dict[str, Account] = {}
        # Restrictions by number: account, uses, whether lifted.
        self.restrictions: dict[str, tuple[str, frozenset[str], bool]] = {}
        # Operators by account and subject: whether they initiate, whether they confirm.
        self.operators: dict[str, dict[str, tuple[bool, bool]]] = {}
        self.instructions: dict[str, Instruction] = {}
        # Applications about accounts by number.
        self.papers: dict[str, Paper] = {}
        self.tables: dict[str, Table] = {}
        self.owed: dict[str, Owed] = {}
        self.transfers: dict[str, tuple[str, str, int, str]] = {}
        self.returns: dict[str, tuple[str, str, int]] = {}
        self.trades: dict[str, tuple[str, str, str, int]] = {}
        self.inside_projects: set[str] = set()
        self.handovers: dict[str, Handover] = {}
        self.rejections: list[tuple[str, int, int, bytes]] = []
        # Credits in the order of creation: cancellation, entity, product and serials of each block.
        self.credits: list[tuple[str, str, str, int, int]] = []
        self.applications: dict[str, Application] = {}
        self.changes: dict[str, Change] = {}
        self.cancellations: dict[str, Cancellation] = {}
        # Entries of the journal that somebody may want corrected: kind, product, serials, from where, to where.
        self.entries: dict[str, tuple[str, str, list[int], Place, Place]] = {}
        # By mergers: whose obligation, by which registration, who owes it now, and how much.
        self.successions: list[tuple[str, str, str, int]] = []
        # Carried out in this order: by which registration, who was absorbed, who survived.
        self.mergers: list[tuple[str, str, str]] = []
        self.dead_letters: list[str] = []
        # By entity what was deducted or taken back, and what was left to deduct then.
        self.deductions: dict[str, list[tuple[int, int]]] = {}
        self.told: Counter[str] = Counter()
        # Whether the command in hand was confirmed by a second operator.
        self.is_confirmed = False
        self.now = datetime(2021, 1, 1, tzinfo=UTC)

    def is_open(self, credit_code: str) -> bool:
        return self.is_open_no(account_of(credit_code))

    def is_open_no(self, account_no: str) -> bool:
        known = self.accounts.get(account_no)
        return known is not None and known.status == "open"

    def not_open(self, account_no: str) -> str:
        """Why an account that is not open is none."""
        known = self.accounts.get(account_no)
        return "ACCOUNT_CLOSED" if known is not None and known.status == "closed" else "ACCOUNT_NOT_FOUND"

    def stopped(self, account_no: str) -> set[str]:
        """The uses of an account that restrictions in force stop."""
        return {
            use
            for number, uses, is_lifted in self.restrictions.values()
            if number == account_no and not is_lifted
            for use in uses
        }

    def refusal_of_command(self, account_no: str) -> str:
        """Why a holder cannot give a command directly: somebody is registered who confirms."""
        confirmers = [one for one in self.operators.get(account_no, {}).values() if one[1]]
        return "CONFIRMATION_NEEDED" if confirmers and not self.is_confirmed else ""

    def refusal_of_use(self, account_no: str, use: str) -> str:
        return "ACCOUNT_RESTRICTED" if use in self.stopped(account_no) else ""

    def free(self, credit_code: str, product: str) -> int:
        return self.units.count(registered(account_of(credit_code)), product)

    def not_free(self, account_no: str, product: str) -> int:
        """What an account holds for others, of whom there are none before the plans of later years."""
        return 0

    def tell(self, message: str, count: int = 1) -> None:
        self.told[message] += count
