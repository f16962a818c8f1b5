"""Sending many items: batches of a bounded size, each with its own request id, each item's outcome looked at."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

from ets.common.v1.error_pb2 import ItemResult

ITEMS_MAX: Final = 500

Item = TypeVar("Item")
Request = TypeVar("Request")


class Answer(Protocol):
    """A batch's answer."""

    @property
    def results(self) -> Sequence[ItemResult]:
        """One per item."""


class UnexpectedRefusal(Exception):
    """An item that the plan counts on was refused; the text has request, item and reason."""


class MissingRefusal(Exception):
    """An item that the platform must refuse was accepted, or refused for another reason."""


async def send(
    call: Callable[[Request], Awaitable[Answer]],
    make: Callable[[str, Sequence[Item]], Request],
    items: Sequence[Item],
    request_id: str,
) -> list[str]:
    """Send all items in order and return their references; raises UnexpectedRefusal."""
    references: list[str] = []
    for start in range(0, len(items), ITEMS_MAX):
        batch = items[start : start + ITEMS_MAX]
        part = f"{request_id}-{start // ITEMS_MAX}"
        answer = await call(make(part, batch))
        for result in answer.results:
            if result.HasField("error"):
                raise UnexpectedRefusal(
                    f"{part}: item {batch[result.index]} was refused: "
                    f"{result.error.reason}: {result.error.message} {dict(result.error.metadata)}"
                )
            references.append(result.reference)
    return references


async def send_refused(
    call: Callable[[Request], Awaitable[Answer]],
    make: Callable[[str, Sequence[Item]], Request],
    items: Sequence[tuple[Item, str]],
    request_id: str,
) -> None:
    """Send items that must be refused, each with its own reason; raises MissingRefusal."""
    if not items:
        return
    answer = await call(make(request_id, [item for item, _reason in items]))
    for result, (item, reason) in zip(answer.results, items, strict=True):
        if result.error.reason != reason:
            raise MissingRefusal(f"{request_id}: {item} had to be refused with {reason}, got {result}")
