"""The one door for writes: request row, state, journal and outbox in one transaction, or nothing.

DOR-1  A use case runs once per request id; whoever asks again gets the first answer.
DOR-2  A transaction that the database broke off (lost connection, deadlock, serialization) is run again from
       its start, a bounded number of times. That is safe even when the commit itself was lost: the request
       row tells.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar, cast

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime import metrics, requests, retries
from ets_kernel.runtime.db import Database, Transaction

U = TypeVar("U")
M = TypeVar("M", bound=Message)
R = TypeVar("R", bound=Message)
T = TypeVar("T")


class Door(Generic[U]):
    """Carries out the use cases of one service."""

    def __init__(self, database: Database, unit_of_work: Callable[[Transaction], U]) -> None:
        self._database = database
        self._unit_of_work = unit_of_work

    async def execute(self, request: Message, use_case: Callable[[U], Awaitable[M]]) -> M:
        """Carry out a request once and give its answer.

        Raises what the use case refuses with, REQUEST_ID_REUSED, or DATABASE_UNAVAILABLE.
        """
        async for attempt in retries.attempts():
            with attempt:
                return await self._execute_once(request, use_case)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _execute_once(self, request: Message, use_case: Callable[[U], Awaitable[M]]) -> M:
        request_id = requests.request_id_of(request)
        async with self._database.begin() as transaction:
            claimed = await requests.claim(transaction.connection, [request])
            if claimed.reused:
                raise claimed.reused[request_id]
            if not claimed.fresh:
                metrics.REQUESTS_REPEATED.inc()
                return cast("M", claimed.answers[request_id])
            answer = await use_case(self._unit_of_work(transaction))
            await requests.store(transaction.connection, request.DESCRIPTOR.full_name, {request_id: answer})
            return answer

    async def execute_many(
        self, batch: Sequence[R], use_case: Callable[[U, Sequence[R]], Awaitable[Sequence[M | EtsError]]]
    ) -> list[M | EtsError]:
        """Carry out several requests of one type in one transaction; outcomes are in the order of the batch.

        `use_case` is given those that were not answered before, in order, and returns an answer or a refusal
        for each. A refused one leaves nothing behind. An id used for another body is REQUEST_ID_REUSED for
        that one.
        """
        if not batch:
            return []
        async for attempt in retries.attempts():
            with attempt:
                return await self._execute_many_once(batch, use_case)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _execute_many_once(
        self, batch: Sequence[R], use_case: Callable[[U, Sequence[R]], Awaitable[Sequence[M | EtsError]]]
    ) -> list[M | EtsError]:
        firsts: dict[str, R] = {}
        for request in batch:
            firsts.setdefault(requests.request_id_of(request), request)
        async with self._database.begin() as transaction:
            claimed = await requests.claim(transaction.connection, list(firsts.values()))
            outcomes: dict[str, M | EtsError] = {
                request_id: cast("M", answer) for request_id, answer in claimed.answers.items()
            }
            outcomes |= claimed.reused
            fresh = [request for request_id, request in firsts.items() if request_id in claimed.fresh]
            metrics.REQUESTS_REPEATED.inc(len(batch) - len(fresh))
            if fresh:
                decided = await use_case(self._unit_of_work(transaction), fresh)
                ensure(len(decided) == len(fresh), "a batch has one outcome per request")
                outcomes |= zip(map(requests.request_id_of, fresh), decided, strict=True)
                await _settle(transaction, fresh, decided)
        return [_outcome(request, firsts, outcomes) for request in batch]

    async def read(self, query: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run a query as of one moment."""
        async for attempt in retries.attempts():
            with attempt:
                async with self._database.snapshot() as connection:
                    return await query(connection)
        raise AssertionError("unreachable: the last attempt returns or raises")


async def _settle(transaction: Transaction, fresh: Sequence[R], decided: Sequence[M | EtsError]) -> None:
    method = fresh[0].DESCRIPTOR.full_name
    answers: dict[str, Message] = {}
    refused: list[str] = []
    for request, outcome in zip(fresh, decided, strict=True):
        request_id = requests.request_id_of(request)
        if isinstance(outcome, EtsError):
            refused.append(request_id)
        else:
            answers[request_id] = outcome
    if answers:
        await requests.store(transaction.connection, method, answers)
    if refused:
        await requests.release(transaction.connection, method, refused)


def _outcome(request: R, firsts: dict[str, R], outcomes: dict[str, M | EtsError]) -> M | EtsError:
    request_id = requests.request_id_of(request)
    if requests.body_hash(request) != requests.body_hash(firsts[request_id]):
        return requests.reused(request_id)
    return outcomes[request_id]
