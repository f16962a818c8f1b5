"""Places, positions and serial blocks: who can hold what, and which units exactly.

Quantities are whole units of the product: tonnes for allowances and credits, fen where a ledger keeps money.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from ets_kernel.domain.ids import AccountNo, ProductCode


class Bucket(StrEnum):
    """What units in an account may be used for.

    A ledger accepts any other bucket name too (trading has its own); only the system buckets below have a
    meaning here.
    """

    REGISTERED = "registered"
    TRADING = "trading"
    IN_TRANSIT = "in_transit"
    PENDING_SURRENDER = "pending_surrender"
    PENDING_CANCELLATION = "pending_cancellation"
    PENDING_CARRY_OVER = "pending_carry_over"
    JUDICIALLY_FROZEN = "judicially_frozen"
    ISSUANCE = "issuance"
    SURRENDERED = "surrendered"
    CANCELLED = "cancelled"
    RECOVERED = "recovered"


# Where units come from: the one bucket whose quantity is negative, so that every product sums to zero.
SOURCE_BUCKET: Final = Bucket.ISSUANCE
# Units in these buckets are used up: they leave only by an entry that names the entry it corrects.
RETIRED_BUCKETS: Final = frozenset({Bucket.SURRENDERED, Bucket.CANCELLED, Bucket.RECOVERED})

ISSUANCE_ACCOUNT: Final = AccountNo("S-ISSUANCE")
SURRENDERED_ACCOUNT: Final = AccountNo("S-SURRENDERED")
CANCELLED_ACCOUNT: Final = AccountNo("S-CANCELLED")
RECOVERED_ACCOUNT: Final = AccountNo("S-RECOVERED")

# The values below are named tuples and not dataclasses: they are the keys of the hot path, and a tuple hashes
# and compares in C. What must be checked about them is checked where a command is judged (decide.py).


class Place(NamedTuple):
    """One bucket of one account."""

    account: AccountNo
    bucket: str


class Position(NamedTuple):
    """One product in one bucket of one account; the unit of locking, in this order."""

    account: AccountNo
    product: ProductCode
    bucket: str


class SerialRange(NamedTuple):
    """Serials `start` to `end` of a product, both included."""

    start: int
    end: int

    @property
    def quantity(self) -> int:
        """Number of units."""
        return self.end - self.start + 1


class SerialBlock(NamedTuple):
    """Consecutive serials of one origin in one position, both ends included.

    The origin says which issuance the units are from: a province's table row, or a CCER project.
    """

    start: int
    end: int
    origin: str

    @property
    def quantity(self) -> int:
        """Number of units."""
        return self.end - self.start + 1


ISSUANCE: Final = Place(ISSUANCE_ACCOUNT, Bucket.ISSUANCE)
SURRENDERED: Final = Place(SURRENDERED_ACCOUNT, Bucket.SURRENDERED)
CANCELLED: Final = Place(CANCELLED_ACCOUNT, Bucket.CANCELLED)
RECOVERED: Final = Place(RECOVERED_ACCOUNT, Bucket.RECOVERED)


def merged_ranges(blocks: Sequence[tuple[int, int] | SerialBlock]) -> tuple[SerialRange, ...]:
    """Return the serials as the fewest ranges in rising order, whatever their origin."""
    if len(blocks) == 1:
        return (SerialRange(blocks[0][0], blocks[0][1]),)
    merged: list[SerialRange] = []
    for block in sorted((block[0], block[1]) for block in blocks):
        if merged and block[0] == merged[-1].end + 1:
            merged[-1] = SerialRange(merged[-1].start, block[1])
        else:
            merged.append(SerialRange(*block))
    return tuple(merged)


def merged_blocks(blocks: Sequence[SerialBlock]) -> list[SerialBlock]:
    """Return the blocks of one position in canonical form: rising, neighbours of the same origin joined."""
    if len(blocks) == 1:
        return [*blocks]
    merged: list[SerialBlock] = []
    for block in sorted(blocks):
        if merged and block.start == merged[-1].end + 1 and block.origin == merged[-1].origin:
            merged[-1] = SerialBlock(merged[-1].start, block.end, block.origin)
        else:
            merged.append(block)
    return merged


def first_overlap(
    ranges: Iterable[tuple[int, int]], occupied: Sequence[tuple[int, int]]
) -> SerialRange | None:
    """Return the first of the ranges that shares a serial with an occupied one."""
    for start, end in ranges:
        if any(start <= taken[1] and taken[0] <= end for taken in occupied):
            return SerialRange(start, end)
    return None
