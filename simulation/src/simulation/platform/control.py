"""Starting, finding and stopping a local platform from another process."""

import os
import select
import subprocess
import sys
from dataclasses import asdict
from typing import Final

import psutil

from simulation.platform.layout import Layout, PlatformState
from simulation.platform.supervisor import START_SECONDS_MAX, STOP_SECONDS_MAX, Options

# Supervisors that this process started. They outlive it on purpose, so they are kept here until they end: a
# process object that is dropped before its process has ended warns.
_started: Final[dict[int, subprocess.Popen[bytes]]] = {}


class PlatformFailed(Exception):
    """The platform could not be started or stopped; the text says where to look."""


def running(layout: Layout) -> PlatformState | None:
    """Return the state of the platform in this folder; None when it does not run."""
    state = PlatformState.read(layout.state)
    if state is None or not _is_ours(state):
        return None
    return state


def start(options: Options) -> PlatformState:
    """Start a platform that outlives the caller, or find the running one; returns when every service serves."""
    layout = Layout(root=options.root.resolve())
    if state := running(layout):
        return state
    layout.logs.mkdir(parents=True, exist_ok=True)
    arguments = [
        word
        for name, value in asdict(options).items()
        if name != "root" and value
        for word in (f"--{name.replace('_', '-')}", *([] if value is True else [str(value)]))
    ]
    log_path = layout.logs / "supervisor.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "simulation.platform.supervisor", "--root", str(layout.root), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env=os.environ.copy(),
        )
    _started[process.pid] = process
    if process.stdout is None:
        raise PlatformFailed("the supervisor has no output")
    with process.stdout as output:
        readable, _, _ = select.select([output], [], [], START_SECONDS_MAX)
        word = output.readline().strip() if readable else b""
    if word != b"ready":
        process.terminate()
        process.wait(STOP_SECONDS_MAX)
        del _started[process.pid]
        raise PlatformFailed(f"the platform did not start: see {log_path} and the logs beside it")
    state = running(layout)
    if state is None:
        raise PlatformFailed(f"the platform started and is gone: see {log_path}")
    return state


def stop(layout: Layout) -> bool:
    """Stop the platform in this folder and wait until it has drained; False when it did not run."""
    state = running(layout)
    if state is None:
        return False
    process = psutil.Process(state.supervisor_pid)
    process.terminate()
    try:
        process.wait(2 * STOP_SECONDS_MAX)
    except psutil.TimeoutExpired as error:
        raise PlatformFailed(f"process {state.supervisor_pid} does not end: see {layout.logs}") from error
    if own := _started.pop(state.supervisor_pid, None):
        own.wait(STOP_SECONDS_MAX)
    return True


def _is_ours(state: PlatformState) -> bool:
    """Tell whether the supervisor named in the file is that very process, not a later one with its number."""
    try:
        process = psutil.Process(state.supervisor_pid)
        return (
            int(process.create_time()) == state.supervisor_started
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False
