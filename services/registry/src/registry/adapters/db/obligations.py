"""Obligations with their history, and changes of them: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, pairs, update_rows, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import surrender_tables, tables
from registry.domain.compliance_rules import Sector
from registry.domain.obligation import Obligation
from registry.domain.obligation_change import ObligationChange, ObligationChangeStatus

_KEY: Final = ("credit_code", "period")
# What never changes stands before what does.
_IMPOSED: Final = ("province_code", "name", "sector", "deadline_time")
_CHANGED: Final = (
    "obligation_tco2e",
    "offset_limit_tco2e",
    "noticed_time",
    "surrendered_tco2e",
    "offset_tco2e",
    "deducted_tco2e",
    "completed_time",
    "notice_ordinal",
    "certificate_ordinal",
    "is_through_province",
)
_BESIDE: Final = {sector: f"beside_{sector}_tco2e" for sector in Sector}
OBLIGATION: Final = _KEY + _IMPOSED + _CHANGED + tuple(_BESIDE.values())
_CHANGE: Final = (
    "change_no",
    "ordinal",
    "credit_code",
    "period",
    "from_tco2e",
    "to_tco2e",
    "document_no",
    "words",
    "status",
    "initiated_by",
    "initiated_time",
    "confirmed_by",
    "confirmed_time",
    "sector",
)
_OF_KEYS: Final = (
    "(credit_code, period) IN (SELECT * FROM unnest(CAST(:first AS text[]), CAST(:second AS text[])))"
)
# Who took it over last by a merger that was carried out by a moment; nobody where it came back to the entity.
OWED_BY: Final = """
coalesce((
    SELECT nullif(successor_credit_code, taken.credit_code)
    FROM obligation_succession AS taken JOIN change_registration USING (registration_no)
    WHERE (taken.credit_code, taken.period) = ({owed}.credit_code, {owed}.period) AND {by}
    ORDER BY succession_id DESC LIMIT 1
), '') AS owed_by
"""
_OWED: Final = f"{', '.join(OBLIGATION)}, {OWED_BY.format(owed='obligation', by='true')}"
_LOCK: Final = text(
    f"SELECT {_OWED} FROM obligation WHERE {_OF_KEYS}"  # noqa: S608
    " ORDER BY credit_code, period FOR UPDATE"
)
_LOCK_OF_ENTITIES: Final = text(
    f"SELECT {_OWED} FROM obligation WHERE credit_code = ANY(CAST(:credit_codes AS text[]))"  # noqa: S608
    " ORDER BY credit_code, period FOR UPDATE"
)
_LAST_CHANGES: Final = text(
    f"SELECT credit_code, period, max(ordinal) FROM obligation_change WHERE {_OF_KEYS}"  # noqa: S608
    " GROUP BY credit_code, period"
)
CHANGES: Final = f"SELECT {', '.join(_CHANGE)} FROM obligation_change"  # noqa: S608
_LOCK_CHANGES: Final = text(
    f"{CHANGES} WHERE change_no = ANY(CAST(:change_nos AS text[])) ORDER BY change_no FOR UPDATE"
)


class SqlObligations:
    """Port `Obligations`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, keys: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Obligation]:
        """Give those that exist, locked."""
        rows = await fetch(self._connection, _LOCK, **pairs(keys))
        return {(row.credit_code, row.period): obligation_of(row) for row in rows}

    async def of_entities(self, credit_codes: Collection[str]) -> Mapping[tuple[str, str], Obligation]:
        """Give all obligations of entities, locked."""
        rows = await fetch(self._connection, _LOCK_OF_ENTITIES, credit_codes=sorted(credit_codes))
        return {(row.credit_code, row.period): obligation_of(row) for row in rows}

    async def add(self, obligations: Sequence[Obligation]) -> None:
        """Impose obligations."""
        rows = [_values(owed) for owed in obligations]
        await insert_rows(self._connection, tables.obligation, OBLIGATION, rows)
        versions = [(*row, owed.noticed_time) for row, owed in zip(rows, obligations, strict=True)]
        await self._keep(versions)

    async def save(self, obligations: Sequence[Obligation], *, at: datetime) -> None:
        """Store how obligations stand, and keep how they stood before."""
        columns = tuple(name for name in OBLIGATION if name not in _IMPOSED)
        rows = [_values(owed, columns) for owed in obligations]
        await update_rows(self._connection, tables.obligation, columns, rows, keys=_KEY)
        await self._keep([(*_values(owed), at) for owed in obligations])

    async def _keep(self, versions: Sequence[tuple[object, ...]]) -> None:
        columns = (*OBLIGATION, "recorded_time")
        await insert_rows(self._connection, surrender_tables.obligation_version, columns, versions)


class SqlObligationChanges:
    """Port `ObligationChanges`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last_ordinals(self, keys: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Give the last number used by obligations that have one."""
        rows = await fetch(self._connection, _LAST_CHANGES, **pairs(keys))
        return {(row[0], row[1]): row[2] for row in rows}

    async def add(self, changes: Sequence[ObligationChange]) -> None:
        """Store changes."""
        rows = [
            (*(getattr(change, name) for name in _CHANGE[:-1]), change.sector or "") for change in changes
        ]
        await insert_rows(self._connection, surrender_tables.obligation_change, _CHANGE, rows)

    async def lock(self, change_nos: Collection[str]) -> Mapping[str, ObligationChange]:
        """Give the changes among these, locked."""
        rows = await fetch(self._connection, _LOCK_CHANGES, change_nos=sorted(change_nos))
        return {row.change_no: change_of(row) for row in rows}

    async def save(self, changes: Sequence[ObligationChange]) -> None:
        """Store that changes were confirmed."""
        columns = ("change_no", "status", "confirmed_by", "confirmed_time")
        rows = [tuple(getattr(change, name) for name in columns) for change in changes]
        await update_rows(
            self._connection, surrender_tables.obligation_change, columns, rows, keys=("change_no",)
        )


def obligation_of(row: AnyRow) -> Obligation:
    """Read an obligation, of a row that may have more columns; without `owed_by` it does not say who owes it."""
    values = values_of(row)
    given = {name: values[name] for name in _KEY + _IMPOSED + _CHANGED}
    beside: list[tuple[Sector, int]] = []
    left = values["obligation_tco2e"]
    for sector, name in _BESIDE.items():
        # A version of the service before may have lowered the whole alone.
        if quantity := min(values[name], left):
            beside.append((sector, quantity))
            left -= quantity
    return Obligation(
        **{
            **given,
            "sector": Sector(values["sector"]),
            "beside": tuple(beside),
            "owed_by": values.get("owed_by", ""),
        }
    )


def change_of(row: AnyRow) -> ObligationChange:
    """Read a change."""
    values = values_of(row)
    return ObligationChange(
        **{
            **values,
            "status": ObligationChangeStatus(values["status"]),
            "sector": Sector(values["sector"]) if values["sector"] else None,
        }
    )


def _values(owed: Obligation, columns: Sequence[str] = OBLIGATION) -> tuple[Any, ...]:
    beside = {_BESIDE[sector]: quantity for sector, quantity in owed.beside}
    return tuple(beside.get(name, 0) if name in _BESIDE.values() else getattr(owed, name) for name in columns)
