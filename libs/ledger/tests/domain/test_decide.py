from datetime import UTC, datetime

import pytest
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_ledger.domain import (
    ISSUANCE,
    SURRENDERED,
    BlocksNotHeld,
    Bucket,
    Command,
    Decisions,
    Entry,
    InsufficientHolding,
    Issue,
    LinkedTransferRefused,
    Place,
    Position,
    Prefetched,
    SerialBlock,
    SerialOverlap,
    SerialRange,
    Transfer,
    TransferIdReused,
    TransferInvalid,
    UnitsRetired,
    decide,
    needs_of,
)

CEA = ProductCode("CEA-2019-2020")
NOON = datetime(2021, 11, 1, 4, tzinfo=UTC)
A = Place(AccountNo("R-E-A"), Bucket.REGISTERED)
B = Place(AccountNo("R-E-B"), Bucket.REGISTERED)


def at(place: Place) -> Position:
    return Position(place.account, CEA, place.bucket)


def move(quantity: int, source: Place = A, to: Place = B, **rest: object) -> Transfer:
    return Transfer(
        **{
            "transfer_id": "t1",
            "kind": "move",
            "product": CEA,
            "quantity": quantity,
            "source": source,
            "destination": to,
            **rest,
        }
    )


def issue(quantity: int, **rest: object) -> Issue:
    return Issue(
        **{
            "transfer_id": "i1",
            "kind": "issue",
            "product": CEA,
            "quantity": quantity,
            "destination": A,
            "origin": "37",
            **rest,
        }
    )


STATE = Prefetched(
    balances={at(A): 100, at(B): 0, at(ISSUANCE): -105, at(SURRENDERED): 5},
    blocks={
        at(A): [SerialBlock(1, 60, "37"), SerialBlock(66, 105, "42")],
        at(SURRENDERED): [SerialBlock(61, 65, "37")],
    },
    known_transfer_ids=frozenset({"known"}),
    next_serials={CEA: 106},
    occupied={CEA: [SerialRange(1, 60)]},
)


def decided(*batch: Command, state: Prefetched = STATE) -> Decisions:
    return decide(batch, state, effective_time=NOON)


def test_a_transfer_of_all_that_is_held_is_accepted() -> None:
    decisions = decided(move(100))
    assert decisions.changes == {at(A): -100, at(B): 100}
    assert decisions.blocks == {at(A): [], at(B): [SerialBlock(1, 60, "37"), SerialBlock(66, 105, "42")]}
    assert decisions.entries[0].serials == ((1, 60), (66, 105))


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (move(0), TransferInvalid),
        (move(-1), TransferInvalid),
        (move(1, A, A), TransferInvalid),
        (move(2, serials=(SerialRange(1, 3),)), TransferInvalid),
        (move(2, serials=(SerialRange(5, 4), SerialRange(1, 2))), TransferInvalid),
        (move(4, serials=(SerialRange(1, 2), SerialRange(2, 3))), TransferInvalid),
        (move(1, serials=(SerialRange(0, 0),)), TransferInvalid),
        (move(1, ISSUANCE, A), TransferInvalid),
        (move(1, A, ISSUANCE), TransferInvalid),
        (issue(0, transfer_id="known"), TransferInvalid),
        (move(101, SURRENDERED, transfer_id="known"), TransferIdReused),
        (issue(1, transfer_id="known", serials=(SerialRange(60, 60),)), TransferIdReused),
        (issue(2, serials=(SerialRange(60, 61),)), SerialOverlap),
        (move(101, SURRENDERED), UnitsRetired),
        (move(6, SURRENDERED, corrects="x"), InsufficientHolding),
        (move(101), InsufficientHolding),
        (move(101, serials=(SerialRange(1, 101),)), InsufficientHolding),
        (move(2, serials=(SerialRange(60, 61),)), BlocksNotHeld),
    ],
)
def test_each_refusal_comes_in_its_order_and_changes_nothing(
    command: Command, refusal: type[EtsError]
) -> None:
    decisions = decided(command)
    assert type(decisions.results[0]) is refusal
    assert not decisions.entries
    assert not decisions.changes
    assert not decisions.blocks


def test_a_refusal_says_what_was_asked_for_and_what_was_there() -> None:
    refusal = decided(move(101)).results[0]
    assert isinstance(refusal, EtsError)
    assert refusal.metadata == {
        "account": "R-E-A",
        "product": "CEA-2019-2020",
        "bucket": "registered",
        "requested_quantity": "101",
        "available_quantity": "100",
    }


