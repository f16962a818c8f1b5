"""Load on a ledger: durable transfers per second through the store, in real transactions.

Two posters move random quantities between random accounts, each batch in a transaction of its own, blocks and journal
included. Compare the figure only with others from the same server in the same run.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from time import perf_counter
from typing import Final

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.db import Database
from sqlalchemy.ext.asyncio import AsyncEngine

from ets_ledger.domain.commands import Command, Issue, Transfer
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.values import Bucket, Place
from ets_ledger.runtime.store import LedgerStore
from ets_ledger.runtime.tables import LedgerTables

PRODUCT: Final = ProductCode("CEA-2019-2020")
START: Final = datetime(2021, 7, 16, 1, 30, tzinfo=UTC)
OPENING_UNITS: Final = 1_000_000
OPENING_BATCH_SIZE: Final = 1_000
QUANTITY_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What one run of load came to."""

    transfers: int
    batches: int
    elapsed_seconds: float
    # Time of a batch from begin to commit, in seconds, in rising order.
    batch_seconds: Sequence[float]

    @property
    def transfers_per_second(self) -> float:
        """Accepted transfers by wall time."""
        return self.transfers / self.elapsed_seconds

    def batch_quantile_seconds(self, share: float) -> float:
        """Return the batch time that this share of the batches kept within."""
        return self.batch_seconds[min(int(len(self.batch_seconds) * share), len(self.batch_seconds) - 1)]


def account(index: int) -> Place:
    """Return the place of the account with this index."""
    return Place(AccountNo(f"R-E-{index:018d}"), Bucket.REGISTERED)


async def open_accounts(engine: AsyncEngine, tables: LedgerTables, account_count: int) -> None:
    """Issue the opening units to every account, so that load meets only rows that exist."""
    for first in range(0, account_count, OPENING_BATCH_SIZE):
        batch = [
            Issue(
                transfer_id=f"opening-{index}",
                kind="issuance",
                product=PRODUCT,
                quantity=OPENING_UNITS,
                destination=account(index),
                origin=f"origin-{index}",
            )
            for index in range(first, min(first + OPENING_BATCH_SIZE, account_count))
        ]
        async with Database(engine).begin() as transaction:
            results = await LedgerStore(transaction, tables).post(
                batch, effective_time=START, recorded_time=START
            )
        ensure(all(isinstance(result, Entry) for result in results), "every opening is accepted")


async def run_load(
    engine: AsyncEngine,
    tables: LedgerTables,
    *,
    account_count: int,
    batch_size: int,
    run_seconds: float,
    poster_count: int = 2,
    seed: int = 2021,
) -> LoadResult:
    """Post batches of random transfers from several posters at once for some seconds."""
    times: list[float] = []
    accepted = 0
    started = perf_counter()

    async def poster(number: int) -> None:
        nonlocal accepted
        chance = Random(seed + number)  # noqa: S311 (load, not secrets)
        for batch_no in count():
            if perf_counter() - started >= run_seconds:
                return
            prefix = f"load-{seed}-{number}-{batch_no}"
            batch = [
                _random_transfer(chance, account_count, f"{prefix}-{index}") for index in range(batch_size)
            ]
            now = START + timedelta(milliseconds=batch_no)
            began = perf_counter()
            async with Database(engine).begin() as transaction:
                results = await LedgerStore(transaction, tables).post(
                    batch, effective_time=now, recorded_time=now
                )
            times.append(perf_counter() - began)
            accepted += sum(isinstance(result, Entry) for result in results)

    await asyncio.gather(*(poster(number) for number in range(poster_count)))
    elapsed = perf_counter() - started
    return LoadResult(
        transfers=accepted, batches=len(times), elapsed_seconds=elapsed, batch_seconds=sorted(times)
    )


def _random_transfer(chance: Random, account_count: int, transfer_id: str) -> Command:
    source, destination = chance.sample(range(account_count), 2)
    return Transfer(
        transfer_id=transfer_id,
        kind="trade_settlement",
        product=PRODUCT,
        quantity=chance.randint(1, QUANTITY_MAX),
        source=account(source),
        destination=account(destination),
        flow_id=transfer_id,
    )
