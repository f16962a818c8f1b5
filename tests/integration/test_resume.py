"""A window whose own process is stopped at random moments goes on where it was, and ends with the same books."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from processes import play_script, report_of
from simulation.platform import control
from simulation.platform.layout import Layout
from simulation.window.progress import Progress
from simulation.window.session import EXIT_INTERRUPTED
from small_plan import brief_plan
from system import PROGRESS

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.slow]

SCRIPT = Path(__file__).parent / "stopped_window.py"
CALLS_IN_PREPARATION = (5, 80)
CALLS_OF_A_PART = (60, 400)


def stopped(
    folder: Path, name: str, calls: tuple[int, int], chance: Random, *words: str
) -> tuple[int, Progress]:
    """Play until the process is stopped at a call; give its exit code and what it had written."""
    command = [sys.executable, str(SCRIPT), str(folder), name, str(chance.randint(*calls)), *words]
    code = subprocess.run(command, check=False).returncode
    progress = Progress.read(Layout(root=folder).window / PROGRESS)
    assert progress is not None, "a window that was begun can be resumed"
    return code, progress


async def test_a_window_stopped_three_times_ends_with_the_same_books(tmp_path, clean, fault_seed):
    chance = Random(f"stops/{fault_seed}")
    layout = Layout(root=tmp_path)
    try:
        code, first = await asyncio.to_thread(stopped, tmp_path, "SIGINT", CALLS_IN_PREPARATION, chance)
        assert (code, first.is_prepared) == (EXIT_INTERRUPTED, False), f"seed {fault_seed}"
        assert control.running(layout) is None, "who interrupts a window takes its platform down"

        code, second = await asyncio.to_thread(
            stopped, tmp_path, "SIGKILL", CALLS_OF_A_PART, chance, "--resume"
        )
        assert code == -signal.SIGKILL, f"seed {fault_seed}"
        assert control.running(layout) is not None, "the platform outlives a killed player"

        code, third = await asyncio.to_thread(
            stopped, tmp_path, "SIGINT", CALLS_OF_A_PART, chance, "--resume"
        )
        assert code == EXIT_INTERRUPTED, f"seed {fault_seed}"

        code = await asyncio.to_thread(play_script, tmp_path, plan=brief_plan(), is_resumed=True)
        told = (tmp_path / "console.txt").read_text(encoding="utf-8")
        assert code == 0, f"seed {fault_seed}: {told}"
    finally:
        control.stop(layout)
    report = report_of(tmp_path)
    assert report["digests"] == clean, f"seed {fault_seed}"
    assert report["reconciliation"]["broken"] == report["reconciliation"]["unchecked"] == 0
    times = [first.wall_seconds, second.wall_seconds, third.wall_seconds, report["wall_seconds"]]
    assert times == sorted(times)
    assert len(set(times)) == len(times), "every part adds its own time"
