"""The plan of a cycle: who exists, and what each of them does on which day and at which moment.

A plan holds decisions of the outside world only; what the platforms make of them is theirs. Everything is a
frozen value in a fixed order, so the same scenario and seed give the same `Plan.digest()`.

PLAN-1  Between two moments of a day every effect of the first is complete; within one moment the kinds of
        action do not depend on each other, except that trading accounts at a venue follow the
        general holding accounts, and takes follow the orders of their round.
PLAN-2  Played in order, no holding, no position and no cash balance is ever negative, and no unit is sold
        on the day it was bought.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

CEA_MARKET = "CEA"


class Moment(StrEnum):
    """The moments of a business day in the order in which they are played."""

    OPENING = "opening"
    MORNING = "morning"
    LISTED_MORNING = "listed_morning"
    BLOCK = "block"
    LISTED_AFTERNOON = "listed_afternoon"
    AFTER_CLOSE = "after_close"
    SURRENDER = "surrender"
    SURRENDER_DECISION = "surrender_decision"
    PREPARATION = "preparation"
    HANDOVER = "handover"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitYear:
    """What one generating unit did in one year; 2018 has no verified emissions in this cycle (0)."""

    year: int
    net_supply_mwh: Decimal
    heat_gj: Decimal
    load_factor: Decimal
    heat_ratio: Decimal
    emissions_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A generating unit: category I-IV of the 2019-2020 plan, cooling `water` or `air`."""

    unit_no: str
    category: str
    cooling: str
    cogeneration: bool
    capacity_mw: int
    years: tuple[UnitYear, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """An entity, its units, and what its own staff reckon as allocation and obligation of both years."""

    credit_code: str
    name: str
    province_code: str
    units: tuple[Unit, ...]
    allocation_tco2e: int
    emissions_tco2e: int
    obligation_tco2e: int

    @property
    def deficit_tco2e(self) -> int:
        """Tonnes owed above the verified allocation, 0 with a surplus."""
        return max(self.obligation_tco2e - self.allocation_tco2e, 0)

    @property
    def surplus_tco2e(self) -> int:
        """Tonnes allocated above the obligation, 0 with a deficit."""
        return max(self.allocation_tco2e - self.obligation_tco2e, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One of the nine exchanges on which CCER are traded; the code is its market code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A project owner outside the roster: sells CCER, has no obligation."""

    credit_code: str
    name: str
    province_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A CCER project; `inside_national_market` projects may not be used for offset. An entity may own one."""

    project_no: str
    name: str
    type: str
    methodology: str
    owner: str
    inside_national_market: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CcerIssue:
    """Reductions of one project and year issued to its owner's general account before the window."""

    project_no: str
    year: int
    owner: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCcerAccount:
    """Open a general holding account: application, first review by the venue, second review by the centre."""

    credit_code: str
    name: str
    venue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTradingAccount:
    """Open a trading account on a market (`CEA` or a venue code)."""

    credit_code: str
    market: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Pay money into a trading account."""

    market: str
    credit_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CashWithdrawal:
    """Take money out of a trading account."""

    market: str
    credit_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Move allowances between registered and trading; the list it stands in gives the direction."""

    credit_code: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CcerTransfer:
    """Move CCER between general account and venue; the list it stands in gives the direction."""

    venue: str
    credit_code: str
    product: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrder:
    """A listed order to sell; `ref` is unique in the plan."""

    ref: str
    market: str
    product: str
    seller: str
    quantity_tco2e: int
    price_fen_per_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Take a listed order at its price, wholly or in part."""

    order_ref: str
    buyer: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRound:
    """Orders posted together, then taken best price first; at most five price levels per product."""

    orders: tuple[ListedOrder, ...]
    takes: tuple[Take, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDeal:
    """A block agreement: price and quantity agreed by both sides."""

    ref: str
    market: str
    product: str
    seller: str
    buyer: str
    quantity_tco2e: int
    price_fen_per_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuantity:
    """So much of one product."""

    product: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The form for using CCER for offset, with the CCER that the entity holds and will cancel.

    `refused_with` is the reason with which the platform must refuse an ineligible form at once; a sound form has none.
    """

    ref: str
    credit_code: str
    province_code: str
    obligation_tco2e: int
    lines: tuple[ProductQuantity, ...]
    refused_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A province's answer to a form; `reason` names the check that failed and is empty when it confirms."""

    application_ref: str
    province_code: str
    confirmed: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Voluntary cancellation of CCER against one line of a confirmed form."""

    ref: str
    application_ref: str
    credit_code: str
    product: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderApplication:
    """Surrender allowances and offset credits; offsets are named by their `OFFSET-...` product."""

    ref: str
    credit_code: str
    province_code: str
    allowance_tco2e: int
    offsets: tuple[ProductQuantity, ...]

    @property
    def quantity_tco2e(self) -> int:
        """Allowances and offset credits together."""
        return self.allowance_tco2e + sum(line.quantity_tco2e for line in self.offsets)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderDecision:
    """A province confirms a surrender application."""

    application_ref: str
    province_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Everything the outside world does on one business date, grouped by moment in playing order.

    The day before the window prepares it: accounts, first deposits and transfers, no session.
    Between LISTED_AFTERNOON and AFTER_CLOSE the market closes and settles; HANDOVER is the centre's own work
    after 17:00; weekly summaries belong to the provinces on Friday after AFTER_CLOSE.
    """

    date: date
    is_session: bool
    is_work_day: bool
    # OPENING
    open_ccer_accounts: tuple[OpenCcerAccount, ...] = ()
    open_trading_accounts: tuple[OpenTradingAccount, ...] = ()
    # MORNING
    transfers_from_trading: tuple[Transfer, ...] = ()
    ccer_from_venue: tuple[CcerTransfer, ...] = ()
    cash_withdrawals: tuple[CashWithdrawal, ...] = ()
    decisions: tuple[Decision, ...] = ()
    morning_surrender_decisions: tuple[SurrenderDecision, ...] = ()
    # LISTED_MORNING, BLOCK, LISTED_AFTERNOON (CCER venues trade with the national exchange's moments)
    listed_morning: tuple[ListedRound, ...] = ()
    block_deals: tuple[BlockDeal, ...] = ()
    listed_afternoon: tuple[ListedRound, ...] = ()
    # AFTER_CLOSE
    applications: tuple[Application, ...] = ()
    ineligible_applications: tuple[Application, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    # SURRENDER, SURRENDER_DECISION
    surrender_applications: tuple[SurrenderApplication, ...] = ()
    surrender_decisions: tuple[SurrenderDecision, ...] = ()
    # PREPARATION of the next session
    deposits: tuple[Deposit, ...] = ()
    transfers_to_trading: tuple[Transfer, ...] = ()
    ccer_to_venue: tuple[CcerTransfer, ...] = ()
    # LATE: after 17:00, handed over the next day
    late_cancellations: tuple[Cancellation, ...] = ()

    def listed_rounds(self) -> Iterator[ListedRound]:
        """Iterate over the rounds of both listed moments in order."""
        yield from self.listed_morning
        yield from self.listed_afternoon


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One deterministic cycle: who, what, when.

    `previous_close_fen` is the national exchange's close before the first session; `reference_prices_fen` is
    the first price of each CCER product on each venue, keyed (venue, product).
    """

    cycle: str
    seed: int
    first_date: date
    last_date: date
    last_application_date: date
    last_handover_date: date
    moments: Mapping[Moment, time]
    entities: tuple[Entity, ...]
    venues: tuple[Venue, ...]
    owners: tuple[Owner, ...]
    projects: tuple[Project, ...]
    issues: tuple[CcerIssue, ...]
    previous_close_fen: int
    reference_prices_fen: Mapping[tuple[str, str], int]
    days: Mapping[date, Day]

    def digest(self) -> str:
        """SHA-256 over every value of the plan in its order, as lower-case hex."""
        running = hashlib.sha256()
        for part in _texts(self):
            running.update(part.encode())
            running.update(b"\x1f")
        return running.hexdigest()


def _texts(value: object) -> Iterator[str]:
    if is_dataclass(value):
        yield type(value).__name__
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, tuple):
        yield f"({len(value)}"
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)
