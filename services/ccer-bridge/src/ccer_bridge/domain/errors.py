"""Every refusal of the voluntary-reduction registry.

Invalid
├── VenueUnknown                 VENUE_UNKNOWN
└── MonitoringPeriodInvalid      MONITORING_PERIOD_INVALID
NotFound
├── ProjectNotFound              PROJECT_NOT_FOUND
├── VenueTransferNotFound        VENUE_TRANSFER_NOT_FOUND
└── HandoverNotFound             HANDOVER_NOT_FOUND
Conflict
├── ProjectRegisteredDifferently PROJECT_REGISTERED_DIFFERENTLY
├── IssuedAlready                ISSUED_ALREADY
├── AccountAppliedAlready        ACCOUNT_APPLIED_ALREADY
├── VenueTransferDiffers         VENUE_TRANSFER_DIFFERS
├── ConfirmationDiffers          CONFIRMATION_DIFFERS
├── WeeklySummaryDiffers         WEEKLY_SUMMARY_DIFFERS
└── AcknowledgementDiffers       ACKNOWLEDGEMENT_DIFFERS
Refused
├── VenueMismatch                VENUE_MISMATCH
├── AccountNotOpen               ACCOUNT_NOT_OPEN
├── CancellationWindowClosed     CANCELLATION_WINDOW_CLOSED
├── ApplicationNotConfirmed      APPLICATION_NOT_CONFIRMED
├── ProjectNotInApplication      PROJECT_NOT_IN_APPLICATION
├── ConfirmedQuantityExceeded    CONFIRMED_QUANTITY_EXCEEDED
└── OutsideHandoverWindow        OUTSIDE_HANDOVER_WINDOW

Shared with other services, and so in the kernel: ACCOUNT_NOT_FOUND, CREDIT_CODE_INVALID, PROVINCE_UNKNOWN,
ENTITY_MISMATCH, SAME_PERSON, REVIEW_OUT_OF_ORDER, PROJECT_INSIDE_NATIONAL_MARKET, TRADE_SETTLED_DIFFERENTLY, TOO_EARLY;
in the ledger: INSUFFICIENT_HOLDING.
"""

from ets_kernel.domain.errors import Conflict, Invalid, NotFound, Refused


class VenueUnknown(Invalid):
    """None of the nine venues has this code. Metadata: venue, allowed."""

    reason = "VENUE_UNKNOWN"


class MonitoringPeriodInvalid(Invalid):
    """Not two dates in order, not over yet, or without a day of the reduction year. Metadata: what was given."""

    reason = "MONITORING_PERIOD_INVALID"


class ProjectNotFound(NotFound):
    """No such project is registered. Metadata: project_no."""

    reason = "PROJECT_NOT_FOUND"


class VenueTransferNotFound(NotFound):
    """No such transfer was sent to a venue. Metadata: transfer_no."""

    reason = "VENUE_TRANSFER_NOT_FOUND"


class HandoverNotFound(NotFound):
    """No such hand-over was issued. Metadata: handover_no or business_date."""

    reason = "HANDOVER_NOT_FOUND"


class ProjectRegisteredDifferently(Conflict):
    """The project number is registered with other content. Metadata: project_no."""

    reason = "PROJECT_REGISTERED_DIFFERENTLY"


class IssuedAlready(Conflict):
    """Reductions of this project, year and monitoring period were issued. Metadata: project_no, reduction_year."""

    reason = "ISSUED_ALREADY"


class AccountAppliedAlready(Conflict):
    """The holder has an account or waits for one. Metadata: account_no, status."""

    reason = "ACCOUNT_APPLIED_ALREADY"


class VenueTransferDiffers(Conflict):
    """An answer or a withdrawal has other content than is known. Metadata: transfer_no."""

    reason = "VENUE_TRANSFER_DIFFERS"


class ConfirmationDiffers(Conflict):
    """The application was confirmed with other content. Metadata: application_no."""

    reason = "CONFIRMATION_DIFFERS"


class WeeklySummaryDiffers(Conflict):
    """The province's summary of that date came with other content. Metadata: province_code, business_date."""

    reason = "WEEKLY_SUMMARY_DIFFERS"


class AcknowledgementDiffers(Conflict):
    """An answer is not about the rows or issues of the hand-over, or differs from the one before.

    Metadata: handover_no.
    """

    reason = "ACKNOWLEDGEMENT_DIFFERS"


class VenueMismatch(Refused):
    """Another venue took the application. Metadata: account_no, venue."""

    reason = "VENUE_MISMATCH"


class AccountNotOpen(Refused):
    """The account is not open. Metadata: account_no, status."""

    reason = "ACCOUNT_NOT_OPEN"


class CancellationWindowClosed(Refused):
    """Cancellation for the cycle is over. Metadata: deadline_time, business_time."""

    reason = "CANCELLATION_WINDOW_CLOSED"


class ApplicationNotConfirmed(Refused):
    """The province has not confirmed such an application, as far as is known here. Metadata: application_no."""

    reason = "APPLICATION_NOT_CONFIRMED"


class ProjectNotInApplication(Refused):
    """The application has no line of this project and year. Metadata: application_no, product."""

    reason = "PROJECT_NOT_IN_APPLICATION"


class ConfirmedQuantityExceeded(Refused):
    """More than is confirmed and not cancelled yet. Metadata: requested_tco2e, cancelled_tco2e, confirmed_tco2e."""

    reason = "CONFIRMED_QUANTITY_EXCEEDED"


class OutsideHandoverWindow(Refused):
    """There are no hand-overs on this date. Metadata: business_date, first_date, last_date."""

    reason = "OUTSIDE_HANDOVER_WINDOW"
