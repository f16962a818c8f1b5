"""Notices and certificates over HTTP: the signed content is inside, as it is hashed (REG-81)."""

import json
from base64 import b64decode
from hashlib import sha256
from io import BytesIO

from ets_kernel.domain.documents import read_content
from ets_kernel.runtime.signing import Ed25519Verifier
from ets_kernel.testing.http import serving_http
from ets_kernel.testing.serving import token_for
from pypdf import PdfReader
from registry_messages import CEA, DEFICIT, PERIOD, REGISTRY_KEY, SURPLUS, name

EMITTER = token_for("ROLE_EMITTER", entities=[SURPLUS])
NOTICE = f"/v1/periods/{PERIOD}/compliance-notices/{SURPLUS}"
CERTIFICATE = f"/v1/periods/{PERIOD}/compliance-certificates/{SURPLUS}"


def said(file: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """What a document's content says, after its proof is checked, and its proof."""
    embedded = {key: values[0] for key, values in PdfReader(BytesIO(file)).attachments.items()}
    content, proof = embedded["content.txt"], json.loads(embedded["proof.json"])
    assert sha256(content).hexdigest() == proof["digest"]
    return dict(read_content(content).statements), proof


async def meet_obligation(world) -> int:
    """Surrender all that is owed; give how much."""
    status = await world.status(SURPLUS)
    number = (await world.apply((CEA, status.obligation_tco2e), credit_code=SURPLUS)).reference
    await world.decide(number)
    await world.register()
    return status.obligation_tco2e


async def test_a_notice_is_the_signed_content_on_paper(world):
    await world.allocate()
    async with serving_http(world.router) as http:
        answer = await http.fetch(f"{NOTICE}/document.pdf", EMITTER)
        told = (await http.fetch(NOTICE, EMITTER)).body
    statements, _ = said(answer.content)
    assert answer.content_type == "application/pdf"
    assert statements["编号 Number"] == told["notice"]["notice_no"]
    assert statements["重点排放单位 Entity"] == name(2)
    assert statements["应清缴量 Obligation"] == f"{told['notice']['obligation_tco2e']:,} tCO2e"


async def test_a_certificate_is_signed_by_the_registration_body(world):
    await world.allocate()
    async with serving_http(world.router) as http:
        missing = await http.fetch(f"{CERTIFICATE}/document.pdf", EMITTER)
        assert (missing.status, missing.body["reason"]) == (404, "CERTIFICATE_NOT_FOUND")
        owed = await meet_obligation(world)
        file = (await http.fetch(f"{CERTIFICATE}/document.pdf", EMITTER)).content
        assert (await http.fetch(f"{CERTIFICATE}/document.pdf", EMITTER)).content == file
    statements, proof = said(file)
    assert statements["配额清缴量 Surrendered"] == f"{owed:,} tCO2e"
    assert statements["按期完成 On time"] == "是 yes"
    verifier = Ed25519Verifier({"registry": REGISTRY_KEY.public_key()})
    verifier.verify(proof["key_id"], bytes.fromhex(proof["digest"]), b64decode(proof["signature"]))


async def test_a_document_is_its_entitys_own(world):
    await world.allocate()
    async with serving_http(world.router) as http:
        other = NOTICE.replace(SURPLUS, DEFICIT)
        assert (await http.fetch(f"{other}/document.pdf", EMITTER)).body["reason"] == "SCOPE_FORBIDDEN"
