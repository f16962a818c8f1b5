"""Who owns which serials, in memory, for the positions of one batch.

The book may know only the lowest blocks of a position: enough for every transfer of the batch (see needs.py).
What it does not know stays where it is.
"""

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence

from ets_ledger.domain.values import Position, SerialBlock, SerialRange, merged_blocks


class BlockBook:
    """Serial blocks by position; every change can be taken back to a mark."""

    def __init__(self, blocks: Mapping[Position, Sequence[SerialBlock]]) -> None:
        self._blocks: dict[Position, list[SerialBlock]] = {at: sorted(held) for at, held in blocks.items()}
        self._touched: dict[Position, None] = {}
        self._before: dict[Position, list[SerialBlock]] | None = None

    def mark(self) -> None:
        """Remember this state for `take_back`."""
        self._before = {}

    def keep(self) -> None:
        """Drop the mark: what was done since stays."""
        self._before = None

    def take_back(self) -> None:
        """Return to the marked state."""
        for position, held in (self._before or {}).items():
            self._blocks[position] = held
        self._before = None

    def take_lowest(self, position: Position, quantity: int) -> list[SerialBlock]:
        """Remove the lowest serials; the last block taken is split at its edge."""
        held = self._open(position)
        taken: list[SerialBlock] = []
        missing = quantity
        while missing:
            start, end, origin = held[0]
            if end - start < missing:
                taken.append(held.pop(0))
                missing -= end - start + 1
                continue
            edge = start + missing
            taken.append(SerialBlock(start, edge - 1, origin))
            held[0] = SerialBlock(edge, end, origin)
            missing = 0
        return taken

    def missing(self, position: Position, serials: Iterable[SerialRange]) -> list[SerialRange]:
        """Return those of the serials that the position does not own, in their order."""
        missing: list[SerialRange] = []
        for first, end in serials:
            start = first
            # Blocks of one position do not overlap, so rising starts are rising ends.
            for block in sorted(self._blocks.get(position, ())):
                if block.end < start:
                    continue
                if end < block.start:
                    break
                if start < block.start:
                    missing.append(SerialRange(start, block.start - 1))
                start = block.end + 1
            if start <= end:
                missing.append(SerialRange(start, end))
        return missing

    def take_exactly(self, position: Position, serials: Iterable[SerialRange]) -> list[SerialBlock]:
        """Remove these serials, which the position holds."""
        held = self._open(position)
        taken: list[SerialBlock] = []
        for start, end in serials:
            kept: list[SerialBlock] = []
            for block in held:
                if block.end < start or end < block.start:
                    kept.append(block)
                    continue
                taken.append(SerialBlock(max(start, block.start), min(end, block.end), block.origin))
                if block.start < start:
                    kept.append(SerialBlock(block.start, start - 1, block.origin))
                if end < block.end:
                    kept.append(SerialBlock(end + 1, block.end, block.origin))
            held[:] = kept
        return taken

    def give(self, position: Position, blocks: Iterable[SerialBlock]) -> None:
        """Add blocks that nobody else owns."""
        held = self._open(position)
        for block in blocks:
            if held and block < held[-1]:
                insort(held, block)
            else:
                held.append(block)

    def touched(self) -> dict[Position, list[SerialBlock]]:
        """Return what the positions that changed own now, in canonical form."""
        return {position: merged_blocks(self._blocks[position]) for position in self._touched}

    def _open(self, position: Position) -> list[SerialBlock]:
        held = self._blocks.setdefault(position, [])
        if self._before is not None and position not in self._before:
            self._before[position] = held.copy()
        self._touched[position] = None
        return held
