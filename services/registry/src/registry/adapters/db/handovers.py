"""Hand-overs and the credits made from them: rows to values and back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, emitter_account
from ets_kernel.domain.products import ccer_product, offset_product_of
from ets_kernel.runtime.sql import (
    arrays,
    fetch,
    insert_rows,
    lock_names,
    two_columns,
    update_rows,
    values_of,
)
from ets_ledger.domain.values import SerialRange
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.adapters.db.accounts import SqlAccounts
from registry.adapters.db.obligations import SqlObligations
from registry.adapters.db.repositories import SqlRoster
from registry.domain.handover import (
    AcceptedRow,
    HandoverContext,
    HandoverRow,
    LastHandover,
    Manifest,
    RowOutcome,
)

_LAST: Final = text("""
SELECT business_date, manifest_digest FROM handover
WHERE province_code = :province_code ORDER BY business_date DESC LIMIT 1
""")
_ACCEPTED: Final = text("""
SELECT array_remove(array_agg(taken.row_no), NULL) AS row_nos
FROM handover LEFT JOIN handover_row AS taken ON taken.handover_no = handover.handover_no AND taken.is_accepted
WHERE handover.handover_no = :handover_no AND handover.manifest_digest = :manifest_digest
GROUP BY handover.handover_no
""")
_INSIDE: Final = text("""
SELECT project_no FROM project WHERE is_inside_national_market AND project_no = ANY(CAST(:project_nos AS text[]))
""")
_KNOWN: Final = text("""
SELECT cancellation_no, handover_no FROM handover_row
WHERE is_accepted AND cancellation_no = ANY(CAST(:cancellation_nos AS text[]))
""")
_BY_ENTITY: Final = text("""
SELECT credit_code, period, CAST(sum(quantity_tco2e) AS bigint) FROM handover_row
WHERE is_accepted AND credit_code = ANY(CAST(:credit_codes AS text[])) GROUP BY credit_code, period
""")
_BY_APPLICATION: Final = text("""
SELECT offset_application_no, CAST(sum(quantity_tco2e) AS bigint) FROM handover_row
WHERE is_accepted AND offset_application_no = ANY(CAST(:application_nos AS text[])) GROUP BY offset_application_no
""")
# Blocks of a product never overlap, so of those that start at or before a range's end the last one reaches furthest.
_OVERLAPPING: Final = text("""
SELECT wanted.row_no, found.cancellation_no
FROM unnest(CAST(:row_nos AS int[]), CAST(:products AS text[]), CAST(:starts AS bigint[]), CAST(:ends AS bigint[]))
     AS wanted (row_no, product, serial_start, serial_end)
CROSS JOIN LATERAL (
    SELECT cancellation_no, serial_end FROM credit_block
    WHERE product = wanted.product AND serial_start <= wanted.serial_end ORDER BY serial_start DESC LIMIT 1
) AS found
WHERE found.serial_end >= wanted.serial_start
""")
_UNCREDITED: Final = text("""
SELECT taken.cancellation_no, taken.handover_no, taken.offset_application_no, taken.credit_code, taken.province_code,
       taken.ccer_product, taken.quantity_tco2e,
       (SELECT array_agg(serial_start ORDER BY block_no) FROM credit_block
        WHERE cancellation_no = taken.cancellation_no) AS starts,
       (SELECT array_agg(serial_end ORDER BY block_no) FROM credit_block
        WHERE cancellation_no = taken.cancellation_no) AS ends
