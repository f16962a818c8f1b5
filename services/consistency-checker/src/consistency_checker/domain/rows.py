"""Rows of the services' books, typed: the columns that the checker needs. Quantities are tCO2e, money is fen."""

from typing import NamedTuple, NewType

State = NewType("State", str)
"""A status in upper case; services write theirs in either case."""


class Entity(NamedTuple):
    """A key emitter on the roster."""

    credit_code: str
    name: str
    province_code: str
    period: str


class AllocationRow(NamedTuple):
    """An entity in an allocation table of the management platform."""

    table_no: str
    credit_code: str
    pre_allocated_tco2e: int
    verified_tco2e: int
    issue_tco2e: int
    emissions_tco2e: int
    obligation_tco2e: int
    is_capped: bool


class AllocationTable(NamedTuple):
    """An allocation table of the management platform."""

    table_no: str
    revision: int
    status: State
    issue_tco2e: int
    obligation_tco2e: int
    digest_hex: str
    seal_digest_hex: str


class OffsetApplication(NamedTuple):
    """An application to use CCER."""

    application_no: str
    credit_code: str
    province_code: str
    status: State
    requested_tco2e: int
    confirmed_tco2e: int
    cancelled_tco2e: int


class PublishedSummaryRow(NamedTuple):
    """A row of a weekly summary as published; an empty application number stands for a summary without rows."""

    province_code: str
    business_date: str
    application_no: str
    status: State
    confirmed_tco2e: int


class ProvinceHandover(NamedTuple):
    """A province's copy of a hand-over."""

    handover_no: str
    province_code: str
    row_count: int
    quantity_tco2e: int
    manifest_digest_hex: str


class Compliance(NamedTuple):
    """Compliance as the management platform knows it."""

    credit_code: str
    period: str
    obligation_tco2e: int
    surrendered_tco2e: int
    offset_tco2e: int
    is_completed: bool


class RegistryAccount(NamedTuple):
    """A registration account; the uses that restrictions stop are names with blanks between, in order."""

    account_no: str
    kind: State
    credit_code: str
    province_code: str
    status: State
    version: int
    restricted_uses: str


class Holding(NamedTuple):
    """Units of one product in one bucket of one account."""

    account_no: str
    product: str
    bucket: str
    quantity_tco2e: int


class Block(NamedTuple):
    """A run of serials with one owner, both ends included."""

    product: str
    serial_start: int
    serial_end: int
    origin: str
    account_no: str
    bucket: str

    @property
    def quantity_tco2e(self) -> int:
        """Number of serials."""
        return self.serial_end - self.serial_start + 1


class Issuance(NamedTuple):
    """An allocation table as the registry holds it."""

    table_no: str
    revision: int
    status: State
    issue_tco2e: int
    entity_count: int
    recomputed_digest_hex: str
    transmitted_digest_hex: str
    seal_digest_hex: str


class IssuanceRow(NamedTuple):
    """An entity in an allocation table, as the registry computed it, with the sector for which it owes."""

    table_no: str
    credit_code: str
    issue_tco2e: int
    obligation_tco2e: int
    sector: State = State("power")


class HandoverRow(NamedTuple):
    """A row of a hand-over as the registry received it."""

    handover_no: str
    row_no: int
    cancellation_no: str
    credit_code: str
    product: str
    quantity_tco2e: int
    is_accepted: bool
    is_credited: bool


class ReceivedHandover(NamedTuple):
    """A hand-over as the registry received it."""

    handover_no: str
    row_count: int
    quantity_tco2e: int
    manifest_digest_hex: str
    is_taken: bool


class OffsetCredit(NamedTuple):
    """Credits made of serials of one cancellation."""

    cancellation_no: str
    credit_code: str
    product: str
    serial_start: int
    serial_end: int
    credited_tco2e: int
    used_tco2e: int


class SettledTrade(NamedTuple):
    """The unit leg of a trade as a registry settled it."""

    trade_no: str
    seller_account_no: str
    buyer_account_no: str
    product: str
    quantity_tco2e: int


class TransferOut(NamedTuple):
    """Units that a registry sent to trading."""

    transfer_no: str
    account_no: str
    product: str
    quantity_tco2e: int
    state: State


class TransferBack(NamedTuple):
    """Units that a registry took back from trading."""

    withdrawal_no: str
    account_no: str
    product: str
    quantity_tco2e: int


class TradingAccount(NamedTuple):
    """A trading account."""

    account_no: str
    market: str
    credit_code: str
    holder_account_no: str


class Position(NamedTuple):
    """Units in a trading account; bought ones are settled and not yet free."""

    account_no: str
    market: str
    holder_account_no: str
    product: str
    available_tco2e: int
    frozen_tco2e: int
    bought_today_tco2e: int
    in_transit_tco2e: int

    @property
    def quantity_tco2e(self) -> int:
        """All units of the position."""
        return self.available_tco2e + self.frozen_tco2e + self.bought_today_tco2e + self.in_transit_tco2e


class PositionTotal(NamedTuple):
    """The sums of trading's journal of units for one account and product."""

    account_no: str
    product: str
    available_tco2e: int
    frozen_tco2e: int
    bought_today_tco2e: int
    in_transit_tco2e: int


class Cash(NamedTuple):
    """Cash of a trading account."""

    account_no: str
    available_fen: int
    frozen_fen: int


class CashTotal(NamedTuple):
    """A sum over all cash movements of a kind."""

    kind: str
    quantity_fen: int


class Trade(NamedTuple):
    """A trade."""

    trade_no: str
    market: str
    trading_date: str
    mode: State
    seller_holder_account_no: str
    buyer_holder_account_no: str
    product: str
    price_fen_per_tco2e: int
    quantity_tco2e: int
    turnover_fen: int
    status: State


class Quote(NamedTuple):
    """A trading day of a product."""

    market: str
    product: str
    trading_date: str
    close_fen_per_tco2e: int
    listed_tco2e: int
    listed_turnover_fen: int
    block_tco2e: int
    block_turnover_fen: int


class TransferIn(NamedTuple):
    """Units that trading received."""

    transfer_no: str
    market: str
    holder_account_no: str
    product: str
    quantity_tco2e: int
    state: State


class Withdrawal(NamedTuple):
    """Units on their way out of trading."""

    withdrawal_no: str
    market: str
    holder_account_no: str
    product: str
    quantity_tco2e: int
    state: State


class Project(NamedTuple):
    """A voluntary-reduction project."""

    project_no: str
    is_inside_national_market: bool


class CcerAccount(NamedTuple):
    """A general holding account."""

    account_no: str
    credit_code: str
    status: State


class ConfirmedApplication(NamedTuple):
    """A confirmed application as the bridge heard of it."""

    application_no: str
    credit_code: str
    province_code: str
    confirmed_tco2e: int
    cancelled_tco2e: int


class ReceivedSummaryRow(NamedTuple):
    """A row of a weekly summary as the bridge received it."""

    province_code: str
    business_date: str
    application_no: str
    confirmed_tco2e: int


class Cancellation(NamedTuple):
    """A voluntary cancellation; `handover_no` is empty before it is handed over."""

    cancellation_no: str
    application_no: str
    credit_code: str
    province_code: str
    product: str
    quantity_tco2e: int
    blocks_text: str
    handover_no: str


class IssuedHandover(NamedTuple):
    """A hand-over as the bridge issued it."""

    handover_no: str
    business_date: str
    province_code: str
    row_count: int
    quantity_tco2e: int
    rows_digest_hex: str
    previous_digest_hex: str
    manifest_digest_hex: str
    is_acknowledged: bool
    accepted_count: int
    rejected_count: int
