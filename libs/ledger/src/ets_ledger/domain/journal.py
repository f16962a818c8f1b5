"""The chain of batches and its signed heads.

Each batch has a Merkle root over its entries; batch records are chained by hash and are the leaves of the
log's own tree, whose head is signed daily. So one signature covers every entry, an entry is proven by two
short paths, and two heads can be proven to be one history.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from ets_ledger.domain.entries import canonical_json, canonical_time
from ets_ledger.domain.merkle import is_included, leaf_hash

BATCH_FORMAT: Final = "ets-ledger-batch-1"
TREE_HEAD_FORMAT: Final = "ets-ledger-tree-head-1"
# What the first batch is chained to.
GENESIS_HASH: Final = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRecord:
    """One committed batch; numbers count from 1 without holes, in the order of commit."""

    batch_no: int
    prev_hash: bytes
    merkle_root: bytes
    entry_count: int
    # When the ledger learnt it; never falls from one batch to the next.
    recorded_time: datetime

    @property
    def hash(self) -> bytes:
        """Hash in the chain, and leaf hash in the log's tree."""
        return leaf_hash(
            canonical_json(
                [
                    BATCH_FORMAT,
                    self.batch_no,
                    self.prev_hash.hex(),
                    self.merkle_root.hex(),
                    self.entry_count,
                    canonical_time(self.recorded_time),
                ]
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """Tree head over the first `tree_size` batches of a ledger, as signed for a business date."""

    ledger: str
    business_date: date
    tree_size: int
    root: bytes
    signed_time: datetime
    key_id: str
    signature: bytes


def tree_head_digest(
    *, ledger: str, business_date: date, tree_size: int, root: bytes, signed_time: datetime
) -> bytes:
    """Return the digest that is signed; the ledger's name keeps a head from passing for another ledger's."""
    return sha256(
        canonical_json(
            [
                TREE_HEAD_FORMAT,
                ledger,
                business_date.isoformat(),
                tree_size,
                root.hex(),
                canonical_time(signed_time),
            ]
        )
    ).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryProof:
    """Evidence that an entry is in the log under a tree head."""

    batch: BatchRecord
    entry_index: int
    entry_path: tuple[bytes, ...]
    tree_size: int
    batch_path: tuple[bytes, ...]


def is_entry_proven(proof: EntryProof, *, leaf: bytes, root: bytes) -> bool:
    """Tell whether the leaf bytes of an entry are in the log whose tree head is `root`."""
    return is_included(
        leaf=leaf_hash(leaf),
        index=proof.entry_index,
        tree_size=proof.batch.entry_count,
        path=proof.entry_path,
        root=proof.batch.merkle_root,
    ) and is_included(
        leaf=proof.batch.hash,
        index=proof.batch.batch_no - 1,
        tree_size=proof.tree_size,
        path=proof.batch_path,
        root=root,
    )
