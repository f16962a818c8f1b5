"""Every refusal of a ledger.

* Invalid
  x TransferInvalid: the command contradicts itself
* Conflict
  x TransferIdReused: an entry with this id is in the journal
  x SerialOverlap: serials to be issued exist already
* Refused
  x UnitsRetired: used-up units were to be moved without naming what is corrected
  x InsufficientHolding: the position holds less
  x BlocksNotHeld: the position does not hold the serials asked for
  x LinkedTransferRefused: another member of the all-or-nothing group was refused

Where several apply to one command, the first in this list is given.
"""

from ets_kernel.domain.errors import Conflict, Invalid, Refused


class TransferInvalid(Invalid):
    """The command contradicts itself."""

    reason = "TRANSFER_INVALID"


class TransferIdReused(Conflict):
    """An entry with this transfer id is in the journal."""

    reason = "TRANSFER_ID_REUSED"


class SerialOverlap(Conflict):
    """Serials to be issued exist already."""

    reason = "SERIAL_OVERLAP"


class UnitsRetired(Refused):
    """Used-up units move only by an entry that names the entry it corrects."""

    reason = "UNITS_RETIRED"


class InsufficientHolding(Refused):
    """The position holds less than was asked for; `missing_serials` says which, where serials were named."""

    reason = "INSUFFICIENT_HOLDING"


class BlocksNotHeld(Refused):
    """The position does not hold the serials asked for; `missing_serials` says which."""

    reason = "BLOCKS_NOT_HELD"


class LinkedTransferRefused(Refused):
    """Another member of the all-or-nothing group was refused."""

    reason = "LINKED_TRANSFER_REFUSED"
