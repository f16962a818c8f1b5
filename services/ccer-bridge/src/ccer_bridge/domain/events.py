"""The facts that the voluntary-reduction registry tells."""

from dataclasses import dataclass
from datetime import date, datetime

from ets_kernel.domain.ids import HandoverNo, ProvinceCode

from ccer_bridge.domain.accounts import Account
from ccer_bridge.domain.cancellation import Cancellation
from ccer_bridge.domain.handover import Handover
from ccer_bridge.domain.projects import Issuance, Project
from ccer_bridge.domain.transfers import ReturnedUnits, VenueTransfer


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRegistered:
    """A project was registered."""

    project: Project
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReductionsIssued:
    """Reductions were issued."""

    issuance: Issuance
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReviewed:
    """A review was made; the account is as after it."""

    account: Account
    reviewed_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsTransferredToVenue:
    """Units are on their way to a venue."""

    transfer: VenueTransfer
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsReturnedFromVenue:
    """Units that trading released are free."""

    returned: ReturnedUnits
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRegistered:
    """Units were cancelled for good."""

    cancellation: Cancellation
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverIssued:
    """A province's hand-over of a date was made, or issued again."""

    handover: Handover
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverUnacknowledged:
    """The registry did not answer an issue of a hand-over in time."""

    handover_no: HandoverNo
    province_code: ProvinceCode
    business_date: date
    issue_no: int
    at: datetime


Fact = (
    ProjectRegistered
    | ReductionsIssued
    | AccountReviewed
    | UnitsTransferredToVenue
    | UnitsReturnedFromVenue
    | CancellationRegistered
    | HandoverIssued
    | HandoverUnacknowledged
)
