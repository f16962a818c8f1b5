from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256

from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_ledger.domain import BatchRecord, Bucket, Entry, Position, SerialRange, entry_bytes, tree_head_digest
from ets_ledger.domain.entries import (
    ENTRY_FORMAT,
    canonical_json,
    canonical_time,
    parse_serials,
    serials_text,
)
from ets_ledger.domain.journal import GENESIS_HASH
from ets_ledger.domain.merkle import leaf_hash
from ets_ledger.runtime import position_id
from hypothesis import given
from hypothesis import strategies as st

CEA = ProductCode("CEA-2019-2020")
NOON = datetime(2021, 11, 1, 12, tzinfo=timezone(timedelta(hours=8)))
ENTRY = Entry(
    transfer_id="trade/7/units",
    kind="trade_settlement",
    source=Position(AccountNo("R-E-A"), CEA, Bucket.TRADING),
    destination=Position(AccountNo("R-E-B"), CEA, Bucket.TRADING),
    quantity=151,
    serials=(SerialRange(1, 100), SerialRange(150, 200)),
    origin="",
    group="trade/7",
    flow_id='成交"7"',
    corrects="",
    effective_time=NOON,
)


def test_the_bytes_of_an_entry_are_fixed() -> None:
    assert entry_bytes(ENTRY).decode() == (
        '["ets-ledger-entry-1","trade/7/units","trade_settlement","CEA-2019-2020",151,"R-E-A","trading",'
        '"R-E-B","trading",[[1,100],[150,200]],"","trade/7","成交\\"7\\"","","2021-11-01T04:00:00.000000Z"]'
    )


def test_the_hash_of_a_batch_is_fixed() -> None:
    root = leaf_hash(entry_bytes(ENTRY))
    record = BatchRecord(
        batch_no=1, prev_hash=GENESIS_HASH, merkle_root=root, entry_count=1, recorded_time=NOON
    )
    text = f'["ets-ledger-batch-1",1,"{"00" * 32}","{root.hex()}",1,"2021-11-01T04:00:00.000000Z"]'
    assert record.hash == sha256(b"\x00" + text.encode()).digest()
    assert record.hash.hex() == "4637a9faa01980d4033fc56fd99a0928f4a9180e9591ff22c45dcd2266c15c4b"


def test_the_digest_of_a_tree_head_is_fixed() -> None:
    digest = tree_head_digest(
        ledger="registry", business_date=date(2021, 11, 1), tree_size=3, root=bytes(32), signed_time=NOON
    )
    text = f'["ets-ledger-tree-head-1","registry","2021-11-01",3,"{"00" * 32}","2021-11-01T04:00:00.000000Z"]'
    assert digest == sha256(text.encode()).digest()
    assert digest.hex() == "a3e1214c61d56e7e6b312d612d7836f2fe7bdf467591a95d25d31629805f8738"


def test_the_key_of_a_position_is_fixed() -> None:
    assert position_id(ENTRY.source) == 8544029327560363255


def test_serials_are_a_json_list_in_brackets() -> None:
    assert serials_text(ENTRY.serials) == "[1,100],[150,200]"
    assert parse_serials("[1,100],[150,200]") == ENTRY.serials
    assert parse_serials("") == ()


@given(st.text(), st.text(), st.datetimes(timezones=st.just(UTC)))
def test_an_entry_written_out_by_hand_is_the_canonical_json_of_its_list(a: str, b: str, at: datetime) -> None:
    a, b = (text.encode(errors="ignore").decode() for text in (a, b))
    entry = ENTRY._replace(transfer_id=a, flow_id=b, effective_time=at)
    assert entry_bytes(entry) == canonical_json(
        [
            ENTRY_FORMAT,
            a,
            entry.kind,
            CEA,
            151,
            "R-E-A",
            "trading",
            "R-E-B",
            "trading",
            [[1, 100], [150, 200]],
            "",
            "trade/7",
            b,
            "",
            canonical_time(at),
        ]
    )
