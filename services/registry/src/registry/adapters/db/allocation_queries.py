"""Port `AllocationReader` in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import AnyRow, fetch, values_of
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db.allocation import ADJUSTMENT, EARMARK
from registry.app.allocation_queries import RecordedAdjustment, RecordedEarmark
from registry.app.queries import PageOf
from registry.domain.adjustment import AdjustmentChange, AdjustmentKind
from registry.domain.earmark import EarmarkChange, EarmarkKind

_ADJUSTMENTS: Final = text(f"""
SELECT {", ".join(ADJUSTMENT)}, recorded_time FROM allocation_adjustment AS change
WHERE recorded_time <= :at AND (:credit_code = '' OR credit_code = :credit_code)
AND (:province_code = '' OR EXISTS (SELECT FROM account WHERE account.credit_code = change.credit_code
     AND account.kind = 'emitter' AND account.province_code = :province_code))
AND (credit_code, from_period, ordinal)
    > (:after_code COLLATE "C", :after_period COLLATE "C", CAST(:after_ordinal AS bigint))
ORDER BY credit_code, from_period, ordinal LIMIT :size
""")  # noqa: S608
_EARMARKS: Final = text(f"""
SELECT {", ".join(EARMARK)}, recorded_time FROM earmarked_allowance
WHERE recorded_time <= :at AND (:credit_code = '' OR credit_code = :credit_code)
AND (:province_code = '' OR province_code = :province_code)
AND (credit_code, product, ordinal)
    > (:after_code COLLATE "C", :after_product COLLATE "C", CAST(:after_ordinal AS bigint))
ORDER BY credit_code, product, ordinal LIMIT :size
""")  # noqa: S608


class SqlAllocationReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def adjustments(
        self, *, province_code: str, credit_code: str, at: datetime, page: PageOf
    ) -> Sequence[RecordedAdjustment]:
        """Give changes of what is to be deducted, by entity, period and number."""
        code, period, ordinal = page.after or ("", "", 0)
        rows = await fetch(
            self._connection,
            _ADJUSTMENTS,
            province_code=province_code,
            credit_code=credit_code,
            at=at,
            after_code=code,
            after_period=period,
            after_ordinal=ordinal,
            size=page.size,
        )
        return [_adjustment(row) for row in rows]

    async def earmarks(
        self, *, province_code: str, credit_code: str, at: datetime, page: PageOf
    ) -> Sequence[RecordedEarmark]:
        """Give changes of what is earmarked, by entity, product and number."""
        code, product, ordinal = page.after or ("", "", 0)
        rows = await fetch(
            self._connection,
            _EARMARKS,
            province_code=province_code,
            credit_code=credit_code,
            at=at,
            after_code=code,
            after_product=product,
            after_ordinal=ordinal,
            size=page.size,
        )
        return [_earmark(row) for row in rows]


def _adjustment(row: AnyRow) -> RecordedAdjustment:
    values = values_of(row)
    recorded_time = values.pop("recorded_time")
    change = AdjustmentChange(**values | {"kind": AdjustmentKind(row.kind)})
    return RecordedAdjustment(change=change, recorded_time=recorded_time)


def _earmark(row: AnyRow) -> RecordedEarmark:
    values = values_of(row)
    recorded_time = values.pop("recorded_time")
    change = EarmarkChange(**values | {"kind": EarmarkKind(row.kind)})
    return RecordedEarmark(change=change, recorded_time=recorded_time)
