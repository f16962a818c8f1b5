"""The registry's journal for whoever checks it from outside: its export, proofs, and their verification offline."""

from collections.abc import Sequence
from pathlib import Path

from ets.common.v1.page_pb2 import PageRequest
from ets.registry.v1.registry_journal_service_pb2 import (
    ExportJournalRequest,
    ExportJournalResponse,
    GetConsistencyProofRequest,
    GetInclusionProofRequest,
)
from ets_kernel.domain.documents import DocumentUnreadable
from ets_kernel.domain.sealing import Verifier
from ets_ledger.verify import UNREADABLE, verify_file
from rich.console import Console

from simulation.cli.documents import verifier_of
from simulation.window.gather import pages
from simulation.window.world import World


async def export(world: World, out: Path) -> int:
    """Write the registry's journal with its heads and closing state to a file; give the number of lines."""
    journal = world.registry_journal()

    async def page_of(page: PageRequest) -> ExportJournalResponse:
        return await journal.ExportJournal(ExportJournalRequest(page=page))

    line_count = 0
    with out.open("w", encoding="utf-8") as file:
        async for line in pages(page_of, lambda answer: answer.lines):
            file.write(line + "\n")
            line_count += 1
    return line_count


async def prove_transfer(world: World, transfer_no: str, business_date: str) -> str:
    """Give the proof that a transfer is in the journal under a signed head."""
    request = GetInclusionProofRequest(transfer_no=transfer_no, business_date=business_date)
    answer = await world.registry_journal().GetInclusionProof(request)
    return f"{answer.document}\n"


async def prove_history(world: World, from_date: str, to_date: str) -> str:
    """Give the proof that the journal under the head of a date only appended to that under an earlier one."""
    request = GetConsistencyProofRequest(from_date=from_date, to_date=to_date)
    answer = await world.registry_journal().GetConsistencyProof(request)
    return f"{answer.document}\n"


def verify(path: Path, keys: Sequence[str] | None, secrets: Path, console: Console) -> bool:
    """Check an export or a proof, print what was checked and what is wrong, and tell whether all is kept.

    DOCUMENT_UNREADABLE for any other file, or a key that cannot be read. Without a key signatures are not checked, and
    that is printed.
    """
    verifier = _verifier(keys, secrets)
    try:
        report = verify_file(path, verifier)
    except UNREADABLE as error:
        raise DocumentUnreadable(f"{path} is no export and no proof of a journal: {error!r}") from error
    for what, number in sorted(report.checked.items()):
        console.print(f"checked {number} {what}", markup=False, soft_wrap=True)
    for sentence in report.wrong:
        console.print(f"wrong: {sentence}", markup=False, soft_wrap=True)
    console.print("kept" if report.is_kept else f"BROKEN: {len(report.wrong)} findings")
    return report.is_kept


def _verifier(keys: Sequence[str] | None, secrets: Path) -> Verifier | None:
    if keys or (secrets / "seal_keys.json").exists():
        return verifier_of(keys, secrets)
    return None
