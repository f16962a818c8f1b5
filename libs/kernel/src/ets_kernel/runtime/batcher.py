"""Group commit: single calls that come at the same time are carried out together.

BAT-1  Items are handled in the order in which they were submitted, one batch at a time.
BAT-2  One item's failure is that item's own: a batch that breaks as a whole is carried out again item by
       item.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime import retries

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Batcher(Generic[Item, Outcome]):
    """Collects items for `delay_max_seconds` or until there are `size_max`, and handles them as one."""

    def __init__(
        self,
        handler: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome | EtsError]]],
        size_max: int,
        delay_max_seconds: float,
    ) -> None:
        self._handler = handler
        self._size_max = size_max
        self._delay_max_seconds = delay_max_seconds
        self._waiting: deque[tuple[Item, asyncio.Future[Outcome]]] = deque()
        self._is_full = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Outcome:
        """Carry out one item and give its outcome; raises its refusal.

        A caller that is cancelled does not take the item back once its batch has begun.
        """
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._waiting) >= self._size_max:
            self._is_full.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._fill()
                batch = [self._waiting.popleft() for _ in range(min(self._size_max, len(self._waiting)))]
                batch = [(item, future) for item, future in batch if not future.done()]
                if len(self._waiting) < self._size_max:
                    self._is_full.clear()
                if batch:
                    await self._handle(batch)
        finally:
            self._task = None

    async def _fill(self) -> None:
        try:
            async with asyncio.timeout(self._delay_max_seconds):
                await self._is_full.wait()
        except TimeoutError:
            return

    async def _handle(self, batch: Sequence[tuple[Item, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await self._handler([item for item, _ in batch])
            ensure(len(outcomes) == len(batch), "a batch has one outcome per item")
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers are waiting for it
            if len(batch) > 1 and not retries.is_retriable(error):
                for single in batch:
                    await self._handle([single])
                return
            for _, future in batch:
                _fail(future, error)
        else:
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                if isinstance(outcome, EtsError):
                    _fail(future, outcome)
                elif not future.done():
                    future.set_result(outcome)


def _fail(future: asyncio.Future[Outcome], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
