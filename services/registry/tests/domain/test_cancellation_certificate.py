"""What a certificate of a cancellation says, and its digest."""

from dataclasses import replace
from datetime import UTC, datetime

from ets_kernel.domain.canonical import canonical_content, rows_digest
from ets_kernel.domain.documents import read_content
from ets_ledger.domain.values import SerialRange
from registry.domain.cancellation import CancellationPurpose
from registry.domain.cancellation_certificate import CancellationCertificate

CERTIFICATE = CancellationCertificate(
    certificate_no="VC-2021-000001",
    holder_name="发电企业1",
    product="CEA-2019-2020",
    quantity_tco2e=1_000,
    purpose=CancellationPurpose.PUBLIC_GOOD,
    beneficiary="城市公园",
    issued_time=datetime(2021, 11, 1, 1, tzinfo=UTC),
    serials=(SerialRange(11, 510), SerialRange(1_001, 1_500)),
)


def test_a_certificate_says_which_units_are_gone_and_what_for():
    reading = read_content(canonical_content(CERTIFICATE.rows()))
    assert (reading.title, reading.number) == ("自愿注销证明 Cancellation certificate", "VC-2021-000001")
    told = dict(reading.statements)
    assert told["持有人 Holder"] == "发电企业1"
    assert told["数量 Quantity"] == "1,000 tCO2e"
    assert told["用途 Purpose"] == "公益 public good"
    assert reading.statements[-4:] == (
        ("起始序号 First serial", "11"),
        ("终止序号 Last serial", "510"),
        ("起始序号 First serial", "1001"),
        ("终止序号 Last serial", "1500"),
    )


def test_the_digest_follows_from_the_content():
    digest = rows_digest(CERTIFICATE.rows())
    assert rows_digest(CERTIFICATE.rows()) == digest
    for other in ({"quantity_tco2e": 1_001}, {"beneficiary": ""}, {"serials": CERTIFICATE.serials[:1]}):
        assert rows_digest(replace(CERTIFICATE, **other).rows()) != digest
