"""Every invariant on clean books, on absent ones, and on books that a corruption has parted."""

import sys

import pytest
from checker_books import Books
from consistency_checker.domain.books import CCER, MRV, REGISTRY, SERVICES, TABLES, TRADING
from consistency_checker.domain.invariants import INVARIANTS
from consistency_checker.domain.verdict import Broken, Invariant, Kept, Unchecked

BY_NUMBER = {invariant.number: invariant for invariant in INVARIANTS}
NEEDS = {
    REGISTRY: {
        1,
        3,
        5,
        7,
        8,
        9,
        10,
        11,
        13,
        15,
        17,
        24,
        25,
        27,
        28,
        29,
        30,
        31,
        32,
        33,
        34,
        35,
        36,
        48,
        49,
        50,
        51,
        52,
        60,
        61,
        62,
        63,
        64,
        65,
        66,
        67,
        68,
        69,
        70,
        71,
        72,
        73,
        *range(74, 79),
        *range(80, 85),
    },
    CCER: {
        2,
        4,
        6,
        9,
        12,
        14,
        16,
        18,
        24,
        37,
        38,
        40,
        41,
        42,
        43,
        44,
        45,
        46,
        47,
        48,
        49,
        50,
        52,
        58,
        79,
        85,
    },
    TRADING: {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 56, 57, 80},
    MRV: {25, 26, 27, 28, 29, 35, 36, 37, 38, 39, 41, 47},
}
EVERYBODY = {53, 54, 55}


def test_numbers_rise_and_sentences_end():
    assert sorted({invariant.number for invariant in INVARIANTS}) == [one.number for one in INVARIANTS]
    assert all(invariant.statement.endswith(".") for invariant in INVARIANTS)
    assert len({invariant.statement for invariant in INVARIANTS}) == len(INVARIANTS)


def test_the_module_of_each_invariant_states_it():
    for invariant in INVARIANTS:
        docstring = sys.modules[invariant.find.__module__].__doc__ or ""
        assert f"{invariant.invariant_id} {invariant.statement}" in " ".join(docstring.split())


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda found: found.invariant_id)
def test_every_invariant_is_kept_by_clean_books(invariant: Invariant):
    assert invariant.check(Books().snapshot()) == Kept()


@pytest.mark.parametrize("service", SERVICES)
def test_an_absent_service_leaves_exactly_what_needs_it_unchecked(service: str):
    books = Books()
    books.take_away(service)
    snapshot = books.snapshot()
    verdicts = {invariant.number: invariant.check(snapshot) for invariant in INVARIANTS}
    unchecked = {number for number, verdict in verdicts.items() if isinstance(verdict, Unchecked)}
    assert unchecked == NEEDS[service] | EVERYBODY
    assert all(service in verdict.cause for verdict in verdicts.values() if isinstance(verdict, Unchecked))
    assert all(verdicts[number] == Kept() for number in verdicts.keys() - unchecked)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.path)
def test_every_book_is_needed_and_its_absence_is_no_verdict(table):
    books = Books()
    del books.rows[table.path]
    snapshot = books.snapshot()
    verdicts = [invariant.check(snapshot) for invariant in INVARIANTS]
    causes = {verdict.cause for verdict in verdicts if isinstance(verdict, Unchecked)}
    assert causes == {f"{table.service} shows no book {table.book}"}
    assert not any(isinstance(verdict, Broken) for verdict in verdicts)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.path)
def test_a_missing_column_is_no_verdict(table):
    books = Books()
    last = table.row._fields[-1]
    books.columns[table.path] = table.row._fields[:-1]
    snapshot = books.snapshot()
    causes = {
        verdict.cause
        for invariant in INVARIANTS
        if isinstance(verdict := invariant.check(snapshot), Unchecked)
    }
    assert causes == {f"{table.path} has no column {last}"}


def test_a_value_that_is_no_number_is_no_verdict():
    books = Books()
    holdings = books.rows["registry/holdings"]
    holdings[0] = holdings[0]._replace(quantity_tco2e="many")
    verdict = BY_NUMBER[3].check(books.snapshot())
    assert isinstance(verdict, Unchecked)
    assert "registry/holdings, row" in verdict.cause


def test_services_without_a_consistent_cut_are_not_compared():
    books = Books()
    books.unjoined[frozenset((REGISTRY, TRADING))] = "no consistent cut between registry and trading"
    snapshot = books.snapshot()
    unchecked = {
        invariant.number for invariant in INVARIANTS if isinstance(invariant.check(snapshot), Unchecked)
    }
    assert unchecked == {11, 13, 15, 17, 24, 80}
