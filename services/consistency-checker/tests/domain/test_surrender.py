"""CHK-74 to CHK-77: limits, histories, forced surrenders, help."""

import pytest
from checker_books import Books
from checker_judging import assert_broken, assert_kept
from checker_surrender import CEA, CHANGE, FORCED_CASE, PERIOD, RA, RB, A, B
from consistency_checker.domain.books import (
    ADJUSTMENTS,
    EARMARKS,
    FORCED,
    ISSUANCE_ROWS,
    ISSUANCES,
    OBLIGATION_CHANGES,
    OBLIGATION_VERSIONS,
    OBLIGATIONS,
    REGISTRY_UNITS,
    SURRENDERS,
)
from consistency_checker.domain.rows import State


def _owed(credit_code, **changes):
    return lambda books: books.change(OBLIGATIONS, changes, credit_code=credit_code)


def _line(**changes):
    return lambda books: books.change(SURRENDERS, changes, application_no=f"SA-{PERIOD}-{B}-1")


CASES = [
    (29, lambda b: b.drop(OBLIGATION_CHANGES, change_no=f"{CHANGE}-1"), B, "1010 in", "1000 in"),
    (30, _owed(A, notice_ordinal=2, obligation_tco2e=1052), f"{A} {PERIOD}", "1052 of 1052", "not completed"),
    (74, _owed(A, offset_limit_tco2e=61), f"{A} {PERIOD}", "limit 60 of 1200", "limit 61"),
    (74, _owed(B, sector=State("steel"), period="2024"), f"{B} 2024", "limit 0 of 1000", "limit 50"),
    (74, _owed(A, beside_steel_tco2e=20), f"{A} {PERIOD} POWER", "1200 in", "1180 in"),
    (
        75,
        lambda b: b.change(OBLIGATION_CHANGES, {"sector": State("steel")}, change_no=f"{CHANGE}-1"),
        f"{B} {PERIOD}",
        "changes [(1000, 990), (990, 1000)]",
        "(1000, 990, STEEL)",
    ),
    (75, _owed(B, certificate_ordinal=0), f"{B} {PERIOD}", "notice 3, certificate 1", "3, 0"),
    (75, _owed(B, notice_ordinal=2), f"{B} {PERIOD}", "notice 3, certificate 1", "2, 1"),
    (75, _owed(A, surrendered_tco2e=999), f"{A} {PERIOD}", "(1200, 999, 60, 0)", "(1200, 1000, 60, 0)"),
    (
        75,
        lambda b: b.drop(OBLIGATION_VERSIONS, credit_code=A),
        f"{A} {PERIOD}",
        "versions from 1 on",
        "[] of []",
    ),
    (
        75,
        lambda b: b.drop(OBLIGATION_VERSIONS, version_no=1),
        f"{A} {PERIOD}",
        "versions from 1 on",
        "of [2]",
    ),
    (
        75,
        lambda b: b.drop(OBLIGATION_CHANGES, change_no=f"{CHANGE}-1"),
        f"{B} {PERIOD}",
        "changes [(1000, 990), (990, 1000)]",
        "[(990, 1000)]",
    ),
    (
        75,
        lambda b: b.change(OBLIGATION_VERSIONS, {"surrendered_tco2e": 1001}, version_no=3),
        f"{B} {PERIOD}",
        "reached upwards",
        "(1000, 1000, 0, 0)",
    ),
    (
        75,
        lambda b: b.add(ADJUSTMENTS, A, "2021", 1, State("unsurrendered"), 5, 5, "D-2"),
        A,
        "0 in",
        "5 in",
    ),
    (76, lambda b: b.drop(FORCED, case_no=FORCED_CASE), f"{FORCED_CASE} {CEA} released", "0 in", "50 in"),
    (
        76,
        lambda b: b.change(FORCED, {"period": PERIOD}, case_no=FORCED_CASE),
        f"{FORCED_CASE} {CEA} surrendered",
        "50 in",
        "0 in",
    ),
    (76, lambda b: b.change(EARMARKS, {"reference": "FS-2"}, reference=FORCED_CASE), "FS-2", "0 in", "50 in"),
    (77, _line(account_no=RA), f"SA-{PERIOD}-{B}-1", "consent", "REGISTERED"),
    (77, _line(is_consented=True), f"SA-{PERIOD}-{B}-1", "no consent to own units", "REGISTERED"),
    (
        77,
        _line(account_no=RA, is_consented=True, product="BORROWED-2023"),
        f"SA-{PERIOD}-{B}-1",
        "allowances of another account",
        "BORROWED-2023",
    ),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_a_difference_in_surrender_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def _lowered(books: Books) -> None:
    """A's obligation is lowered after its registration: 10 of its 60 credits do not count any more."""
    _owed(A, obligation_tco2e=1000, notice_ordinal=2, offset_limit_tco2e=50, completed_date="2021-11-02")(
        books
    )
    _owed(A, certificate_ordinal=1)(books)
    books.add(OBLIGATION_VERSIONS, A, PERIOD, 3, 1000, 1000, 60, 0)
    books.add(OBLIGATION_CHANGES, f"OC-{PERIOD}-{A}-1", A, PERIOD, State("confirmed"), 1200, 1000)


@pytest.mark.parametrize("number", [29, 30, 31, 33, 34, 35, 74, 75])
def test_a_lowered_obligation_with_more_registered_than_counts_is_no_break(number):
    assert_kept(number, _lowered)


def test_what_does_not_count_completes_nothing():
    def wrong(books: Books) -> None:
        _lowered(books)
        _owed(A, surrendered_tco2e=949)(books)

    assert_broken(30, wrong, A, "999 of 1000", "completed on 2021-11-02")


def _deducted(books: Books) -> None:
    """What A did not surrender is noted for its next allocation in two steps, and half of it taken back."""
    changes = {"deducted_tco2e": 70}
    books.change(OBLIGATIONS, changes, credit_code=A)
    for number, (change, remainder) in enumerate(((100, 100), (40, 140), (-70, 70)), start=1):
        books.add(ADJUSTMENTS, A, "2021", number, State("unsurrendered"), change, remainder, f"D-{number}")
    books.add(OBLIGATION_VERSIONS, A, PERIOD, 3, 1200, 1000, 60, 140)
    books.add(OBLIGATION_VERSIONS, A, PERIOD, 4, 1200, 1000, 60, 70)


@pytest.mark.parametrize("number", [30, 71, 75])
def test_deductions_that_were_noted_and_taken_back_are_no_break(number):
    assert_kept(number, _deducted)


def test_a_deduction_that_was_never_noted_is_found():
    def wrong(books: Books) -> None:
        _deducted(books)
        books.change(OBLIGATION_VERSIONS, {"deducted_tco2e": 139}, version_no=3, credit_code=A)

    assert_broken(75, wrong, f"{A} {PERIOD}", "one of [0, 70, 100, 140]", "[139]")


def test_a_proposed_change_changes_nothing():
    proposed = (f"{CHANGE}-3", B, PERIOD, State("initiated"), 1000, 1100)
    assert_kept(29, lambda books: books.add(OBLIGATION_CHANGES, *proposed))
    assert_kept(75, lambda books: books.add(OBLIGATION_CHANGES, *proposed))


def _helped(books: Books) -> None:
    """The units that A set aside are B's, who helps it."""
    number = f"SA-{PERIOD}-{A}-2"
    books.change(SURRENDERS, {"account_no": RB, "is_consented": True}, application_no=number)
    books.change(
        REGISTRY_UNITS.holdings, {"account_no": RB}, account_no=RA, bucket="pending_surrender", product=CEA
    )


@pytest.mark.parametrize("number", [31, 32, 77])
def test_consented_help_is_no_break(number):
    assert_kept(number, _helped)


def test_an_offer_holds_units_before_consent():
    def offered(books: Books) -> None:
        _helped(books)
        number = f"SA-{PERIOD}-{A}-2"
        books.change(SURRENDERS, {"status": State("offered"), "is_consented": False}, application_no=number)

    assert_kept(32, offered)
    assert_kept(77, offered)


def _industry(books: Books) -> None:
    """A owes 300 t of its 1,500 for steel beside power in 2024, where nothing offsets what steel owes."""
    for table in (OBLIGATIONS, OBLIGATION_VERSIONS, OBLIGATION_CHANGES, ISSUANCES, ISSUANCE_ROWS):
        books.rows[table.path].clear()
    figures = ("37", 1500, 0, 0, "", 60, 0, State("power"), 2, 0, 0, 300, 0, 0)
    books.add(OBLIGATIONS, A, "2024", *figures)
    books.add(OBLIGATION_VERSIONS, A, "2024", 1, 1200, 0, 0, 0, 0, 0, 0, 0)
    books.add(OBLIGATION_VERSIONS, A, "2024", 2, 1500, 0, 0, 0, 0, 300, 0, 0)
    change = (f"2024/VERIFIED/37/industry/{A}", A, "2024", State("confirmed"), 1200, 1500, State("steel"))
    books.add(OBLIGATION_CHANGES, *change)
    for table_no, owed, sector in (
        ("2024/VERIFIED/37", 1200, "power"),
        ("2024/VERIFIED/37/industry", 300, "steel"),
    ):
        books.add(ISSUANCES, table_no, 1, State("issued"), owed, 1, "", "", "")
        books.add(ISSUANCE_ROWS, table_no, A, owed, owed, State(sector))


def test_power_and_industry_have_each_its_part_and_its_limit():
    assert_kept(74, _industry)
    assert_kept(75, _industry)


@pytest.mark.parametrize(
    ("number", "changes", "subject", "expected", "found"),
    [
        (74, {"offset_limit_tco2e": 75}, f"{A} 2024", "limit 60 of 1500", "limit 75"),
        (74, {"sector": State("steel"), "beside_steel_tco2e": 0}, f"{A} 2024 POWER", "1200 in", "0 in"),
        (75, {"beside_steel_tco2e": 299}, f"{A} 2024", "(1500, 0, 0, 0)", "(1500, 0, 0, 0)"),
    ],
)
def test_a_part_of_another_sector_is_found(number, changes, subject, expected, found):
    def wrong(books: Books) -> None:
        _industry(books)
        books.change(OBLIGATIONS, changes, credit_code=A)

    assert_broken(number, wrong, subject, expected, found)
