"""The facts that the registration system tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, ProductCode, ProvinceCode

from registry.domain.accounts import Account
from registry.domain.allocation_table import Difference
from registry.domain.handover import AcceptedRow, RowOutcome
from registry.domain.obligation import Obligation
from registry.domain.surrender import SurrenderApplication
from registry.domain.trading import ReturnedUnits, TradingTransfer


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened:
    """An account was opened."""

    account: Account
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationTableRecomputed:
    """The registry computed a table itself."""

    table_no: str
    revision: int
    differences: Sequence[Difference]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowancesIssued:
    """A table was issued."""

    table_no: str
    revision: int
    product: ProductCode
    issue_tco2e: int
    entity_count: int
    initiated_by: str
    confirmed_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceNoticeIssued:
    """An entity was told what it owes."""

    obligation: Obligation
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsTransferredToTrading:
    """Units are on their way to trading."""

    transfer: TradingTransfer
    credit_code: CreditCode
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsReturnedFromTrading:
    """Units that trading released are free."""

    returned: ReturnedUnits
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAcknowledged:
    """An issue of a hand-over was answered; with `error` it was rejected as a whole."""

    handover_no: str
    province_code: ProvinceCode
    issue_no: int
    outcomes: Sequence[RowOutcome]
    error: EtsError | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetCreditsCreated:
    """Credits were made from a cancellation."""

    row: AcceptedRow
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderRegistered:
    """A surrender was registered; the obligation is as after it."""

    application: SurrenderApplication
    obligation: Obligation
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceCertificateIssued:
    """An obligation is met in full."""

    obligation: Obligation
    at: datetime


Fact = (
    AccountOpened
    | AllocationTableRecomputed
    | AllowancesIssued
    | ComplianceNoticeIssued
    | UnitsTransferredToTrading
    | UnitsReturnedFromTrading
    | HandoverAcknowledged
    | OffsetCreditsCreated
    | SurrenderRegistered
    | ComplianceCertificateIssued
)
