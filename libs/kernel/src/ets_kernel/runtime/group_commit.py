"""Group commit of requests: small ones that come at the same time are carried out in one transaction.

GRP-1  Every request is answered once and for itself; its own request row is written with the others'.
GRP-2  Items are carried out in the order of the requests, and within a request in its own order.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from google.protobuf.message import Message

from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.batcher import Batcher
from ets_kernel.runtime.door import Door

TOGETHER_ITEMS_MAX: Final = 20
"""Requests with more items fill a transaction of their own."""
TOGETHER_REQUESTS_MAX: Final = 100
TOGETHER_DELAY_SECONDS: Final = 0.002

U = TypeVar("U")
R = TypeVar("R", bound=Message)
M = TypeVar("M", bound=Message)
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class GroupCommit(Generic[U, R, M, Item, Outcome]):
    """Carries out requests of one kind; `carry_out` gives an outcome per item, at its index."""

    def __init__(
        self,
        door: Door[U],
        *,
        items_of: Callable[[R], Sequence[Item]],
        carry_out: Callable[[Sequence[Item], U], Awaitable[Sequence[Outcome]]],
        answer: Callable[[Sequence[Outcome]], M],
    ) -> None:
        self._door = door
        self._items_of = items_of
        self._carry_out = carry_out
        self._answer = answer
        self._batcher: Batcher[R, M] = Batcher(self._handle, TOGETHER_REQUESTS_MAX, TOGETHER_DELAY_SECONDS)

    async def execute(self, request: R) -> M:
        """Carry out a request, with others that are waiting if it is small; raises its refusal."""
        items = self._items_of(request)
        if len(items) <= TOGETHER_ITEMS_MAX:
            return await self._batcher.submit(request)

        async def alone(uow: U) -> M:
            return self._answer(await self._carry_out(items, uow))

        return await self._door.execute(request, alone)

    async def _handle(self, requests: Sequence[R]) -> Sequence[M | EtsError]:
        return await self._door.execute_many(requests, self._together)

    async def _together(self, uow: U, requests: Sequence[R]) -> Sequence[M | EtsError]:
        items = [self._items_of(request) for request in requests]
        outcomes = await self._carry_out([item for part in items for item in part], uow)
        answers: list[M | EtsError] = []
        start = 0
        for part in items:
            answers.append(self._answer(outcomes[start : start + len(part)]))
            start += len(part)
        return answers
