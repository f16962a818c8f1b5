"""Reads of the registry over a journal of ten million entries, and how fast it is posted to beside an empty one.

The journal: 10,000 accounts and six vintages over nearly six years, a batch of 100 entries every half hour; one account
in every twentieth transfer; in every 500th batch an entry that was recorded a month late. It is loaded by COPY and has
a valid chain. Reads go through the handlers of the registry in this process, one at a time, each of an account and a
moment drawn evenly; the hot account's are told beside them. Both databases have the same balances and blocks; rounds
of posting alternate between them, behind one round of each that is not counted.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final, NamedTuple

from ets.common.v1.page_pb2 import PageRequest
from ets.registry.v1 import registry_journal_service_pb2 as journal_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets_kernel.domain.clock import FixedClock, business_date
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime.collector import tune_collector
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_ledger.domain.values import Bucket, Place
from ets_ledger.testing.journal import START, History, load_journal, write_state
from registry.adapters.db import schema, tables
from registry.adapters.grpc_journal import RegistryJournalQueryGrpc
from registry.adapters.grpc_queries import RegistryQueryGrpc
from registry.main import unit_of_work
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.ledger import posting
from bench.stand import ACCOUNTS, PRODUCTS, account_no, open_accounts

ENTRIES: Final = 10_000_000
READS: Final = 300
HOT_READS: Final = 10
PAGE: Final = PageRequest(page_size=100)
MONTH: Final = timedelta(days=30)
ROUNDS: Final = 5
HOT: Final = 0
LONG: Final = "journal"
EMPTY: Final = "empty"

Read = Callable[["_Asked"], Awaitable[object]]


class _Asked(NamedTuple):
    """What a read is asked for."""

    account_no: str
    at: datetime
    recorded_by: datetime
    posting_no: int


async def measure(root: Path, entry_count: int = ENTRIES) -> dict[str, Any]:
    """Load the journal, time every kind of read, and post to it and to an empty one in turns."""
    with EmbeddedPostgres.start(root / "postgres") as postgres:
        started = time.perf_counter()
        await _load(postgres, entry_count)
        loaded_seconds = time.perf_counter() - started
        tune_collector()  # As every service does when it starts.
        reads = await _reads(postgres.url(LONG), entry_count)
        runs = []
        for number in range(ROUNDS + 1):
            rates = {name: await posting(postgres.url(name), run=f"{number}-") for name in (LONG, EMPTY)}
            runs.append({f"{name}_per_s": rate for name, rate in rates.items()})
        for name in (LONG, EMPTY):
            await postgres.drop_database(name)
    counted = runs[1:]
    return {
        "entries": entry_count,
        "loaded_seconds": round(loaded_seconds),
        "reads_ms": reads,
        "slowest_median_ms": max(read["median"] for read in reads["any"].values()),
        "posting_ratio": round(median(run["journal_per_s"] / run["empty_per_s"] for run in counted), 2),
        "posting_per_s": round(median(run["journal_per_s"] for run in counted)),
        "goal": {"slowest_median_ms": 20, "posting_ratio": 0.8},
        "runs": runs,
    }


async def _load(postgres: EmbeddedPostgres, entry_count: int) -> None:
    history = History(
        entry_count=entry_count,
        account_count=ACCOUNTS,
        products=PRODUCTS,
        place=lambda index: Place(account_no(index), Bucket.TRADING),
    )
    engines = {}
    for name in (LONG, EMPTY):
        await postgres.create_database(name)
        engines[name] = create_async_engine(postgres.url(name))
        async with engines[name].begin() as connection:
            await connection.run_sync(schema.metadata.create_all)
            await open_accounts(connection, opened_time=START)
    state = await load_journal(engines[LONG], tables.ledger, history)
    await write_state(engines[EMPTY], tables.ledger, state)
    for engine in engines.values():
        async with engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(text("CHECKPOINT"))
        await engine.dispose()


async def _reads(url: str, entry_count: int) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    database = Database.create(url)
    end = START + entry_count // 100 * timedelta(minutes=30)
    door = Door(database, unit_of_work)
    clock = FixedClock(end + MONTH)
    kinds = _kinds(
        RegistryQueryGrpc(door=door, clock=clock), RegistryJournalQueryGrpc(door=door, clock=clock)
    )
    try:
        return {
            "any": {name: await _timed(read, READS, entry_count, end) for name, read in kinds.items()},
            "hot": {
                name: await _timed(read, HOT_READS, entry_count, end, index=HOT)
                for name, read in kinds.items()
            },
        }
    finally:
        await database.dispose()


def _kinds(queries: RegistryQueryGrpc, journal: RegistryJournalQueryGrpc) -> Mapping[str, Read]:
    context: Any = None
    return {
        "account now": lambda asked: queries.GetAccount(
            pb.GetAccountRequest(account_no=asked.account_no), context
        ),
        "account as of": lambda asked: queries.GetAccount(
            pb.GetAccountRequest(account_no=asked.account_no, as_of=to_timestamp(asked.at)), context
        ),
        "account as of, as believed": lambda asked: queries.GetAccount(
            pb.GetAccountRequest(
                account_no=asked.account_no,
                as_of=to_timestamp(asked.at),
                recorded_by=to_timestamp(asked.recorded_by),
            ),
            context,
        ),
        "blocks now": lambda asked: queries.ListSerialBlocks(
            pb.ListSerialBlocksRequest(account_no=asked.account_no, page=PAGE), context
        ),
        "blocks as of": lambda asked: queries.ListSerialBlocks(
            pb.ListSerialBlocksRequest(account_no=asked.account_no, as_of=to_timestamp(asked.at), page=PAGE),
            context,
        ),
        "journal of an account": lambda asked: queries.ListJournalEntries(
            pb.ListJournalEntriesRequest(
                account_no=asked.account_no, after_entry_no=asked.posting_no, page=PAGE
            ),
            context,
        ),
        "journal of all": lambda asked: queries.ListJournalEntries(
            pb.ListJournalEntriesRequest(after_entry_no=asked.posting_no, page=PAGE), context
        ),
        "statement of a month": lambda asked: journal.GetAccountStatement(
            journal_pb.GetAccountStatementRequest(
                account_no=asked.account_no,
                from_date=business_date(asked.at).isoformat(),
                to_date=business_date(asked.at + MONTH).isoformat(),
                page=PAGE,
            ),
            context,
        ),
    }


async def _timed(
    read: Read, count: int, entry_count: int, end: datetime, index: int | None = None
) -> Mapping[str, float]:
    """Time reads of accounts drawn evenly, or of one; median, 99th percentile and longest, in milliseconds."""
    chance = Random(count)
    took = []
    for _ in range(count):
        at, recorded_by = sorted(START + chance.random() * (end - START) for _ in range(2))
        asked = _Asked(
            account_no(chance.randrange(1, ACCOUNTS) if index is None else index),
            at,
            recorded_by,
            chance.randrange(2 * entry_count),
        )
        started = time.perf_counter()
        await read(asked)
        took.append((time.perf_counter() - started) * 1_000)
    took.sort()
    return {
        "median": round(median(took), 1),
        "p99": round(took[int(len(took) * 0.99)], 1),
        "max": round(took[-1], 1),
    }
