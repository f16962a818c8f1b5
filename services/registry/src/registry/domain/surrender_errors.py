"""Refusals of surrender beside those of `registry.domain.errors`.

NotFound
├── CertificateNotFound      CERTIFICATE_NOT_FOUND
├── ForcedSurrenderNotFound  FORCED_SURRENDER_NOT_FOUND
└── ObligationChangeNotFound OBLIGATION_CHANGE_NOT_FOUND
Conflict
├── ForcedSurrenderAlreadyRegistered FORCED_SURRENDER_ALREADY_REGISTERED
├── ForcedSurrenderStale             FORCED_SURRENDER_STALE
├── ObligationChangeAlreadyConfirmed OBLIGATION_CHANGE_ALREADY_CONFIRMED
└── ObligationChangeStale            OBLIGATION_CHANGE_STALE
Refused
├── DeadlineNotPassed    DEADLINE_NOT_PASSED
├── DeductionEnded       DEDUCTION_ENDED
├── DeductionExceeded    DEDUCTION_EXCEEDED
├── HelperIsEntity       HELPER_IS_ENTITY
├── HelpNotConsented     HELP_NOT_CONSENTED
├── NothingEarmarked     NOTHING_EARMARKED
├── ObligationSectorWrong OBLIGATION_SECTOR_WRONG
└── ObligationUnchanged  OBLIGATION_UNCHANGED
"""

from ets_kernel.domain.errors import Conflict, NotFound, Refused


class CertificateNotFound(NotFound):
    """The obligation is not met in full, so nothing is certified. Metadata: credit_code, period."""

    reason = "CERTIFICATE_NOT_FOUND"


class ForcedSurrenderNotFound(NotFound):
    """Nobody proposed such a forced surrender. Metadata: case_no."""

    reason = "FORCED_SURRENDER_NOT_FOUND"


class ObligationChangeNotFound(NotFound):
    """Nobody proposed such a change. Metadata: change_no."""

    reason = "OBLIGATION_CHANGE_NOT_FOUND"


class ForcedSurrenderAlreadyRegistered(Conflict):
    """The case is registered. Metadata: case_no."""

    reason = "FORCED_SURRENDER_ALREADY_REGISTERED"


class ForcedSurrenderStale(Conflict):
    """Obligations or units are not those of the proposal any more. Metadata: case_no."""

    reason = "FORCED_SURRENDER_STALE"


class ObligationChangeAlreadyConfirmed(Conflict):
    """The change is confirmed. Metadata: change_no."""

    reason = "OBLIGATION_CHANGE_ALREADY_CONFIRMED"


class ObligationChangeStale(Conflict):
    """The obligation is not the one that the change names. Metadata: change_no, from_tco2e, obligation_tco2e."""

    reason = "OBLIGATION_CHANGE_STALE"


class DeadlineNotPassed(Refused):
    """The entity may still surrender in time. Metadata: deadline_time."""

    reason = "DEADLINE_NOT_PASSED"


class DeductionEnded(Refused):
    """The law admits no new deduction for non-surrender. Metadata: credit_code, period."""

    reason = "DEDUCTION_ENDED"


class DeductionExceeded(Refused):
    """More than what is neither met nor applied for. Metadata: requested_tco2e, unmet_tco2e."""

    reason = "DEDUCTION_EXCEEDED"


class HelperIsEntity(Refused):
    """An entity offers help to itself. Metadata: credit_code."""

    reason = "HELPER_IS_ENTITY"


class HelpNotConsented(Refused):
    """The entity has not consented to the help. Metadata: application_no, credit_code."""

    reason = "HELP_NOT_CONSENTED"


class NothingEarmarked(Refused):
    """The province's account holds nothing for the entity. Metadata: credit_code."""

    reason = "NOTHING_EARMARKED"


class ObligationSectorWrong(Refused):
    """A change names no sector of several, or one for which not so much is owed. Metadata: credit_code, sectors."""

    reason = "OBLIGATION_SECTOR_WRONG"


class ObligationUnchanged(Refused):
    """The entity owes this quantity already. Metadata: credit_code, period."""

    reason = "OBLIGATION_UNCHANGED"
