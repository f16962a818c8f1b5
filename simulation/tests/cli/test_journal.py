"""`ets export-journal`, `prove-transfer`, `prove-history` and `verify-journal`: what is written is checked offline."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ets.common.v1.page_pb2 import PageResponse
from ets.registry.v1.registry_journal_service_pb2 import (
    ExportJournalResponse,
    GetConsistencyProofResponse,
    GetInclusionProofResponse,
)
from ets.registry.v1.registry_journal_service_pb2_grpc import (
    RegistryJournalQueryServiceServicer,
    add_RegistryJournalQueryServiceServicer_to_server,
)
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.signing import Ed25519Signer, private_key_from_seed, public_key_to_pem
from ets_ledger.domain import (
    BatchRecord,
    Entry,
    EntryProof,
    Position,
    SerialBlock,
    SerialRange,
    TreeHead,
    entry_bytes,
)
from ets_ledger.domain.export import (
    balance_line,
    batch_line,
    block_line,
    entry_line,
    head_line,
    ledger_line,
    to_text,
)
from ets_ledger.domain.journal import GENESIS_HASH, tree_head_digest
from ets_ledger.domain.merkle import inclusion_path, leaf_hash, root_of
from ets_ledger.domain.proofs import consistency_line, inclusion_line
from simulation.cli.app import app
from typer.testing import CliRunner

NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
KEY = private_key_from_seed(bytes(range(32)))
CEA = ProductCode("CEA-2019-2020")
SOURCE = Position(AccountNo("S-ISSUANCE"), CEA, "issuance")
OWNER = Position(AccountNo("R-E-1"), CEA, "registered")
ENTRY = Entry("i1", "issue", SOURCE, OWNER, 10, (SerialRange(1, 10),), "37", "", "", "", NOON)
BATCH = BatchRecord(
    batch_no=1, prev_hash=GENESIS_HASH, merkle_root=root_of([leaf_hash(entry_bytes(ENTRY))]), entry_count=1,
    recorded_time=NOON,
)  # fmt: skip


def signed_head(day: date = date(2021, 11, 1)) -> TreeHead:
    signer = Ed25519Signer("registry", KEY)
    told = {
        "ledger": "registry",
        "business_date": day,
        "tree_size": 1,
        "root": root_of([BATCH.hash]),
        "signed_time": NOON,
    }
    return TreeHead(**told, key_id="registry", signature=signer.sign(tree_head_digest(**told)))


LINES = list(
    to_text(
        [
            ledger_line("registry", has_blocks=True),
            batch_line(BATCH),
            entry_line(ENTRY),
            head_line(signed_head()),
            balance_line(SOURCE, -10),
            balance_line(OWNER, 10),
            block_line(OWNER, SerialBlock(1, 10, "37")),
        ]
    )
)


class Journal(RegistryJournalQueryServiceServicer):
    """A registry with one entry, whose export comes in two pages."""

    def ExportJournal(self, request, context):  # noqa: N802
        if request.page.page_token:
            return ExportJournalResponse(lines=LINES[3:])
        return ExportJournalResponse(lines=LINES[:3], page=PageResponse(next_page_token="rest"))

    def GetInclusionProof(self, request, context):  # noqa: N802
        proof = EntryProof(
            batch=BATCH, entry_index=0, entry_path=(), tree_size=1, batch_path=inclusion_path(0, [BATCH.hash])
        )
        assert request.transfer_no == "i1"
        (text,) = to_text([inclusion_line(proof, leaf=entry_bytes(ENTRY), head=signed_head())])
        return GetInclusionProofResponse(document=text)

    def GetConsistencyProof(self, request, context):  # noqa: N802
        assert (request.from_date, request.to_date) == ("2021-11-01", "2021-11-02")
        line = consistency_line((), old=signed_head(), new=signed_head(date(2021, 11, 2)))
        (text,) = to_text([line])
        return GetConsistencyProofResponse(document=text)


@pytest.fixture
def run(tmp_path: Path, stand_in):
    stand_in("REGISTRY", add_RegistryJournalQueryServiceServicer_to_server, Journal())
    (tmp_path / "key.pem").write_text(public_key_to_pem(KEY.public_key()))

    def invoke(*words: str):
        return CliRunner().invoke(app, [*words, "--root", str(tmp_path / "var")])

    return invoke


@pytest.mark.parametrize(
    "command",
    [("export-journal",), ("prove-transfer", "i1"), ("prove-history", "2021-11-01", "2021-11-02")],
)
def test_what_is_written_is_kept(run, tmp_path, command):
    file = tmp_path / "written"
    assert run(*command, "--out", str(file)).exit_code == 0
    answer = run("verify-journal", str(file), "--key", f"registry={tmp_path / 'key.pem'}")
    assert (answer.exit_code, answer.stdout.splitlines()[-1]) == (0, "kept")
    assert "signed tree heads" in answer.stdout
    unsigned = run("verify-journal", str(file))
    assert unsigned.exit_code == 0
    assert "tree heads without a key to check them" in unsigned.stdout


def test_an_altered_export_is_broken(run, tmp_path):
    file = tmp_path / "export"
    file.write_text("\n".join(LINES).replace('"quantity":10,', '"quantity":11,') + "\n")
    answer = run("verify-journal", str(file))
    assert answer.exit_code == 1
    assert "BROKEN" in answer.stdout


@pytest.mark.parametrize("text", ["nothing", "[]", json.dumps({"line": "inclusion"})])
def test_another_file_is_unreadable(run, tmp_path, text):
    file = tmp_path / "other"
    file.write_text(text)
    answer = run("verify-journal", str(file))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "is no export and no proof" in " ".join(answer.stderr.split())


def test_a_key_that_cannot_be_read_is_wrong_use(run, tmp_path):
    file = tmp_path / "export"
    file.write_text("\n".join(LINES))
    assert run("verify-journal", str(file), "--key", "registry=absent.pem").exit_code == 2
