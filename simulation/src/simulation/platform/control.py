"""Starting, finding and stopping a local platform from another process."""

import fcntl
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Final

import psutil

from simulation.platform.layout import Layout, PlatformState, StateUnreadable
from simulation.platform.supervisor import START_SECONDS_MAX, STOP_SECONDS_MAX, Options

READY: Final = b"ready"

# Supervisors that this process started. They outlive it on purpose, so they are kept here until they end: a
# process object that is dropped before its process has ended warns.
_started: Final[dict[int, subprocess.Popen[bytes]]] = {}


class PlatformFailed(Exception):
    """The platform could not be started or stopped; the text says where to look."""


def running(layout: Layout) -> PlatformState | None:
    """Return the state of the platform in this folder; None when it does not run."""
    try:
        state = PlatformState.read(layout.state)
    except StateUnreadable as error:
        if (pid := _supervisor_at_work(layout)) is None:
            return None
        raise PlatformFailed(f"{error}; its supervisor is process {pid}: end that first") from error
    if state is None or not _is_ours(state):
        return None
    return state


def settled(layout: Layout) -> PlatformState | None:
    """Return what runs here once nothing is starting or stopping any more; None when nothing runs."""
    until = time.monotonic() + START_SECONDS_MAX
    while (state := running(layout)) is None and (pid := _supervisor_at_work(layout)):
        if time.monotonic() > until:
            raise PlatformFailed(f"process {pid} neither starts nor ends: see {layout.logs}")
        time.sleep(0.1)
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
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    log_path = layout.logs / "supervisor.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "simulation.platform.supervisor", "--root", str(layout.root), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            # The supervisor forks while gRPC's threads run; with its own handlers a child may abort before it begins.
            env={**os.environ, "GRPC_ENABLE_FORK_SUPPORT": "0"},
        )
    _started[process.pid] = process
    words = b""
    try:
        words = _first_words(process)
    finally:
        # Also when the caller is interrupted while it waits: a platform that nobody waits for is not left behind.
        if words != READY:
            _end(process)
    if words != READY:
        why = words.decode(errors="replace").removeprefix("failed").strip()
        raise PlatformFailed(f"the platform did not start: {why or 'no word from it'} (see {log_path})")
    state = running(layout)
    if state is None:
        raise PlatformFailed(f"the platform started and is gone: see {log_path}")
    return state


def stop(layout: Layout) -> bool:
    """Stop the platform in this folder and wait until it has drained; False when it did not run.

    One that is starting, or stopping already, is waited for as well.
    """
    pid = _supervisor_at_work(layout)
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        process.terminate()
        process.wait(2 * STOP_SECONDS_MAX)
    except psutil.NoSuchProcess:
        pass  # It ended between the look and the call.
    except psutil.TimeoutExpired as error:
        raise PlatformFailed(f"process {pid} does not end: see {layout.logs}") from error
    if own := _started.pop(pid, None):
        own.wait(STOP_SECONDS_MAX)
    return True


def _first_words(process: subprocess.Popen[bytes]) -> bytes:
    """Read what the supervisor says: "ready", or "failed" and why; nothing when it ends or takes too long."""
    if process.stdout is None:
        raise PlatformFailed("the supervisor has no output")
    with process.stdout as output:
        # It may first wait for another one that is stopping.
        readable, _, _ = select.select([output], [], [], START_SECONDS_MAX + STOP_SECONDS_MAX)
        if not readable:
            return b""
        first = output.readline().strip()
        return first if first == READY else first + b" " + output.read().strip()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(2 * STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS_MAX)
    del _started[process.pid]


def _supervisor_at_work(layout: Layout) -> int | None:
    """Give the process that holds the folder's lock: one that starts, runs or stops a platform there."""
    if not layout.lock.exists():
        return None
    with layout.lock.open("r", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read() or 0) or None
    return None


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
