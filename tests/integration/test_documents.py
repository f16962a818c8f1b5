"""What the registry writes on paper, `ets verify` checks: kept, broken by one byte, by one word, by another key."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from ets.common.v1.seal_pb2 import Seal
from ets.registry.v1 import registry_types_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.signing import Ed25519Signer, private_key_from_seed, public_key_to_pem
from registry.adapters import documents
from simulation.cli.app import app
from simulation.platform.layout import Layout
from simulation.platform.secrets import Secrets
from typer.testing import CliRunner

KEY = private_key_from_seed(bytes(32))
AT = to_timestamp(datetime(2021, 12, 15, 9, 1, 2, 345, tzinfo=UTC))
CERTIFICATE = pb.ComplianceCertificate(
    certificate_no="CC-2019-2020-91370000MA3C1234XY",
    credit_code="91370000MA3C1234XY",
    entity_name="山东某某热电有限公司",
    province_code="37",
    period="2019-2020",
    obligation_tco2e=1_234_567,
    surrendered_tco2e=1_200_000,
    offset_tco2e=34_567,
    is_on_time=True,
    deadline_time=to_timestamp(datetime(2021, 12, 31, 9, tzinfo=UTC)),
    completed_time=AT,
    issued_time=AT,
    lines=[pb.SurrenderLine(product="CEA-2019-2020", quantity_tco2e=1_200_000)],
)


def written(certificate: pb.ComplianceCertificate, key=KEY) -> bytes:
    lines = [(line.product, line.quantity_tco2e) for line in certificate.lines]
    content = documents.content_of("ets-compliance-certificate-1", certificate, lines)
    digest = sha256(content).digest()
    signature = Ed25519Signer("registry", key).sign(digest)
    return documents.write(content, Seal(digest=digest, signature=signature, key_id="registry"))


@pytest.fixture(scope="module")
def file() -> bytes:
    return written(CERTIFICATE)


@pytest.fixture
def verify(tmp_path):
    def run(content: bytes, key=KEY):
        (tmp_path / "registry.pem").write_text(public_key_to_pem(key.public_key()))
        (tmp_path / "document.pdf").write_bytes(content)
        arguments = ["verify", str(tmp_path / "document.pdf"), "--key", f"registry={tmp_path}/registry.pem"]
        return CliRunner().invoke(app, arguments)

    return run


def test_a_document_as_it_was_issued_is_kept_and_says_what_it_certifies(file, verify):
    told = verify(file)
    assert told.exit_code == 0
    assert "履约证明 Compliance certificate CC-2019-2020-91370000MA3C1234XY" in told.output
    assert "重点排放单位 Entity: 山东某某热电有限公司" in told.output
    assert "应清缴量 Obligation: 1,234,567 tCO2e" in told.output
    assert "BROKEN" not in told.output


def test_one_byte_of_the_content_is_told(file, verify):
    assert file.count(b"7:1200000,") == 2  # how much was surrendered, and of what
    told = verify(file.replace(b"7:1200000,", b"7:1200001,", 1))
    assert told.exit_code == 1
    assert "the digest is that of the content: BROKEN" in told.output
    assert "the signature is the key's over the content: BROKEN" in told.output


def test_pages_that_show_something_else_are_told(file, verify):
    """Another certificate's pages around this one's content and proof."""
    other = written(_renamed())
    content, proof = _embedded(file)
    forged = other.replace(_embedded(other)[0], content).replace(_embedded(other)[1], proof)
    told = verify(forged)
    assert told.exit_code == 1
    assert "the digest is that of the content: kept" in told.output
    assert "the text of the pages is what the content says: BROKEN" in told.output


def test_another_key_is_told(file, verify):
    told = verify(file, key=private_key_from_seed(bytes([1] * 32)))
    assert told.exit_code == 1
    assert "the digest is that of the content: kept" in told.output


def test_without_a_key_the_platforms_own_is_taken(tmp_path, file):
    root = tmp_path / "var"
    path = tmp_path / "document.pdf"
    path.write_bytes(file)
    arguments = ["verify", str(path), "--root", str(root)]
    assert CliRunner().invoke(app, arguments).exit_code == 2
    secrets = Secrets(Layout(root=root).secrets)
    secrets.ensure()
    assert CliRunner().invoke(app, arguments).exit_code == 1
    path.write_bytes(written(CERTIFICATE, secrets.private_key("registry")))
    assert CliRunner().invoke(app, arguments).exit_code == 0


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 not really", b"words"])
def test_what_is_no_document_is_unreadable(verify, content):
    assert verify(content).exit_code == 2


def test_the_same_content_makes_the_same_file(file):
    assert written(CERTIFICATE) == file


def _renamed() -> pb.ComplianceCertificate:
    other = pb.ComplianceCertificate()
    other.CopyFrom(CERTIFICATE)
    other.entity_name = "河北某某热电有限公司"  # as long as the other, so that the file's table still fits
    return other


def _embedded(file: bytes) -> tuple[bytes, bytes]:
    """The two embedded files, which are not compressed."""
    start = file.index(b"28:ets-compliance-certificate-1")
    start = file.rindex(b"stream\n", 0, start) + len(b"stream\n")
    content = file[start : file.index(b"\nendstream", start)]
    start = file.index(b'{"digest"')
    return content, file[start : file.index(b"\nendstream", start)]
