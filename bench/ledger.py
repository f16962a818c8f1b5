"""Ledger transfers per second against pgbench's TPC-B-like script, on the same server in the same run.

Four loads, each durable and each by six callers, as many as a service has connections to its database:

- posting: batches straight into the ledger, blocks and journal with its hash chain included;
- hot: the same, but every transfer touches one account, and all callers move one vintage;
- use case: settlements of trades through the door, with the settled-trade row and the request row, in this process;
- gRPC: the same in batches of 100, the registry being a process of its own.

Parties are drawn evenly, quantities are 1 to 10 lots of 100 t. But for the hot load each caller moves one vintage of
its own, so callers wait for each other at the head of the journal and not at holdings. Batches are made before the
clock runs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from ets.registry.v1.registry_service_pb2 import SettleTradesRequest, SettleTradesResponse, TradeSettlement
from ets.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProductCode
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime.collector import tune_collector
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.client import connect
from ets_ledger.domain.commands import Transfer
from ets_ledger.domain.values import Bucket, Place
from ets_ledger.runtime.store import LedgerStore
from registry.adapters.db import tables
from registry.adapters.grpc_commands import RegistryGrpc
from registry.main import unit_of_work
from simulation.platform.supervisor import await_serving
from simulation.window.world import principal

from bench.stand import (
    ACCOUNTS,
    MOMENT,
    PRODUCTS,
    ROUND_SECONDS,
    account_no,
    copy,
    seed,
    start_registry,
    tpc_b,
)

DIRECT_BATCH: Final = 1_000
GRPC_BATCH: Final = 100
TRANSFERS_PER_CALLER_MAX: Final = 100_000
LOT: Final = 100
ROUNDS: Final = 5
HOT_ACCOUNT: Final = 0

Call = Callable[[SettleTradesRequest], Awaitable[SettleTradesResponse]]


async def measure(root: Path) -> dict[str, Any]:
    """Alternate pgbench and the four loads for some rounds; medians of the rounds' ratios."""
    with EmbeddedPostgres.start(root / "postgres") as postgres:
        await seed(postgres, root)
        tune_collector()  # As every service does when it starts.
        runs = []
        for number in range(ROUNDS):
            for name in ("posting", "hot", "use_case", "grpc"):
                await copy(postgres, f"{name}_{number}")
            run = {"pgbench_tps": await tpc_b(postgres, root / f"pgbench-{number}.txt")}
            run["posting_per_s"] = await posting(postgres.url(f"posting_{number}"))
            run["hot_per_s"] = await posting(postgres.url(f"hot_{number}"), is_hot=True)
            run["use_case_per_s"] = await _use_case(postgres.url(f"use_case_{number}"))
            run["grpc_per_s"] = await _grpc(root, postgres.url(f"grpc_{number}"))
            runs.append(run)
    loads = ("posting", "hot", "use_case", "grpc")
    return {
        "direct_batch": DIRECT_BATCH,
        "grpc_batch": GRPC_BATCH,
        **{
            f"{load}_ratio": round(median(run[f"{load}_per_s"] / run["pgbench_tps"] for run in runs), 2)
            for load in loads
        },
        "pgbench_tps": round(median(run["pgbench_tps"] for run in runs)),
        **{f"{load}_per_s": round(median(run[f"{load}_per_s"] for run in runs)) for load in loads},
        "goal": {"posting_ratio": 4, "hot_ratio": 1, "use_case_ratio": 3, "grpc_ratio": 2},
        "runs": runs,
    }


class _NoSigner:
    """The load signs nothing."""

    key_id = "none"

    def sign(self, digest: bytes) -> bytes:
        """Refuse: nothing here signs."""
        raise NotImplementedError(digest.hex())


