"""How much memory the platform takes: proportional set size, so that shared pages are counted once."""

from collections.abc import Mapping

import psutil

from simulation.platform import control
from simulation.platform.layout import Layout

MIB = 1024 * 1024


class Meter:
    """Samples the platform's processes and remembers the largest of each and of the sum."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._peaks: dict[str, int] = {}

    def sample(self) -> None:
        """Look once, the calling process included."""
        state = control.running(self._layout)
        if state is None:
            return
        pids = {name: address.pid for name, address in state.services.items()}
        pids |= {"supervisor": state.supervisor_pid, "ets": psutil.Process().pid}
        pids |= {"broker": state.broker_pid} if state.broker_pid else {}
        found = {name: _bytes_of(pid) for name, pid in pids.items()}
        if state.postgres_pid:
            found["postgresql"] = _bytes_of_tree(state.postgres_pid)
        found["total"] = sum(found.values())
        for name, count in found.items():
            self._peaks[name] = max(self._peaks.get(name, 0), count)

    def peaks(self, before: Mapping[str, int]) -> dict[str, int]:
        """Give the peaks in MiB, rounded up, not below those of an earlier part of the run."""
        now = {name: -(-count // MIB) for name, count in self._peaks.items()}
        return {name: max(now.get(name, 0), before.get(name, 0)) for name in sorted({*now, *before})}


def _bytes_of(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0


def _bytes_of_tree(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        return sum(_bytes_of(one.pid) for one in (process, *process.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0
