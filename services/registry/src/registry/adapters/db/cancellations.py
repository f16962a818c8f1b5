"""Applications to cancel units: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from ets_kernel.runtime.sql import (
    AnyRow,
    fetch,
    insert_rows,
    lock_names,
    two_columns,
    update_rows,
    values_of,
)
from ets_ledger.domain.entries import parse_serials, serials_text
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db.record_corrections import corrections_of
from registry.adapters.db.retirement_tables import cancellation_application
from registry.domain.cancellation import (
    CancellationApplication,
    CancellationPurpose,
    CancellationStatus,
    certificate_no,
)
from registry.domain.corrected_records import RecordCorrection

COLUMNS: Final = (
    "application_no",
    "ordinal",
    "account_no",
    "product",
    "quantity_tco2e",
    "serials",
    "purpose",
    "beneficiary",
    "status",
    "submitted_by",
    "submitted_time",
    "checked_by",
    "checked_time",
    "decided_by",
    "decided_time",
    "note",
    "certificate_no",
)
_SAVED: Final = (
    "application_no",
    "status",
    "checked_by",
    "checked_time",
    "decided_by",
    "decided_time",
    "note",
    "certificate_no",
)
_LAST_ORDINALS: Final = text("""
SELECT account_no, max(ordinal) FROM cancellation_application
WHERE account_no = ANY(CAST(:account_nos AS text[])) GROUP BY account_no
""")
_LOCK: Final = text(
    f"SELECT {', '.join(COLUMNS)} FROM cancellation_application"  # noqa: S608
    " WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no FOR UPDATE"
)
_CERTIFICATES: Final = text("""
SELECT count(*) FROM cancellation_application
WHERE certificate_no <> '' AND certificate_no BETWEEN :first AND :last
""")


class SqlCancellations:
    """Port `Cancellations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last_ordinals(self, account_nos: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by accounts that have one."""
        return two_columns(await fetch(self._connection, _LAST_ORDINALS, account_nos=sorted(account_nos)))

    async def add(self, applications: Sequence[CancellationApplication]) -> None:
        """Store new applications."""
        rows = [
            tuple(
                serials_text(item.serials) if name == "serials" else getattr(item, name) for name in COLUMNS
            )
            for item in applications
        ]
        await insert_rows(self._connection, cancellation_application, COLUMNS, rows)

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, CancellationApplication]:
        """Give applications, locked."""
        rows = await fetch(self._connection, _LOCK, application_nos=sorted(application_nos))
        corrections = await corrections_of(self._connection, application_nos, at=None)
        return {row.application_no: application_of(row, corrections) for row in rows}

    async def save(self, applications: Sequence[CancellationApplication]) -> None:
        """Store status, people and times."""
        rows = [tuple(getattr(item, name) for name in _SAVED) for item in applications]
        await update_rows(self._connection, cancellation_application, _SAVED, rows, keys=("application_no",))

    async def lock_last_certificate(self, year: int) -> int:
        """Give the number of certificates of a year; nobody else issues one meanwhile."""
        await lock_names(self._connection, {"cancellation-certificates"})
        bounds = {"first": certificate_no(year, 0), "last": certificate_no(year, 999_999)}
        return int((await fetch(self._connection, _CERTIFICATES, **bounds))[0][0])


def application_of(
    row: AnyRow, corrections: Mapping[str, tuple[RecordCorrection, ...]]
) -> CancellationApplication:
    """Read an application, given what corrections did to applications by number."""
    values = {name: value for name, value in values_of(row).items() if name in COLUMNS}
    values["serials"] = parse_serials(values["serials"])
    values["purpose"] = CancellationPurpose(values["purpose"])
    values["status"] = CancellationStatus(values["status"])
    return CancellationApplication(**values, corrections=corrections.get(row.application_no, ()))
