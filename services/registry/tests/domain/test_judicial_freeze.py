"""REG-33: what a freeze gives, at its edges."""

from datetime import UTC, datetime

import pytest
from ets_ledger.domain.values import SerialRange
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.change_errors import FreezeExceeded
from registry.domain.judicial_freeze import JudicialFreeze, units_of, without


def freeze(*blocks):
    ranges = tuple(SerialRange(*block) for block in blocks)
    return JudicialFreeze(
        freeze_no="CR-000001/1",
        registration_no="CR-000001",
        account_no="R-E-A",
        product="CEA-2019-2020",
        frozen_tco2e=100,
        blocks=ranges,
        frozen_time=datetime(2021, 11, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("quantity", "serials", "expected"),
    [
        (0, None, ((1, 10), (21, 30))),
        (20, None, ((1, 10), (21, 30))),
        (11, None, ((1, 10), (21, 21))),
        (10, None, ((1, 10),)),
        (3, None, ((1, 3),)),
        (0, (21, 30), ((21, 30),)),
        (0, (5, 6), ((5, 6),)),
    ],
)
def test_units_are_the_block_named_the_lowest_or_all(quantity, serials, expected):
    named = SerialRange(*serials) if serials else None
    assert units_of(freeze((1, 10), (21, 30)), quantity, named) == expected


@pytest.mark.parametrize(("quantity", "serials"), [(21, None), (0, (10, 11)), (0, (11, 20)), (0, (5, 25))])
def test_what_a_freeze_does_not_hold_it_does_not_give(quantity, serials):
    with pytest.raises(FreezeExceeded) as refused:
        units_of(freeze((1, 10), (21, 30)), quantity, SerialRange(*serials) if serials else None)
    assert refused.value.metadata["held_tco2e"] == "20"


def test_a_freeze_that_has_ended_gives_nothing():
    with pytest.raises(FreezeExceeded):
        units_of(freeze(), 0, None)


@given(
    wanted=st.lists(st.tuples(st.booleans(), st.integers(1, 40), st.integers(0, 40)), min_size=1, max_size=8)
)
def test_what_leaves_and_what_stays_are_always_the_whole(wanted):
    left = freeze((1, 10), (21, 30), (41, 50))
    gone: set[int] = set()
    for is_block, start, extent in wanted:
        try:
            named = SerialRange(start, start + extent) if is_block else None
            units = units_of(left, 0 if is_block else start, named)
        except FreezeExceeded:
            continue
        left = without(left, units)
        given_now = {serial for unit in units for serial in range(unit.start, unit.end + 1)}
        assert not given_now & gone
        gone |= given_now
    stays = {serial for block in left.blocks for serial in range(block.start, block.end + 1)}
    assert not stays & gone
    assert stays | gone == {*range(1, 11), *range(21, 31), *range(41, 51)}
    assert left.held_tco2e == 30 - len(gone)