async def posting(url: str, *, is_hot: bool = False, run: str = "") -> float:
    """Post batches from all callers at once for a round; accepted transfers per second. A run has ids of its own."""
    database = Database.create(url)
    batches = [
        [
            [
                _transfer(chance, own, f"{run}{caller}-{number}-{index}", is_hot=is_hot)
                for index in range(DIRECT_BATCH)
            ]
            for number in range(TRANSFERS_PER_CALLER_MAX // DIRECT_BATCH)
        ]
        for caller, chance in ((caller, Random(run + caller)) for caller in PRODUCTS)
        for own in [PRODUCTS[0] if is_hot else caller]
    ]
    started = time.perf_counter()

    async def poster(own: Sequence[Sequence[Transfer]]) -> int:
        accepted = 0
        for batch in own:
            if time.perf_counter() - started > ROUND_SECONDS:
                return accepted
            async with database.begin() as transaction:
                results = await LedgerStore(transaction, tables.ledger).post(
                    batch, effective_time=MOMENT, recorded_time=MOMENT
                )
            accepted += sum(not isinstance(result, EtsError) for result in results)
        raise RuntimeError("a poster ran out of batches before the round ended")

    try:
        accepted = await asyncio.gather(*(poster(own) for own in batches))
        return sum(accepted) / (time.perf_counter() - started)
    finally:
        await database.dispose()


async def _use_case(url: str) -> float:
    database = Database.create(url)
    door = Door(database, unit_of_work)
    servicer = RegistryGrpc(door=door, clock=FixedClock(MOMENT), signer=_NoSigner())
    try:
        return await _load(lambda request: servicer.SettleTrades(request, None), DIRECT_BATCH)  # type: ignore[arg-type]
    finally:
        await database.dispose()


async def _grpc(root: Path, url: str) -> float:
    service, target, token = await start_registry(root, url, principal("settlement", "SERVICE"))
    channel = connect(target, token=token, deadline_seconds=60)
    try:
        await await_serving(target)
        return await _load(RegistryServiceStub(channel).SettleTrades, GRPC_BATCH)
    finally:
        await channel.close()
        service.terminate()
        await service.wait()


async def _load(call: Call, batch: int) -> float:
    """Send batches from all callers at once for a round; returns accepted trades per second."""
    requests = [
        [_request(chance, product, number, batch) for number in range(TRANSFERS_PER_CALLER_MAX // batch)]
        for product, chance in ((product, Random(product)) for product in PRODUCTS)
    ]
    started = time.perf_counter()
    accepted = await asyncio.gather(*(_caller(call, own, started) for own in requests))
    return sum(accepted) / (time.perf_counter() - started)


async def _caller(call: Call, requests: Sequence[SettleTradesRequest], started: float) -> int:
    accepted = 0
    for request in requests:
        if time.perf_counter() - started > ROUND_SECONDS:
            return accepted
        answer = await call(request)
        accepted += sum(not result.HasField("error") for result in answer.results)
    raise RuntimeError("a caller ran out of requests before the round ended")


def _request(chance: Random, product: ProductCode, number: int, batch: int) -> SettleTradesRequest:
    return SettleTradesRequest(
        request_id=f"{product}-{number}",
        trading_date="2021-10-26",
        trades=[_trade(chance, product, f"{product}-{number}-{index}") for index in range(batch)],
    )


def _trade(chance: Random, product: ProductCode, trade_no: str) -> TradeSettlement:
    seller, buyer = chance.sample(range(ACCOUNTS), 2)
    return TradeSettlement(
        trade_no=trade_no,
        seller_account_no=account_no(seller),
        buyer_account_no=account_no(buyer),
        product=product,
        quantity_tco2e=chance.randint(1, 10) * LOT,
    )


def _transfer(chance: Random, product: ProductCode, transfer_id: str, *, is_hot: bool) -> Transfer:
    source, destination = chance.sample(range(1, ACCOUNTS), 2)
    if is_hot:
        source, destination = chance.sample((source, HOT_ACCOUNT), 2)
    return Transfer(
        transfer_id=transfer_id,
        kind="settlement",
        product=product,
        quantity=chance.randint(1, 10) * LOT,
        source=Place(account_no(source), Bucket.TRADING),
        destination=Place(account_no(destination), Bucket.TRADING),
        flow_id=transfer_id,
    )
