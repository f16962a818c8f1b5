"""CHK-30 to CHK-36: surrender, use of credits, the five percent, and what the management platform knows."""

import pytest
from checker_books import Books
from checker_clean import CANCELLATION, CEA, OFFSET, PERIOD, RA, SURRENDER, A, B
from checker_judging import assert_broken, assert_kept
from consistency_checker.domain.books import (
    APPLICATIONS,
    COMPLIANCE,
    CREDITS,
    HANDOVER_ROWS,
    MRV,
    OBLIGATION_VERSIONS,
    OBLIGATIONS,
    REGISTRY_UNITS,
    SURRENDERS,
)
from consistency_checker.domain.rows import State


def _owed(credit_code, **changes):
    return lambda books: books.change(OBLIGATIONS, changes, credit_code=credit_code)


def _known(credit_code, **changes):
    return lambda books: books.change(COMPLIANCE, changes, credit_code=credit_code)


def _corrected_down(books: Books) -> None:
    """As if it had never been higher."""
    _owed(A, obligation_tco2e=1199)(books)
    for version_no in (1, 2):
        changes = {"obligation_tco2e": 1199}
        books.change(OBLIGATION_VERSIONS, changes, credit_code=A, version_no=version_no)


def _second_cancellation(books: Books) -> None:
    books.add(HANDOVER_ROWS, "H-2021-11-01-37", 2, "CX-2", A, "CCER-P1-2020", 1, True, False)


CASES = [
    (30, _owed(A, surrendered_tco2e=1141), f"{A} {PERIOD}", "at most 1200", "1201"),
    (30, _owed(A, offset_tco2e=-1), f"{A} {PERIOD}", "none below 0", "999"),
    (30, _owed(B, completed_date=""), f"{B} {PERIOD}", "1000 of 1000", "not completed"),
    (30, _owed(A, completed_date="2021-11-02"), f"{A} {PERIOD}", "1060 of 1200", "completed on 2021-11-02"),
    (31, _owed(A, surrendered_tco2e=999), f"{A} {PERIOD} allowances", "1000 in", "999 in"),
    (31, _owed(A, offset_tco2e=59), f"{A} {PERIOD} credits", "60 in", "59 in"),
    (31, lambda b: b.drop(SURRENDERS, credit_code=B), f"{B} {PERIOD} allowances", "0 in", "1000 in"),
    (
        31,
        lambda b: b.change(
            REGISTRY_UNITS.holdings, {"quantity_tco2e": 1999}, bucket="surrendered", product=CEA
        ),
        CEA,
        "2000 in",
        "1999 in",
    ),
    (
        32,
        lambda b: b.drop(REGISTRY_UNITS.holdings, bucket="pending_surrender"),
        f"{RA} {CEA}",
        "90 in",
        "0 in",
    ),
    (
        32,
        lambda b: b.change(SURRENDERS, {"status": State("refused")}, status="submitted"),
        f"{RA} {CEA}",
        "0 in",
        "90 in",
    ),
    (33, lambda b: b.change(CREDITS, {"used_tco2e": 59}, credit_code=A), A, "59 in", "60 in"),
    (33, lambda b: b.change(CREDITS, {"used_tco2e": 61}, credit_code=A), CANCELLATION, "0 to 60", "61"),
    (34, _corrected_down, A, "at most 59", "60 used in registry/obligations"),
    (34, _corrected_down, A, "at most 59", "60 credited in registry/offset_credits"),
    (34, _second_cancellation, A, "at most 60", "61 accepted in registry/handover_rows"),
    (34, lambda b: b.drop(OBLIGATIONS, credit_code=A), A, "at most 0", "60 credited"),
    (
        35,
        lambda b: b.change(APPLICATIONS, {"confirmed_tco2e": 61}, credit_code=A),
        A,
        "at most 60",
        "61 confirmed",
    ),
    (
        36,
        _known(A, surrendered_tco2e=0),
        f"{A} {PERIOD}",
        "surrendered 1000, offset 60",
        "surrendered 0, offset 60",
    ),
    (36, _known(A, obligation_tco2e=1), f"{A} {PERIOD}", "obligation 1200", "obligation 1 in"),
    (36, _known(B, is_completed=False), f"{B} {PERIOD}", "completed: True", "completed: False"),
    (36, lambda b: b.drop(OBLIGATIONS, credit_code=B), B, "an obligation", "only in mrv/compliance"),
    (36, lambda b: b.drop(COMPLIANCE, credit_code=B), f"{B} {PERIOD}", "surrendered 1000", "surrendered 0"),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_a_difference_in_compliance_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def _registration_unheard(books: Books) -> None:
    _known(B, surrendered_tco2e=0, is_completed=False)(books)
    books.fly(
        MRV,
        "SurrenderRegistered",
        status__credit_code=B,
        status__period=PERIOD,
        status__obligation_tco2e=1000,
        status__surrendered_tco2e=1000,
    )


def _certificate_unheard(books: Books) -> None:
    _known(B, is_completed=False)(books)
    books.fly(MRV, "ComplianceCertificateIssued", credit_code=B)


@pytest.mark.parametrize("change", [_registration_unheard, _certificate_unheard])
def test_a_registration_in_flight_is_no_break(change):
    assert_kept(36, change)


def test_a_registration_in_flight_with_other_sums_is_a_break():
    def wrong(books: Books) -> None:
        _registration_unheard(books)
        _owed(B, surrendered_tco2e=999, completed_date="")(books)

    assert_broken(36, wrong, B, "surrendered 999", "surrendered 1000")


def test_refused_applications_hold_and_count_nothing():
    refused = (f"{SURRENDER}9", A, State("REFUSED"))
    assert_kept(31, lambda books: books.add(SURRENDERS, *refused, OFFSET, 5, PERIOD, RA, False))
    assert_kept(32, lambda books: books.add(SURRENDERS, *refused, CEA, 5, PERIOD, RA, False))
