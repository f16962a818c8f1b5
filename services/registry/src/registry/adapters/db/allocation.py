"""What is to be deducted and what is earmarked: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import fetch, insert_rows, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db.allocation_tables import allocation_adjustment, earmarked_allowance
from registry.domain.adjustment import AdjustmentChange, AdjustmentKind, Remainders
from registry.domain.earmark import EarmarkChange, EarmarkKey, EarmarkKind

ADJUSTMENT: Final = (
    "credit_code",
    "from_period",
    "ordinal",
    "kind",
    "change_tco2e",
    "remainder_tco2e",
    "reference",
)
EARMARK: Final = (
    "credit_code",
    "product",
    "ordinal",
    "province_code",
    "kind",
    "change_tco2e",
    "quantity_tco2e",
    "reference",
)
_REMAINDERS: Final = text(f"""
SELECT DISTINCT ON (credit_code, from_period) {", ".join(ADJUSTMENT)} FROM allocation_adjustment
WHERE credit_code = ANY(CAST(:credit_codes AS text[])) ORDER BY credit_code, from_period, ordinal DESC
""")  # noqa: S608
_EARMARKS: Final = text(f"""
SELECT DISTINCT ON (credit_code, product) {", ".join(EARMARK)} FROM earmarked_allowance
WHERE credit_code = ANY(CAST(:credit_codes AS text[])) ORDER BY credit_code, product, ordinal DESC
""")  # noqa: S608


class SqlAdjustments:
    """Port `Adjustments`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def remainders(self, credit_codes: Collection[str]) -> Remainders:
        """Give the last change of each of these entities and each period."""
        rows = await fetch(self._connection, _REMAINDERS, credit_codes=sorted(credit_codes))
        found = [AdjustmentChange(**values_of(row) | {"kind": AdjustmentKind(row.kind)}) for row in rows]
        return {change.key: change for change in found}

    async def add(self, changes: Sequence[AdjustmentChange], *, by: str, at: datetime) -> None:
        """Store changes, in order."""
        await insert_rows(
            self._connection,
            allocation_adjustment,
            (*ADJUSTMENT, "recorded_by", "recorded_time"),
            [(*(getattr(change, name) for name in ADJUSTMENT), by, at) for change in changes],
        )


class SqlEarmarks:
    """Port `Earmarks`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last(self, credit_codes: Collection[str]) -> Mapping[EarmarkKey, EarmarkChange]:
        """Give the last change of each of these entities and each product."""
        rows = await fetch(self._connection, _EARMARKS, credit_codes=sorted(credit_codes))
        found = [EarmarkChange(**values_of(row) | {"kind": EarmarkKind(row.kind)}) for row in rows]
        return {change.key: change for change in found}

    async def add(self, changes: Sequence[EarmarkChange], *, at: datetime) -> None:
        """Store changes, in order."""
        await insert_rows(
            self._connection,
            earmarked_allowance,
            (*EARMARK, "recorded_time"),
            [(*(getattr(change, name) for name in EARMARK), at) for change in changes],
        )
