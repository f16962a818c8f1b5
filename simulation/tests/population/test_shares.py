"""Shares are whole and exact."""

import pytest
from ets_kernel.domain.ensure import BrokenClaim
from hypothesis import given
from hypothesis import strategies as st
from simulation.population.shares import fill, rounded, spread


@given(st.integers(0, 10**10), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_spread_parts_sum_to_the_total(total, weights):
    parts = spread(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert min(parts) >= 0


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(1, 10**6)), min_size=1, max_size=50), st.data())
def test_fill_keeps_bounds_and_the_total(pairs, data):
    weights, bounds = zip(*pairs, strict=True)
    total = data.draw(st.integers(len(bounds), sum(bounds)))
    parts = fill(total, weights, bounds)
    assert sum(parts) == total
    assert all(1 <= part <= bound for part, bound in zip(parts, bounds, strict=True))


def test_fill_without_room_is_a_broken_claim():
    with pytest.raises(BrokenClaim):
        fill(11, [1, 1], [5, 5])


def test_rounding_takes_a_tie_up():
    assert [rounded(1, 2), rounded(3, 2), rounded(14, 10), rounded(15, 10)] == [1, 2, 1, 2]
