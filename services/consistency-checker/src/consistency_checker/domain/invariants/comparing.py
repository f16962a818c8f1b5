"""The comparison that every invariant is made of: two sides by key, and evidence where they differ."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from consistency_checker.domain.books import REGISTRY_UNITS
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

Key = tuple[str, ...]
K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

ABSENT: Final = "nothing"


def quantity_differences(
    expected: Mapping[Key, int],
    found: Mapping[Key, int],
    *,
    expected_in: str,
    found_in: str,
    keys_max: int | None = None,
) -> Iterator[Evidence]:
    """Compare two sums by key; a missing one is zero. An event is about it that mentions the first `keys_max` keys."""
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key, 0) != found.get(key, 0):
            yield evidence(
                key[:keys_max],
                f"{expected.get(key, 0)} in {expected_in}",
                f"{found.get(key, 0)} in {found_in}",
                subject=" ".join(key),
            )


def content_differences(
    expected: Mapping[K, V], found: Mapping[K, V], *, expected_in: str, found_in: str
) -> Iterator[Evidence]:
    """Compare two contents by key; a missing one differs from everything."""
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            yield evidence(
                key,
                f"{_shown(expected.get(key))} in {expected_in}",
                f"{_shown(found.get(key))} in {found_in}",
            )


def repeated(keys: Iterable[Key], *, found_in: str) -> Iterator[Evidence]:
    """Give evidence for every key that comes more than once."""
    counts = counted(keys)
    for key in sorted(counts):
        if counts[key] > 1:
            yield evidence(key, f"once in {found_in}", f"{counts[key]} times in {found_in}")


def summed(amounts: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    """Add amounts up by key; sums of zero are left out."""
    sums: defaultdict[Key, int] = defaultdict(int)
    for key, amount in amounts:
        sums[key] += amount
    return {key: amount for key, amount in sums.items() if amount}


def held_in_bucket(snapshot: Snapshot, bucket: str) -> dict[Key, int]:
    """Add up what the registry's accounts hold in a bucket, by account and product."""
    return summed(
        ((row.account_no, row.product), row.quantity_tco2e)
        for row in snapshot.rows(REGISTRY_UNITS.holdings)
        if row.bucket == bucket
    )


def counted(keys: Iterable[Key]) -> dict[Key, int]:
    """Count by key."""
    return summed((key, 1) for key in keys)


def evidence(key: Key, expected: str, found: str, *, subject: str = "") -> Evidence:
    """Make evidence about a key, which is also what an event must mention to be about it."""
    return Evidence(subject=subject or " ".join(key), expected=expected, found=found, keys=key)


def _shown(value: object) -> str:
    if value is None:
        return ABSENT
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
