from decimal import Decimal
from fractions import Fraction

import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import DecimalInvalid
from ets_kernel.domain.quantities import (
    INT64_MAX,
    floor_tonnes,
    parse_decimal,
    percent_floor,
    price_bound,
    round_half_up,
    vwap_close,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("0.5", 0, "1"),
        ("1.5", 0, "2"),
        ("2.5", 0, "3"),
        ("2.4999999999", 0, "2"),
        ("-2.5", 0, "-3"),
        ("1.005", 2, "1.01"),
        ("0.0000005", 6, "0.000001"),
        ("9223372036854775807.5", 0, "9223372036854775808"),
        ("123456789012345678901234567890.5", 0, "123456789012345678901234567891"),
    ],
)
def test_a_tie_is_rounded_away_from_zero(value, places, rounded):
    assert str(round_half_up(Decimal(value), places)) == rounded


@pytest.mark.parametrize(("value", "tonnes"), [("7.999999", 7), ("8", 8), ("0.9", 0), ("-0.1", -1)])
def test_tonnes_are_rounded_down(value, tonnes):
    assert floor_tonnes(Decimal(value)) == tonnes


@pytest.mark.parametrize(
    ("close_fen", "percent", "lower", "upper"),
    [
        (4316, 30, 3021, 5611),  # 3021.2 and 5610.8
        (4265, 10, 3839, 4692),  # 3838.5 and 4691.5: ties go up
        (4800, 10, 4320, 5280),
        (5, 10, 5, 6),  # 4.5 and 5.5
        (1, 30, 1, 1),
        (4265, 0, 4265, 4265),
    ],
)
def test_bound_of_a_limit_is_rounded_half_up(close_fen, percent, lower, upper):
    assert price_bound(close_fen, percent, upper=False) == lower
    assert price_bound(close_fen, percent, upper=True) == upper


@given(st.integers(1, INT64_MAX), st.integers(0, 100), st.booleans())
def test_bound_is_within_half_a_fen_of_the_exact_one(close_fen, percent, upper):
    exact = Fraction(close_fen * (100 + percent if upper else 100 - percent), 100)
    assert Fraction(-1, 2) < price_bound(close_fen, percent, upper=upper) - exact <= Fraction(1, 2)


@pytest.mark.parametrize(("close_fen", "percent"), [(0, 10), (-1, 10), (100, -1), (100, 101)])
def test_limit_without_sense_is_our_own_mistake(close_fen, percent):
    with pytest.raises(BrokenClaim):
        price_bound(close_fen, percent, upper=True)


@pytest.mark.parametrize(
    ("quantity", "most"),
    [(0, 0), (19, 0), (20, 1), (39, 1), (40, 2), (1_000_019, 50_000), (1_000_020, 50_001)],
)
def test_five_percent_is_rounded_down(quantity, most):
    assert percent_floor(quantity, 5) == most


@given(st.integers(0, INT64_MAX), st.integers(0, 100))
def test_share_is_the_most_that_does_not_go_above_the_percentage(quantity, percent):
    share = percent_floor(quantity, percent)
    assert share * 100 <= quantity * percent < (share + 1) * 100


def test_share_of_a_negative_quantity_is_our_own_mistake():
    with pytest.raises(BrokenClaim):
        percent_floor(-1, 5)


@pytest.mark.parametrize(
    ("turnover_fen", "volume_tco2e", "close_fen"),
    [(766_123_002_299, 178_789_350, 4285), (9, 2, 5), (11, 2, 6), (10, 3, 3), (0, 1, 0)],
)
def test_average_price_is_rounded_half_up(turnover_fen, volume_tco2e, close_fen):
    assert vwap_close(turnover_fen, volume_tco2e) == close_fen


def test_average_price_without_volume_is_our_own_mistake():
    with pytest.raises(BrokenClaim):
        vwap_close(100, 0)


@pytest.mark.parametrize("text", ["0", "-1", "12.50", "0.000001", "999999999999999999.123456789012"])
def test_plain_decimal_is_taken_exactly(text):
    assert str(parse_decimal(text, "load_factor")) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1.",
        ".5",
        "+1",
        "1e3",
        "NaN",
        "Infinity",
        "1,000",
        "１",
        "1_000",
        "1\n",
        "1" * 19,
        "0." + "1" * 13,
    ],
)
def test_any_other_text_is_refused_with_what_is_allowed(text):
    with pytest.raises(DecimalInvalid) as caught:
        parse_decimal(text, "load_factor")
    assert caught.value.metadata == {
        "field": "load_factor",
        "value": text,
        "allowed": "up to 18 digits, and a point with up to 12 more",
    }
