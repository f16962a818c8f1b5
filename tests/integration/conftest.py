"""What the integration tests share: the clean run of the brief plan that every faulty run must equal.

Two groups of tests run beside each other at most (`--dist loadgroup`): those that start processes, and those
that run all services in their own process.
"""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ets_kernel.testing.plugin import TestServer
from simulation.platform import control
from simulation.platform.layout import Layout

sys.path.insert(0, str(Path(__file__).parent))

from processes import play_script, report_of
from small_plan import HALF_WAY, brief_plan, small_plan
from system import Digests, assert_all_kept, digests, reconcile, running


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedWindow:
    """A whole small window, played with `ets window` in two parts; its state is kept, and nothing runs."""

    folder: Path
    exit_codes: tuple[int, int]
    report: dict[str, Any]


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> PlayedWindow:
    """The small plan to 1 November, then resumed to its end, on the embedded platform of one process per service."""
    folder = tmp_path_factory.mktemp("window")
    try:
        first = play_script(folder, until=HALF_WAY)
        second = play_script(folder, until=small_plan().last_date, is_resumed=True)
    finally:
        # Also idle, a platform takes a quarter of a small machine from the tests that come later.
        control.stop(Layout(root=folder))
    return PlayedWindow(folder=folder, exit_codes=(first, second), report=report_of(folder))


@pytest.fixture(scope="session")
def clean(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Digests:
    """The books after the brief plan, played without any fault on all services in one process."""

    async def play() -> Digests:
        async with running(postgres_server, tmp_path_factory.mktemp("clean")) as system:
            await system.play(brief_plan())
            assert_all_kept(await reconcile(system.world, "clean"))
            return await digests(system.world)

    return asyncio.run(play())


@pytest.fixture(scope="session")
def fault_seed(pytestconfig: pytest.Config) -> int:
    """The session's own seed, which pytest prints: every run strikes at other moments, and any can be repeated."""
    return int(pytestconfig.getoption("randomly_seed", default=0))
