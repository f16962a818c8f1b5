import re

import pytest
from simulation.window.charts import Series, bars_and_line, line, nice_ceiling, shares, short, stacked_bars


@pytest.mark.parametrize(
    ("value", "ceiling"),
    [
        (0, 5),
        (5, 5),
        (6, 10),
        (10, 10),
        (11, 20),
        (21, 25),
        (26, 50),
        (51, 100),
        (999_999, 1_000_000),
    ],
)
def test_the_top_of_an_axis_is_a_round_number(value, ceiling):
    assert nice_ceiling(value) == ceiling


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1_000, "1k"), (1_250, "1.2k"), (2_500_000, "2.5M"), (3_000_000_000, "3G")],
)
def test_ticks_are_short(value, text):
    assert short(value) == text


def heights(svg: str, style: str) -> list[str]:
    return re.findall(rf'<rect class="{style}"[^>]* height="([^"]*)"', svg)


def test_bars_stand_on_top_of_each_other():
    svg = stacked_bars(
        ["01", "02"],
        [Series(name="low", style="a", values=[4, 0]), Series(name="high", style="b", values=[6, 10])],
        "Bars",
    )
    assert heights(svg, "a") == ["84.8", "0.0"]
    assert heights(svg, "b") == ["127.2", "212.0"]
    assert 'y="14.0"' in svg


def test_a_chart_without_days_is_empty_and_whole():
    assert stacked_bars([], [], "None").endswith("</svg>")
    assert line([], Series(name="x", style="a", values=[]), "None").endswith("</svg>")


def test_names_are_escaped():
    svg = stacked_bars(["<b>"], [Series(name="a&b", style="a", values=[1])], "<title>")
    assert "<b>" not in svg
    assert "a&amp;b" in svg


def test_a_level_is_marked_across_the_line():
    svg = line(["01"], Series(name="x", style="a", values=[10]), "Line", mark=20, mark_name="95 %")
    assert 'class="mark"' in svg
    assert "95 %" in svg


def test_days_without_a_price_leave_a_gap_in_the_line():
    svg = bars_and_line(
        ["01", "02", "03"],
        [Series(name="t", style="a", values=[1, 1, 1])],
        Series(name="close", style="c", values=[4_265, 0, 4_300]),
        "Market",
    )
    points = re.findall(r'points="([^"]*)"', svg)[0].split()
    assert len(points) == 2


def test_a_share_is_told_in_tenths_of_a_percent_and_marked():
    svg = shares([("山东", 305, 320), ("空", 0, 0)], "Shares", mark_percent=95)
    assert "305 of 320, 95.3 %" in svg
    assert "0 of 0, 0.0 %" in svg
    assert svg.count('class="mark"') == 1
