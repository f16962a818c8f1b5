"""Every refusal of the management platform, beside those that the kernel has for several services.

NotFound
├── EntityNotFound                  ENTITY_NOT_FOUND
├── UnitNotFound                    UNIT_NOT_FOUND
└── TransmissionNotFound            TRANSMISSION_NOT_FOUND
Conflict
├── EntityListedDifferently         ENTITY_LISTED_DIFFERENTLY
├── UnitRecordedDifferently         UNIT_RECORDED_DIFFERENTLY
└── TableAlreadyTransmitted         TABLE_ALREADY_TRANSMITTED
Refused
├── UnitCategoryContradictsCapacity UNIT_CATEGORY_CONTRADICTS_CAPACITY
├── YearOutsidePeriod               YEAR_OUTSIDE_PERIOD
├── VerifiedYearContradictsUnit     VERIFIED_YEAR_CONTRADICTS_UNIT
├── VerifiedYearsMissing            VERIFIED_YEARS_MISSING
├── TableNotTransmitted             TABLE_NOT_TRANSMITTED
├── SealKeyForeign                  SEAL_KEY_FOREIGN
├── ApplicationWindowClosed         APPLICATION_WINDOW_CLOSED
├── ObligationUnknown               OBLIGATION_UNKNOWN
├── OffsetLineRepeated              OFFSET_LINE_REPEATED
├── ProjectUnknown                  PROJECT_UNKNOWN
├── OffsetChecksFailed              OFFSET_CHECKS_FAILED
├── NotAFriday                      NOT_A_FRIDAY
├── ReceiptAboveConfirmed           RECEIPT_ABOVE_CONFIRMED
└── HandoverCopyWrong               HANDOVER_COPY_WRONG
"""

from ets_kernel.domain.errors import Conflict, NotFound, Refused


class EntityNotFound(NotFound):
    """The entity is not on the roster. Metadata: credit_code."""

    reason = "ENTITY_NOT_FOUND"


class UnitNotFound(NotFound):
    """No such unit is recorded in the province. Metadata: credit_code, unit_no."""

    reason = "UNIT_NOT_FOUND"


class TransmissionNotFound(NotFound):
    """The registry answers a transmission that was never made. Metadata: table_no, revision."""

    reason = "TRANSMISSION_NOT_FOUND"


class EntityListedDifferently(Conflict):
    """The entity is listed for the period with another name or province. Metadata: credit_code, period."""

    reason = "ENTITY_LISTED_DIFFERENTLY"


class UnitRecordedDifferently(Conflict):
    """The unit is recorded with other properties. Metadata: credit_code, unit_no."""

    reason = "UNIT_RECORDED_DIFFERENTLY"


class TableAlreadyTransmitted(Conflict):
    """The table that the year belongs to is with the registry. Metadata: table_no, status."""

    reason = "TABLE_ALREADY_TRANSMITTED"


class UnitCategoryContradictsCapacity(Refused):
    """Category I begins at 400 MW, category II ends below it. Metadata: category, capacity_mw."""

    reason = "UNIT_CATEGORY_CONTRADICTS_CAPACITY"


class YearOutsidePeriod(Refused):
    """The plan needs no output of the year. Metadata: year, allowed."""

    reason = "YEAR_OUTSIDE_PERIOD"


class VerifiedYearContradictsUnit(Refused):
    """The figures cannot be those of the unit. Metadata: credit_code, unit_no, year, wrong."""

    reason = "VERIFIED_YEAR_CONTRADICTS_UNIT"


class VerifiedYearsMissing(Refused):
    """A table needs years that are not recorded. Metadata: table_no, missing_count, missing (the first ten)."""

    reason = "VERIFIED_YEARS_MISSING"


class TableNotTransmitted(Refused):
    """Only a table that the registry has is sealed. Metadata: table_no, status."""

    reason = "TABLE_NOT_TRANSMITTED"


class SealKeyForeign(Refused):
    """The seal is not that of the table's province. Metadata: key_id, expected_key_id."""

    reason = "SEAL_KEY_FOREIGN"


class ApplicationWindowClosed(Refused):
    """Applications are taken in the window only. Metadata: opens_time, closes_time, business_time."""

    reason = "APPLICATION_WINDOW_CLOSED"


class ObligationUnknown(Refused):
    """The entity's verified table is not issued, so nobody knows its limit. Metadata: credit_code, period."""

    reason = "OBLIGATION_UNKNOWN"


class OffsetLineRepeated(Refused):
    """An application names a project and year twice. Metadata: project_no, reduction_year."""

    reason = "OFFSET_LINE_REPEATED"


class ProjectUnknown(Refused):
    """The voluntary-reduction registry told of no such project. Metadata: project_no."""

    reason = "PROJECT_UNKNOWN"


class OffsetChecksFailed(Refused):
    """An application whose checks fail cannot be confirmed. Metadata: application_no, failed."""

    reason = "OFFSET_CHECKS_FAILED"


class NotAFriday(Refused):
    """Weekly summaries are made for Fridays. Metadata: business_date."""

    reason = "NOT_A_FRIDAY"


class ReceiptAboveConfirmed(Refused):
    """More was cancelled than was confirmed. Metadata: application_no, cancelled_tco2e, confirmed_tco2e."""

    reason = "RECEIPT_ABOVE_CONFIRMED"


class HandoverCopyWrong(Refused):
    """A hand-over contradicts itself or the one before it. Metadata: handover_no, wrong."""

    reason = "HANDOVER_COPY_WRONG"
