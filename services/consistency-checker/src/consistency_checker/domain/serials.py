"""Runs of serial numbers, both ends included, as the contracts write them: "1-100,201-250"."""

from collections.abc import Iterable

from consistency_checker.domain.verdict import Uncheckable

Range = tuple[int, int]


def parse_ranges(text: str) -> list[Range]:
    """Read runs; Uncheckable for any other text."""
    ranges: list[Range] = []
    for part in text.split(",") if text else ():
        start, dash, end = part.strip().partition("-")
        if not (dash and start.isdecimal() and end.isdecimal()):
            raise Uncheckable(f"{part!r} is no run of serials")
        ranges.append((int(start), int(end)))
    return ranges


def quantity_of(ranges: Iterable[Range]) -> int:
    """Count the serials."""
    return sum(end - start + 1 for start, end in ranges)


def covered(ranges: Iterable[Range]) -> str:
    """Write the runs in canonical form: rising, neighbours joined, overlaps shown by a repeated serial."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start == merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return ",".join(f"{start}-{end}" for start, end in merged)
