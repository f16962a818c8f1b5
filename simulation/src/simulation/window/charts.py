"""Charts as SVG text: bars, lines and rows of bars, with axes that a reader can read. No script, nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from html import escape
from typing import Final

WIDTH: Final = 760
HEIGHT: Final = 260
LEFT: Final = 66
RIGHT: Final = 60
TOP: Final = 14
BOTTOM: Final = 34
TICKS: Final = 5
LABELS_MAX: Final = 9
ROW_HEIGHT: Final = 22
NAME_WIDTH: Final = 96
VALUE_WIDTH: Final = 150
HUNDRED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One run of values; `style` is a CSS class of the page."""

    name: str
    style: str
    values: Sequence[int]


def nice_ceiling(value: int) -> int:
    """Round up to 1, 2, 2.5 or 5 times a power of ten, so that ticks are round numbers; at least TICKS."""
    if value <= TICKS:
        return TICKS
    power = 10 ** (len(str(value)) - 1)
    for factor in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10)):
        candidate = int((factor * Decimal(power)).to_integral_value(ROUND_CEILING))
        if candidate >= value:
            return candidate
    return int(10 * power)


def short(value: int) -> str:
    """Write a number with k, M or G and at most one decimal."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            tenths = value * 10 // size
            return f"{tenths // 10}.{tenths % 10}{letter}" if tenths % 10 else f"{tenths // 10}{letter}"
    return str(value)


def stacked_bars(labels: Sequence[str], series: Sequence[Series], title: str) -> str:
    """Draw one bar per label, its series on top of each other."""
    totals = [sum(one.values[n] for one in series) for n in range(len(labels))]
    top = nice_ceiling(max(totals, default=0))
    parts = [*_frame(title), *_axis(top), *_labels(labels)]
    step = _inner_width() / Decimal(max(len(labels), 1))
    for n in range(len(labels)):
        base = 0
        for one in series:
            height = _scale(one.values[n], top)
            base += one.values[n]
            parts.append(
                f'<rect class="{one.style}" x="{_text(LEFT + step * n + step / 8)}" '
                f'y="{_text(_bottom() - _scale(base, top))}" width="{_text(step * 3 / 4)}" '
                f'height="{_text(height)}"><title>{escape(labels[n])} {escape(one.name)}: {one.values[n]:,}'
                "</title></rect>"
            )
    return "".join([*parts, "</svg>"])


def line(
    labels: Sequence[str], series: Series, title: str, *, mark: int | None = None, mark_name: str = ""
) -> str:
    """Draw a line; `mark` draws a dashed level across."""
    top = nice_ceiling(max([*series.values, mark or 0], default=0))
    parts = [*_frame(title), *_axis(top), *_labels(labels), _polyline(series, top)]
    if mark is not None:
        y = _text(_bottom() - _scale(mark, top))
        parts.append(f'<line class="mark" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(
            f'<text class="mark-name" x="{WIDTH - RIGHT - 4}" y="{y}" dy="-5">{escape(mark_name)}</text>'
        )
    return "".join([*parts, "</svg>"])


def bars_and_line(labels: Sequence[str], bars: Sequence[Series], over: Series, title: str) -> str:
    """Draw stacked bars on the left axis and a line on an axis of its own at the right."""
    known = [value for value in over.values if value]
    top = nice_ceiling(max(known, default=0))
    body = stacked_bars(labels, bars, title).removesuffix("</svg>")
    ticks = [
        f'<text class="tick right" x="{WIDTH - RIGHT + 6}" y="{_text(_bottom() - _scale(level, top))}" dy="4">'
        f"{Decimal(level) / HUNDRED:.0f}</text>"
        for level in (top * n // TICKS for n in range(TICKS + 1))
    ]
    return "".join([body, _polyline(over, top), *ticks, "</svg>"])


def shares(rows: Sequence[tuple[str, int, int]], title: str, *, mark_percent: int) -> str:
    """Draw one row per name with its part of a whole, and a dashed line at a percentage."""
    inner = WIDTH - NAME_WIDTH - VALUE_WIDTH
    height = ROW_HEIGHT * len(rows) + TOP + 8
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
    ]
    for n, (name, part, whole) in enumerate(rows):
        y = TOP + ROW_HEIGHT * n
        width = _text(Decimal(inner) * part / max(whole, 1))
        permille = 1000 * part // max(whole, 1)
        parts.append(f'<text class="name" x="{NAME_WIDTH - 8}" y="{y + 13}">{escape(name)}</text>')
        parts.append(
            f'<rect class="ground" x="{NAME_WIDTH}" y="{y}" width="{inner}" height="{ROW_HEIGHT - 6}"/>'
        )
        parts.append(f'<rect class="a" x="{NAME_WIDTH}" y="{y}" width="{width}" height="{ROW_HEIGHT - 6}"/>')
        parts.append(
            f'<text class="value" x="{NAME_WIDTH + inner + 8}" y="{y + 13}">{part} of {whole}, '
            f"{permille // 10}.{permille % 10} %</text>"
        )
    x = _text(NAME_WIDTH + Decimal(inner) * mark_percent / HUNDRED)
    parts.append(f'<line class="mark" x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{height - 8}"/>')
    return "".join([*parts, "</svg>"])


def _inner_width() -> Decimal:
    return Decimal(WIDTH - LEFT - RIGHT)


def _bottom() -> Decimal:
    return Decimal(HEIGHT - BOTTOM)


def _scale(value: int, top: int) -> Decimal:
    return (_bottom() - TOP) * value / top


def _text(value: Decimal | int) -> str:
    return f"{Decimal(value):.1f}"


def _frame(title: str) -> list[str]:
    return [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
    ]


def _axis(top: int) -> list[str]:
    parts = []
    for n in range(TICKS + 1):
        level = top * n // TICKS
        y = _text(_bottom() - _scale(level, top))
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{y}" dy="4">{short(level)}</text>')
    return parts


def _labels(labels: Sequence[str]) -> list[str]:
    step = _inner_width() / Decimal(max(len(labels), 1))
    every = max(1, -(-len(labels) // LABELS_MAX))
    return [
        f'<text class="label" x="{_text(LEFT + step * n + step / 2)}" y="{HEIGHT - BOTTOM + 18}">{escape(name)}</text>'
        for n, name in enumerate(labels)
        if n % every == 0
    ]


def _polyline(series: Series, top: int) -> str:
    step = _inner_width() / Decimal(max(len(series.values), 1))
    points = " ".join(
        f"{_text(LEFT + step * n + step / 2)},{_text(_bottom() - _scale(value, top))}"
        for n, value in enumerate(series.values)
        if value
    )
    return (
        f'<polyline class="{series.style}" points="{points}"><title>{escape(series.name)}</title></polyline>'
    )