def test_used_up_units_come_back_by_an_entry_that_names_what_it_corrects() -> None:
    decisions = decided(move(5, SURRENDERED, A, corrects="surrender-1"))
    assert decisions.blocks == {
        at(A): [SerialBlock(1, 65, "37"), SerialBlock(66, 105, "42")],
        at(SURRENDERED): [],
    }


def test_commands_see_what_the_accepted_ones_before_them_left() -> None:
    decisions = decided(
        move(100), move(1, transfer_id="t2"), move(30, B, A, transfer_id="t3"), move(1, transfer_id="t1")
    )
    assert [type(result) for result in decisions.results] == [
        Entry,
        InsufficientHolding,
        Entry,
        TransferIdReused,
    ]
    assert decisions.changes == {at(A): -70, at(B): 70}


def test_a_group_is_decided_whole_where_its_first_member_stands() -> None:
    decisions = decided(
        move(60, transfer_id="g1", group="g"),
        move(50, transfer_id="t2"),
        move(40, transfer_id="g2", group="g"),
    )
    assert [type(result) for result in decisions.results] == [Entry, InsufficientHolding, Entry]
    assert [entry.transfer_id for entry in decisions.entries] == ["g1", "g2"]


def test_a_refused_group_leaves_balances_blocks_ids_and_serials_as_they_were() -> None:
    decisions = decided(
        issue(10, transfer_id="g1", group="g"),
        move(105, transfer_id="g2", group="g"),
        move(6, transfer_id="g3", group="g"),
        issue(3, transfer_id="g1", group=""),
    )
    assert [type(result) for result in decisions.results] == [
        LinkedTransferRefused,
        LinkedTransferRefused,
        InsufficientHolding,
        Entry,
    ]
    assert decisions.results[0].metadata["refused_transfer_id"] == "g3"
    assert decisions.results[0].metadata["refused_reason"] == "INSUFFICIENT_HOLDING"
    assert decisions.entries[0].serials == ((106, 108),)
    assert decisions.changes == {at(A): 3, at(ISSUANCE): -3}
    assert decisions.next_serials == {CEA: 109}


def test_serials_issued_by_name_move_the_counter_beyond_them() -> None:
    decisions = decided(
        issue(2, serials=(SerialRange(201, 202),)),
        issue(1, transfer_id="i2", serials=(SerialRange(202, 202),)),
        issue(1, transfer_id="i3"),
    )
    assert [type(result) for result in decisions.results] == [Entry, SerialOverlap, Entry]
    assert decisions.entries[1].serials == ((203, 203),)


def test_a_ledger_without_blocks_takes_no_serials_and_may_move_units_out_again() -> None:
    state = Prefetched(balances={at(A): 100, at(ISSUANCE): -100})
    decisions = decided(
        move(40, A, ISSUANCE), move(1, transfer_id="t2", serials=(SerialRange(1, 1),)), state=state
    )
    assert [type(result) for result in decisions.results] == [Entry, TransferInvalid]
    assert decisions.changes == {at(A): -40, at(ISSUANCE): 40}
    assert decisions.blocks is None


def test_an_entry_has_its_own_effective_time_or_that_of_the_batch() -> None:
    earlier = datetime(2021, 10, 1, tzinfo=UTC)
    decisions = decided(move(1), move(1, transfer_id="t2", effective_time=earlier))
    assert [entry.effective_time for entry in decisions.entries] == [NOON, earlier]


def test_needs_name_every_position_once_in_order_with_its_debits() -> None:
    needs = needs_of([move(3), move(4, transfer_id="t2", serials=(SerialRange(7, 10),)), issue(5)])
    assert needs.positions == (at(A), at(B), at(ISSUANCE))
    assert needs.debits == {at(A): 7}
    assert needs.selections == {at(A): [(7, 10)]}
    assert needs.issued == {CEA: []}
    assert needs.transfer_ids == ("t1", "t2", "i1")


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (move(4, serials=(SerialRange(59, 62),)), "61-62"),
        (move(50, serials=(SerialRange(31, 80),)), "61-65"),
        (move(3, serials=(SerialRange(60, 60), SerialRange(62, 63))), "62-63"),
        (move(108, serials=(SerialRange(1, 108),)), "61-65 106-108"),
    ],
)
def test_a_refusal_says_which_serials_are_not_there(command: Command, missing: str) -> None:
    (refusal,) = decided(command).results
    assert isinstance(refusal, EtsError)
    assert refusal.metadata["missing_serials"] == missing


def test_a_refusal_names_no_serials_where_none_were_asked_for() -> None:
    (refusal,) = decided(move(101)).results
    assert isinstance(refusal, EtsError)
    assert "missing_serials" not in refusal.metadata
