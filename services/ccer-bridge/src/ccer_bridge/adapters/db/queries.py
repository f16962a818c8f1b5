"""Port `CcerReader` in SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ets_kernel.domain.ids import AccountNo
from ets_kernel.runtime.sql import fetch, values_of
from ets_ledger.runtime.queries import LedgerQueries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ccer_bridge.adapters.db import tables
from ccer_bridge.adapters.db.applications import CANCELLATION_COLUMNS, CANCELLATION_SOURCE, cancellation_of
from ccer_bridge.adapters.db.handovers import HANDOVERS_AS_OF, handover_of
from ccer_bridge.adapters.db.repositories import ACCOUNT, PROJECT, account_of
from ccer_bridge.app.queries import HandoversWanted, HoldingView, PageOf
from ccer_bridge.domain.accounts import Account, account_not_found
from ccer_bridge.domain.cancellation import Cancellation
from ccer_bridge.domain.handover import HandoverState
from ccer_bridge.domain.projects import Project

_ACCOUNT: Final = text(f"""
SELECT {", ".join(ACCOUNT)} FROM account_version
WHERE account_no = :account_no AND credit_code = :credit_code AND recorded_time <= :at
ORDER BY version DESC LIMIT 1
""")  # noqa: S608
_PROJECTS: Final = text(f"""
SELECT {", ".join(PROJECT)} FROM project
WHERE registered_time <= :at AND project_no > :after ORDER BY project_no LIMIT :size
""")  # noqa: S608
_CANCELLATIONS: Final = text(f"""
SELECT {CANCELLATION_COLUMNS} FROM {CANCELLATION_SOURCE}
WHERE made.cancelled_time <= :at AND (:province_code = '' OR made.province_code = :province_code)
AND made.cancellation_no > :after ORDER BY made.cancellation_no LIMIT :size
""")  # noqa: S608
_HANDOVERS: Final = text(f"""
{HANDOVERS_AS_OF} WHERE (:province_code = '' OR province_code = :province_code)
AND (CAST(:business_date AS date) IS NULL OR business_date = :business_date)
AND (NOT :is_unacknowledged_only OR issue.acknowledged_time IS NULL OR issue.acknowledged_time > :at)
AND (CAST(business_date AS text), province_code) > (:after_date COLLATE "C", :after_province COLLATE "C")
ORDER BY business_date, province_code LIMIT :size
""")


class SqlReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._ledger = LedgerQueries(connection, tables.ledger)

    async def account_with_holdings(
        self, account_no: str, *, credit_code: str, at: datetime, effective: datetime | None
    ) -> tuple[Account, Sequence[HoldingView]]:
        """Give an account as it stood at a moment with what it held; without a time, what it holds now.

        ACCOUNT_NOT_FOUND, also for another holder's account.
        """
        rows = await fetch(self._connection, _ACCOUNT, account_no=account_no, credit_code=credit_code, at=at)
        if not rows:
            raise account_not_found(account_no)
        held = await self._ledger.holdings(account=AccountNo(account_no), effective=effective)
        return account_of(rows[0]), [
            HoldingView(
                account_no=holding.position.account,
                product=holding.position.product,
                bucket=holding.position.bucket,
                quantity_tco2e=holding.quantity,
            )
            for holding in held
        ]

    async def projects(self, *, at: datetime, page: PageOf) -> Sequence[Project]:
        """Give projects registered by a moment, by number."""
        rows = await fetch(self._connection, _PROJECTS, at=at, **_after(page))
        return [Project(**values_of(row)) for row in rows]

    async def cancellations(
        self, *, province_code: str, at: datetime, page: PageOf
    ) -> Sequence[Cancellation]:
        """Give cancellations made by a moment, of a province or of all, by number."""
        rows = await fetch(
            self._connection, _CANCELLATIONS, province_code=province_code, at=at, **_after(page)
        )
        return [cancellation_of(row) for row in rows]

    async def handovers(
        self, wanted: HandoversWanted, *, at: datetime, page: PageOf
    ) -> Sequence[HandoverState]:
        """Give hand-overs issued by a moment, with what was answered and alarmed by then, by date and province."""
        after_date, after_province = page.after or ("", "")
        rows = await fetch(
            self._connection,
            _HANDOVERS,
            province_code=wanted.province_code,
            business_date=wanted.business_date,
            is_unacknowledged_only=wanted.is_unacknowledged_only,
            at=at,
            after_date=after_date,
            after_province=after_province,
            size=page.size,
        )
        return [_as_of(handover_of(row), at) for row in rows]


def _as_of(state: HandoverState, at: datetime) -> HandoverState:
    if state.alarmed_time is not None and state.alarmed_time > at:
        state = replace(state, alarmed_time=None)
    if state.acknowledged_time is not None and state.acknowledged_time > at:
        state = replace(
            state, acknowledged_time=None, accepted_count=0, rejected_count=0, rejection_reason=""
        )
    return state


def _after(page: PageOf) -> dict[str, object]:
    return {"after": page.after[0] if page.after else "", "size": page.size}
