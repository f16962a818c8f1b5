"""What those who see only their own are told of others.

REG-84  Whoever reads for one holder or one province is not told with whom it traded, nor who had its units first.
"""

import re
from collections.abc import Collection
from typing import Final, Protocol

from ets_kernel.domain.ids import AccountNo
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.values import Position

from registry.domain.movements import SETTLEMENT

HIDDEN: Final = "*"
"""Stands in an origin for another holder's credit code."""

# Origins name table rows and applications, which end in or hold the credit code of whose they were.
_CREDIT_CODE: Final = re.compile("[0-9A-HJ-NPQRTUWXY]{18}")


class Reading(Protocol):
    """A request that names for whom it reads; neither of them where the reader sees all."""

    @property
    def credit_code(self) -> str:
        """Holder."""
        ...

    @property
    def province_code(self) -> str:
        """Province."""
        ...


def counter_account(kind: str, account_no: str, reading: Reading) -> str:
    """Give the account on the other side of an entry; empty for that of a trade."""
    is_told = kind != SETTLEMENT or not (reading.credit_code or reading.province_code)
    return account_no if is_told else ""


def without_other_party(entry: Entry, own: Collection[AccountNo]) -> Entry:
    """Take from an entry of a trade the account that is not one's own."""
    if entry.kind != SETTLEMENT:
        return entry
    return entry._replace(source=_own_side(entry.source, own), destination=_own_side(entry.destination, own))


def origin(text: str, reading: Reading) -> str:
    """Give where units came from, with other holders' credit codes hidden; a province sees those of its own tables."""
    is_own_table = bool(reading.province_code) and f"/{reading.province_code}/" in text
    if is_own_table or not (reading.credit_code or reading.province_code):
        return text
    return _CREDIT_CODE.sub(
        lambda found: found.group() if found.group() == reading.credit_code else HIDDEN, text
    )


def _own_side(position: Position, own: Collection[AccountNo]) -> Position:
    return position if position.account in own else position._replace(account=AccountNo(""))
