"""A batch longer than one of the journal may be is posted in parts, and judged as it would be posted."""

import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_ledger.domain import (
    Bucket,
    Command,
    Entry,
    InsufficientHolding,
    Issue,
    LinkedTransferRefused,
    Place,
    Transfer,
    TransferIdReused,
)
from ets_ledger.domain.commands import parts_of
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import LedgerSeals, LedgerStore, LedgerTables, export_lines, store
from ledger_histories import CEA, NOON
from sqlalchemy.ext.asyncio import AsyncEngine

A, B, C = (Place(AccountNo(f"R-E-{name}"), Bucket.REGISTERED) for name in "ABC")


def issue(transfer_id: str, quantity: int, product: ProductCode = CEA) -> Issue:
    return Issue(
        transfer_id=transfer_id, kind="issue", product=product, quantity=quantity, destination=A, origin="37"
    )  # fmt: skip


def move(transfer_id: str, quantity: int, source: Place, destination: Place, group: str = "") -> Transfer:
    return Transfer(
        transfer_id=transfer_id, kind="move", product=CEA, quantity=quantity, source=source,
        destination=destination, group=group,
    )  # fmt: skip


# Every command needs what those before it did, across the edges of parts of three.
BATCH: list[Command] = [
    issue("i1", 10),
    move("m1", 10, A, B),
    move("g1", 4, B, C, "g"),
    move("g2", 6, B, C, "g"),
    move("m1", 1, C, A),
    move("m2", 10, C, A),
    move("h1", 7, A, B, "h"),
    move("h2", 7, A, B, "h"),
    issue("i2", 5),
    move("m3", 15, A, C),
    move("m4", 1, A, C),
]
ANSWERS = [
    *[Entry] * 4, TransferIdReused, Entry, LinkedTransferRefused, InsufficientHolding, Entry, Entry,
    InsufficientHolding,
]  # fmt: skip


@pytest.mark.parametrize("size_max", [3, 4, 10_000])
async def test_it_is_judged_as_it_is_posted_whatever_the_parts(
    engine: AsyncEngine, tables: LedgerTables, monkeypatch: pytest.MonkeyPatch, size_max: int
) -> None:
    monkeypatch.setattr(store, "BATCH_SIZE_MAX", size_max)
    async with Database(engine).begin() as transaction:
        judged = await LedgerStore(transaction, tables).judge(BATCH, effective_time=NOON)
    async with Database(engine).begin() as transaction:
        posted = await LedgerStore(transaction, tables).post(BATCH, effective_time=NOON, recorded_time=NOON)
    assert [type(result) for result in posted] == ANSWERS
    assert [_told(result) for result in judged] == [_told(result) for result in posted]
    async with engine.connect() as connection:
        batches = await LedgerSeals(connection, tables, ledger="registry").batches()
        lines = [line async for line in export_lines(connection, tables, ledger="registry")]
    assert all(batch.entry_count <= size_max for batch in batches)
    assert verify_export(lines).wrong == []


def test_parts_are_as_long_as_they_can_be_and_cut_no_group() -> None:
    def sizes(groups: str, size_max: int) -> list[int]:
        batch = [move(f"{index}", 1, A, B, group.strip()) for index, group in enumerate(groups)]
        parts = list(parts_of(batch, size_max))
        assert [command for part in parts for command in part] == batch
        return [len(part) for part in parts]

    assert sizes("", 3) == [0]
    assert sizes("   ", 3) == [3]
    assert sizes("       ", 3) == [3, 3, 1]
    assert sizes("  gg  ", 3) == [2, 3, 1]
    assert sizes("g gh h", 3) == [3, 3]
    assert sizes("  ggg hhh", 3) == [2, 3, 1, 3]
    with pytest.raises(BrokenClaim):
        sizes("g  g", 3)
    with pytest.raises(BrokenClaim):
        sizes("ghgh", 3)


def _told(result: Entry | Exception) -> object:
    return result if isinstance(result, Entry) else (type(result), str(result))
