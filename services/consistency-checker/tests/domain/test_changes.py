"""CHK-63 to CHK-66, and CHK-7 and CHK-8 as far as change registrations make units or take them back."""

import pytest
from checker_books import Books
from checker_changes import FILED, FREEZE, FREEZE_NO, MERGED, RELEASE, A, B, entry_of, line
from checker_clean import CEA, OFFSET, RA, RB
from checker_judging import assert_broken, assert_kept
from consistency_checker.domain.books import (
    CHANGE_ENTRIES,
    CHANGES,
    FREEZE_BLOCKS,
    FREEZES,
    MERGERS,
    OBLIGATIONS,
    SUCCESSIONS,
)
from consistency_checker.domain.books import REGISTRY_UNITS as REG
from consistency_checker.domain.rows import State


def _carry_out(books: Books, made) -> None:
    books.rows[CHANGES.path].append(made)
    books.rows[CHANGE_ENTRIES.path].append(entry_of(made))


def _freeze(books: Books, *, in_bucket=20) -> None:
    """20 t of entity B are frozen still."""
    books.drop(CHANGES, registration_no=RELEASE)
    books.drop(CHANGE_ENTRIES, registration_no=RELEASE)
    books.change(FREEZES, {"held_tco2e": 20, "serials_tco2e": 20}, freeze_no=FREEZE_NO)
    books.add(REG.holdings, RB, CEA, "judicially_frozen", in_bucket)
    for start, end in ((5001, 5005), (5006, 5010), (5021, 5030)):
        books.add(FREEZE_BLOCKS, FREEZE_NO, RB, CEA, start, end)
    books.add(REG.blocks, CEA, 5021, 5030, "one", RB, "judicially_frozen")
    books.add(REG.blocks, CEA, 5001, 5010, "other", RB, "judicially_frozen")


def _half_serials(books: Books) -> None:
    _freeze(books)
    books.change(FREEZES, {"serials_tco2e": 10}, freeze_no=FREEZE_NO)


def _others(books: Books, **changes) -> None:
    """The freeze says that it holds as many serials, but not those that are frozen."""
    _freeze(books)
    books.change(FREEZE_BLOCKS, changes, serial_start=5001)


def _twice(books: Books) -> None:
    """Two freezes hold one serial, and nobody one that is frozen."""
    _freeze(books)
    books.change(FREEZE_BLOCKS, {"serial_start": 5005, "serial_end": 5009}, serial_start=5006)


def _reserve(books: Books, quantity=30) -> None:
    _carry_out(
        books,
        line("CR-000009", "reserve", quantity, source_account_no="", target_account_no="R-NATIONAL"),
    )
    books.add(REG.blocks, CEA, 3001, 3030, "CR-000009", "R-NATIONAL", "registered")


def _recovery(books: Books, quantity=30) -> None:
    _carry_out(books, line("CR-000009", "recovery", quantity, target_account_no="R-RECOVERED"))
    books.change(REG.holdings, {"quantity_tco2e": 130}, account_no="R-RECOVERED")


def _recovery_corrected(books: Books) -> None:
    _recovery(books)
    back = {"source_account_no": "R-RECOVERED", "target_account_no": RB, "corrects": "CR-000009/1"}
    _carry_out(books, line("CR-000010", "correction", 30, **back))
    books.change(REG.holdings, {"quantity_tco2e": 100}, account_no="R-RECOVERED")


def _corrected_twice(books: Books) -> None:
    _recovery_corrected(books)
    back = {"source_account_no": "R-RECOVERED", "target_account_no": RA, "corrects": "CR-000009/1"}
    _carry_out(books, line("CR-000011", "correction", 1, **back))


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (63, _freeze),
        (64, _freeze),
        (65, _freeze),
        (66, _freeze),
        (66, lambda b: b.rows[CHANGES.path].append(FILED)),
        (65, lambda b: b.rows[CHANGES.path].append(FILED)),
        (7, _reserve),
        (66, _reserve),
        (8, _recovery),
        (10, lambda b: b.add(REG.holdings, "R-RECOVERED", OFFSET, "recovered", 5)),
        (66, _recovery),
        (8, _recovery_corrected),
        (66, _recovery_corrected),
    ],
)
def test_what_was_registered_in_order_is_kept(number, change):
    assert_kept(number, change)


