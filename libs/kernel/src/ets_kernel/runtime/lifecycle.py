"""How every service starts, drains and ends, in one order.

Stages start in order and stop in the opposite one. Calls come last and go first, so nobody calls a service
that is not whole: stop accepting, let running handlers finish, stop consumers at a committed position, send
what is left in the outbox, close the bus, close the database.

LIF-1  SIGTERM and SIGINT drain; all of it ends within ``drain_seconds``.
LIF-2  A stage that can't stop is logged and the next one is stopped all the same.
LIF-3  A background task that ends by itself is a bug: the process drains and exits 1.
LIF-4  An event is lost in none of these cases, for it is in the outbox since its transaction committed.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

EXIT_DRAINED: Final = 0
EXIT_FAILED: Final = 1

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_SECONDS_AFTER_DEADLINE: Final = 0.5

_log = structlog.get_logger(__name__)


async def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One part of a process: how it starts, and how it ends within the seconds that it is given."""

    name: str
    start: Callable[[], Awaitable[object]] = _nothing
    stop: Callable[[float], Awaitable[object]] | None = None


class Lifecycle:
    """Runs the stages of one process from start to exit code."""

    def __init__(self, *, drain_seconds: float, on_ready: Callable[[bool], Awaitable[None]]) -> None:
        self._drain_seconds = drain_seconds
        self._on_ready = on_ready
        self._stop = asyncio.Event()
        self._failed = False
        self._started: list[Stage] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self, stages: Sequence[Stage]) -> int:
        """Start all stages, serve until told to stop, drain; give the exit code."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._signalled, number)
        try:
            await self.start(stages)
            await self._stop.wait()
            await self.drain()
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)
        return EXIT_FAILED if self._failed else EXIT_DRAINED

    async def start(self, stages: Sequence[Stage]) -> None:
        """Start all stages in order; when one can't start, stop those before it and raise."""
        try:
            for stage in stages:
                if self._stop.is_set():
                    return
                self._started.append(stage)
                await stage.start()
        except BaseException:
            await self.drain()
            raise
        _log.info("ready", stages=[stage.name for stage in self._started])
        await self._on_ready(True)

    async def drain(self) -> None:
        """Stop what was started, the last first, within the seconds for draining."""
        deadline = asyncio.get_running_loop().time() + self._drain_seconds
        await self._on_ready(False)
        while self._started:
            stage = self._started.pop()
            if stage.stop is not None:
                # A stage after the deadline still gets a moment: closing a pool takes no longer.
                left_seconds = max(deadline - asyncio.get_running_loop().time(), _SECONDS_AFTER_DEADLINE)
                await self._stop_stage(stage, stage.stop, left_seconds)
        for name in list(self._tasks):
            await self.cancel(name)
        _log.info("drained", failed=self._failed)

    def spawn(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a background task for as long as the process serves."""
        task = asyncio.create_task(coroutine, name=name)
        self._tasks[name] = task
        task.add_done_callback(self._ended)

    async def cancel(self, name: str) -> None:
        """End a background task; returns when it has ended."""
        task = self._tasks.pop(name, None)
        if task is None:
            return
        task.remove_done_callback(self._ended)
        task.cancel()
        await asyncio.wait([task])

    def _signalled(self, number: signal.Signals) -> None:
        _log.info("drain_asked", signal=number.name)
        self._stop.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        _log.error("background_task_ended", task=task.get_name(), exc_info=error)
        self._failed = True
        self._stop.set()

    async def _stop_stage(
        self, stage: Stage, stop: Callable[[float], Awaitable[object]], left_seconds: float
    ) -> None:
        try:
            async with asyncio.timeout(left_seconds):
                await stop(left_seconds)
        except Exception:  # noqa: BLE001  # LIF-2: the stages below must be stopped all the same
            _log.exception("stage_stop_failed", stage=stage.name)
            self._failed = True
