"""Entries of the journal, and the bytes that stand for them in the Merkle tree.

The encoding is a wire format: it is documented in the README, pinned by golden values, and never changed in
place.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.values import Position, SerialRange

ENTRY_FORMAT: Final = "ets-ledger-entry-1"


class Entry(NamedTuple):
    """One accepted command: two postings, -quantity at the source and +quantity at the destination.

    Both positions are of one product. `serials` says which units moved; it is empty in a ledger without
    blocks. `origin` is that of newly issued units, and empty for a transfer.
    """

    transfer_id: str
    kind: str
    source: Position
    destination: Position
    # Whole units of the product.
    quantity: int
    serials: tuple[SerialRange, ...]
    origin: str
    group: str
    flow_id: str
    # Transfer id of the entry that this one corrects.
    corrects: str
    # Business time at which it counts.
    effective_time: datetime

    @property
    def product(self) -> ProductCode:
        """Product of both positions."""
        return self.source.product


@lru_cache(maxsize=1024)
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
    """Return the bytes of an entry's leaf: canonical JSON, written out here because it is hot."""
    quoted = encode_basestring
    source, destination = entry.source, entry.destination
    return (
        f'["{ENTRY_FORMAT}",{quoted(entry.transfer_id)},{quoted(entry.kind)},{quoted(source.product)},'
        f"{entry.quantity},{quoted(source.account)},{quoted(source.bucket)},"
        f"{quoted(destination.account)},{quoted(destination.bucket)},[{serials_text(entry.serials)}],"
        f"{quoted(entry.origin)},{quoted(entry.group)},{quoted(entry.flow_id)},{quoted(entry.corrects)},"
        f'"{canonical_time(entry.effective_time)}"]'
    ).encode()
