"""Checking an export: every hash, every signature, every rule, and the closing state, from the journal alone.

It collects what is wrong and goes on, so that one damaged entry does not hide the next.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ets_kernel.domain.errors import SealInvalid
from ets_kernel.domain.sealing import Verifier

from ets_ledger.domain.entries import Entry, entry_bytes
from ets_ledger.domain.export import EXPORT_FORMAT, Line, read_batch, read_entry, read_head
from ets_ledger.domain.journal import GENESIS_HASH, BatchRecord, TreeHead, tree_head_digest
from ets_ledger.domain.merkle import leaf_hash, root_of, roots_of
from ets_ledger.domain.replay import Replay
from ets_ledger.domain.values import Position, SerialBlock, merged_blocks

SIGNED: Final = "signed tree heads"
UNSIGNED: Final = "tree heads without a key to check them"


@dataclass(slots=True)
class Report:
    """What was checked, how often, and what is wrong, one sentence each."""

    checked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def is_kept(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def verify_export(lines: Iterable[Line], verifier: Verifier | None = None) -> Report:
    """Check an export; without a verifier the tree heads' roots are checked and their signatures are not."""
    check = _Check(verifier)
    for line in lines:
        check.read(line)
    return check.finish()


def check_signature(report: Report, head: TreeHead, verifier: Verifier | None) -> None:
    """Check the signature of a head; without a verifier, count that it was not checked."""
    if verifier is None:
        report.checked[UNSIGNED] += 1
        return
    report.checked[SIGNED] += 1
    digest = tree_head_digest(
        ledger=head.ledger,
        business_date=head.business_date,
        tree_size=head.tree_size,
        root=head.root,
        signed_time=head.signed_time,
    )
    try:
        verifier.verify(head.key_id, digest, head.signature)
    except SealInvalid as refusal:
        report.wrong.append(
            f"the signature of the head of {head.business_date} is not valid: {refusal.message}"
        )


class _Check:
    def __init__(self, verifier: Verifier | None) -> None:
        self._verifier = verifier
        self._report = Report()
        self._ledger: Line | None = None
        self._replay = Replay(has_blocks=True)
        self._hashes: list[bytes] = []
        self._batch: BatchRecord | None = None
        self._leaves: list[bytes] = []
        self._ids: set[str] = set()
        self._heads: list[TreeHead] = []
        self._balances: dict[Position, int] = {}
        self._blocks: dict[Position, list[SerialBlock]] = {}

    def read(self, line: Line) -> None:
        """Take in the next line."""
        kind = line["line"]
        if kind == "ledger":
            self._begin(line)
        elif kind == "batch":
            self._close_batch()
            self._open_batch(read_batch(line), line["hash"])
        elif kind == "entry":
            self._add_entry(read_entry(line))
        elif kind == "head":
            self._heads.append(read_head(line))
        elif kind == "balance":
            self._balances[Position(*line["position"])] = line["quantity"]
        elif kind == "block":
            start, end = line["serials"]
            block = SerialBlock(start, end, line["origin"])
            self._blocks.setdefault(Position(*line["position"]), []).append(block)
        else:
            self._wrong(f"a line of kind {kind} is unknown")

    def finish(self) -> Report:
        """Check what can be checked only at the end."""
        if self._ledger is None:
            self._wrong("the export does not say which ledger it is of")
            return self._report
        self._close_batch()
        roots = roots_of(self._hashes, {head.tree_size for head in self._heads})
        for head in self._heads:
            self._check_head(head, roots)
        self._compare("balance", dict(self._replay.balances()), self._balances)
        if self._ledger["has_blocks"]:
            owned: dict[Position, list[SerialBlock]] = {}
            for product in self._replay.products():
                for position, block in self._replay.blocks(product):
                    owned.setdefault(position, []).append(block)
            exported = {position: merged_blocks(blocks) for position, blocks in self._blocks.items()}
            self._compare("block", owned, exported)
        return self._report

    def _begin(self, line: Line) -> None:
        if line["format"] != EXPORT_FORMAT:
            self._wrong(f"the format is {line['format']}, not {EXPORT_FORMAT}")
        self._ledger = line
        self._replay = Replay(has_blocks=line["has_blocks"])

    def _open_batch(self, batch: BatchRecord, stated_hash: str) -> None:
        self._report.checked["batches"] += 1
        expected_no = len(self._hashes) + 1
        if batch.batch_no != expected_no:
            self._wrong(f"batch {batch.batch_no} stands where batch {expected_no} belongs")
        if batch.prev_hash != (self._hashes[-1] if self._hashes else GENESIS_HASH):
            self._wrong(f"batch {batch.batch_no} is not chained to the one before it")
        if self._batch is not None and batch.recorded_time < self._batch.recorded_time:
            self._wrong(f"batch {batch.batch_no} was recorded before the one before it")
        if batch.hash.hex() != stated_hash:
            self._wrong(f"batch {batch.batch_no} does not have the hash it states")
        self._hashes.append(batch.hash)
        self._batch, self._leaves = batch, []

    def _add_entry(self, entry: Entry) -> None:
        self._report.checked["entries"] += 1
        if entry.transfer_id in self._ids:
            self._wrong(f"{entry.transfer_id} is in the journal twice")
        self._ids.add(entry.transfer_id)
        self._leaves.append(leaf_hash(entry_bytes(entry)))
        for sentence in self._replay.apply(entry):
            self._wrong(sentence)

    def _close_batch(self) -> None:
        if self._batch is None:
            if self._leaves:
                self._wrong("entries stand before the first batch")
            return
        if len(self._leaves) != self._batch.entry_count:
            self._wrong(
                f"batch {self._batch.batch_no} has {len(self._leaves)} entries, not the number it states"
            )
        if root_of(self._leaves) != self._batch.merkle_root:
            self._wrong(f"batch {self._batch.batch_no} does not have the Merkle root of its entries")

    def _check_head(self, head: TreeHead, roots: Mapping[int, bytes]) -> None:
        if self._ledger is not None and head.ledger != self._ledger["ledger"]:
            self._wrong(f"the head of {head.business_date} is of another ledger")
        if roots.get(head.tree_size) != head.root:
            self._wrong(f"the head of {head.business_date} is not the root of its {head.tree_size} batches")
        check_signature(self._report, head, self._verifier)

    def _compare(
        self, noun: str, replayed: Mapping[Position, object], exported: Mapping[Position, object]
    ) -> None:
        self._report.checked[f"positions with a {noun}"] += len(replayed)
        for position in sorted(replayed.keys() | exported.keys()):
            if replayed.get(position) != exported.get(position):
                self._wrong(
                    f"{noun} of {tuple(position)}: the journal gives {replayed.get(position)},"
                    f" the export says {exported.get(position)}"
                )

    def _wrong(self, sentence: str) -> None:
        self._report.wrong.append(sentence)
