"""Roster, accounts, projects and transfers: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ets_kernel.runtime.sql import (
    fetch,
    insert_rows,
    two_columns,
    update_rows,
    values_of,
)
from ets_ledger.runtime.driver import driver_of, numbers, texts
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.domain.accounts import ListedEntity
from registry.domain.trading import ReturnedUnits, Settlement, TradingTransfer, TransferState

# The last listing counts: an entity may be on the roster of several periods.
_LISTED: Final = text("""
SELECT DISTINCT ON (credit_code) credit_code, name, province_code FROM roster_entity
WHERE credit_code = ANY(CAST(:credit_codes AS text[])) ORDER BY credit_code, period DESC
""")
_PUT_ENTITY: Final = text("""
INSERT INTO roster_entity (credit_code, period, name, province_code)
VALUES (:credit_code, :period, :name, :province_code)
ON CONFLICT (credit_code, period) DO UPDATE SET name = excluded.name, province_code = excluded.province_code
""")
_PUT_PROJECT: Final = text("""
INSERT INTO project (project_no, is_inside_national_market, registered_time)
VALUES (:project_no, :is_inside, :registered_time)
ON CONFLICT (project_no) DO UPDATE SET is_inside_national_market = excluded.is_inside_national_market,
registered_time = coalesce(project.registered_time, excluded.registered_time)
""")
_LAST_ORDINALS: Final = text("""
SELECT account_no, max(ordinal) FROM trading_transfer
WHERE account_no = ANY(CAST(:account_nos AS text[])) GROUP BY account_no
""")
_LOCK_TRANSFER: Final = text("""
SELECT transfer_no, ordinal, account_no, product, quantity_tco2e, state FROM trading_transfer
WHERE transfer_no = :transfer_no FOR UPDATE
""")
# These run for every batch of trades, so straight on the driver; see `ets_ledger.runtime.driver`.
_SETTLED: Final = """
SELECT trade_no, seller_account_no, buyer_account_no, product, quantity_tco2e FROM settled_trade
WHERE trade_no = ANY($1::text::text[])
"""
_ADD_SETTLED: Final = """
INSERT INTO settled_trade (trade_no, seller_account_no, buyer_account_no, product, quantity_tco2e, trading_date)
SELECT *, $6 FROM unnest($1::text::text[], $2::text::text[], $3::text::text[], $4::text::text[], $5::text::bigint[])
"""
_RETURNED: Final = text("""
SELECT withdrawal_no, account_no, product, quantity_tco2e FROM trading_return WHERE withdrawal_no = :withdrawal_no
""")


class SqlRoster:
    """Port `Roster`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def listed(self, credit_codes: Collection[str]) -> Mapping[str, ListedEntity]:
        """Give the entities among these that are listed."""
        rows = await fetch(self._connection, _LISTED, credit_codes=sorted(credit_codes))
        return {row.credit_code: ListedEntity(**values_of(row)) for row in rows}

    async def put(self, entity: ListedEntity, *, period: str) -> None:
        """List an entity for a period, or change its name or province."""
        await self._connection.execute(
            _PUT_ENTITY,
            {
                "credit_code": entity.credit_code,
                "period": period,
                "name": entity.name,
                "province_code": entity.province_code,
            },
        )


class SqlProjects:
    """Port `Projects`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(
        self, project_no: str, *, is_inside_national_market: bool, registered_time: datetime
    ) -> None:
        """Remember a project with its mark, and when it was registered first."""
        await self._connection.execute(
            _PUT_PROJECT,
            {
                "project_no": project_no,
                "is_inside": is_inside_national_market,
                "registered_time": registered_time,
            },
        )


class SqlTransfers:
    """Port `Transfers`."""

    _TRANSFER = ("transfer_no", "ordinal", "account_no", "product", "quantity_tco2e", "state")
    _RETURN = ("withdrawal_no", "account_no", "product", "quantity_tco2e")

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def last_ordinals(self, account_nos: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by accounts that have one."""
        rows = await fetch(self._connection, _LAST_ORDINALS, account_nos=sorted(account_nos))
        return two_columns(rows)

    async def add(self, transfers: Sequence[TradingTransfer]) -> None:
        """Store transfers that were sent."""
        rows = [tuple(getattr(transfer, name) for name in self._TRANSFER) for transfer in transfers]
        await insert_rows(self._connection, tables.trading_transfer, self._TRANSFER, rows)

    async def lock(self, transfer_no: str) -> TradingTransfer | None:
        """Give a transfer, locked."""
        rows = await fetch(self._connection, _LOCK_TRANSFER, transfer_no=transfer_no)
        if not rows:
            return None
        values = values_of(rows[0])
        return TradingTransfer(**{**values, "state": TransferState(values["state"])})

    async def save_state(self, transfer: TradingTransfer) -> None:
        """Store where the units of a transfer are."""
        columns = ("transfer_no", "state")
        rows: list[tuple[Any, ...]] = [(transfer.transfer_no, transfer.state)]
        await update_rows(self._connection, tables.trading_transfer, columns, rows, keys=("transfer_no",))

    async def returned(self, withdrawal_no: str) -> ReturnedUnits | None:
        """Give a return that was made."""
        rows = await fetch(self._connection, _RETURNED, withdrawal_no=withdrawal_no)
        return ReturnedUnits(**values_of(rows[0])) if rows else None

    async def add_return(self, returned: ReturnedUnits) -> None:
        """Store a return."""
        row = tuple(getattr(returned, name) for name in self._RETURN)
        await insert_rows(self._connection, tables.trading_return, self._RETURN, [row])

    async def settled(self, trade_nos: Collection[str]) -> Mapping[str, Settlement]:
        """Give the trades among these that were settled."""
        driver = await driver_of(self._connection)
        rows = await driver.fetch(_SETTLED, texts(list(trade_nos)))
        return {row[0]: Settlement(**row) for row in rows}

    async def add_settled(self, trades: Sequence[Settlement], *, trading_date: date) -> None:
        """Store settled trades."""
        if not trades:
            return
        driver = await driver_of(self._connection)
        await driver.execute(
            _ADD_SETTLED,
            texts([trade.trade_no for trade in trades]),
            texts([trade.seller_account_no for trade in trades]),
            texts([trade.buyer_account_no for trade in trades]),
            texts([trade.product for trade in trades]),
            numbers([trade.quantity_tco2e for trade in trades]),
            trading_date,
        )
