"""The platform as `ets up` runs it, one process per service, and faults that strike it while a plan is played."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from ets_kernel.embedded.apache_kafka import ApacheKafka, ApacheKafkaMissing, find_libs
from rich.console import Console
from simulation.platform import control
from simulation.platform.layout import Layout, PlatformState
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import Options
from simulation.population.plan import Plan
from simulation.window.faults import Strikes
from simulation.window.player import Player
from simulation.window.progress import Progress, ProgressFile
from simulation.window.session import Script, WindowOptions, play_window
from simulation.window.world import World
from small_plan import small_plan, small_scenario
from system import ATTEMPTS_MAX, Digests, assert_all_kept, digests, reconcile


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


async def play_struck(layout: Layout, secrets: Secrets, plan: Plan, strikes: Strikes) -> Digests:
    """Play a plan while faults strike; claim that all struck and that the checker finds every book in order."""
    world = World(
        state_of(layout).targets(), secrets.token, attempts_max=ATTEMPTS_MAX, on_call=strikes.on_call
    )
    progress = Progress(cycle=plan.cycle, seed=plan.seed, plan_digest=plan.digest())
    try:
        player = Player(world, secrets, plan, ProgressFile(layout.window / "progress.json", progress))
        await player.play(max(plan.days), strikes.on_moment)
        await strikes.finish()
        assert_all_kept(await reconcile(world, "after-the-faults"))
        return await digests(world)
    finally:
        await world.close()


@contextmanager
def repeatable(strikes: Strikes) -> Iterator[None]:
    """Let a failure tell which faults had struck, and the seed that brings them again."""
    try:
        yield
    except BaseException as failure:
        failure.add_note(f"{strikes.told()}\nagain with: pytest --randomly-seed={strikes.seed}")
        raise


def state_of(layout: Layout) -> PlatformState:
    """Read where the running platform is."""
    state = control.running(layout)
    assert state is not None, "the platform runs"
    return state


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
    plan: Plan | None = None,
    until: date | None = None,
    is_resumed: bool = False,
    database_url: str = "",
    kafka: str = "",
) -> int:
    """Play the small plan, or another, with `ets window`'s own code; give its exit code. Blocks."""
    plan = plan or small_plan()
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
