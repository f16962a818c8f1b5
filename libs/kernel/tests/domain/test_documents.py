"""What documents say in words (DOC-1)."""

import pytest
from ets_kernel.domain.canonical import canonical_content, canonical_row
from ets_kernel.domain.documents import FORMS, DocumentUnreadable, Proof, read_content

NOTICE = [
    "ets-compliance-notice-1",
    "CN-2019-2020-1",
    "1",
    "某某热电",
    "37",
    "2019-2020",
    1_000_000,
    5,
    50_000,
    None,
    "2021-12-31T09:00:00.000000Z",
    "2021-11-01T01:02:03.000004Z",
]


def content(*rows) -> bytes:
    return canonical_content([canonical_row(row) for row in rows])


def test_a_notice_of_several_sectors_tells_each():
    several = ["ets-compliance-notice-2", *NOTICE[1:], "power 1000000 50000; steel 500 0"]
    told = read_content(content(several, ["2024"])).statements
    assert told[-2][1] == (
        "发电 power 1,000,000 tCO2e (CCER ≤ 50,000 tCO2e); 钢铁 steel 500 tCO2e (CCER ≤ 0 tCO2e)"
    )


def test_a_content_is_read_in_words():
    reading = read_content(content(NOTICE, ["2019-2020"], ["2021"]))
    assert (reading.title, reading.number) == ("履约通知书 Compliance notice", "CN-2019-2020-1")
    told = reading.statements
    assert told[4:6] == (("履约周期 Period", "2019-2020"), ("应清缴量 Obligation", "1,000,000 tCO2e"))
    assert ("省份 Province", "37 山东省") in told
    assert ("CCER 项目登记日期须晚于 Projects registered after", "—") in told
    assert ("清缴截止时间 Deadline", "2021-12-31 17:00:00+08:00") in told
    assert told[-2:] == (
        ("可用配额年度 Usable vintage", "2019-2020"),
        ("可用配额年度 Usable vintage", "2021"),
    )
    assert reading.issued_time.isoformat() == "2021-11-01T01:02:03.000004+00:00"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"words",
        content(["ets-unknown-1", "x"]),
        content(NOTICE[:-1]),
        content([*NOTICE[:6], "many", *NOTICE[7:]]),
        content(NOTICE, ["2019-2020", "extra"]),
        content(NOTICE)[:-1],
        content(NOTICE).replace(b"7:1000000", b"07:1000000"),
    ],
)
def test_what_is_no_content_is_unreadable(broken):
    with pytest.raises(DocumentUnreadable):
        read_content(broken)


def test_a_proof_is_read_as_it_was_written():
    proof = Proof(digest=bytes(32), signature=bytes(range(64)), key_id="registry")
    assert Proof.from_json(proof.to_json()) == proof
    assert [text for _, text in proof.statements()][::2] == ["00" * 32, "registry"]


@pytest.mark.parametrize("broken", [b"", b"[]", b"{}", b'{"digest": "x", "signature": "", "key_id": ""}'])
def test_what_is_no_proof_is_unreadable(broken):
    with pytest.raises(DocumentUnreadable):
        Proof.from_json(broken)


def test_every_form_begins_with_a_number_and_says_when_it_was_issued():
    for form in FORMS.values():
        assert form.head[0].name.endswith("_no")
        assert "issued_time" in [column.name for column in form.head]
