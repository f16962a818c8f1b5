"""Group commit: single calls together, each with its own outcome."""

import asyncio

import pytest
from ets_kernel.domain.errors import DatabaseUnavailable, Refused
from ets_kernel.runtime.batcher import Batcher


class Recorder:
    def __init__(self):
        self.batches = []

    async def handle(self, items):
        self.batches.append(list(items))
        if "poison" in items:
            raise ZeroDivisionError("a bug")
        if "away" in items:
            raise DatabaseUnavailable("not now")
        return [Refused("no") if item == "refused" else f"did {item}" for item in items]


@pytest.fixture
def recorder():
    return Recorder()


async def test_items_that_come_together_are_handled_together_in_order(recorder):
    batcher = Batcher(recorder.handle, 10, 0.01)
    outcomes = await asyncio.gather(*(batcher.submit(f"{number}") for number in range(5)))
    assert outcomes == [f"did {number}" for number in range(5)]
    assert recorder.batches == [["0", "1", "2", "3", "4"]]


async def test_a_full_batch_does_not_wait(recorder):
    batcher = Batcher(recorder.handle, 3, 3600)
    async with asyncio.timeout(10):
        await asyncio.gather(*(batcher.submit(f"{number}") for number in range(6)))
    assert recorder.batches == [["0", "1", "2"], ["3", "4", "5"]]


async def test_a_lone_item_waits_no_longer_than_the_bound(recorder):
    async with asyncio.timeout(10):
        assert await Batcher(recorder.handle, 100, 0.001).submit("alone") == "did alone"


async def test_a_refusal_is_its_own_items_only(recorder):
    batcher = Batcher(recorder.handle, 3, 0.01)
    outcomes = await asyncio.gather(
        *(batcher.submit(item) for item in ("a", "refused", "b")), return_exceptions=True
    )
    assert outcomes[0] == "did a"
    assert isinstance(outcomes[1], Refused)
    assert outcomes[2] == "did b"


async def test_a_batch_that_breaks_is_carried_out_item_by_item(recorder):
    batcher = Batcher(recorder.handle, 3, 0.01)
    outcomes = await asyncio.gather(
        *(batcher.submit(item) for item in ("a", "poison", "b")), return_exceptions=True
    )
    assert (outcomes[0], outcomes[2]) == ("did a", "did b")
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert recorder.batches[1:] == [["a"], ["poison"], ["b"]]


async def test_a_database_that_is_away_is_told_to_everybody_at_once(recorder):
    batcher = Batcher(recorder.handle, 3, 0.01)
    outcomes = await asyncio.gather(
        *(batcher.submit(item) for item in ("a", "away", "b")), return_exceptions=True
    )
    assert all(isinstance(outcome, DatabaseUnavailable) for outcome in outcomes)
    assert len(recorder.batches) == 1


async def test_an_item_whose_caller_left_before_its_batch_is_not_handled(recorder):
    batcher = Batcher(recorder.handle, 3, 0.05)
    leaving = asyncio.create_task(batcher.submit("leaving"))
    staying = asyncio.create_task(batcher.submit("staying"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "did staying"
    assert recorder.batches == [["staying"]]


async def test_items_that_come_during_a_batch_are_the_next_one():
    handled = []
    first_begun, first_may_end = asyncio.Event(), asyncio.Event()

    async def handle(items):
        handled.append(list(items))
        if len(handled) == 1:
            first_begun.set()
            await first_may_end.wait()
        return items

    batcher = Batcher(handle, 10, 0.001)
    first = asyncio.create_task(batcher.submit("a"))
    await first_begun.wait()
    others = [asyncio.create_task(batcher.submit(item)) for item in ("b", "c")]
    await asyncio.sleep(0)
    first_may_end.set()
    assert await asyncio.gather(first, *others) == ["a", "b", "c"]
    assert handled == [["a"], ["b", "c"]]
