"""The export of a ledger as JSON lines, for whoever wants to check it without the service.

One object a line: `ledger` first, then each `batch` followed by its `entry` lines, then `head`, `balance` and
`block` lines. The README documents every field; the format is never changed in place.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from ets_ledger.domain.entries import Entry, canonical_time
from ets_ledger.domain.journal import BatchRecord, TreeHead
from ets_ledger.domain.values import Position, SerialBlock, SerialRange

EXPORT_FORMAT: Final = "ets-ledger-export-1"

Line = Mapping[str, Any]


def to_text(lines: Iterable[Line]) -> Iterator[str]:
    """Yield each line as JSON without a line break."""
    for line in lines:
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def ledger_line(ledger: str, *, has_blocks: bool) -> Line:
    """Return the first line."""
    return {"line": "ledger", "format": EXPORT_FORMAT, "ledger": ledger, "has_blocks": has_blocks}


def batch_line(record: BatchRecord) -> Line:
    """Return the line of a batch record."""
    return {
        "line": "batch",
        "batch_no": record.batch_no,
        "prev_hash": record.prev_hash.hex(),
        "merkle_root": record.merkle_root.hex(),
        "entry_count": record.entry_count,
        "recorded_time": canonical_time(record.recorded_time),
        "hash": record.hash.hex(),
    }


def entry_line(entry: Entry) -> Line:
    """Return the line of an entry; its batch is that of the batch line before it."""
    return {
        "line": "entry",
        "transfer_id": entry.transfer_id,
        "kind": entry.kind,
        "product": entry.source.product,
        "quantity": entry.quantity,
        "source": [entry.source.account, entry.source.bucket],
        "destination": [entry.destination.account, entry.destination.bucket],
        "serials": entry.serials,
        "origin": entry.origin,
        "group": entry.group,
        "flow_id": entry.flow_id,
        "corrects": entry.corrects,
        "effective_time": canonical_time(entry.effective_time),
    }


def head_line(head: TreeHead) -> Line:
    """Return the line of a signed tree head."""
    return {
        "line": "head",
        "ledger": head.ledger,
        "business_date": head.business_date.isoformat(),
        "tree_size": head.tree_size,
        "root": head.root.hex(),
        "signed_time": canonical_time(head.signed_time),
        "key_id": head.key_id,
        "signature": head.signature.hex(),
    }


def balance_line(position: Position, quantity: int) -> Line:
    """Return the line of a position that is not zero."""
    return {"line": "balance", "position": position, "quantity": quantity}


def block_line(position: Position, block: SerialBlock) -> Line:
    """Return the line of an owned block."""
    return {"line": "block", "position": position, "serials": block[:2], "origin": block.origin}


def read_batch(line: Line) -> BatchRecord:
    """Return the record of a batch line."""
    return BatchRecord(
        batch_no=line["batch_no"],
        prev_hash=bytes.fromhex(line["prev_hash"]),
        merkle_root=bytes.fromhex(line["merkle_root"]),
        entry_count=line["entry_count"],
        recorded_time=_time(line["recorded_time"]),
    )


def read_entry(line: Line) -> Entry:
    """Return the entry of an entry line."""
    product = line["product"]
    return Entry(
        transfer_id=line["transfer_id"],
        kind=line["kind"],
        source=Position(line["source"][0], product, line["source"][1]),
        destination=Position(line["destination"][0], product, line["destination"][1]),
        quantity=line["quantity"],
        serials=tuple(SerialRange(start, end) for start, end in line["serials"]),
        origin=line["origin"],
        group=line["group"],
        flow_id=line["flow_id"],
        corrects=line["corrects"],
        effective_time=_time(line["effective_time"]),
    )


def read_head(line: Line) -> TreeHead:
    """Return the tree head of a head line."""
    return TreeHead(
        ledger=line["ledger"],
        business_date=date.fromisoformat(line["business_date"]),
        tree_size=line["tree_size"],
        root=bytes.fromhex(line["root"]),
        signed_time=_time(line["signed_time"]),
        key_id=line["key_id"],
        signature=bytes.fromhex(line["signature"]),
    )


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
