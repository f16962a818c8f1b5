"""The pure part of the ledger: values, commands, the decision, the journal's encodings and proofs."""

from ets_ledger.domain.commands import Command, Issue, Transfer
from ets_ledger.domain.decide import Decisions, Result, decide
from ets_ledger.domain.entries import Entry, entry_bytes
from ets_ledger.domain.errors import (
    BlocksNotHeld,
    InsufficientHolding,
    LinkedTransferRefused,
    SerialOverlap,
    TransferIdReused,
    TransferInvalid,
    UnitsRetired,
)
from ets_ledger.domain.journal import BatchRecord, EntryProof, TreeHead, is_entry_proven, tree_head_digest
from ets_ledger.domain.needs import Needs, Prefetched, needs_of
from ets_ledger.domain.values import (
    CANCELLED,
    ISSUANCE,
    RECOVERED,
    RETIRED_BUCKETS,
    SOURCE_BUCKET,
    SURRENDERED,
    Bucket,
    Place,
    Position,
    SerialBlock,
    SerialRange,
)

__all__ = [
    "CANCELLED",
    "ISSUANCE",
    "RECOVERED",
    "RETIRED_BUCKETS",
    "SOURCE_BUCKET",
    "SURRENDERED",
    "BatchRecord",
    "BlocksNotHeld",
    "Bucket",
    "Command",
    "Decisions",
    "Entry",
    "EntryProof",
    "InsufficientHolding",
    "Issue",
    "LinkedTransferRefused",
    "Needs",
    "Place",
    "Position",
    "Prefetched",
    "Result",
    "SerialBlock",
    "SerialOverlap",
    "SerialRange",
    "Transfer",
    "TransferIdReused",
    "TransferInvalid",
    "TreeHead",
    "UnitsRetired",
    "decide",
    "entry_bytes",
    "is_entry_proven",
    "needs_of",
    "tree_head_digest",
]
