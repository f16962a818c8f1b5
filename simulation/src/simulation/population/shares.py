"""Whole-number sharing: parts that sum exactly to the whole, without floats."""

from __future__ import annotations

from collections.abc import Sequence

from ets_kernel.domain.ensure import ensure


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Share a total by weights: parts sum to the total and follow the running weights, rounded down."""
    whole = sum(weights)
    ensure(whole > 0, "Weights have a sum above zero")
    parts = []
    seen = given = 0
    for weight in weights:
        seen += weight
        upto = total * seen // whole
        parts.append(upto - given)
        given = upto
    return parts


def fill(total: int, weights: Sequence[int], bounds: Sequence[int], *, least: int = 1) -> list[int]:
    """Share a total by weights with a bound for each part, and at least `least` for each.

    What a bound cuts off goes to the parts that still have room, by weight again.
    """
    parts = [least] * len(bounds)
    left = total - least * len(bounds)
    ensure(left >= 0, "The total is enough for the least parts")
    ensure(sum(bounds) >= total and min(bounds) >= least, "The bounds have room for the total")
    while left:
        room = [index for index, part in enumerate(parts) if part < bounds[index]]
        shares = spread(left, [weights[index] for index in room])
        if not any(shares):
            shares = [1] * left + [0] * (len(room) - left)
        for index, share in zip(room, shares, strict=True):
            taken = min(share, bounds[index] - parts[index])
            parts[index] += taken
            left -= taken
    return parts


def rounded(numerator: int, denominator: int) -> int:
    """Divide and round half-up to a whole number; both are positive."""
    return (2 * numerator + denominator) // (2 * denominator)