CASES = [
    (63, lambda b: _freeze(b, in_bucket=19), f"{RB} {CEA}", "30 in registry/judicial_freezes", "29 in"),
    (63, lambda b: b.add(REG.holdings, RA, CEA, "judicially_frozen", 5), f"{RA} {CEA}", "0 in", "5 in"),
    (63, _half_serials, FREEZE_NO, "20 in", "10 in its serials"),
    (
        63,
        lambda b: _others(b, serial_start=5011, serial_end=5015),
        f"{RB} {CEA}",
        "5001-5010,5021-5030 in registry/blocks",
        "5006-5015,5021-5030 in registry/judicial_freeze_blocks",
    ),
    (
        63,
        lambda b: _others(b, account_no=RA),
        f"{FREEZE_NO} {RA} {CEA}",
        "0 in registry/judicial_freezes",
        "5 in registry/judicial_freeze_blocks",
    ),
    (63, _twice, f"{RB} {CEA}", "5001-5010,5021-5030 in", "5001-5005,5005-5009,5021-5030 in"),
    (64, lambda b: b.change(FREEZES, {"held_tco2e": 5}, freeze_no=FREEZE_NO), FREEZE_NO, "20 0", "20 5"),
    (64, lambda b: b.drop(FREEZES, freeze_no=FREEZE_NO), FREEZE_NO, "20 0", "nothing"),
    (
        64,
        lambda b: b.change(CHANGES, {"status": State("initiated")}, registration_no=RELEASE),
        FREEZE_NO,
        "20 20",
        "20 0",
    ),
    (
        65,
        lambda b: b.change(CHANGES, {"confirmed_by": "first"}, registration_no=FREEZE),
        FREEZE,
        "two",
        "first",
    ),
    (65, lambda b: b.change(CHANGES, {"initiated_by": ""}, registration_no=FREEZE), FREEZE, "two", "nobody"),
    (66, lambda b: b.drop(CHANGE_ENTRIES, registration_no=FREEZE), FREEZE, "20", "nothing"),
    (
        66,
        lambda b: b.change(CHANGES, {"status": State("rejected")}, registration_no=FREEZE),
        FREEZE,
        "nothing",
        "20",
    ),
    (
        66,
        lambda b: b.change(CHANGE_ENTRIES, {"quantity_tco2e": 21}, registration_no=FREEZE),
        FREEZE,
        "20",
        "21",
    ),
    (66, _corrected_twice, "CR-000009/1", "once", "2 times"),
    (7, lambda b: _reserve(b, 29), "CR-000009", "29 in", "30 in"),
    (8, lambda b: _recovery(b, 29), CEA, "129 in", "130 in"),
]


@pytest.mark.parametrize(("number", "corrupt", "subject", "expected", "found"), CASES)
def test_damage_to_change_registrations_is_found(number, corrupt, subject, expected, found):
    assert_broken(number, corrupt, subject, expected, found)


def _owed_by_itself(books: Books) -> None:
    """A meets its own, and what B owes came back to B by a second merger."""
    _carry_out(books, line("CR-000009", "merger", 5, source_account_no=RA, target_account_no=RB))
    books.add(MERGERS, 2, "CR-000009", A, B)
    books.add(SUCCESSIONS, B, "2019-2020", "CR-000009", B, 0, 2)
    books.add(SUCCESSIONS, A, "2019-2020", "CR-000009", B, 140, 1)


def test_an_obligation_that_comes_back_is_owed_by_its_entity():
    assert_kept(82, _owed_by_itself)


@pytest.mark.parametrize(
    ("corrupt", "subject", "expected", "found"),
    [
        (
            lambda b: b.drop(SUCCESSIONS, credit_code=B),
            f"{B} 2019-2020",
            f"owed by {A} {MERGED}",
            f"owed by {B}",
        ),
        (lambda b: b.drop(MERGERS, merger_no=1), MERGED, "carried out", "nothing"),
        (
            lambda b: b.change(SUCCESSIONS, {"successor_credit_code": B}, credit_code=B),
            f"{B} 2019-2020",
            f"owed by {A}",
            f"owed by {B}",
        ),
        (
            lambda b: b.change(SUCCESSIONS, {"outstanding_tco2e": 7}, credit_code=B),
            B,
            "one of [0, 990, 1000]",
            "7 in",
        ),
        (lambda b: b.drop(OBLIGATIONS, credit_code=B), B, "one of []", "1000 in"),
    ],
)
def test_an_obligation_that_its_successor_does_not_owe_is_found(corrupt, subject, expected, found):
    assert_broken(82, corrupt, subject, expected, found)
