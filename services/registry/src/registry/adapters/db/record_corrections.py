"""What corrections did to records: values to rows, and what they come to by record, obligation and credit."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from ets_kernel.runtime.sql import fetch, insert_rows, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import change_tables as tables
from registry.domain.corrected_records import RecordChange, RecordCorrection
from registry.domain.corrected_standing import TakenBack

_RECORD: Final = (
    "registration_no",
    "line_no",
    "kind",
    "record_no",
    "record_line_no",
    "credit_code",
    "period",
    "product",
    "change_tco2e",
    "completed_time",
    "corrected_time",
)
_CREDIT: Final = (
    "registration_no",
    "line_no",
    "part_no",
    "cancellation_no",
    "block_no",
    "serial_start",
    "serial_end",
)
_TAKEN_BACK: Final = text("""
SELECT registration_no, credit_code, period, CAST(-sum(change_tco2e) AS bigint) AS quantity_tco2e,
       max(completed_time) AS completed_time
FROM record_correction WHERE registration_no = ANY(CAST(:registration_nos AS text[]))
AND kind IN ('surrender', 'forced_surrender') GROUP BY registration_no, credit_code, period
""")
_OF_RECORDS: Final = text("""
SELECT record_no, registration_no, record_line_no AS line_no, product, change_tco2e, corrected_time
FROM record_correction WHERE record_no = ANY(CAST(:record_nos AS text[]))
AND (CAST(:at AS timestamptz) IS NULL OR corrected_time <= :at)
ORDER BY record_no, registration_no, record_correction.line_no
""")


async def add_record_changes(
    connection: AsyncConnection,
    registration_no: str,
    changes: Iterable[RecordChange],
    *,
    completed: Mapping[tuple[str, str], datetime | None],
    at: datetime,
) -> None:
    """Keep what a correction did to records, with the credits among them."""
    rows: list[tuple[Any, ...]] = []
    credits_moved: list[tuple[Any, ...]] = []
    for change in changes:
        record = change.record
        rows.append(
            (
                registration_no,
                change.correction_line_no,
                record.kind,
                record.record_no,
                record.line_no,
                record.credit_code,
                record.period,
                change.product,
                change.change_tco2e,
                completed.get((record.credit_code, record.period)),
                at,
            )
        )
        credits_moved += [
            (registration_no, change.correction_line_no, no, use.cancellation_no, use.block_no, *use.serials)
            for no, use in enumerate(change.uses, start=1)
        ]
    await insert_rows(connection, tables.record_correction, _RECORD, rows)
    await insert_rows(connection, tables.credit_correction, _CREDIT, credits_moved)


async def taken_back(
    connection: AsyncConnection, registration_nos: Collection[str]
) -> dict[tuple[str, str, str], TakenBack]:
    """Give what registrations took back of obligations, by registration, entity and period."""
    if not registration_nos:
        return {}
    rows = await fetch(connection, _TAKEN_BACK, registration_nos=sorted(registration_nos))
    return {
        (row.registration_no, row.credit_code, row.period): TakenBack(
            quantity_tco2e=row.quantity_tco2e, completed_time=row.completed_time
        )
        for row in rows
    }


async def corrections_of(
    connection: AsyncConnection, record_nos: Collection[str], *, at: datetime | None
) -> dict[str, tuple[RecordCorrection, ...]]:
    """Give what corrections did to records by a moment, or by now, by the number of the record."""
    found: dict[str, tuple[RecordCorrection, ...]] = {}
    if record_nos:
        for row in await fetch(connection, _OF_RECORDS, record_nos=sorted(record_nos), at=at):
            values = values_of(row)
            number = values.pop("record_no")
            found[number] = (*found.get(number, ()), RecordCorrection(**values))
    return found
