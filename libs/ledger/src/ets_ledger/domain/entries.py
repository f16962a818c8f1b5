"""Entries of the journal, and the bytes that stand for them in the Merkle tree.

The encoding is a wire format: it is documented in the README, pinned by golden values, and never changed in
place.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.values import Place, Position, SerialRange

ENTRY_FORMAT: Final = "ets-ledger-entry-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted command: two postings, -quantity at the source and +quantity at the destination."""

    transfer_id: str
    kind: str
    product: ProductCode
    quantity: int
    source: Place
    destination: Place
    # Which units moved; empty in a ledger without blocks.
    serials: tuple[SerialRange, ...]
    # Origin of newly issued units; empty for a transfer.
    origin: str
    group: str
    flow_id: str
    corrects: str
    effective_time: datetime

    @property
    def source_position(self) -> Position:
        """Position that gave."""
        return Position(self.source.account, self.product, self.source.bucket)

    @property
    def destination_position(self) -> Position:
        """Position that received."""
        return Position(self.destination.account, self.product, self.destination.bucket)


def canonical_time(at: datetime) -> str:
    """Return a time as UTC with six decimals and Z, the only form that is ever hashed."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical_json(values: object) -> bytes:
    """Return JSON without spaces, as UTF-8, text not escaped beyond what JSON asks for."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def serials_text(serials: tuple[SerialRange, ...]) -> str:
    """Return ranges as `[1,100],[150,200]`: in brackets a JSON list, in braces a PostgreSQL multirange."""
    return ",".join([f"[{start},{end}]" for start, end in serials])


def parse_serials(text: str) -> tuple[SerialRange, ...]:
    """Return the ranges that `serials_text` wrote."""
    return tuple(SerialRange(*pair) for pair in json.loads(f"[{text}]"))


def entry_bytes(entry: Entry) -> bytes:
    """Return the bytes of an entry's leaf."""
    return canonical_json(
        [
            ENTRY_FORMAT,
            entry.transfer_id,
            entry.kind,
            entry.product,
            entry.quantity,
            entry.source.account,
            entry.source.bucket,
            entry.destination.account,
            entry.destination.bucket,
            entry.serials,
            entry.origin,
            entry.group,
            entry.flow_id,
            entry.corrects,
            canonical_time(entry.effective_time),
        ]
    )
