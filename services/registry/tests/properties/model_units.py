"""The model's units: every single serial has one owner and one origin, in plain dictionaries.

Written from the rules (LED-1 to LED-5), without any code of the ledger: nothing here knows blocks, batches or SQL.
"""

from collections import Counter

ISSUANCE = ("S-ISSUANCE", "issuance")

Place = tuple[str, str]
"""Account number and bucket."""


class Units:
    """Who owns each serial of each product, and what it is from."""

    def __init__(self) -> None:
        self.owner: dict[str, dict[int, Place]] = {}
        self.origin: dict[tuple[str, int], str] = {}
        self._next: dict[str, int] = {}

    def held(self, place: Place, product: str) -> list[int]:
        """The serials in a place, lowest first."""
        return sorted(serial for serial, owner in self.owner.get(product, {}).items() if owner == place)

    def count(self, place: Place, product: str) -> int:
        return len(self.held(place, product))

    def exists(self, product: str, serials: list[int]) -> bool:
        return not set(serials).isdisjoint(self.owner.get(product, {}))

    def issue(
        self, product: str, quantity: int, place: Place, origin: str, serials: list[int] | None = None
    ) -> None:
        """Bring units into being: the next serials of the product, or the ones named."""
        first = self._next.get(product, 1)
        made = serials or list(range(first, first + quantity))
        assert not self.exists(product, made)
        self._next[product] = max(first, max(made) + 1)
        for serial in made:
            self.owner.setdefault(product, {})[serial] = place
            self.origin[product, serial] = origin

    def move(
        self, product: str, quantity: int, source: Place, destination: Place, serials: list[int] | None = None
    ) -> list[int]:
        """Move units: the lowest serials of the source, or the ones named; give which."""
        moved = serials or self.held(source, product)[:quantity]
        assert len(moved) == quantity > 0
        assert set(moved) <= set(self.held(source, product))
        for serial in moved:
            self.owner[product][serial] = destination
        return moved

    def holdings(self) -> dict[tuple[str, str, str], int]:
        """Quantity by account, product and bucket; what was issued stands below zero."""
        counted: Counter[tuple[str, str, str]] = Counter()
        for product, owners in self.owner.items():
            for account_no, bucket in owners.values():
                counted[account_no, product, bucket] += 1
            counted[ISSUANCE[0], product, ISSUANCE[1]] -= len(owners)
        return {place: quantity for place, quantity in counted.items() if quantity}

    def blocks(self) -> list[tuple[object, ...]]:
        """The longest runs of serials with one owner and one origin: product, start, end, origin, account, bucket."""
        found: list[tuple[object, ...]] = []
        for product, owners in self.owner.items():
            start = last = 0
            for serial in sorted(owners):
                if start and serial == last + 1 and self._are_alike(product, last, serial):
                    last = serial
                    continue
                if start:
                    found.append(self._block(product, start, last))
                start = last = serial
            if start:
                found.append(self._block(product, start, last))
        return found

    def _are_alike(self, product: str, one: int, other: int) -> bool:
        owners = self.owner[product]
        return owners[one] == owners[other] and self.origin[product, one] == self.origin[product, other]

    def _block(self, product: str, start: int, end: int) -> tuple[object, ...]:
        return (product, start, end, self.origin[product, start], *self.owner[product][start])
