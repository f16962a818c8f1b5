"""Forced surrenders: rows to values and back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ets_kernel.domain.ids import Period, ProductCode
from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, two_columns, update_rows, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import surrender_tables
from registry.adapters.db.record_corrections import corrections_of
from registry.domain.forced_surrender import ForcedLine, ForcedSurrender, ForcedSurrenderStatus

_CASE: Final = (
    "case_no",
    "ordinal",
    "credit_code",
    "province_code",
    "document_no",
    "status",
    "initiated_by",
    "initiated_time",
    "confirmed_by",
    "confirmed_time",
)
_LAST_ORDINALS: Final = text("""
SELECT credit_code, max(ordinal) FROM forced_surrender
WHERE credit_code = ANY(CAST(:credit_codes AS text[])) GROUP BY credit_code
""")
CASES: Final = f"SELECT {', '.join(_CASE)} FROM forced_surrender"  # noqa: S608
_LOCK: Final = text(f"{CASES} WHERE case_no = ANY(CAST(:case_nos AS text[])) ORDER BY case_no FOR UPDATE")
_LINES: Final = text("""
SELECT case_no, period, product, quantity_tco2e FROM forced_surrender_line
WHERE case_no = ANY(CAST(:case_nos AS text[])) ORDER BY case_no, line_no
""")
_SHORTFALLS: Final = text("""
SELECT case_no, period, quantity_tco2e FROM forced_surrender_shortfall
WHERE case_no = ANY(CAST(:case_nos AS text[])) ORDER BY case_no, period
""")


class SqlForcedSurrenders:
    """Port `ForcedSurrenders`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last_ordinals(self, credit_codes: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by entities that have one."""
        return two_columns(await fetch(self._connection, _LAST_ORDINALS, credit_codes=sorted(credit_codes)))

    async def add(self, cases: Sequence[ForcedSurrender]) -> None:
        """Store proposed cases."""
        heads = [tuple(getattr(case, name) for name in _CASE) for case in cases]
        lines: list[tuple[Any, ...]] = [
            (case.case_no, line_no, line.period, line.product, line.quantity_tco2e)
            for case in cases
            for line_no, line in enumerate(case.lines, start=1)
        ]
        shortfalls = [(case.case_no, *shortfall) for case in cases for shortfall in case.shortfalls]
        line = ("case_no", "line_no", "period", "product", "quantity_tco2e")
        shortfall = ("case_no", "period", "quantity_tco2e")
        await insert_rows(self._connection, surrender_tables.forced_surrender, _CASE, heads)
        await insert_rows(self._connection, surrender_tables.forced_surrender_line, line, lines)
        await insert_rows(
            self._connection, surrender_tables.forced_surrender_shortfall, shortfall, shortfalls
        )

    async def lock(self, case_nos: Collection[str]) -> Mapping[str, ForcedSurrender]:
        """Give the cases among these, locked."""
        heads = await fetch(self._connection, _LOCK, case_nos=sorted(case_nos))
        return {case.case_no: case for case in await cases_of(self._connection, heads)}

    async def save(self, cases: Sequence[ForcedSurrender]) -> None:
        """Store that cases were registered."""
        columns = ("case_no", "status", "confirmed_by", "confirmed_time")
        rows = [tuple(getattr(case, name) for name in columns) for case in cases]
        await update_rows(
            self._connection, surrender_tables.forced_surrender, columns, rows, keys=("case_no",)
        )


async def cases_of(
    connection: AsyncConnection, heads: Iterable[AnyRow], *, at: datetime | None = None
) -> list[ForcedSurrender]:
    """Read the lines, shortfalls, and corrections by a moment or now, of cases, given their heads in order."""
    by_no = {head.case_no: values_of(head) for head in heads}
    if not by_no:
        return []
    lines: dict[str, list[ForcedLine]] = {number: [] for number in by_no}
    for row in await fetch(connection, _LINES, case_nos=list(by_no)):
        lines[row.case_no].append(
            ForcedLine(period=row.period, product=ProductCode(row.product), quantity_tco2e=row.quantity_tco2e)
        )
    shortfalls: dict[str, list[tuple[Period, int]]] = {number: [] for number in by_no}
    for row in await fetch(connection, _SHORTFALLS, case_nos=list(by_no)):
        shortfalls[row.case_no].append((Period(row.period), row.quantity_tco2e))
    corrections = await corrections_of(connection, by_no.keys(), at=at)
    return [
        ForcedSurrender(
            **{**head, "status": ForcedSurrenderStatus(head["status"])},
            lines=tuple(lines[number]),
            shortfalls=tuple(shortfalls[number]),
            corrections=corrections.get(number, ()),
        )
        for number, head in by_no.items()
    ]
