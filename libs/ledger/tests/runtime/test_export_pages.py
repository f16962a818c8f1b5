"""Exports read page by page, while posting goes on, and proofs written as files."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.signing import Ed25519Signer, Ed25519Verifier, private_key_from_seed
from ets_ledger.domain import Bucket, Command, Entry, Issue, Place, Transfer, entry_bytes
from ets_ledger.domain.proofs import consistency_line, inclusion_line, verify_proof
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import LedgerQueries, LedgerSeals, LedgerStore, LedgerTables
from ets_ledger.runtime.export import export_page
from ets_ledger.verify import EXIT_BROKEN, EXIT_KEPT, main
from sqlalchemy.ext.asyncio import AsyncEngine

CEA = ProductCode("CEA-2019-2020")
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
PLACES = [Place(AccountNo(f"R-E-{name}"), Bucket.REGISTERED) for name in "ABC"]
KEY = private_key_from_seed(bytes(range(32)))
SIGNER = Ed25519Signer("registry", KEY)
VERIFIER = Ed25519Verifier({"registry": KEY.public_key()})


def move(number: int) -> Transfer:
    return Transfer(
        transfer_id=f"m{number}", kind="move", product=CEA, quantity=1 + number % 5,
        source=PLACES[number % 3], destination=PLACES[(number + 1) % 3],
    )  # fmt: skip


async def post(engine: AsyncEngine, tables: LedgerTables, *batch: Command, day: int) -> None:
    at = NOON + timedelta(days=day)
    async with Database(engine).begin() as transaction:
        results = await LedgerStore(transaction, tables).post(batch, effective_time=at, recorded_time=at)
    assert all(isinstance(result, Entry) for result in results)


async def sign(engine: AsyncEngine, tables: LedgerTables, day: int) -> None:
    async with engine.begin() as connection:
        await LedgerSeals(connection, tables, ledger="registry").sign_tree_head(
            date(2021, 11, 1 + day), signer=SIGNER, signed_time=NOON + timedelta(days=day)
        )


async def fill(engine: AsyncEngine, tables: LedgerTables) -> None:
    """Issue to all three, move units on five days, and sign a head after the second and the fourth."""
    if tables.has_blocks:
        issues: list[Command] = [
            Issue(
                transfer_id=f"i{n}", kind="issue", product=CEA, quantity=100, destination=place, origin="37"
            )
            for n, place in enumerate(PLACES)
        ]
    else:
        nowhere = Place(AccountNo("S"), Bucket.ISSUANCE)
        issues = [
            Transfer(
                transfer_id=f"i{n}",
                kind="issue",
                product=CEA,
                quantity=100,
                source=nowhere,
                destination=place,
            )
            for n, place in enumerate(PLACES)
        ]
    await post(engine, tables, *issues, day=0)
    for day in range(1, 6):
        await post(engine, tables, move(2 * day), move(2 * day + 1), day=day)
        if day in (2, 4):
            await sign(engine, tables, day)


@pytest.mark.parametrize("page_size", [1, 4, 1_000])
@pytest.mark.parametrize("which", ["tables", "plain_tables"])
async def test_pages_are_of_one_moment_though_posting_goes_on(
    engine: AsyncEngine, request: pytest.FixtureRequest, which: str, page_size: int
) -> None:
    tables: LedgerTables = request.getfixturevalue(which)
    await fill(engine, tables)
    lines: list[dict[str, Any]] = []
    cursor, number = None, 100
    while True:
        async with engine.connect() as connection:
            page = await export_page(
                connection, tables, ledger="registry", cursor=cursor, page_size=page_size
            )
        lines += [json.loads(json.dumps(line)) for line in page.lines]
        cursor = page.following
        if cursor is None:
            break
        await post(engine, tables, move(number), day=number)
        number += 1
    await sign(engine, tables, 20)
    report = verify_export(lines, VERIFIER)
    assert report.wrong == []
    expected = {"batches": 6, "entries": 13, "signed tree heads": 2}
    assert {name: report.checked[name] for name in expected} == expected


async def test_an_empty_ledger_is_exported(engine: AsyncEngine, tables: LedgerTables) -> None:
    async with engine.connect() as connection:
        page = await export_page(connection, tables, ledger="registry", cursor=None)
    assert [line["line"] for line in page.lines] == ["ledger"]
    assert page.following is not None


async def proofs(engine: AsyncEngine, tables: LedgerTables) -> tuple[dict[str, Any], dict[str, Any]]:
    await fill(engine, tables)
    async with engine.connect() as connection:
        seals = LedgerSeals(connection, tables, ledger="registry")
        old, new = await seals.tree_heads()
        (line,) = await LedgerQueries(connection, tables).entries_by_id(["m3"])
        proof = await seals.prove_entry(line.batch_no, line.entry_index, tree_size=new.tree_size)
        path = await seals.prove_consistency(old_size=old.tree_size, new_size=new.tree_size)
    inclusion = inclusion_line(proof, leaf=entry_bytes(line.entry), head=new)
    consistency = consistency_line(path, old=old, new=new)
    return json.loads(json.dumps(inclusion)), json.loads(json.dumps(consistency))


async def test_proofs_are_checked_without_the_ledger(
    engine: AsyncEngine, tables: LedgerTables, tmp_path: Path
) -> None:
    for proof in await proofs(engine, tables):
        assert verify_proof(proof, VERIFIER).wrong == []
        unsigned = verify_proof(proof)
        assert unsigned.is_kept
        assert unsigned.checked["tree heads without a key to check them"] > 0
        file = tmp_path / "proof.json"
        file.write_text(json.dumps(proof) + "\n")
        assert main([str(file)]) == EXIT_KEPT


async def test_an_altered_proof_is_broken(engine: AsyncEngine, tables: LedgerTables, tmp_path: Path) -> None:
    inclusion, consistency = await proofs(engine, tables)
    damaged = [
        inclusion | {"leaf": inclusion["leaf"].replace("m3", "m4")},
        inclusion | {"entry_index": inclusion["entry_index"] ^ 1},
        inclusion | {"head": inclusion["head"] | {"signature": "00" * 64}},
        inclusion | {"batch": inclusion["batch"] | {"recorded_time": "2021-11-09T00:00:00.000000Z"}},
        inclusion | {"format": "another"},
        consistency | {"path": consistency["path"][::-1]},
        consistency | {"old": consistency["old"] | {"ledger": "another"}},
        consistency | {"new": consistency["new"] | {"root": "00" * 32}},
    ]
    for proof in damaged:
        assert not verify_proof(proof, VERIFIER).is_kept
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(damaged[0]) + "\n")
    assert main([str(file)]) == EXIT_BROKEN
