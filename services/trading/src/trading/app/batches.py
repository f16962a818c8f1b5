"""How every batch is decided: item by item in the order of the request, a refused one changing nothing."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ets_kernel.domain.errors import EtsError

from trading.app.ports import Outcome

Item = TypeVar("Item")


def decide_each(items: Sequence[Item], decide: Callable[[Item], str]) -> list[Outcome]:
    """Decide every item and give its number or its refusal, at the item's position.

    `decide` raises its refusal before it changes anything.
    """
    outcomes: list[Outcome] = []
    for item in items:
        try:
            outcomes.append(decide(item))
        except EtsError as refusal:
            outcomes.append(refusal)
    return outcomes
