"""The platform as `ets up` runs it, one process per service, and faults that strike it while a plan is played."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import grpc.aio
from ets_kernel.domain.principal import Principal
from ets_kernel.embedded.apache_kafka import ApacheKafka, ApacheKafkaMissing, find_libs
from rich.console import Console
from simulation.platform import control
from simulation.platform.layout import Layout, PlatformState
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import Options
from simulation.population.plan import Plan
from simulation.window.player import Player
from simulation.window.progress import Progress
from simulation.window.session import Script, WindowOptions, play_window
from simulation.window.world import World
from small_plan import small_plan, small_scenario
from system import ATTEMPTS_MAX, Digests, assert_all_kept, digests, reconcile

# Longer than most calls take, so that a fault comes before, in the middle of, or after the call that set it off.
DELAY_SECONDS_MAX = 0.05

Strike = Callable[[], object]


class StruckWorld(World):
    """Clients of a platform; the n-th use of a client sets off the n-th fault, some milliseconds later."""

    def __init__(
        self,
        targets: Mapping[str, str],
        token: Callable[[Principal], str],
        *,
        strikes: Mapping[int, Strike],
        chance: Random,
    ) -> None:
        super().__init__(targets, token, attempts_max=ATTEMPTS_MAX)
        self.call_count = 0
        self._strikes = dict(strikes)
        self._chance = chance

    @property
    def waiting_strikes(self) -> int:
        """How many faults have not been set off."""
        return len(self._strikes)

    def _channel(self, service: str, actor: Principal) -> grpc.aio.Channel:
        self.call_count += 1
        if strike := self._strikes.pop(self.call_count, None):
            delay_seconds = self._chance.uniform(0, DELAY_SECONDS_MAX)
            asyncio.get_running_loop().call_later(delay_seconds, strike)
        return super()._channel(service, actor)


@asynccontextmanager
async def platform(
    folder: Path, *, database_url: str = "", kafka: str = ""
) -> AsyncIterator[tuple[Layout, Secrets]]:
    """Run the platform in a folder; it is stopped at the end, whatever happened."""
    layout = Layout(root=folder)
    options = Options(
        root=folder, database_url=database_url, kafka=kafka, clock_start=WindowOptions.CLOCK_START
    )
    await asyncio.to_thread(control.start, options)
    try:
        yield layout, Secrets(layout.secrets)
    finally:
        await asyncio.to_thread(control.stop, layout)


async def play_struck(
    layout: Layout, secrets: Secrets, plan: Plan, strikes: Mapping[int, Strike], chance: Random
) -> Digests:
    """Play a plan while faults strike; claim that all struck and that the checker finds every book in order."""
    world = StruckWorld(state_of(layout).targets(), secrets.token, strikes=strikes, chance=chance)
    progress = Progress(cycle=plan.cycle, seed=plan.seed, plan_digest=plan.digest())
    try:
        player = Player(world, secrets, plan, progress, layout.window / "progress.json")
        await player.play(max(plan.days), lambda _day: None)
        assert world.waiting_strikes == 0, "every fault was set off"
        assert_all_kept(await reconcile(world, "after-the-faults"))
        return await digests(world)
    finally:
        await world.close()


def state_of(layout: Layout) -> PlatformState:
    """Read where the running platform is."""
    state = control.running(layout)
    assert state is not None, "the platform runs"
    return state


def kill(pid: int) -> None:
    """End a process without warning."""
    os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def apache_kafka(folder: Path) -> AsyncIterator[ApacheKafka]:
    """Run an Apache Kafka broker of one node."""
    kafka = ApacheKafka(find_libs(), folder)
    try:
        await asyncio.to_thread(kafka.start)
        yield kafka
    finally:
        await asyncio.to_thread(kafka.stop)


def missing_kafka() -> str:
    """Say why Apache Kafka cannot run here; empty when it can, or when its absence must fail the run."""
    if os.environ.get("ETS_REQUIRE_KAFKA"):
        return ""
    try:
        find_libs()
    except ApacheKafkaMissing as missing:
        return str(missing)
    return ""


def play_script(
    folder: Path,
    *,
    until: date | None = None,
    is_resumed: bool = False,
    database_url: str = "",
    kafka: str = "",
) -> int:
    """Play the small plan with `ets window`'s own code; give its exit code. Blocks."""
    plan = small_plan()
    options = WindowOptions(
        cycle=plan.cycle,
        seed=plan.seed,
        root=folder,
        until=until,
        is_resumed=is_resumed,
        database_url=database_url,
        kafka=kafka,
    )
    with (folder / "console.txt").open("a", encoding="utf-8") as output:
        return play_window(options, Console(file=output), Script(scenario=small_scenario(), plan=plan))


def report_of(folder: Path) -> dict[str, Any]:
    """Read the report that a window wrote."""
    report: dict[str, Any] = json.loads(
        (Layout(root=folder).window / "report.json").read_text(encoding="utf-8")
    )
    return report
