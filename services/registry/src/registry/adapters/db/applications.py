"""Surrender applications with their lines and credits: rows to values and back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, pairs, update_rows, values_of
from ets_ledger.domain.values import SerialRange
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.adapters.db.record_corrections import corrections_of
from registry.domain.offset_credit import CreditBlock, CreditUse
from registry.domain.surrender import SurrenderApplication, SurrenderLine, SurrenderStatus

_LAST_ORDINALS: Final = text("""
SELECT credit_code, period, max(ordinal) FROM surrender_application
WHERE (credit_code, period) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))
GROUP BY credit_code, period
""")
_PENDING: Final = text("""
SELECT credit_code, period, CAST(sum(quantity_tco2e) AS bigint),
       CAST(coalesce(sum(quantity_tco2e) FILTER (WHERE is_offset), 0) AS bigint)
FROM surrender_application JOIN surrender_line USING (application_no)
WHERE (credit_code, period) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))
AND status IN ('submitted', 'confirmed')
GROUP BY credit_code, period
""")
_BORROWED: Final = text("""
SELECT credit_code, period, CAST(sum(quantity_tco2e) AS bigint) FROM (
    SELECT credit_code, period, borrowed_tco2e AS quantity_tco2e FROM issuance_row JOIN issuance USING (table_no)
    WHERE status = 'issued' AND borrowed_tco2e > 0
    UNION ALL
    SELECT credit_code, period, -quantity_tco2e FROM surrender_application JOIN surrender_line USING (application_no)
    WHERE product LIKE 'BORROWED-%' AND status IN ('submitted', 'confirmed', 'registered')
    UNION ALL
    SELECT credit_code, period, -change_tco2e FROM record_correction WHERE product LIKE 'BORROWED-%'
) AS lent
WHERE (credit_code, period) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))
GROUP BY credit_code, period
""")
# What nobody has applied for, surrendered or taken back is in the entity's registered holding.
_FREE_CREDITS: Final = text("""
SELECT credit.credit_code, cancellation_no, block_no, credit.product, registered_time,
       greatest(credit.serial_start, block.start_serial) AS serial_start,
       least(credit.serial_end, block.end_serial) AS serial_end
FROM credit_block AS credit
JOIN ledger_balance AS place ON place.account = 'R-E-' || credit.credit_code AND place.product = credit.product
     AND place.bucket = 'registered'
JOIN ledger_block AS block ON block.position_id = place.id AND block.end_serial >= credit.serial_start
     AND block.start_serial <= credit.serial_end
