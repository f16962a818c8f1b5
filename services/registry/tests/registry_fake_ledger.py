"""The registry's ledger in memory."""

from hashlib import sha256

from ets_ledger.domain.journal import GENESIS_HASH, TreeHead
from ets_ledger.testing.memory import MemoryLedger


class FakeLedger(MemoryLedger):
    def __init__(self):
        super().__init__()
        self.heads = {}

    async def holders_among(self, account_nos):
        return {number for number in account_nos if self.held(number)}

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
