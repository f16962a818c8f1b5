"""The collector looks seldom, not through what stays, and still finds cycles."""

import gc
import weakref

import pytest
from ets_kernel.runtime.collector import YOUNG_MAX, tune_collector

BATCH_VALUES = 20_000


@pytest.fixture(autouse=True)
def own_collector():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def collections():
    return sum(generation["collections"] for generation in gc.get_stats())


class Cycle:
    def __init__(self):
        self.itself = self


def test_a_batch_is_worked_through_without_a_look():
    tune_collector()
    before = collections()
    values = [[number] for number in range(BATCH_VALUES)]
    assert (len(values), collections()) == (BATCH_VALUES, before)


def test_what_was_there_at_the_start_is_never_looked_through():
    tune_collector()
    assert len(gc.get_objects()) < gc.get_freeze_count() / 100


def test_cycles_are_found_all_the_same():
    tune_collector()
    first = weakref.ref(Cycle())
    assert first() is not None
    for _ in range(2 * YOUNG_MAX):
        Cycle()
    assert first() is None
