"""The facts that the registration system tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, ProductCode, ProvinceCode

from registry.domain.accounts import Account
from registry.domain.adjustment import AdjustmentChange
from registry.domain.allocation_table import Difference
from registry.domain.cancellation import CancellationApplication
from registry.domain.carry_over import CarryOverApplication
from registry.domain.carry_over_notice import Notice
from registry.domain.change import ChangeRegistration
from registry.domain.closing import ClosingReason
from registry.domain.corrected_records import RecordChange
from registry.domain.earmark import EarmarkChange
from registry.domain.forced_surrender import ForcedSurrender
from registry.domain.handover import AcceptedRow, RowOutcome
from registry.domain.obligation import Obligation
from registry.domain.obligation_change import ObligationChange
from registry.domain.restrictions import Restriction
from registry.domain.surrender import SurrenderApplication
from registry.domain.trading import ReturnedUnits, TradingTransfer


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened:
    """An account was opened."""

    account: Account
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInformationChanged:
    """Information about an account's holder changed."""

    account: Account
    application_no: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClosed:
    """An account was closed."""

    account: Account
    application_no: str
    reason: ClosingReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRestricted:
    """The use of an account was restricted; the account is as after it."""

    restriction: Restriction
    account: Account
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionLifted:
    """A restriction was lifted; the account is as after it."""

    restriction: Restriction
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
    borrowed_tco2e: int = 0
    earmarked_tco2e: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationAdjustmentChanged:
    """What is to be deducted from an entity's allocation changed."""

    change: AdjustmentChange
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowancesEarmarked:
    """What a province's account holds for an entity changed."""

    change: EarmarkChange
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceNoticeIssued:
    """An entity was told what it owes, or who took its obligation over by a merger."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class VoluntaryCancellationRegistered:
    """Units are out of the national total."""

    application: CancellationApplication
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOverNoticeIssued:
    """An entity was told what it may carry over."""

    notice: Notice
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsCarriedOver:
    """Old units are given up, and as many of 2025 issued."""

    application: CarryOverApplication
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingsChanged:
    """A change registration changed what an account holds; `changes` by product and bucket, tCO2e.

    `carry_over_tco2e` of a carry-over notice went over with a merger.
    """

    account_no: str
    change: ChangeRegistration
    changes: Mapping[tuple[str, str], int]
    at: datetime
    carry_over_tco2e: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationChanged:
    """An obligation was corrected; it is as after it."""

    change: ObligationChange
    obligation: Obligation
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceCertificateWithdrawn:
    """A certificate does not hold any more; the obligation is as before the change."""

    obligation: Obligation
    change_no: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderApplicationReturned:
    """An application was given back, because the obligation was lowered."""

    application: SurrenderApplication
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedSurrenderRegistered:
    """A forced surrender was registered for one period; the obligation is as after it."""

    case: ForcedSurrender
    obligation: Obligation
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderCorrected:
    """What was registered towards an obligation was taken back, or registered again; the obligation is as after it."""

    change: ChangeRegistration
    record_changes: Sequence[RecordChange]
    obligation: Obligation
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationCorrected:
    """A registered cancellation was taken back, or registered again."""

    change: ChangeRegistration
    application: CancellationApplication
    record_change: RecordChange
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOverCorrected:
    """A registered carry-over was taken back, or registered again; `record_change` is of its new units."""

    change: ChangeRegistration
    record_change: RecordChange
    at: datetime


Fact = (
    AccountOpened
    | AccountInformationChanged
    | AccountClosed
    | AccountRestricted
    | RestrictionLifted
    | AllocationTableRecomputed
    | AllowancesIssued
    | AllocationAdjustmentChanged
    | AllowancesEarmarked
    | ComplianceNoticeIssued
    | UnitsTransferredToTrading
    | UnitsReturnedFromTrading
    | HandoverAcknowledged
    | OffsetCreditsCreated
    | SurrenderRegistered
    | ComplianceCertificateIssued
    | ObligationChanged
    | ComplianceCertificateWithdrawn
    | SurrenderApplicationReturned
    | ForcedSurrenderRegistered
    | HoldingsChanged
    | VoluntaryCancellationRegistered
    | CarryOverNoticeIssued
    | UnitsCarriedOver
    | SurrenderCorrected
    | CancellationCorrected
    | CarryOverCorrected
)
