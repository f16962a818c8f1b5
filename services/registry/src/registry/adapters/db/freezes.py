"""Judicial freezes with the blocks that they hold: rows to values and back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import AnyRow, fetch, insert_rows, put_rows, values_of
from ets_ledger.domain.values import SerialRange
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import change_tables as tables
from registry.domain.judicial_freeze import JudicialFreeze

_FREEZE: Final = (
    "freeze_no",
    "registration_no",
    "account_no",
    "product",
    "frozen_tco2e",
    "held_tco2e",
    "frozen_time",
    "expiry_date",
)
_BLOCK: Final = ("freeze_no", "account_no", "product", "serial_start", "serial_end", "held_from_time")
_FREEZES: Final = f"SELECT {', '.join(_FREEZE)} FROM judicial_freeze"  # noqa: S608
_FREEZES_AMONG: Final = text(
    f"{_FREEZES} WHERE freeze_no = ANY(CAST(:freeze_nos AS text[])) ORDER BY freeze_no"
)
_FREEZES_OF: Final = text(
    f"{_FREEZES} WHERE account_no = ANY(CAST(:account_nos AS text[])) AND held_tco2e > 0 ORDER BY freeze_no"
)
_BLOCKS: Final = text("""
SELECT freeze_no, serial_start, serial_end FROM judicial_freeze_block
WHERE freeze_no = ANY(CAST(:freeze_nos AS text[])) AND held_until_time IS NULL ORDER BY freeze_no, serial_start
""")
_END_BLOCKS: Final = text("""
UPDATE judicial_freeze_block SET held_until_time = :at
WHERE freeze_no = ANY(CAST(:freeze_nos AS text[])) AND held_until_time IS NULL
""")


async def freezes_among(
    connection: AsyncConnection, freeze_nos: Collection[str]
) -> Mapping[str, JudicialFreeze]:
    """Give the freezes among these."""
    if not freeze_nos:
        return {}
    return await _with_blocks(
        connection, await fetch(connection, _FREEZES_AMONG, freeze_nos=sorted(freeze_nos))
    )


async def freezes_of(
    connection: AsyncConnection, account_nos: Collection[str]
) -> Mapping[str, JudicialFreeze]:
    """Give the freezes that hold units of these accounts."""
    if not account_nos:
        return {}
    return await _with_blocks(
        connection, await fetch(connection, _FREEZES_OF, account_nos=sorted(account_nos))
    )


async def put_freezes(
    connection: AsyncConnection, freezes: Sequence[JudicialFreeze], *, at: datetime
) -> None:
    """Store new and changed freezes, and keep what each of them held before."""
    if not freezes:
        return
    await put_rows(
        connection,
        tables.judicial_freeze,
        _FREEZE,
        [tuple(getattr(freeze, name) for name in _FREEZE) for freeze in freezes],
        keys=("freeze_no",),
        changes=("account_no", "held_tco2e"),
    )
    await connection.execute(_END_BLOCKS, {"freeze_nos": [freeze.freeze_no for freeze in freezes], "at": at})
    blocks = [
        (freeze.freeze_no, freeze.account_no, freeze.product, *block, at)
        for freeze in freezes
        for block in freeze.blocks
    ]
    await insert_rows(connection, tables.judicial_freeze_block, _BLOCK, blocks)


async def _with_blocks(connection: AsyncConnection, rows: Sequence[AnyRow]) -> dict[str, JudicialFreeze]:
    blocks: dict[str, list[SerialRange]] = {row.freeze_no: [] for row in rows}
    for row in await fetch(connection, _BLOCKS, freeze_nos=list(blocks)):
        blocks[row.freeze_no].append(SerialRange(row.serial_start, row.serial_end))
    found: dict[str, JudicialFreeze] = {}
    for row in rows:
        values = values_of(row)
        del values["held_tco2e"]
        found[row.freeze_no] = JudicialFreeze(**values, blocks=tuple(blocks[row.freeze_no]))
    return found
