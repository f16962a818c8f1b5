"""Runs of serial numbers: both ends counted, neighbours joined, overlaps shown."""

import pytest
from consistency_checker.domain.serials import covered, parse_ranges, quantity_of
from consistency_checker.domain.verdict import Uncheckable


@pytest.mark.parametrize(
    ("text", "ranges", "quantity"),
    [
        ("", [], 0),
        ("7-7", [(7, 7)], 1),
        ("1-100,201-250", [(1, 100), (201, 250)], 150),
        ("201-250, 1-100", [(201, 250), (1, 100)], 150),
    ],
)
def test_runs_are_read_with_both_their_ends(text, ranges, quantity):
    assert parse_ranges(text) == ranges
    assert quantity_of(ranges) == quantity


@pytest.mark.parametrize("text", ["1", "1-", "-1", "a-b", "1-2,", "1–2", "-1-2"])
def test_any_other_text_is_uncheckable(text):
    with pytest.raises(Uncheckable):
        parse_ranges(text)


@pytest.mark.parametrize(
    ("ranges", "text"),
    [
        ([], ""),
        ([(11, 20), (1, 10)], "1-20"),
        ([(1, 10), (12, 20)], "1-10,12-20"),
        ([(1, 10), (10, 20)], "1-10,10-20"),
    ],
)
def test_the_canonical_form_joins_neighbours_and_shows_holes_and_overlaps(ranges, text):
    assert covered(ranges) == text
