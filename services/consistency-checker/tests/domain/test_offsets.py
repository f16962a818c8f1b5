"""CHK-37 to CHK-43 and CHK-58: applications, weekly summaries, cancellations."""

import pytest
from checker_books import Books
from checker_clean import APPLICATION, CANCELLATION, CCER, FRIDAY, A, B
from checker_judging import BY_NUMBER, assert_broken, assert_kept
from consistency_checker.domain.books import (
    APPLICATIONS,
    CANCELLATIONS,
    CCER_UNITS,
    CONFIRMED_APPLICATIONS,
    MRV,
    PROJECTS,
    PUBLISHED_SUMMARIES,
    RECEIVED_SUMMARIES,
)
from consistency_checker.domain.books import CCER as BRIDGE
from consistency_checker.domain.rows import State
from consistency_checker.domain.verdict import Unchecked


def _confirmed(**changes):
    return lambda books: books.change(CONFIRMED_APPLICATIONS, changes, application_no=APPLICATION)


def _applied(**changes):
    return lambda books: books.change(APPLICATIONS, changes, application_no=APPLICATION)


def _cancelled(**changes):
    return lambda books: books.change(CANCELLATIONS, changes, cancellation_no=CANCELLATION)


def _second(books: Books) -> None:
    books.add(CANCELLATIONS, "CX-2", APPLICATION, A, "37", CCER, 5, "61-65", "")


def _summarised_twice(books: Books) -> None:
    books.add(PUBLISHED_SUMMARIES, "37", "2021-11-05", APPLICATION, State("CONFIRMED"), 60)


def _retired(where, **changes):
    return lambda books: books.change(CCER_UNITS.blocks, changes, bucket=where)


CASES = [
    (37, _confirmed(confirmed_tco2e=61), APPLICATION, f"{A} 37 60", f"{A} 37 61"),
    (37, _confirmed(credit_code=B), APPLICATION, A, B),
    (37, lambda b: b.drop(CONFIRMED_APPLICATIONS), APPLICATION, "37 60", "nothing in ccer-bridge"),
    (37, _applied(status=State("REFUSED")), APPLICATION, "nothing in mrv", "37 60"),
    (38, lambda b: b.drop(RECEIVED_SUMMARIES, province_code="11"), f"11 {FRIDAY}", "0 in mrv", "nothing in"),
    (
        38,
        lambda b: b.change(RECEIVED_SUMMARIES, {"confirmed_tco2e": 6}, application_no=APPLICATION),
        APPLICATION,
        "60 in",
        "6 in",
    ),
    (39, _summarised_twice, APPLICATION, "once", "2 times"),
    (39, _summarised_twice, "11 2021-11-05", "a summary", "none"),
    (
        39,
        lambda b: b.change(PUBLISHED_SUMMARIES, {"confirmed_tco2e": 6}, application_no=APPLICATION),
        APPLICATION,
        "('37', 60)",
        "('37', 6)",
    ),
    (39, lambda b: b.drop(APPLICATIONS), APPLICATION, "nothing", "60"),
    (
        39,
        lambda b: b.drop(PUBLISHED_SUMMARIES, province_code="12"),
        f"12 {FRIDAY}",
        "with rows or without",
        "none",
    ),
    (40, _cancelled(credit_code=B), CANCELLATION, B, f"is of ('{A}', '37')"),
    (40, _cancelled(application_no="OA-9"), CANCELLATION, "a confirmed application", "OA-9 is of nobody"),
    (40, _second, APPLICATION, "at most 60", "65"),
    (40, _confirmed(cancelled_tco2e=59), APPLICATION, "60 in ccer-bridge/cancellations", "59 in"),
    (
        40,
        lambda b: b.rows[CANCELLATIONS.path].append(b.rows[CANCELLATIONS.path][0]),
        CANCELLATION,
        "once",
        "2 times",
    ),
    (41, _applied(cancelled_tco2e=59), APPLICATION, "60 in", "59 in"),
    (41, _applied(status=State("CONFIRMED")), APPLICATION, "60 of 60 cancelled", "CONFIRMED"),
    (41, _applied(confirmed_tco2e=70), APPLICATION, "60 of 70 cancelled", "CANCELLED"),
    (42, _cancelled(quantity_tco2e=61), CANCELLATION, "61 serials", "1-60"),
    (42, _cancelled(blocks_text="2-61"), CCER, "2-61", "1-60"),
    (42, _retired("registered", bucket="cancelled"), CCER, "1-60", "1-60,101-500"),
    (42, lambda b: b.drop(CCER_UNITS.holdings, bucket="cancelled"), CCER, "60 in", "0 in"),
    (42, _second, CCER, "1-65", "1-60"),
    (
        43,
        lambda b: b.change(PROJECTS, {"is_inside_national_market": True}, project_no="P1"),
        CANCELLATION,
        "outside",
        CCER,
    ),
    (58, lambda b: b.drop(PROJECTS, project_no="P1"), CCER, "its project in", "only in ccer-bridge/blocks"),
    (43, _cancelled(product="CCER-P9-2020"), CANCELLATION, "a registered project", "CCER-P9-2020"),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_a_difference_before_the_hand_over_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def _decision_unheard(books: Books) -> None:
    books.drop(CONFIRMED_APPLICATIONS)
    books.fly(BRIDGE, "OffsetApplicationDecided", application__application_no=APPLICATION)


def _summary_unheard(books: Books) -> None:
    books.drop(RECEIVED_SUMMARIES, province_code="37")
    books.fly(BRIDGE, "WeeklySummaryPublished", province_code="37", business_date=FRIDAY)


def _receipt_unheard(books: Books) -> None:
    _applied(cancelled_tco2e=0, status=State("CONFIRMED"))(books)
    books.fly(
        MRV,
        "CancellationRegistered",
        cancellation__application_no=APPLICATION,
        cancellation__quantity_tco2e=60,
    )


@pytest.mark.parametrize(
    ("number", "change"), [(37, _decision_unheard), (38, _summary_unheard), (41, _receipt_unheard)]
)
def test_what_is_in_flight_before_the_hand_over_is_no_break(number, change):
    assert_kept(number, change)


def test_serials_that_cannot_be_read_are_unchecked():
    books = Books()
    _cancelled(blocks_text="1 to 60")(books)
    assert BY_NUMBER[42].check(books.snapshot()) == Unchecked("'1 to 60' is no run of serials")
