"""Refusals of change registrations, part of the tree in `errors.py`.

NotFound
├── ChangeNotFound           CHANGE_NOT_FOUND
├── FreezeNotFound           FREEZE_NOT_FOUND
└── CorrectedEntryNotFound   CORRECTED_ENTRY_NOT_FOUND
Conflict
├── ChangeAlreadyDecided     CHANGE_ALREADY_DECIDED
└── EntryCorrectedAlready    ENTRY_CORRECTED_ALREADY
Refused
├── ChangeNotInitiated       CHANGE_NOT_INITIATED
├── AccountNotEligible       ACCOUNT_NOT_ELIGIBLE
├── ProductNotTransferable   PRODUCT_NOT_TRANSFERABLE
├── HoldingsInProcess        HOLDINGS_IN_PROCESS
├── FreezeExceeded           FREEZE_EXCEEDED
├── CorrectionNotWhole       CORRECTION_NOT_WHOLE
└── EntryNotCorrectable      ENTRY_NOT_CORRECTABLE
"""

from ets_kernel.domain.errors import Conflict, NotFound, Refused


class ChangeNotFound(NotFound):
    """There is no such change registration. Metadata: registration_no."""

    reason = "CHANGE_NOT_FOUND"


class FreezeNotFound(NotFound):
    """There is no such freeze, or none on that account. Metadata: freeze_no."""

    reason = "FREEZE_NOT_FOUND"


class CorrectedEntryNotFound(NotFound):
    """The journal has no entry of the number that was to be corrected. Metadata: transfer_id."""

    reason = "CORRECTED_ENTRY_NOT_FOUND"


class ChangeAlreadyDecided(Conflict):
    """The registration is carried out or rejected. Metadata: registration_no, status."""

    reason = "CHANGE_ALREADY_DECIDED"


class EntryCorrectedAlready(Conflict):
    """Another correction names the entry. Metadata: transfer_id."""

    reason = "ENTRY_CORRECTED_ALREADY"


class ChangeNotInitiated(Refused):
    """Nobody of the registration body has taken up what the province filed. Metadata: registration_no, status."""

    reason = "CHANGE_NOT_INITIATED"


class AccountNotEligible(Refused):
    """An account of this kind has no part in such a change. Metadata: account_no, kind."""

    reason = "ACCOUNT_NOT_ELIGIBLE"


class ProductNotTransferable(Refused):
    """Units of the product are not moved by such a change. Metadata: product, change_kind."""

    reason = "PRODUCT_NOT_TRANSFERABLE"


class HoldingsInProcess(Refused):
    """The units are in trading, on their way or in an application.

    Metadata: account_no, product, buckets, requested_tco2e, registered_tco2e.
    """

    reason = "HOLDINGS_IN_PROCESS"


class FreezeExceeded(Refused):
    """The freeze holds less, or not those serials. Metadata: freeze_no, requested_tco2e, held_tco2e."""

    reason = "FREEZE_EXCEEDED"


class CorrectionNotWhole(Refused):
    """A cancellation or carry-over is corrected in part. Metadata: record_no."""

    reason = "CORRECTION_NOT_WHOLE"


class EntryNotCorrectable(Refused):
    """An entry of this kind has a way back of its own, or needs another document. Metadata: transfer_id, kind, way."""

    reason = "ENTRY_NOT_CORRECTABLE"
