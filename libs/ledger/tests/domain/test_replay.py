from datetime import UTC, datetime

import pytest
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_ledger.domain import ISSUANCE, Bucket, Entry, Place, Position, SerialRange
from ets_ledger.domain.replay import Replay

CEA = ProductCode("CEA-2019-2020")
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
A = Place(AccountNo("R-E-A"), Bucket.REGISTERED)
B = Place(AccountNo("R-E-B"), Bucket.REGISTERED)


def entry(source: Place, to: Place, quantity: int, *serials: tuple[int, int]) -> Entry:
    return Entry(
        transfer_id="t",
        kind="k",
        source=Position(source.account, CEA, source.bucket),
        destination=Position(to.account, CEA, to.bucket),
        quantity=quantity,
        serials=tuple(SerialRange(*pair) for pair in serials),
        origin="37" if source == ISSUANCE else "",
        group="",
        flow_id="",
        corrects="",
        effective_time=NOON,
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (entry(A, B, 11, (1, 11)), "t takes"),
        (entry(A, B, 0), "t moves 0 units"),
        (entry(A, B, 3, (1, 2)), "t moves 3 units but names 2 serials"),
        (entry(B, A, 1, (1, 1)), "does not own: 1-1"),
        (entry(A, B, 2, (10, 11)), "does not own: 10-11"),
        (entry(ISSUANCE, B, 1, (10, 10)), "t issues serials that exist: 10-10"),
    ],
)
def test_what_breaks_the_rules_is_told(wrong: Entry, sentence: str) -> None:
    replay = Replay(has_blocks=True)
    assert replay.apply(entry(ISSUANCE, A, 10, (1, 10))) == []
    assert any(sentence in told for told in replay.apply(wrong))
