"""Whether a process is worth keeping (live) and worth calling (ready).

Live means progress, not existence: a consumer can hang for ever with its process in perfect health, so every
background task says when it last got round its loop.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from ets_kernel.runtime import metrics

Age = Callable[[], float]
"""Seconds since a background task last got round its loop."""

STUCK_SECONDS: Final = 180.0


class Health:
    """The state that probes read."""

    def __init__(self, *, stuck_seconds: float = STUCK_SECONDS) -> None:
        self._stuck_seconds = stuck_seconds
        self._ages: dict[str, Age] = {}
        self._gauges: list[Callable[[], Awaitable[object]]] = []
        self._ready = False

    @property
    def ready(self) -> bool:
        """Tell whether the service takes calls."""
        return self._ready

    def set_ready(self, ready: bool) -> None:
        """Open or close the service for calls, as probes see it."""
        self._ready = ready
        metrics.READY.set(int(ready))

    def watch(self, task: str, age: Age) -> None:
        """Count the process as live only while this task gets somewhere."""
        self._ages[task] = age

    def stuck(self) -> list[str]:
        """Name the tasks that have got nowhere for too long; none means live."""
        return sorted(task for task, age in self._ages.items() if age() > self._stuck_seconds)

    def on_observe(self, gauge: Callable[[], Awaitable[object]]) -> None:
        """Set a gauge whenever the metrics are read."""
        self._gauges.append(gauge)

    async def observe(self) -> None:
        """Write the ages, and whatever else is read only for the metrics, into them."""
        for task, age in self._ages.items():
            metrics.PROGRESS_AGE_SECONDS.labels(task).set(age())
        for gauge in self._gauges:
            await gauge()


def age_of(progress_at: Callable[[], float]) -> Age:
    """Make an age from a reading of the monotonic clock at the last progress."""
    return lambda: time.monotonic() - progress_at()
