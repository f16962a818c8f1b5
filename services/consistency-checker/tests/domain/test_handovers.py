"""CHK-44 to CHK-52: the daily hand-over, from the manifest to the credits."""

import pytest
from checker_books import Books
from checker_clean import APPLICATION, CANCELLATION, CCER, HANDOVER, OFFSET, A, B
from checker_judging import assert_broken, assert_kept
from consistency_checker.domain.books import (
    CANCELLATIONS,
    CREDITS,
    HANDOVER_ROWS,
    ISSUED_HANDOVERS,
    MRV,
    PROVINCE_HANDOVERS,
    RECEIVED_HANDOVERS,
    REGISTRY,
)
from consistency_checker.domain.books import CCER as BRIDGE

ZERO_ROW = "H-2021-10-31-37"
WRONG = "00" * 32


def _issued(handover_no, **changes):
    return lambda books: books.change(ISSUED_HANDOVERS, changes, handover_no=handover_no)


def _cancelled(**changes):
    return lambda books: books.change(CANCELLATIONS, changes, cancellation_no=CANCELLATION)


def _received(**changes):
    return lambda books: books.change(HANDOVER_ROWS, changes, cancellation_no=CANCELLATION)


def _credited(**changes):
    return lambda books: books.change(CREDITS, changes, cancellation_no=CANCELLATION)


def _missing_day(books: Books) -> None:
    for row in [row for row in books.rows[ISSUED_HANDOVERS.path] if row.business_date == "2021-11-01"]:
        books.change(ISSUED_HANDOVERS, {"business_date": "2021-11-02"}, handover_no=row.handover_no)


def _row_twice(books: Books) -> None:
    books.add(HANDOVER_ROWS, "H-2021-11-02-37", 1, CANCELLATION, A, CCER, 60, False, False)


def _credits_of_two(books: Books) -> None:
    books.add(CREDITS, CANCELLATION, B, OFFSET, 61, 62, 2, 0)


