"""What the model of 2022 to 2026 remembers beside the state of 2021: plans, what is deducted and held, carry-over."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from model_state import Owed, State

PROVINCE = "37"
YEARS = ("2022", "2023", "2024")
INDUSTRY = "2024/VERIFIED/37/industry"
OLD = ("CEA-2019-2020", "CEA-2021", "CEA-2022", "CEA-2023", "CEA-2024")
NEW = "CEA-2025"
BORROWED = "BORROWED-2023"

# The last moment of each year's surrender has passed (2023-12-31, 2024-12-31 and 2025-12-31 in Shanghai).
DEADLINES = {
    "2022": datetime(2023, 12, 31, 16, tzinfo=UTC),
    "2023": datetime(2024, 12, 31, 16, tzinfo=UTC),
    "2024": datetime(2025, 12, 31, 16, tzinfo=UTC),
}
# 2025-12-31 23:59 in Shanghai.
HOLDING_TIME = datetime(2025, 12, 31, 15, 59, tzinfo=UTC)
# Applications from these moments on belong to the second batch, and to the one of units that courts released since.
SECOND_BATCH = datetime(2026, 3, 20, 16, tzinfo=UTC)
LATE_BATCH = datetime(2026, 6, 10, 16, tzinfo=UTC)
# From 2026-09-01 on any vintage clears what is overdue.
ARREARS = datetime(2026, 8, 31, 16, tzinfo=UTC)


@dataclass
class LaterPlant:
    """An entity with one unit, by year; a steel enterprise has emissions only."""

    number: int
    credit_code: str
    name: str
    province_code: str
    emissions_tco2e: dict[int, int]
    output_mwh: dict[int, int] = field(default_factory=dict)
    # Periods in which the province holds its allowances, and whether it borrows what it may.
    risks: frozenset[str] = frozenset()
    is_borrowing: bool = False

    @property
    def is_steel(self) -> bool:
        return not self.output_mwh


@dataclass
class LaterRow:
    """An entity's row of a table, as the registry computes it, tCO2e."""

    allocated_before: int = 0
    verified: int = 0
    issue: int = 0
    emissions: int = 0
    top_up: int = 0
    adjustment: int = 0
    deducted_before: int = 0
    deducted: int = 0
    returned: int = 0
    remainder: int = 0
    borrowed: int = 0
    is_at_risk: bool = False
    is_steel: bool = False


@dataclass
class LaterTable:
    """An allocation table with the registry's own rows by entity."""

    revision: int
    status: str
    rows: dict[str, LaterRow]
    is_different: bool
    initiated_by: str = ""


@dataclass
class Case:
    """A forced surrender: period or nothing, product and quantity by line, and what stays unmet."""

    credit_code: str
    lines: list[tuple[str, str, int]]
    shortfalls: dict[str, int]
    person: str
    status: str = "initiated"


@dataclass
class Sold:
    """Net sales as they were declared or counted."""

    sold: int = 0
    bought: int = 0


@dataclass
class CarryOverNotice:
    """What an entity may carry over: base, sales, T, H and the lesser."""

    base: int
    sales: Sold
    computed: int
    holding: int

    @property
    def allowed(self) -> int:
        return min(self.computed, self.holding)


@dataclass
class CarryOver:
    """An application to carry over: product and quantity by line."""

    credit_code: str
    batch: int
    lines: list[tuple[str, int]]
    status: str = "submitted"
    run_no: str = ""

    @property
    def quantity(self) -> int:
        return sum(quantity for _, quantity in self.lines)


@dataclass
class Run:
    """A run of a batch."""

    batch: int
    person: str
    status: str = "initiated"


class LaterState(State):
    """Everything the model of the later years knows; obligations are by entity and period."""

    def __init__(self) -> None:
        super().__init__()
        self.papers_issued: dict[str, LaterTable] = {}
        self.debts: dict[tuple[str, str], Owed] = {}
        self.steel: set[str] = set()
        # By entity and first period: kind, change, remainder and reference of each change.
        self.adjustments: dict[tuple[str, str], list[tuple[str, int, int, str]]] = {}
        # By entity and product: province, kind, change, quantity and reference of each change.
        self.held_for: dict[tuple[str, str], list[tuple[str, str, int, int, str]]] = {}
        self.cases: dict[str, Case] = {}
        self.trade_days: dict[str, str] = {}
        self.declared: dict[str, Sold] = {}
        # Why an entity has no notice, or nothing.
        self.found: dict[str, str] = {}
        self.notices: dict[str, CarryOverNotice] = {}
        self.carry_overs: dict[str, CarryOver] = {}
        self.runs: dict[str, Run] = {}
        # What emitters held of old vintages at the end of 2025, None before.
        self.held_at_end: dict[str, int] | None = None
        # What was frozen by account and product when applications ended, None before, and what was released since.
        self.frozen_at_end: dict[tuple[str, str], set[int]] | None = None
        self.freed: dict[tuple[str, str], set[int]] = {}

    def quantity_held_for(self, credit_code: str, product: str) -> int:
        """What the province's account holds of a product for an entity."""
        changes = self.held_for.get((credit_code, product))
        return changes[-1][3] if changes else 0

    def not_free(self, account_no: str, product: str) -> int:
        """What a province's account holds for entities, so that nobody else disposes of it."""
        if account_no != f"R-P-{PROVINCE}":
            return 0
        return sum(self.quantity_held_for(code, one) for code, one in self.held_for if one == product)

    def pass_to(self, at: datetime) -> None:
        """Let time pass: what matters of how things stood at certain moments is kept."""
        if self.held_at_end is None and at > HOLDING_TIME:
            self.held_at_end = self._held_of_old()
        if self.frozen_at_end is None and at >= LATE_BATCH:
            self.frozen_at_end = {}
            for product, owners in self.units.owner.items():
                for serial, (account_no, bucket) in owners.items():
                    if bucket == "judicially_frozen":
                        self.frozen_at_end.setdefault((account_no, product), set()).add(serial)
        self.now = at

    def _held_of_old(self) -> dict[str, int]:
        """Registered, in trading or on the way, and frozen; what waits in an application does not count."""
        counted: dict[str, int] = {}
        for (account_no, product, bucket), quantity in self.units.holdings().items():
            is_counted = bucket in ("registered", "trading", "in_transit", "judicially_frozen")
            if product in OLD and is_counted and account_no.startswith("R-E-"):
                counted[account_no] = counted.get(account_no, 0) + quantity
        return counted
