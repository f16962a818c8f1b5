import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.signing import (
    Ed25519Signer,
    Ed25519Verifier,
    private_key_from_seed,
    public_key_to_pem,
)
from ets_ledger.domain import (
    SURRENDERED,
    Bucket,
    Command,
    Issue,
    Place,
    SerialRange,
    Transfer,
    entry_bytes,
    is_entry_proven,
)
from ets_ledger.domain.export import to_text
from ets_ledger.domain.merkle import is_consistent
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import LedgerQueries, LedgerSeals, LedgerStore, LedgerTables, export_lines
from ets_ledger.verify import EXIT_BROKEN, EXIT_KEPT, EXIT_UNREADABLE, main
from sqlalchemy.ext.asyncio import AsyncEngine

CEA = ProductCode("CEA-2019-2020")
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
A = Place(AccountNo("R-E-A"), Bucket.REGISTERED)
B = Place(AccountNo("R-E-B"), Bucket.REGISTERED)
KEY = private_key_from_seed(bytes(range(32)))
SIGNER = Ed25519Signer("registry/ledger", KEY)
VERIFIER = Ed25519Verifier({"registry/ledger": KEY.public_key()})

Lines = list[dict[str, Any]]


def issue(number: int, quantity: int) -> Issue:
    return Issue(
        transfer_id=f"i{number}", kind="issue", product=CEA, quantity=quantity, destination=A, origin="37"
    )


def move(number: int, quantity: int, source: Place = A, to: Place = B, **rest: object) -> Transfer:
    return Transfer(
        transfer_id=f"m{number}",
        kind="move",
        product=CEA,
        quantity=quantity,
        source=source,
        destination=to,
        **rest,
    )


BATCHES: list[list[Command]] = [
    [issue(1, 100), issue(2, 50)],
    [move(1, 30), move(2, 1000), move(3, 5, B, A)],
    [move(4, 20, A, SURRENDERED, flow_id="surrender-1")],
    [move(5, 7, serials=(SerialRange(101, 107),)), move(6, 1), move(7, 2)],
]


@pytest.fixture
async def filled(engine: AsyncEngine, tables: LedgerTables) -> AsyncEngine:
    """Four batches, and a head signed after two and after four of them."""
    for index, batch in enumerate(BATCHES):
        at = NOON + timedelta(days=index)
        async with Database(engine).begin() as transaction:
            await LedgerStore(transaction, tables).post(batch, effective_time=at, recorded_time=at)
        if index % 2:
            async with engine.begin() as connection:
                await LedgerSeals(connection, tables, ledger="registry").sign_tree_head(
                    date(2021, 11, 1 + index), signer=SIGNER, signed_time=at
                )
    return engine


@pytest.fixture
async def export(filled: AsyncEngine, tables: LedgerTables) -> Lines:
    async with filled.connect() as connection:
        lines = [line async for line in export_lines(connection, tables, ledger="registry")]
    return [json.loads(text) for text in to_text(lines)]


async def test_an_entry_is_proven_under_each_head_that_covers_it(
    filled: AsyncEngine, tables: LedgerTables
) -> None:
    async with filled.connect() as connection:
        seals = LedgerSeals(connection, tables, ledger="registry")
        heads = await seals.tree_heads()
        for line in await LedgerQueries(connection, tables).journal_page():
            for head in heads:
                if line.batch_no > head.tree_size:
                    continue
                proof = await seals.prove_entry(line.batch_no, line.entry_index, tree_size=head.tree_size)
                assert is_entry_proven(proof, leaf=entry_bytes(line.entry), root=head.root)
                altered = line.entry._replace(quantity=line.entry.quantity + 1)
                assert not is_entry_proven(proof, leaf=entry_bytes(altered), root=head.root)


async def test_two_heads_are_one_history(filled: AsyncEngine, tables: LedgerTables) -> None:
    async with filled.connect() as connection:
        seals = LedgerSeals(connection, tables, ledger="registry")
        first, second = await seals.tree_heads()
        path = await seals.prove_consistency(old_size=first.tree_size, new_size=second.tree_size)
    assert (first.tree_size, second.tree_size) == (2, 4)
    assert is_consistent(old_size=2, old_root=first.root, new_size=4, new_root=second.root, path=path)


