"""Proofs as files of one line: an entry is in the log under a signed head, or two heads are of one history.

Whoever has the file and the signer's public key needs nothing else, and no service.
"""

from collections.abc import Sequence
from typing import Final

from ets_kernel.domain.sealing import Verifier

from ets_ledger.domain.export import Line, batch_line, head_line, read_batch, read_head
from ets_ledger.domain.journal import EntryProof, TreeHead, is_entry_proven
from ets_ledger.domain.merkle import is_consistent
from ets_ledger.domain.verification import Report, check_signature

INCLUSION_FORMAT: Final = "ets-ledger-inclusion-1"
CONSISTENCY_FORMAT: Final = "ets-ledger-consistency-1"


def inclusion_line(proof: EntryProof, *, leaf: bytes, head: TreeHead) -> Line:
    """Return the proof that an entry, given as the bytes of its leaf, is in the log under a head."""
    return {
        "line": "inclusion",
        "format": INCLUSION_FORMAT,
        "leaf": leaf.decode(),
        "entry_index": proof.entry_index,
        "entry_path": [node.hex() for node in proof.entry_path],
        "batch": batch_line(proof.batch),
        "batch_path": [node.hex() for node in proof.batch_path],
        "head": head_line(head),
    }


def consistency_line(path: Sequence[bytes], *, old: TreeHead, new: TreeHead) -> Line:
    """Return the proof that the log under the newer head only appended to that under the older one."""
    return {
        "line": "consistency",
        "format": CONSISTENCY_FORMAT,
        "old": head_line(old),
        "new": head_line(new),
        "path": [node.hex() for node in path],
    }


def verify_proof(line: Line, verifier: Verifier | None = None) -> Report:
    """Check a proof; without a verifier the signatures of its heads are not checked."""
    report = Report()
    if line["line"] == "inclusion":
        _check_inclusion(report, line, verifier)
    else:
        _check_consistency(report, line, verifier)
    return report


def _check_inclusion(report: Report, line: Line, verifier: Verifier | None) -> None:
    _check_format(report, line, INCLUSION_FORMAT)
    head = read_head(line["head"])
    proof = EntryProof(
        batch=read_batch(line["batch"]),
        entry_index=line["entry_index"],
        entry_path=_path(line["entry_path"]),
        tree_size=head.tree_size,
        batch_path=_path(line["batch_path"]),
    )
    report.checked["entries proven to be in the log"] += 1
    if not is_entry_proven(proof, leaf=line["leaf"].encode(), root=head.root):
        report.wrong.append(f"the entry is not in the log under the head of {head.business_date}")
    check_signature(report, head, verifier)


def _check_consistency(report: Report, line: Line, verifier: Verifier | None) -> None:
    _check_format(report, line, CONSISTENCY_FORMAT)
    old, new = read_head(line["old"]), read_head(line["new"])
    report.checked["pairs of heads proven to be of one history"] += 1
    if old.ledger != new.ledger:
        report.wrong.append(f"the heads are of two ledgers, {old.ledger} and {new.ledger}")
    if not is_consistent(
        old_size=old.tree_size,
        old_root=old.root,
        new_size=new.tree_size,
        new_root=new.root,
        path=_path(line["path"]),
    ):
        report.wrong.append(
            f"the head of {new.business_date} does not only append to that of {old.business_date}"
        )
    for head in (old, new):
        check_signature(report, head, verifier)


def _check_format(report: Report, line: Line, expected: str) -> None:
    if line["format"] != expected:
        report.wrong.append(f"the format is {line['format']}, not {expected}")


def _path(nodes: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(node) for node in nodes)
