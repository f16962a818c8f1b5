"""One examination per request id, however often the request comes while it is under way."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from consistency_checker.domain.reconciliation import Examination

KEPT_MAX: Final = 8


class Examinations:
    """Examinations under way and the last few done, by request id.

    A caller whose deadline ends before the examination does finds it again when it asks again.
    """

    def __init__(self, examine: Callable[[], Awaitable[Examination]]) -> None:
        self._examine = examine
        self._tasks: OrderedDict[str, asyncio.Task[Examination]] = OrderedDict()

    async def of(self, request_id: str) -> Examination:
        """Give the examination of a request, begun now unless it was before."""
        task = self._tasks.get(request_id)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self._run())
            self._tasks[request_id] = task
            while len(self._tasks) > KEPT_MAX:
                self._tasks.popitem(last=False)
        return await asyncio.shield(task)

    async def _run(self) -> Examination:
        return await self._examine()