FROM handover_row AS taken JOIN handover USING (handover_no)
WHERE taken.is_accepted AND NOT taken.is_credited AND handover.business_date <= :until
ORDER BY handover.business_date, taken.province_code, taken.row_no FOR UPDATE OF taken
""")
_LAST_CREDIT: Final = text("SELECT coalesce(max(credit_ordinal), 0) FROM credit_block")
_MARK: Final = text("""
UPDATE handover_row SET is_credited = true
WHERE is_accepted AND cancellation_no = ANY(CAST(:cancellation_nos AS text[]))
""")
_ROW: Final = (
    "handover_no",
    "row_no",
    "cancellation_no",
    "offset_application_no",
    "credit_code",
    "period",
    "province_code",
    "ccer_product",
    "quantity_tco2e",
    "is_accepted",
    "reason",
    "is_credited",
)
_BLOCK: Final = ("cancellation_no", "block_no", "product", "serial_start", "serial_end", "credit_code")


class SqlHandovers:
    """Port `Handovers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock_last(self, province_code: str) -> LastHandover | None:
        """Give the last hand-over of a province that was taken; others of the province wait."""
        await lock_names(self._connection, {f"handover/{province_code}"})
        rows = await fetch(self._connection, _LAST, province_code=province_code)
        if not rows:
            return None
        return LastHandover(
            business_date=rows[0].business_date, manifest_digest=bytes(rows[0].manifest_digest)
        )

    async def accepted_row_nos(self, manifest: Manifest) -> frozenset[int] | None:
        """Give the rows accepted of a hand-over with this manifest; None when it was not taken."""
        found = await fetch(
            self._connection,
            _ACCEPTED,
            handover_no=manifest.handover_no,
            manifest_digest=manifest.manifest_digest,
        )
        return frozenset(found[0].row_nos) if found else None

    async def context(self, rows: Sequence[HandoverRow]) -> HandoverContext:
        """Give all that is known about what the rows name."""
        connection = self._connection
        codes = sorted({row.credit_code for row in rows})
        accounts = await SqlAccounts(connection).among({emitter_account(CreditCode(code)) for code in codes})
        inside = await fetch(connection, _INSIDE, project_nos=sorted({row.project_no for row in rows}))
        known = await fetch(
            connection, _KNOWN, cancellation_nos=sorted({row.cancellation_no for row in rows})
        )
        by_entity = await fetch(connection, _BY_ENTITY, credit_codes=codes)
        by_application = await fetch(
            connection, _BY_APPLICATION, application_nos=sorted({row.offset_application_no for row in rows})
        )
        return HandoverContext(
            listed=await SqlRoster(connection).listed(codes),
            accounts=accounts,
            obligations=await SqlObligations(connection).get({(row.credit_code, row.period) for row in rows}),
            inside_projects=frozenset(row.project_no for row in inside),
            handover_by_cancellation=two_columns(known),
            accepted_by_entity_tco2e={(row[0], row[1]): row[2] for row in by_entity},
            accepted_by_application_tco2e=two_columns(by_application),
            overlapping=await self._overlapping(rows),
        )

    async def take(self, manifest: Manifest, outcomes: Sequence[RowOutcome], *, at: datetime) -> None:
        """Store a hand-over with the outcome of each row."""
        columns = (
            "handover_no",
            "business_date",
            "province_code",
            "row_count",
            "quantity_tco2e",
            "manifest_digest",
        )
        head = (*(getattr(manifest, name) for name in columns), at)
        await insert_rows(self._connection, tables.handover, (*columns, "taken_time"), [head])
        rows = [_row(manifest, outcome) for outcome in outcomes]
        await insert_rows(self._connection, tables.handover_row, _ROW, rows)
        await self._add_blocks(outcomes)

    async def judge_again(self, manifest: Manifest, outcomes: Sequence[RowOutcome]) -> None:
        """Store the new outcomes of rows that were rejected before."""
        columns = ("handover_no", "row_no", "is_accepted", "reason")
        rows = [
            (
                manifest.handover_no,
                outcome.row.row_no,
                outcome.error is None,
                outcome.error.reason if outcome.error is not None else "",
            )
            for outcome in outcomes
        ]
        await update_rows(self._connection, tables.handover_row, columns, rows, keys=columns[:2])
        await self._add_blocks(outcomes)

    async def reject(self, manifest: Manifest, error: EtsError, *, at: datetime) -> None:
        """Store that a hand-over was rejected, and nothing else of it."""
        columns = ("handover_no", "province_code", "row_count", "quantity_tco2e", "manifest_digest")
        row = (*(getattr(manifest, name) for name in columns), error.reason, error.message, at)
        names = (*columns, "reason", "message", "rejected_time")
        await insert_rows(self._connection, tables.handover_rejection, names, [row])

    async def uncredited(self, until: date) -> Sequence[AcceptedRow]:
        """Give accepted rows without credits of hand-overs up to a business date, locked, oldest first."""
        found = []
        for row in await fetch(self._connection, _UNCREDITED, until=until):
            values = values_of(row)
            starts, ends = values.pop("starts"), values.pop("ends")
            blocks = tuple(SerialRange(*block) for block in zip(starts, ends, strict=True))
            found.append(AcceptedRow(**values, blocks=blocks))
        return found

    async def add_credits(self, rows: Sequence[AcceptedRow], *, at: datetime) -> None:
        """Store that credits were made from rows, in their order."""
        if not rows:
            return
        numbers = [row.cancellation_no for row in rows]
        last: int = (await self._connection.execute(_LAST_CREDIT)).scalar_one()
        await self._connection.execute(_MARK, {"cancellation_nos": numbers})
        await update_rows(
            self._connection,
            tables.credit_block,
            ("cancellation_no", "credit_ordinal", "created_time"),
            [(number, ordinal, at) for ordinal, number in enumerate(numbers, start=last + 1)],
            keys=("cancellation_no",),
        )

    async def _add_blocks(self, outcomes: Sequence[RowOutcome]) -> None:
        blocks = [block for outcome in outcomes if outcome.error is None for block in _blocks(outcome.row)]
        await insert_rows(self._connection, tables.credit_block, _BLOCK, blocks)

    async def _overlapping(self, rows: Sequence[HandoverRow]) -> dict[int, str]:
        wanted: list[tuple[Any, ...]] = []
        for row in rows:
            try:
                product = offset_product_of(ccer_product(row.project_no, row.reduction_year))
            except EtsError:
                continue  # Refused by its product when it is judged.
            wanted += [(row.row_no, product, start, end) for start, end in row.blocks]
        if not wanted:
            return {}
        columns = arrays(("row_nos", "products", "starts", "ends"), wanted)
        return two_columns(await fetch(self._connection, _OVERLAPPING, **columns))


def _row(manifest: Manifest, outcome: RowOutcome) -> tuple[Any, ...]:
    row, error = outcome.row, outcome.error
    return (
        manifest.handover_no,
        row.row_no,
        row.cancellation_no,
        row.offset_application_no,
        row.credit_code,
        row.period,
        row.province_code,
        f"CCER-{row.project_no}-{row.reduction_year}",
        row.quantity_tco2e,
        error is None,
        error.reason if error is not None else "",
        False,
    )


def _blocks(row: HandoverRow) -> list[tuple[Any, ...]]:
    product = offset_product_of(ccer_product(row.project_no, row.reduction_year))
    return [
        (row.cancellation_no, block_no, product, start, end, row.credit_code)
        for block_no, (start, end) in enumerate(row.blocks, start=1)
    ]
