"""Single transfers through gRPC, each a call of its own, against transfers that come one by one and no service.

The floors (`bench/floors.py`) are what PostgreSQL and its drivers do with such transfers, each in one statement or
statement by statement.

The calls are `TransferToTrading` with one transfer each, from 64 callers at once: authorised, validated, traced, done
once per request id, with blocks, hash chain and event, durable. Callers and service share the machine. What the wire
alone costs is told beside it: empty calls (health checks) of the same callers.

The latency at half of the load is measured with calls that leave at even times whether or not earlier ones are back.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from ets.registry.v1.registry_service_pb2 import (
    TradingTransfer,
    TransferToTradingRequest,
    TransferToTradingResponse,
)
from ets.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from ets_kernel.domain.principal import EVERY, Principal
from ets_kernel.embedded.postgres import EmbeddedPostgres
from ets_kernel.runtime.grpc.client import connect
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub
from simulation.platform.supervisor import await_serving

from bench import floors
from bench.stand import ACCOUNTS, PRODUCTS, ROUND_SECONDS, copy, seed, start_registry, tpc_b

CALLERS: Final = 64
ROUNDS: Final = 5
EMITTERS: Final = Principal(
    subject="load", roles=frozenset({"ROLE_EMITTER"}), provinces=frozenset(), entities=frozenset({EVERY})
)

Call = Callable[[TransferToTradingRequest], Awaitable[TransferToTradingResponse]]


async def measure(root: Path) -> dict[str, Any]:
    """Alternate pgbench, the floors and the calls for some rounds; then half of the load."""
    with EmbeddedPostgres.start(root / "postgres") as postgres:
        await seed(postgres, root)
        runs = []
        for number in range(ROUNDS):
            run = {"pgbench_tps": await tpc_b(postgres, root / f"pgbench-{number}.txt")}
            run |= await floors.measure(postgres, f"floor_{number}")
            await copy(postgres, f"calls_{number}")
            run |= await _calls(root, postgres.url(f"calls_{number}"))
            runs.append(run)
    return {
        "callers": CALLERS,
        **{
            f"{floor}_ratio": round(median(run["calls_per_s"] / run[f"{floor}_per_s"] for run in runs), 2)
            for floor in ("floor_statement", "floor_driver", "floor_core")
        },
        **{
            name: round(median(run[name] for run in runs), 1)
            for name in (
                "pgbench_tps",
                "floor_statement_per_s",
                "floor_driver_per_s",
                "floor_core_per_s",
                "empty_calls_per_s",
                "calls_per_s",
                "half_load_p50_ms",
                "half_load_p99_ms",
            )
        },
        "goal": {"floor_statement_ratio": 1},
        "runs": runs,
    }


async def _calls(root: Path, url: str) -> dict[str, float]:
    service, target, token = await start_registry(root, url, EMITTERS)
    channel = connect(target, token=token, deadline_seconds=60)
    call: Call = RegistryServiceStub(channel).TransferToTrading
    try:
        await await_serving(target)
        empty = await _closed_loop(lambda _, __: HealthStub(channel).Check(HealthCheckRequest()))
        per_second = await _closed_loop(lambda chance, request_id: _transfer(call, chance, request_id))
        delays = sorted(await _open_loop(call, per_second / 2))
        return {
            "empty_calls_per_s": empty,
            "calls_per_s": per_second,
            "half_load_p50_ms": delays[len(delays) // 2] * 1e3,
            "half_load_p99_ms": delays[len(delays) * 99 // 100] * 1e3,
        }
    finally:
        await channel.close()
        service.terminate()
        await service.wait()


async def _closed_loop(one: Callable[[Random, str], Awaitable[Any]]) -> float:
    started = time.perf_counter()

    async def caller(number: int) -> int:
        chance = Random(number)
        done = 0
        while time.perf_counter() - started < ROUND_SECONDS:
            await one(chance, f"closed-{number}-{done}")
            done += 1
        return done

    done = await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return sum(done) / (time.perf_counter() - started)


async def _open_loop(call: Call, per_second: float) -> list[float]:
    chance = Random(per_second)
    started = time.perf_counter()

    async def one(number: int) -> float:
        due = started + number / per_second
        await asyncio.sleep(due - time.perf_counter())
        await _transfer(call, chance, f"open-{number}")
        return time.perf_counter() - due

    return await asyncio.gather(*(one(number) for number in range(int(per_second * ROUND_SECONDS))))


async def _transfer(call: Call, chance: Random, request_id: str) -> None:
    answer = await call(
        TransferToTradingRequest(
            request_id=request_id,
            transfers=[
                TradingTransfer(
                    credit_code=f"{chance.randrange(ACCOUNTS):018d}",
                    product=PRODUCTS[0],
                    quantity_tco2e=chance.randint(1, 100),
                )
            ],
        )
    )
    if answer.results[0].HasField("error"):
        raise RuntimeError(f"a transfer was refused: {answer.results[0].error}")
