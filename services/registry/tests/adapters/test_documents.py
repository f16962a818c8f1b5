"""Notices and certificates over HTTP: the signed content is inside, as it is hashed (REG-81)."""

import json
from base64 import b64decode
from hashlib import sha256
from io import BytesIO

from ets.registry.v1 import registry_cancellation_service_pb2 as cancellation_pb
from ets.registry.v1 import registry_cancellation_service_pb2_grpc as cancellation_grpc
from ets_kernel.domain.documents import read_content
from ets_kernel.runtime.signing import Ed25519Verifier
from ets_kernel.testing.http import serving_http
from ets_kernel.testing.serving import token_for
from pypdf import PdfReader
from registry_messages import CEA, DEFICIT, PERIOD, REGISTRY_KEY, SURPLUS, name
from registry_world import accepted

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


async def cancel(world, *serials) -> str:
    """Cancel serials of the deficit entity by two people; give the certificate's number."""

    def commands(role, **scopes):
        channel = world.served.channel(role, **scopes)
        return cancellation_grpc.RegistryCancellationServiceStub(channel)

    form = cancellation_pb.CancellationForm(
        account_no=f"R-E-{DEFICIT}",
        credit_code=DEFICIT,
        product=CEA,
        quantity_tco2e=sum(end - start + 1 for start, end in serials),
        serials=[cancellation_pb.SerialSpan(serial_start=start, serial_end=end) for start, end in serials],
        purpose=cancellation_pb.CANCELLATION_PURPOSE_PUBLIC_GOOD,
        beneficiary="城市公园",
    )
    request = cancellation_pb.SubmitCancellationApplicationsRequest(request_id="s", applications=[form])
    owner = commands("ROLE_EMITTER", entities=[DEFICIT])
    (number,) = await accepted(owner.SubmitCancellationApplications(request))
    decisions = [cancellation_pb.CancellationDecision(application_no=number, is_passed=True)]
    first, second = (commands("ROLE_REGISTRY_COMPLIANCE", subject=person) for person in ("first", "second"))
    request = cancellation_pb.CheckCancellationApplicationsRequest(request_id="c", decisions=decisions)
    await accepted(first.CheckCancellationApplications(request))
    request = cancellation_pb.RegisterCancellationsRequest(request_id="r", decisions=decisions)
    (certificate_no,) = await accepted(second.RegisterCancellations(request))
    return certificate_no


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


async def test_a_cancellation_is_certified_for_its_holder(world):
    await world.allocate()
    certificate_no = await cancel(world, (11, 510), (1_001, 1_500))
    path = f"/v1/cancellation-certificates/{certificate_no}"
    holder = token_for("ROLE_EMITTER", entities=[DEFICIT])
    async with serving_http(world.router) as http:
        answer = await http.fetch(f"{path}/document.pdf?credit_code={DEFICIT}", holder)
        other = await http.fetch(f"{path}/document.pdf?credit_code={SURPLUS}", EMITTER)
        province = await http.fetch(
            f"{path}/document.pdf?province_code=37", token_for("ROLE_PROVINCE", provinces=["37"])
        )
        elsewhere = await http.fetch(
            f"{path}/document.pdf?province_code=11", token_for("ROLE_PROVINCE", provinces=["11"])
        )
    for refused in (other, elsewhere):
        assert (refused.status, refused.body["reason"]) == (404, "CANCELLATION_CERTIFICATE_NOT_FOUND")
    assert province.content == answer.content
    statements, proof = said(answer.content)
    assert statements["持有人 Holder"] == name(1)
    assert statements["用途 Purpose"] == "公益 public good"
    assert statements["终止序号 Last serial"] == "1500"
    verifier = Ed25519Verifier({"registry": REGISTRY_KEY.public_key()})
    verifier.verify(proof["key_id"], bytes.fromhex(proof["digest"]), b64decode(proof["signature"]))
