"""Change registrations, freezes, corrections and successions: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Final

from ets_kernel.runtime.sql import (
    AnyRow,
    fetch,
    insert_rows,
    lock_names,
    update_rows,
    values_of,
)
from ets_ledger.domain.values import SerialRange
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import change_tables as tables
from registry.adapters.db.freezes import freezes_among, freezes_of, put_freezes
from registry.adapters.db.record_corrections import add_record_changes, taken_back
from registry.domain.change import (
    ChangeKind,
    ChangeLine,
    ChangeRegistration,
    ChangeStatus,
    Document,
    DocumentKind,
    Merger,
    Succession,
)
from registry.domain.corrected_records import RecordChange
from registry.domain.corrected_standing import TakenBack
from registry.domain.correction import CorrectingEntry, still_corrected
from registry.domain.judicial_freeze import JudicialFreeze

_PEOPLE: Final = (
    "status",
    "filed_by",
    "filed_time",
    "initiated_by",
    "initiated_time",
    "confirmed_by",
    "confirmed_time",
    "rejected_by",
    "rejected_time",
    "reject_reason",
)
_FIXED: Final = (
    "registration_no",
    "ordinal",
    "kind",
    "account_no",
    "survivor_account_no",
    "province_code",
    "expiry_date",
)
_DOCUMENT: Final = (
    "document_kind",
    "document_no",
    "document_date",
    "document_authority",
    "document_digest",
)
_LINE: Final = (
    "registration_no",
    "line_no",
    "source_account_no",
    "target_account_no",
    "product",
    "quantity_tco2e",
    "serial_start",
    "serial_end",
    "freeze_no",
    "corrects",
)
_SUCCESSION: Final = (
    "credit_code",
    "period",
    "registration_no",
    "successor_credit_code",
    "outstanding_tco2e",
)
COLUMNS: Final = ", ".join((*_FIXED, *_DOCUMENT, *_PEOPLE))

_LAST_ORDINAL: Final = text("SELECT coalesce(max(ordinal), 0) FROM change_registration")
_AMONG: Final = text(
    f"SELECT {COLUMNS} FROM change_registration"  # noqa: S608
    " WHERE registration_no = ANY(CAST(:registration_nos AS text[])) ORDER BY registration_no"
)
_LINES: Final = text(
    f"SELECT {', '.join(_LINE)} FROM change_line"  # noqa: S608
    " WHERE registration_no = ANY(CAST(:registration_nos AS text[])) ORDER BY registration_no, line_no"
)
_SUCCESSIONS: Final = text(
    f"SELECT {', '.join(_SUCCESSION)} FROM obligation_succession"  # noqa: S608
    " WHERE registration_no = ANY(CAST(:registration_nos AS text[])) ORDER BY registration_no, credit_code, period"
)
_EARMARKED: Final = text("""
SELECT province_code, product, CAST(sum(change_tco2e) AS bigint) AS quantity_tco2e FROM earmarked_allowance
WHERE province_code = ANY(CAST(:province_codes AS text[])) GROUP BY province_code, product
""")
_CORRECTING: Final = text("""
SELECT registration_no || '/' || line_no AS transfer_id, corrects, quantity_tco2e
FROM entry_correction JOIN change_line USING (registration_no, corrects)
WHERE corrects = ANY(CAST(:transfer_ids AS text[]))
""")
# Registrations are held, so nobody else takes the same number.
_CARRIED_OUT: Final = text("""
UPDATE change_registration SET carried_out_ordinal = place.ordinal
FROM (
    SELECT number.registration_no,
           (SELECT coalesce(max(carried_out_ordinal), 0) FROM change_registration) + number.place AS ordinal
    FROM unnest(CAST(:registration_nos AS text[])) WITH ORDINALITY AS number (registration_no, place)
) AS place
WHERE change_registration.registration_no = place.registration_no
""")
# A version of the service before gives no number.
_MERGERS: Final = text("""
WITH merger AS (
    SELECT registration_no, absorbed.credit_code AS absorbed_credit_code, survivor.credit_code AS survivor_credit_code,
           confirmed_time, carried_out_ordinal, ordinal
    FROM change_registration
    JOIN account AS absorbed ON absorbed.account_no = change_registration.account_no
    JOIN account AS survivor ON survivor.account_no = survivor_account_no
    WHERE change_registration.kind = 'merger' AND change_registration.status = 'confirmed'
)
SELECT registration_no, absorbed_credit_code, survivor_credit_code FROM merger
WHERE CAST(:credit_codes AS text[]) IS NULL
OR EXISTS (SELECT FROM merger AS other WHERE other.absorbed_credit_code = ANY(CAST(:credit_codes AS text[])))
ORDER BY confirmed_time, carried_out_ordinal NULLS FIRST, ordinal
""")
_SUCCESSIONS_TO: Final = text("""
SELECT credit_code, period, successor_credit_code, outstanding_tco2e FROM (
    SELECT DISTINCT ON (credit_code, period) * FROM obligation_succession
    ORDER BY credit_code, period, succession_id DESC
) AS last WHERE successor_credit_code = :credit_code ORDER BY credit_code, period
""")


class SqlChanges:
    """Port `Changes`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self) -> None:
        """Let nobody else work on change registrations meanwhile."""
        await lock_names(self._connection, {"change-registrations"})

    async def last_ordinal(self) -> int:
        """Give the number of the last registration; 0 when there is none."""
        return int((await fetch(self._connection, _LAST_ORDINAL))[0][0])

    async def among(self, registration_nos: Collection[str]) -> Mapping[str, ChangeRegistration]:
        """Give the registrations among these."""
        rows = await fetch(self._connection, _AMONG, registration_nos=sorted(registration_nos))
        return {change.registration_no: change for change in await with_lines(self._connection, rows)}

    async def add(self, changes: Sequence[ChangeRegistration]) -> None:
        """Store new registrations with their lines."""
        await insert_rows(
            self._connection,
            tables.change_registration,
            (*_FIXED, *_DOCUMENT, *_PEOPLE),
            [
                (
                    *(getattr(change, name) for name in _FIXED),
                    *_document_values(change.document),
                    *(getattr(change, name) for name in _PEOPLE),
                )
                for change in changes
            ],
        )
        await self._add_lines(changes)

    async def save(self, changes: Sequence[ChangeRegistration]) -> None:
        """Store where registrations stand; of confirmed ones also what was settled when they were carried out."""
        names = ("registration_no", *_PEOPLE)
        rows = [tuple(getattr(change, name) for name in names) for change in changes]
        await update_rows(
            self._connection, tables.change_registration, names, rows, keys=("registration_no",)
        )
        confirmed = [change for change in changes if change.status is ChangeStatus.CONFIRMED]
        await self._add_lines([change for change in confirmed if change.kind is ChangeKind.MERGER])
        if confirmed:
            await self._connection.execute(
                _CARRIED_OUT, {"registration_nos": [change.registration_no for change in confirmed]}
            )
        await self.add_successions(
            [(change.registration_no, one) for change in confirmed for one in change.successions]
        )
        corrections = [
            (line.corrects, change.registration_no)
            for change in confirmed
            for line in change.lines
            if line.corrects
        ]
        await insert_rows(
            self._connection, tables.entry_correction, ("corrects", "registration_no"), corrections
        )

    async def freezes(self, freeze_nos: Collection[str]) -> Mapping[str, JudicialFreeze]:
        """Give the freezes among these."""
        return await freezes_among(self._connection, freeze_nos)

    async def freezes_of(self, account_nos: Collection[str]) -> Mapping[str, JudicialFreeze]:
        """Give the freezes that hold units of these accounts."""
        return await freezes_of(self._connection, account_nos)

    async def put_freezes(self, freezes: Sequence[JudicialFreeze], *, at: datetime) -> None:
        """Store new and changed freezes, and keep what each of them held before."""
        await put_freezes(self._connection, freezes, at=at)

    async def corrected(self, transfer_ids: Collection[str]) -> Set[str]:
        """Give those of the entries that are corrected, and whose correction was not undone."""
        made: list[CorrectingEntry] = []
        later = set(transfer_ids)
        while later:
            rows = await fetch(self._connection, _CORRECTING, transfer_ids=sorted(later))
            made += [CorrectingEntry(**values_of(row)) for row in rows]
            later = {row.transfer_id for row in rows}
        return still_corrected(transfer_ids, made)

    async def add_record_changes(
        self,
        registration_no: str,
        changes: Collection[RecordChange],
        *,
        completed: Mapping[tuple[str, str], datetime | None],
        at: datetime,
    ) -> None:
        """Keep what a correction did to records."""
        await add_record_changes(self._connection, registration_no, changes, completed=completed, at=at)

    async def taken_back(self, registration_nos: Collection[str]) -> Mapping[tuple[str, str, str], TakenBack]:
        """Give what these registrations took back of obligations, by registration, entity and period."""
        return await taken_back(self._connection, registration_nos)

    async def earmarked(self, province_codes: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what these provinces' accounts hold for entities, by province and product, tCO2e."""
        if not province_codes:
            return {}
        rows = await fetch(self._connection, _EARMARKED, province_codes=sorted(province_codes))
        return {(row.province_code, row.product): row.quantity_tco2e for row in rows}

    async def mergers(self, credit_codes: Collection[str] | None = None) -> Sequence[Merger]:
        """Give all mergers in the order in which they were carried out; none where none absorbed one of these."""
        rows = await fetch(
            self._connection, _MERGERS, credit_codes=None if credit_codes is None else sorted(credit_codes)
        )
        return [Merger(**values_of(row)) for row in rows]

    async def add_successions(self, successions: Sequence[tuple[str, Succession]]) -> None:
        """Store obligations that were imposed on absorbed entities, each with the number of the merger."""
        await insert_rows(
            self._connection,
            tables.obligation_succession,
            _SUCCESSION,
            [
                (one.credit_code, one.period, registration_no, *_taken_over(one))
                for registration_no, one in successions
            ],
        )

    async def successions_to(self, credit_code: str) -> Sequence[Succession]:
        """Give the obligations of others that an entity owes now."""
        rows = await fetch(self._connection, _SUCCESSIONS_TO, credit_code=credit_code)
        return [Succession(**values_of(row)) for row in rows]

    async def _add_lines(self, changes: Sequence[ChangeRegistration]) -> None:
        rows = [
            _line_values(change.registration_no, line_no, line)
            for change in changes
            for line_no, line in enumerate(change.lines, start=1)
        ]
        await insert_rows(self._connection, tables.change_line, _LINE, rows)


async def with_lines(connection: AsyncConnection, heads: Sequence[AnyRow]) -> list[ChangeRegistration]:
    """Read the lines and successions of registrations, given their heads in order.

    What a merger moves is known only when it is carried out.
    """
    numbers = [head.registration_no for head in heads]
    if not numbers:
        return []
    lines: dict[str, list[ChangeLine]] = {number: [] for number in numbers}
    for row in await fetch(connection, _LINES, registration_nos=numbers):
        lines[row.registration_no].append(_line_of(row))
    successions: dict[str, list[Succession]] = {number: [] for number in numbers}
    for row in await fetch(connection, _SUCCESSIONS, registration_nos=numbers):
        values = values_of(row)
        successions[values.pop("registration_no")].append(Succession(**values))
    return [
        _change_of(head, lines[head.registration_no], successions[head.registration_no]) for head in heads
    ]


def document_of(row: AnyRow) -> Document:
    """Read the document of a registration."""
    return Document(
        kind=DocumentKind(row.document_kind),
        document_no=row.document_no,
        issued_date=row.document_date,
        authority=row.document_authority,
        digest=bytes(row.document_digest),
    )


def _change_of(
    head: AnyRow, lines: Sequence[ChangeLine], successions: Sequence[Succession]
) -> ChangeRegistration:
    values = {name: getattr(head, name) for name in (*_FIXED, *_PEOPLE)}
    values |= {"kind": ChangeKind(head.kind), "status": ChangeStatus(head.status)}
    is_open_merger = head.kind == ChangeKind.MERGER and head.status != ChangeStatus.CONFIRMED
    return ChangeRegistration(
        **values,
        document=document_of(head),
        lines=() if is_open_merger else tuple(lines),
        successions=() if is_open_merger else tuple(successions),
    )


def _line_of(row: AnyRow) -> ChangeLine:
    is_block = row.serial_start is not None
    return ChangeLine(
        source_account_no=row.source_account_no,
        target_account_no=row.target_account_no,
        product=row.product,
        quantity_tco2e=row.quantity_tco2e,
        serials=SerialRange(row.serial_start, row.serial_end) if is_block else None,
        freeze_no=row.freeze_no,
        corrects=row.corrects,
    )


def _line_values(registration_no: str, line_no: int, line: ChangeLine) -> tuple[Any, ...]:
    return (
        registration_no,
        line_no,
        line.source_account_no,
        line.target_account_no,
        line.product,
        line.quantity_tco2e,
        *(line.serials or (None, None)),
        line.freeze_no,
        line.corrects,
    )


def _document_values(document: Document) -> tuple[Any, ...]:
    return (
        document.kind,
        document.document_no,
        document.issued_date,
        document.authority,
        document.digest,
    )


def _taken_over(one: Succession) -> tuple[str, int]:
    return one.successor_credit_code, one.outstanding_tco2e