async def test_a_day_is_signed_once(filled: AsyncEngine, tables: LedgerTables) -> None:
    async with filled.begin() as connection:
        seals = LedgerSeals(connection, tables, ledger="registry")
        again = await seals.sign_tree_head(date(2021, 11, 2), signer=SIGNER, signed_time=NOON)
    assert again.tree_size == 2


async def test_batches_are_chained_and_counted_without_holes(
    filled: AsyncEngine, tables: LedgerTables
) -> None:
    async with filled.connect() as connection:
        batches = await LedgerSeals(connection, tables, ledger="registry").batches()
    assert [batch.batch_no for batch in batches] == [1, 2, 3, 4]
    assert [batch.prev_hash for batch in batches][1:] == [batch.hash for batch in batches][:-1]


def test_an_untouched_export_is_kept(export: Lines) -> None:
    report = verify_export(export, VERIFIER)
    assert report.wrong == []
    assert report.checked["entries"] == 8
    assert report.checked["signed tree heads"] == 2


def find(lines: Lines, kind: str, **values: object) -> dict[str, Any]:
    return next(
        line for line in lines if line["line"] == kind and all(line[key] == values[key] for key in values)
    )


def raise_a_quantity(lines: Lines) -> None:
    find(lines, "entry", transfer_id="m1")["quantity"] = 31


def drop_an_entry(lines: Lines) -> None:
    lines.remove(find(lines, "entry", transfer_id="m6"))


def drop_a_batch(lines: Lines) -> None:
    lines.remove(find(lines, "batch", batch_no=3))
    lines.remove(find(lines, "entry", transfer_id="m4"))


def repeat_an_entry(lines: Lines) -> None:
    line = find(lines, "entry", transfer_id="m7")
    lines.insert(lines.index(line), line)


def backdate_an_entry(lines: Lines) -> None:
    find(lines, "entry", transfer_id="m4")["effective_time"] = "2021-10-01T00:00:00.000000Z"


def backdate_a_batch(lines: Lines) -> None:
    find(lines, "batch", batch_no=2)["recorded_time"] = "2021-10-01T00:00:00.000000Z"


def change_a_balance(lines: Lines) -> None:
    find(lines, "balance")["quantity"] += 1


def change_an_owner(lines: Lines) -> None:
    find(lines, "block")["position"][0] = "R-E-C"


def change_a_root(lines: Lines) -> None:
    find(lines, "head")["root"] = "00" * 32


def change_a_signature(lines: Lines) -> None:
    find(lines, "head")["signature"] = "00" * 64


def take_another_ledger(lines: Lines) -> None:
    lines[0]["ledger"] = "ccer"


def forget_which_ledger(lines: Lines) -> None:
    del lines[0]


def change_a_stated_hash(lines: Lines) -> None:
    find(lines, "batch", batch_no=4)["hash"] = "00" * 32


def add_an_unknown_line(lines: Lines) -> None:
    lines.append({"line": "note"})


@pytest.mark.parametrize(
    "damage",
    [
        raise_a_quantity,
        drop_an_entry,
        drop_a_batch,
        repeat_an_entry,
        backdate_an_entry,
        backdate_a_batch,
        change_a_balance,
        change_an_owner,
        change_a_root,
        change_a_signature,
        take_another_ledger,
        forget_which_ledger,
        change_a_stated_hash,
        add_an_unknown_line,
    ],
)
def test_any_damage_is_found(export: Lines, damage: Callable[[Lines], None]) -> None:
    damage(export)
    assert verify_export(export, VERIFIER).wrong


def test_the_command_says_kept_broken_or_could_not_read(
    export: Lines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "ledger.pem"
    key.write_text(public_key_to_pem(KEY.public_key()))
    file = tmp_path / "ledger.jsonl"
    file.write_text("\n".join(to_text(export)))
    with_key = [str(file), "--key", f"registry/ledger={key}"]

    assert main(with_key) == EXIT_KEPT
    assert "checked 2 signed tree heads" in capsys.readouterr().out
    assert main([str(file)]) == EXIT_KEPT
    assert "checked 2 tree heads without a key to check them" in capsys.readouterr().out
    raise_a_quantity(export)
    file.write_text("\n".join(to_text(export)))
    assert main(with_key) == EXIT_BROKEN
    file.write_text("{")
    assert main(with_key) == EXIT_UNREADABLE
    assert main([str(tmp_path / "absent.jsonl")]) == EXIT_UNREADABLE
