"""A second, slower way to the same state: applying the journal's entries one by one, trusting nothing.

The offline verifier and questions about the past use it. It shares no code with decide.py on purpose, so that
one mistake cannot hide in both.
"""

from bisect import bisect_right
from collections.abc import Iterator

from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.entries import Entry
from ets_ledger.domain.values import SOURCE_BUCKET, Position, SerialBlock, merged_blocks


class Replay:
    """Balances and ownership that follow from the entries applied so far."""

    def __init__(self, *, has_blocks: bool) -> None:
        self._has_blocks = has_blocks
        self._balances: dict[Position, int] = {}
        # By product: starts in rising order, and end, origin and owner of the piece that starts there.
        self._starts: dict[ProductCode, list[int]] = {}
        self._pieces: dict[ProductCode, dict[int, tuple[int, str, Position]]] = {}

    def apply(self, entry: Entry) -> list[str]:
        """Apply an entry whatever is wrong with it; return what is wrong, one sentence each."""
        source, destination = entry.source, entry.destination
        wrong: list[str] = []
        self._balances[source] = self._balances.get(source, 0) - entry.quantity
        self._balances[destination] = self._balances.get(destination, 0) + entry.quantity
        if entry.quantity < 1:
            wrong.append(f"{entry.transfer_id} moves {entry.quantity} units")
        if self._balances[source] < 0 and source.bucket != SOURCE_BUCKET:
            wrong.append(f"{entry.transfer_id} takes {source} to {self._balances[source]}")
        if not self._has_blocks:
            return wrong
        moved = sum(end - start + 1 for start, end in entry.serials)
        if moved != entry.quantity:
            wrong.append(f"{entry.transfer_id} moves {entry.quantity} units but names {moved} serials")
        for start, end in entry.serials:
            wrong += self._move(entry, start, end)
        return wrong

    def balances(self) -> Iterator[tuple[Position, int]]:
        """Yield positions that are not zero, in their order."""
        yield from sorted((position, held) for position, held in self._balances.items() if held)

    def blocks(self, product: ProductCode) -> Iterator[tuple[Position, SerialBlock]]:
        """Yield the owned blocks of a product in canonical form, by serial."""
        by_owner: dict[Position, list[SerialBlock]] = {}
        for start, (end, origin, owner) in self._pieces.get(product, {}).items():
            by_owner.setdefault(owner, []).append(SerialBlock(start, end, origin))
        owned = [(owner, block) for owner, held in by_owner.items() for block in merged_blocks(held)]
        yield from sorted(owned, key=lambda pair: pair[1].start)

    def products(self) -> list[ProductCode]:
        """Return the products that have serials."""
        return sorted(self._pieces)

    def _move(self, entry: Entry, start: int, end: int) -> list[str]:
        taken = self._cut_out(entry.product, start, end)
        origin_of_new = entry.origin
        pieces = self._pieces[entry.product]
        starts = self._starts[entry.product]
        is_issue = entry.source.bucket == SOURCE_BUCKET
        owned = {owner for _, _, _, owner in taken}
        covered = sum(piece[1] - piece[0] + 1 for piece in taken)
        if is_issue:
            wrong = [f"{entry.transfer_id} issues serials that exist: {start}-{end}"] if taken else []
            taken = [(start, end, origin_of_new, entry.source)]
        elif owned - {entry.source} or covered != end - start + 1:
            wrong = [f"{entry.transfer_id} moves serials that {entry.source} does not own: {start}-{end}"]
        else:
            wrong = []
        at = bisect_right(starts, start)
        starts[at:at] = [piece[0] for piece in taken]
        for piece_start, piece_end, origin, _ in taken:
            pieces[piece_start] = (piece_end, origin, entry.destination)
        return wrong

    def _cut_out(self, product: ProductCode, start: int, end: int) -> list[tuple[int, int, str, Position]]:
        """Remove the serials from the partition and return the pieces, cut to the range."""
        starts = self._starts.setdefault(product, [])
        pieces = self._pieces.setdefault(product, {})
        low = max(bisect_right(starts, start) - 1, 0)
        high = bisect_right(starts, end)
        kept: list[int] = []
        taken: list[tuple[int, int, str, Position]] = []
        for piece_start in starts[low:high]:
            piece_end, origin, owner = pieces[piece_start]
            if piece_end < start:
                kept.append(piece_start)
                continue
            del pieces[piece_start]
            taken.append((max(piece_start, start), min(piece_end, end), origin, owner))
            if piece_start < start:
                pieces[piece_start] = (start - 1, origin, owner)
                kept.append(piece_start)
            if piece_end > end:
                pieces[end + 1] = (piece_end, origin, owner)
                kept.append(end + 1)
        starts[low:high] = kept
        return taken