CASES = [
    (
        44,
        lambda b: b.drop(ISSUED_HANDOVERS, handover_no=ZERO_ROW),
        "2021-10-31 37",
        "with rows or without",
        "none",
    ),
    (44, _missing_day, "2021-11-01 11", "a hand-over", "none"),
    (44, _issued(ZERO_ROW, business_date="2021-11-01"), "2021-11-01 37", "once", "2 times"),
    (45, _issued(HANDOVER, previous_digest_hex=WRONG), HANDOVER, "previous digest", WRONG),
    (45, _issued(HANDOVER, previous_digest_hex=WRONG), HANDOVER, "manifest digest", ""),
    (45, _issued(HANDOVER, quantity_tco2e=61), HANDOVER, "manifest digest", ""),
    (45, _issued(ZERO_ROW, manifest_digest_hex=WRONG), ZERO_ROW, "manifest digest", WRONG),
    (45, lambda b: b.drop(ISSUED_HANDOVERS, handover_no=ZERO_ROW), HANDOVER, "previous digest empty", ""),
    (46, _issued(HANDOVER, row_count=2), HANDOVER, "1 in rows of", "2 in"),
    (46, _issued(HANDOVER, quantity_tco2e=61), HANDOVER, "60 in", "61 in"),
    (46, _cancelled(handover_no="H-9"), CANCELLATION, "in a hand-over of province 37", "H-9"),
    (46, _cancelled(handover_no="H-2021-11-01-11"), CANCELLATION, "province 37", "H-2021-11-01-11"),
    (46, _cancelled(handover_no=""), HANDOVER, "0 in", "1 in"),
    (47, lambda b: b.drop(PROVINCE_HANDOVERS, handover_no=ZERO_ROW), ZERO_ROW, "37 0 0", "nothing in mrv"),
    (
        47,
        lambda b: b.change(PROVINCE_HANDOVERS, {"quantity_tco2e": 6}, handover_no=HANDOVER),
        HANDOVER,
        "37 1 60",
        "37 1 6 ",
    ),
    (
        47,
        lambda b: b.add(PROVINCE_HANDOVERS, "H-9", "37", 0, 0, WRONG),
        "H-9",
        "nothing in ccer-bridge",
        WRONG,
    ),
    (
        48,
        lambda b: b.change(RECEIVED_HANDOVERS, {"manifest_digest_hex": WRONG}, handover_no=HANDOVER),
        HANDOVER,
        "1 60",
        WRONG,
    ),
    (
        48,
        lambda b: b.change(RECEIVED_HANDOVERS, {"is_taken": False}, handover_no=ZERO_ROW),
        ZERO_ROW,
        "0 0",
        "nothing",
    ),
    (48, lambda b: b.add(RECEIVED_HANDOVERS, ZERO_ROW, 0, 0, WRONG, True), ZERO_ROW, "once", "2 times"),
    (49, lambda b: b.drop(HANDOVER_ROWS), CANCELLATION, f"{HANDOVER} {A} {OFFSET} 60", "nothing"),
    (49, _received(quantity_tco2e=59), CANCELLATION, "60 in", "59 in"),
    (49, _received(credit_code=B), CANCELLATION, A, B),
    (49, _row_twice, CANCELLATION, "once", "2 times"),
    (49, _cancelled(handover_no=""), CANCELLATION, "nothing", HANDOVER),
    (
        50,
        _issued(HANDOVER, is_acknowledged=False),
        HANDOVER,
        "1 accepted and 0 rejected, answered",
        "not answered",
    ),
    (
        50,
        _issued(HANDOVER, accepted_count=0, rejected_count=1),
        HANDOVER,
        "1 accepted",
        "0 accepted and 1 rejected",
    ),
    (50, _received(is_accepted=False), HANDOVER, "0 accepted and 1 rejected", "1 accepted and 0 rejected"),
    (51, _credited(credited_tco2e=59), CANCELLATION, f"{A} {OFFSET} 60", f"{A} {OFFSET} 59"),
    (51, lambda b: b.drop(CREDITS), CANCELLATION, "60 in", "nothing in"),
    (51, _received(is_credited=False), CANCELLATION, "nothing in", "60 in"),
    (51, lambda b: b.rows[CREDITS.path].append(b.rows[CREDITS.path][0]), CANCELLATION, "60 in", "120 in"),
    (51, _credits_of_two, CANCELLATION, "one entity and product", "more"),
    (52, _credited(serial_start=2), CANCELLATION, "1-60 in", "2-60 in"),
    (52, lambda b: b.drop(CANCELLATIONS), CANCELLATION, "nothing in", "1-60"),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_a_difference_in_the_hand_over_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def _province_unheard(books: Books) -> None:
    books.drop(PROVINCE_HANDOVERS, handover_no=HANDOVER)
    books.fly(MRV, "HandoverIssued", manifest__handover_no=HANDOVER)


def _registry_unheard(books: Books) -> None:
    books.drop(RECEIVED_HANDOVERS, handover_no=HANDOVER)
    books.drop(HANDOVER_ROWS)
    books.drop(CREDITS)
    _issued(HANDOVER, is_acknowledged=False, accepted_count=0)(books)
    books.fly(REGISTRY, "HandoverIssued", manifest__handover_no=HANDOVER)


def _answer_unheard(books: Books) -> None:
    _issued(HANDOVER, is_acknowledged=False, accepted_count=0)(books)
    books.fly(BRIDGE, "HandoverAcknowledged", handover_no=HANDOVER)


def _issued_again(books: Books) -> None:
    """Everybody has the hand-over, and it is on its way once more."""
    _issued(HANDOVER, is_acknowledged=False, accepted_count=0)(books)
    for consumer in (MRV, REGISTRY):
        books.fly(consumer, "HandoverIssued", manifest__handover_no=HANDOVER)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        *((number, _issued_again) for number in (47, 48, 49, 50)),
        (47, _province_unheard),
        (48, _registry_unheard),
        (49, _registry_unheard),
        (50, _registry_unheard),
        (51, _registry_unheard),
        (50, _answer_unheard),
    ],
)
def test_a_hand_over_in_flight_is_no_break(number, change):
    assert_kept(number, change)


def test_a_cancellation_that_waits_for_its_day_is_no_break():
    def fresh(books: Books) -> None:
        books.add(CANCELLATIONS, "CX-2", APPLICATION, A, "37", CCER, 5, "61-65", "")

    assert_kept(46, fresh)
    assert_kept(49, fresh)


def test_a_hand_over_that_was_rejected_before_it_was_taken_is_no_break():
    assert_kept(48, lambda books: books.add(RECEIVED_HANDOVERS, HANDOVER, 9, 9, WRONG, False))


def test_a_row_that_waits_for_its_credits_is_no_break():
    def waiting(books: Books) -> None:
        _received(is_credited=False)(books)
        books.drop(CREDITS)

    assert_kept(51, waiting)
    assert_kept(52, waiting)


def test_dates_that_are_none_are_compared_as_they_are():
    assert_broken(44, _issued(ZERO_ROW, business_date="soon"), "soon 11", "a hand-over", "none")
