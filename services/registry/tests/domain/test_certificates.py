"""Notice and certificate: what they say, and digests that anybody can compute again."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ets_kernel.domain.ids import ProvinceCode, make_credit_code
from ets_kernel.runtime.signing import Ed25519Signer, Ed25519Verifier
from registry.domain.certificates import certificate_of, moment, notice_of, proof_of
from registry.domain.compliance_rules import Sector, rules_of
from registry.domain.obligation import changed, impose, register

CODE = make_credit_code("91370000000000001")
NOTICED = datetime(2021, 10, 20, 1, 2, 3, 4, tzinfo=UTC)
MET = datetime(2021, 12, 31, 8, 59, 59, tzinfo=UTC)


def owed(period="2019-2020"):
    return impose(
        credit_code=CODE,
        province_code=ProvinceCode("37"),
        name="热电一厂",
        obligation_tco2e=1_000,
        rules=rules_of(period),
        at=NOTICED,
    )


def complete():
    return register(owed(), surrendered_tco2e=950, offset_tco2e=50, at=MET)


def netstring(value: bytes) -> bytes:
    return b"%d:%s," % (len(value), value)


def digest_of(*rows) -> bytes:
    """The digest as the contract describes it, without our own code."""
    encoded = [b"".join(netstring(str(value).encode()) for value in row) for row in rows]
    return sha256(b"".join(netstring(row) for row in encoded)).digest()


def signer():
    return Ed25519Signer("registry", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def test_the_notice_says_how_much_by_when_and_which_ccer():
    notice = notice_of(owed("2024"))
    assert (notice.obligation_tco2e, notice.offset_percent, notice.offset_limit_tco2e) == (1_000, 5, 50)
    assert notice.offset_registered_after.isoformat() == "2024-01-22"
    assert notice.usable_vintages == ("2019-2020", "2021", "2022", "2023", "2024")
    assert proof_of(notice, signer()).digest == digest_of(
        [
            *("ets-compliance-notice-1", f"CN-2024-{CODE}", CODE, "热电一厂", "37", "2024", 1_000, 5, 50),
            *("2024-01-22", "2025-12-31T16:00:00.000000Z", "2021-10-20T01:02:03.000004Z"),
        ],
        *([vintage] for vintage in notice.usable_vintages),
    )


def test_the_certificate_says_what_was_surrendered_with_which_products_and_when():
    by_product = {"OFFSET-WIND1-2015": 50, "CEA-2019-2020": 950}
    certificate = certificate_of(complete(), by_product, issued_time=MET)
    assert certificate.lines == (("CEA-2019-2020", 950), ("OFFSET-WIND1-2015", 50))
    assert certificate.is_on_time
    proof = proof_of(certificate, signer())
    assert proof.digest == digest_of(
        [
            *("ets-compliance-certificate-1", f"CC-2019-2020-{CODE}", CODE, "热电一厂", "37", "2019-2020"),
            *(1_000, 950, 50, 1, "2021-12-31T09:00:00.000000Z", moment(MET), moment(MET)),
        ],
        ["CEA-2019-2020", 950],
        ["OFFSET-WIND1-2015", 50],
    )
    public_key = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    Ed25519Verifier({"registry": public_key}).verify(proof.key_id, proof.digest, proof.signature)


def test_any_other_content_has_another_digest():
    certificate = certificate_of(complete(), {"CEA-2019-2020": 1_000}, issued_time=MET)
    for other in (
        replace(certificate, obligation_tco2e=999),
        replace(certificate, is_on_time=False),
        replace(certificate, lines=()),
    ):
        assert proof_of(other, signer()).digest != proof_of(certificate, signer()).digest


def test_a_notice_of_several_sectors_tells_each_under_its_digest():
    both = changed(
        owed("2024"), obligation_tco2e=1_500, rules=rules_of("2024"), at=NOTICED, sector=Sector.STEEL
    )
    notice = notice_of(both)
    assert (notice.offset_percent, notice.offset_limit_tco2e) == (5, 50)
    assert notice.sectors == "power 1000 50; steel 500 0"
    assert proof_of(notice, signer()).digest == digest_of(
        [
            *("ets-compliance-notice-2", f"CN-2024-{CODE}-2", CODE, "热电一厂", "37", "2024", 1_500, 5, 50),
            *("2024-01-22", "2025-12-31T16:00:00.000000Z", "2021-10-20T01:02:03.000004Z", notice.sectors),
        ],
        *([vintage] for vintage in notice.usable_vintages),
    )
