r"""Canonical rows: the one encoding under every digest, seal and comparison between services.

A row is the concatenation of its values in column order; each value is its text in UTF-8 as a netstring:
the number of bytes in decimal, a colon, the bytes, a comma. So ("R-E-1", 12, 2021-10-26) is
`5:R-E-1,2:12,10:2021-10-26,`. The digest of rows is the SHA-256 of the rows in their given order, each a
netstring again. Both can be computed in any language, and in SQL: `octet_length(v) || ':' || v || ','`.

CAN-1  Text is taken as it is; integers are decimal, with a sign only when negative; dates are YYYY-MM-DD; an
       absent value is the empty text, because the contracts cannot tell the two apart either.
CAN-2  A row encoded from its values and the same row encoded from its texts are the same bytes.
CAN-3  Different lists of rows of texts have different encodings: no value can pose as two.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from ets_kernel.domain.ensure import ensure

Value = str | int | date | None

# A book is narrowed down by segments, so that a difference can be found without reading all of it.
SEGMENT_COUNT: Final = 64


def canonical_text(value: Value) -> str:
    """Give the one text form of a value."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, date):
        ensure(not isinstance(value, datetime), "A canonical row has dates, not clock readings")
        return value.isoformat()
    ensure(
        isinstance(value, int) and not isinstance(value, bool),
        "A canonical value is text, int, date or absent",
    )
    return str(value)


def canonical_row(values: Sequence[Value]) -> bytes:
    """Encode one row."""
    return b"".join([_netstring(canonical_text(value).encode()) for value in values])


def canonical_content(rows: Iterable[bytes]) -> bytes:
    """Give encoded rows in the given order as one text: what `rows_digest` is the SHA-256 of."""
    return b"".join([_netstring(row) for row in rows])


def parse_content(content: bytes) -> list[list[str]]:
    """Give the texts of every row of a canonical content; raises ValueError for bytes that are none."""
    return [[text.decode() for text in _parts(row)] for row in _parts(content)]


def rows_digest(rows: Iterable[bytes]) -> bytes:
    """Give the SHA-256 over encoded rows in the given order, 32 bytes."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(_netstring(row))
    return digest.digest()


def segment_of(first_value: Value) -> int:
    """Give the segment, 0 to 63, of a row with this first value: the first byte of its SHA-256 modulo 64."""
    return hashlib.sha256(canonical_text(first_value).encode()).digest()[0] % SEGMENT_COUNT


def _netstring(content: bytes) -> bytes:
    return b"%d:%b," % (len(content), content)


def _parts(content: bytes) -> list[bytes]:
    found = []
    while content:
        size, colon, rest = content.partition(b":")
        part, comma, content = rest[: int(size)], rest[int(size) : int(size) + 1], rest[int(size) + 1 :]
        if not colon or comma != b"," or _netstring(part) != size + colon + part + comma:
            raise ValueError("these bytes are no canonical rows")
        found.append(part)
    return found
