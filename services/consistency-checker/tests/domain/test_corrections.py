"""CHK-81 and what follows for CHK-31, CHK-68, CHK-70, CHK-75, CHK-76 from corrections of what was registered."""

import pytest
from checker_changes import CORRECTED_NO, CORRECTION, entry_of, line
from checker_judging import assert_broken, assert_kept
from checker_surrender import CEA, PERIOD, RA, A
from consistency_checker.domain.books import (
    CHANGE_ENTRIES,
    CHANGES,
    OBLIGATION_VERSIONS,
    OBLIGATIONS,
    RECORD_CORRECTIONS,
    REGISTRY_UNITS,
    SURRENDERS,
)
from consistency_checker.domain.rows import State

SURRENDER = f"SA-{PERIOD}-{A}-3"
TAKEN_BACK, AGAIN = "CR-000006", "CR-000007"


def _corrected(**changes):
    return lambda books: books.change(RECORD_CORRECTIONS, changes, registration_no=CORRECTION)


def _correction(books, number, quantity, corrects):
    """10 t of a surrender are taken back, or are registered again by a correction of the correction."""
    places = (RA, "R-SURRENDERED") if quantity > 0 else ("R-SURRENDERED", RA)
    made = line(
        number, "correction", 10, source_account_no=places[0], target_account_no=places[1], corrects=corrects
    )
    books.add(CHANGES, *made)
    books.add(CHANGE_ENTRIES, *entry_of(made))
    books.add(RECORD_CORRECTIONS, number, 1, State("surrender"), SURRENDER, 1, A, PERIOD, CEA, quantity)


def _surrender_corrected(books, told=(1010, 1000)):
    """10 t more were registered, and corrected; `told`: what the versions of the obligation say."""
    books.add(SURRENDERS, SURRENDER, A, State("registered"), CEA, 10, PERIOD, RA, False)
    for version_no, surrendered in enumerate(told, start=3):
        row = next(row for row in books.rows[OBLIGATION_VERSIONS.path] if row.credit_code == A)
        books.add(
            OBLIGATION_VERSIONS,
            *row._replace(version_no=version_no, surrendered_tco2e=surrendered, offset_tco2e=60),
        )
    _correction(books, TAKEN_BACK, -10, f"{SURRENDER}/1/registered")


def _counts_again(books):
    _surrender_corrected(books, (1010, 1000, 1010))
    _correction(books, AGAIN, 10, f"{TAKEN_BACK}/1")
    books.change(OBLIGATIONS, {"surrendered_tco2e": 1010}, credit_code=A, period=PERIOD)
    books.change(REGISTRY_UNITS.holdings, {"quantity_tco2e": 2010}, account_no="R-SURRENDERED", product=CEA)


def _not_told(books):
    _surrender_corrected(books)
    books.drop(RECORD_CORRECTIONS, registration_no=TAKEN_BACK)


CASES = [
    (31, _not_told, f"{A} {PERIOD} allowances", "1010 in", "1000 in"),
    (31, _not_told, CEA, "2010 in", "2000 in"),
    (75, _not_told, f"{A} {PERIOD}", "reached upwards", ""),
    (81, _not_told, f"{TAKEN_BACK} 1 SURRENDER {CEA}", "-10 in", "0 in"),
    (68, _corrected(change_tco2e=-9), CEA, "31 in", "30 in"),
    (81, _corrected(change_tco2e=-9), f"{CORRECTION} 1 CANCELLATION {CEA}", "-10 in", "-9 in"),
    (81, _corrected(kind=State("surrender")), f"{CORRECTION} 1 CANCELLATION {CEA}", "-10 in", "0 in"),
    (81, _corrected(record_line_no=2), CORRECTION, f"{CORRECTED_NO}/registered", "line 2 of"),
    (81, _corrected(record_no="VC-x"), CORRECTION, f"{CORRECTED_NO}/registered", "of VC-x"),
    (81, lambda b: b.drop(CHANGES, registration_no=CORRECTION), f"{CORRECTION} 1", "0 in", "-10 in"),
]


@pytest.mark.parametrize(("number", "damage", "subject", "expected", "found"), CASES)
def test_damage_to_corrections_is_found(number, damage, subject, expected, found):
    assert_broken(number, damage, subject, expected, found)


@pytest.mark.parametrize("change", [_surrender_corrected, _counts_again])
@pytest.mark.parametrize("number", [31, 66, 75, 81])
def test_what_is_taken_back_and_what_counts_again_is_kept(number, change):
    assert_kept(number, change)


def _of_record(kind):
    values = (AGAIN, 1, State(kind), "X-1", 1, A, "", CEA, -5)
    return lambda books: books.add(RECORD_CORRECTIONS, *values)


def test_what_was_carried_over_by_mistake_is_not_given_up():
    assert_broken(70, _of_record("carry_over"), CEA, "5 in", "10 in")


def test_a_release_that_was_corrected_is_held_for_the_entity_again():
    assert_broken(76, _of_record("release"), AGAIN, "5 in", "0 in")
