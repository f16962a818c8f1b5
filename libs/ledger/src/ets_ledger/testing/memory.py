"""A ledger in memory that decides with the real rules, for tests of use cases."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ProductCode

from ets_ledger.domain.commands import Command
from ets_ledger.domain.decide import Decisions, Result, decide
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.needs import Prefetched, needs_of
from ets_ledger.domain.values import Bucket, Position, SerialBlock, SerialRange


class MemoryLedger:
    """Balances and serial blocks; what is accepted stays, there is no transaction."""

    def __init__(self) -> None:
        self.balances: dict[Position, int] = {}
        self.blocks: dict[Position, Sequence[SerialBlock]] = {}
        self.next_serials: dict[ProductCode, int] = {}
        self.entries_by_id: dict[str, Entry] = {}

    async def post(self, commands: Iterable[Command], *, at: datetime) -> Sequence[Result]:
        """Carry out commands in order; gives an entry or a refusal for each."""
        return self._post(list(commands), at)

    def post_last(self, command: Command, *, at: datetime) -> None:
        """Carry out a command at once; raises its refusal."""
        (result,) = self._post([command], at)
        if isinstance(result, EtsError):
            raise result

    async def judge(self, commands: Iterable[Command], *, at: datetime) -> Sequence[Result]:
        """Tell what `post` would answer, and carry out nothing."""
        return self._decide(list(commands), at).results

    async def entries(self, transfer_ids: Collection[str]) -> Mapping[str, Entry]:
        """Give the entries among these, by transfer id."""
        return {number: self.entries_by_id[number] for number in transfer_ids if number in self.entries_by_id}

    async def positions(self, account_nos: Collection[str]) -> Mapping[tuple[str, str, str], int]:
        """Give what accounts hold, by account, product and bucket, without zeros."""
        return {
            (position.account, position.product, position.bucket): quantity
            for position, quantity in self.balances.items()
            if position.account in account_nos and quantity
        }

    @property
    def transfer_ids(self) -> frozenset[str]:
        """Ids of the entries carried out."""
        return frozenset(self.entries_by_id)

    async def registered(self, account_nos: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what accounts hold free in the registry, by account and product."""
        return {
            (position.account, position.product): quantity
            for position, quantity in self.balances.items()
            if position.account in account_nos and position.bucket == Bucket.REGISTERED and quantity > 0
        }

    def held(self, account_no: str) -> Mapping[tuple[str, str], int]:
        """Give what an account holds, by product and bucket."""
        return {
            (position.product, str(position.bucket)): quantity
            for position, quantity in self.balances.items()
            if position.account == account_no and quantity
        }

    def _post(self, batch: Sequence[Command], at: datetime) -> Sequence[Result]:
        decisions = self._decide(batch, at)
        for position, change in decisions.changes.items():
            self.balances[position] = self.balances.get(position, 0) + change
        self.blocks |= decisions.blocks or {}
        self.next_serials |= decisions.next_serials
        self.entries_by_id |= {entry.transfer_id: entry for entry in decisions.entries}
        return decisions.results

    def _decide(self, batch: Sequence[Command], at: datetime) -> Decisions:
        needs = needs_of(batch)
        return decide(
            batch,
            Prefetched(
                balances={position: self.balances.get(position, 0) for position in needs.positions},
                blocks={position: self.blocks.get(position, []) for position in needs.positions},
                known_transfer_ids=frozenset(self.entries_by_id),
                next_serials=dict(self.next_serials),
                occupied={product: self._serials(product) for product in needs.issued},
            ),
            effective_time=at,
        )

    def _serials(self, product: ProductCode) -> list[SerialRange]:
        return [
            SerialRange(block.start, block.end)
            for position, held in self.blocks.items()
            if position.product == product
            for block in held
        ]
