"""The registry's ledger in memory; it decides with the real rules."""

from hashlib import sha256

from ets_kernel.domain.errors import EtsError
from ets_ledger.domain.decide import decide
from ets_ledger.domain.journal import GENESIS_HASH, TreeHead
from ets_ledger.domain.needs import Prefetched, needs_of
from ets_ledger.domain.values import SerialRange


class FakeLedger:
    def __init__(self):
        self.balances = {}
        self.blocks = {}
        self.next_serials = {}
        self.transfer_ids = set()
        self.heads = {}

    async def post(self, commands, *, at):
        return self._post(list(commands), at)

    def _post(self, batch, at):
        if not batch:
            return ()
        needs = needs_of(batch)
        occupied = {
            product: [
                SerialRange(block.start, block.end)
                for position, held in self.blocks.items()
                if position.product == product
                for block in held
            ]
            for product in needs.issued
        }
        decisions = decide(
            batch,
            Prefetched(
                balances={position: self.balances.get(position, 0) for position in needs.positions},
                blocks={position: self.blocks.get(position, []) for position in needs.positions},
                known_transfer_ids=frozenset(self.transfer_ids),
                next_serials=dict(self.next_serials),
                occupied=occupied,
            ),
            effective_time=at,
        )
        for position, change in decisions.changes.items():
            self.balances[position] = self.balances.get(position, 0) + change
        self.blocks |= dict(decisions.blocks or {})
        self.next_serials |= dict(decisions.next_serials)
        self.transfer_ids |= {entry.transfer_id for entry in decisions.entries}
        return decisions.results

    def post_last(self, command, *, at):
        results = self._post([command], at)
        if isinstance(results[0], EtsError):
            raise results[0]

    async def registered(self, account_nos):
        return {
            (position.account, position.product): quantity
            for position, quantity in self.balances.items()
            if position.account in account_nos and position.bucket == "registered" and quantity > 0
        }

    async def sign_head(self, business_date, *, signer, at):
        root = sha256(repr(sorted(self.transfer_ids)).encode()).digest()
        head = TreeHead(
            ledger="registry",
            business_date=business_date,
            tree_size=len(self.transfer_ids),
            root=root,
            signed_time=at,
            key_id=signer.key_id,
            signature=signer.sign(root),
        )
        return self.heads.setdefault(business_date, (head, GENESIS_HASH))

    def held(self, account_no):
        """What an account holds, by product and bucket."""
        return {
            (position.product, str(position.bucket)): quantity
            for position, quantity in self.balances.items()
            if position.account == account_no and quantity
        }
