"""Notices and certificates as PDF: the page, the canonical content that is signed, and the proof of it.

The content is embedded as it is hashed, so `sha256sum` of it is the digest that stands on the page. `ets verify` checks
the three against each other without the platform.

REG-81  A document's digest is over exactly what the document shows, and the same content always makes the same file.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC
from hashlib import sha256
from typing import cast

from ets.common.v1.seal_pb2 import Seal
from ets.registry.v1 import registry_disclosure_service_pb2 as disclosure_pb
from ets.registry.v1 import registry_surrender_service_pb2 as pb
from ets_kernel.domain.canonical import Value, canonical_content, canonical_row
from ets_kernel.domain.documents import CONTENT_NAME, FORMS, PROOF_NAME, Proof, read_content
from ets_kernel.domain.ensure import ensure
from ets_kernel.runtime.http.contract import File
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from registry.adapters.paper import Paper
from registry.domain.certificates import moment

_NOTICE = "ets-compliance-notice-1"
_NOTICE_OF_SECTORS = "ets-compliance-notice-2"
_CERTIFICATE = "ets-compliance-certificate-1"
_CANCELLATION = "ets-cancellation-certificate-1"


async def notice_file(asked: pb.GetComplianceNoticeRequest, answer: pb.GetComplianceNoticeResponse) -> File:
    """Write a compliance notice (履约通知书)."""
    del asked
    notice = answer.notice
    form = _NOTICE_OF_SECTORS if notice.sectors else _NOTICE
    content = content_of(form, notice, [(vintage,) for vintage in notice.usable_vintages])
    return File(content=await _written(content, answer.seal), name=f"{notice.notice_no}.pdf")


async def certificate_file(
    asked: pb.GetComplianceCertificateRequest, answer: pb.GetComplianceCertificateResponse
) -> File:
    """Write a compliance certificate (履约证明)."""
    del asked
    certificate = answer.certificate
    content = content_of(
        _CERTIFICATE, certificate, [(line.product, line.quantity_tco2e) for line in certificate.lines]
    )
    return File(content=await _written(content, answer.seal), name=f"{certificate.certificate_no}.pdf")


async def cancellation_file(
    asked: disclosure_pb.GetCancellationCertificateRequest,
    answer: disclosure_pb.GetCancellationCertificateResponse,
) -> File:
    """Write the certificate of a cancellation (自愿注销证明)."""
    del asked
    certificate = answer.certificate
    content = content_of(
        _CANCELLATION, certificate, [(run.serial_start, run.serial_end) for run in certificate.serials]
    )
    return File(content=await _written(content, answer.seal), name=f"{certificate.certificate_no}.pdf")


def content_of(form: str, message: Message, lines: Iterable[Sequence[Value]]) -> bytes:
    """Give the canonical content of a document: the first row has the contract's fields in the order of its form."""
    head = [form, *(_value(message, column.name) for column in FORMS[form].head)]
    return canonical_content([canonical_row(head), *(canonical_row(line) for line in lines)])


def write(content: bytes, seal: Seal) -> bytes:
    """Write a document's file."""
    ensure(sha256(content).digest() == seal.digest, "a document's digest is over what it shows")
    reading = read_content(content)
    proof = Proof(digest=seal.digest, signature=seal.signature, key_id=seal.key_id)
    paper = Paper(reading.title, made_time=reading.issued_time)
    paper.statements([*reading.statements, *proof.statements()])
    paper.attach(CONTENT_NAME, content, meaning="Canonical content; its SHA-256 is the digest")
    paper.attach(PROOF_NAME, proof.to_json(), meaning="Digest, signature and key")
    return paper.written()


async def _written(content: bytes, seal: Seal) -> bytes:
    # Choosing the glyphs takes a third of a second, in which others are answered.
    return await asyncio.to_thread(write, content, seal)


def _value(message: Message, name: str) -> Value:
    value = getattr(message, name)
    if isinstance(value, Timestamp):
        return moment(value.ToDatetime(tzinfo=UTC))
    if isinstance(value, bool):
        return int(value)
    if enum := cast("Descriptor", message.DESCRIPTOR).fields_by_name[name].enum_type:
        prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
        return enum.values_by_number[value].name.removeprefix(prefix).lower()
    ensure(isinstance(value, str | int), f"{name} is text or a number")
    return value  # type: ignore[no-any-return]