LEFT JOIN project ON project_no = split_part(credit.product, '-', 2)
WHERE credit.credit_code = ANY(CAST(:credit_codes AS text[])) AND credit_ordinal IS NOT NULL
ORDER BY credit.credit_code, credit_ordinal, cancellation_no, block_no, serial_start
""")
_APPLICATION: Final = (
    "application_no",
    "credit_code",
    "period",
    "ordinal",
    "province_code",
    "status",
    "submitted_time",
    "decided_time",
    "decided_by",
    "words",
    "registered_time",
    "helper_credit_code",
    "helper_account_no",
    "consented_time",
    "closed_time",
    "closed_by",
)
_HEADS: Final = f"SELECT {', '.join(_APPLICATION)} FROM surrender_application"  # noqa: S608
_LOCK: Final = text(
    f"{_HEADS} WHERE application_no = ANY(CAST(:application_nos AS text[]))"
    " ORDER BY application_no FOR UPDATE"
)
_LOCK_STATUS: Final = text(f"{_HEADS} WHERE status = :status ORDER BY application_no FOR UPDATE")
_LOCK_PENDING: Final = text(
    f"{_HEADS} WHERE (credit_code, period) IN"  # noqa: S608
    " (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))"
    " AND status IN ('submitted', 'confirmed') ORDER BY application_no FOR UPDATE"
)
_LINES: Final = text("""
SELECT application_no, line_no, product, quantity_tco2e FROM surrender_line
WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no, line_no
""")
_USES: Final = text("""
SELECT application_no, line_no, cancellation_no, block_no, credit.product, held.serial_start, held.serial_end
FROM credit_use AS held JOIN credit_block AS credit USING (cancellation_no, block_no)
WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no, line_no, use_no
""")
_SAVED: Final = (
    "application_no",
    "status",
    "decided_time",
    "decided_by",
    "words",
    "registered_time",
    "consented_time",
    "closed_time",
    "closed_by",
)
_LINE: Final = ("application_no", "line_no", "product", "quantity_tco2e", "is_offset")
_USE: Final = (
    "application_no",
    "line_no",
    "use_no",
    "cancellation_no",
    "block_no",
    "serial_start",
    "serial_end",
)


class SqlApplications:
    """Port `Applications`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last_ordinals(self, keys: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Give the last number used by entities that have one."""
        rows = await fetch(self._connection, _LAST_ORDINALS, **pairs(keys))
        return {(row[0], row[1]): row[2] for row in rows}

    async def pending(self, keys: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Give what is applied for and not registered: all of it, and the CCER in it, tCO2e."""
        rows = await fetch(self._connection, _PENDING, **pairs(keys))
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    async def borrowed(self, keys: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Give what entities borrowed for a period by issued tables and have not applied to surrender, tCO2e."""
        rows = await fetch(self._connection, _BORROWED, **pairs(keys))
        return {(row[0], row[1]): row[2] for row in rows}

    async def free_credits(self, credit_codes: Collection[str]) -> Mapping[str, Sequence[CreditBlock]]:
        """Give credits that no application holds and nobody took back, in the order of creation."""
        credits_by_code: dict[str, list[CreditBlock]] = {}
        for row in await fetch(self._connection, _FREE_CREDITS, credit_codes=sorted(credit_codes)):
            block = CreditBlock(
                cancellation_no=row.cancellation_no,
                block_no=row.block_no,
                product=row.product,
                serials=SerialRange(row.serial_start, row.serial_end),
                registered_time=row.registered_time,
            )
            credits_by_code.setdefault(row.credit_code, []).append(block)
        return credits_by_code

    async def add(self, applications: Sequence[SurrenderApplication]) -> None:
        """Store new applications."""
        heads = [tuple(getattr(item, name) for name in _APPLICATION) for item in applications]
        await insert_rows(self._connection, tables.surrender_application, _APPLICATION, heads)
        lines: list[tuple[Any, ...]] = []
        uses: list[tuple[Any, ...]] = []
        for item in applications:
            for line_no, line in enumerate(item.lines, start=1):
                key = (item.application_no, line_no)
                lines.append((*key, line.product, line.quantity_tco2e, line.is_offset))
                uses += [
                    (*key, use_no, use.cancellation_no, use.block_no, *use.serials)
                    for use_no, use in enumerate(line.uses, start=1)
                ]
        await insert_rows(self._connection, tables.surrender_line, _LINE, lines)
        await insert_rows(self._connection, tables.credit_use, _USE, uses)

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, SurrenderApplication]:
        """Give applications, locked."""
        heads = await fetch(self._connection, _LOCK, application_nos=sorted(application_nos))
        return {item.application_no: item for item in await with_lines(self._connection, heads)}

    async def lock_with_status(self, status: SurrenderStatus) -> Sequence[SurrenderApplication]:
        """Give all applications of a status, locked, by number."""
        heads = await fetch(self._connection, _LOCK_STATUS, status=status)
        return await with_lines(self._connection, heads)

    async def lock_pending(self, keys: Collection[tuple[str, str]]) -> Sequence[SurrenderApplication]:
        """Give what is applied for and not registered, locked, by number."""
        heads = await fetch(self._connection, _LOCK_PENDING, **pairs(keys))
        return await with_lines(self._connection, heads)

    async def save(self, applications: Sequence[SurrenderApplication]) -> None:
        """Store status, people and times."""
        rows = [tuple(getattr(item, name) for name in _SAVED) for item in applications]
        await update_rows(
            self._connection, tables.surrender_application, _SAVED, rows, keys=("application_no",)
        )


async def with_lines(
    connection: AsyncConnection, heads: Iterable[AnyRow], *, at: datetime | None = None
) -> list[SurrenderApplication]:
    """Read the lines, credits, and corrections by a moment or now, of applications, given their heads in order."""
    by_no = {head.application_no: values_of(head) for head in heads}
    if not by_no:
        return []
    uses: dict[tuple[str, int], list[CreditUse]] = {}
    for row in await fetch(connection, _USES, application_nos=list(by_no)):
        uses.setdefault((row.application_no, row.line_no), []).append(_use(row))
    lines: dict[str, list[SurrenderLine]] = {number: [] for number in by_no}
    for row in await fetch(connection, _LINES, application_nos=list(by_no)):
        held = tuple(uses.get((row.application_no, row.line_no), ()))
        lines[row.application_no].append(
            SurrenderLine(product=row.product, quantity_tco2e=row.quantity_tco2e, uses=held)
        )
    corrections = await corrections_of(connection, by_no.keys(), at=at)
    return [
        SurrenderApplication(
            **{**head, "status": SurrenderStatus(head["status"])},
            lines=tuple(lines[number]),
            corrections=corrections.get(number, ()),
        )
        for number, head in by_no.items()
    ]


def _use(row: AnyRow) -> CreditUse:
    return CreditUse(
        cancellation_no=row.cancellation_no,
        block_no=row.block_no,
        product=row.product,
        serials=SerialRange(row.serial_start, row.serial_end),
    )
