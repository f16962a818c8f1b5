"""Every figure of every book is watched: changing any one of them alone breaks something; junk breaks no check."""

from typing import get_type_hints

import pytest
from checker_books import Books
from checker_clean import TABLE_ROWS
from consistency_checker.domain.books import TABLES
from consistency_checker.domain.invariants import INVARIANTS
from consistency_checker.domain.verdict import Broken, Kept, Unchecked
from hypothesis import given, settings
from hypothesis import strategies as st

CLEAN = dict(TABLE_ROWS)
JUNK = st.sampled_from(
    ["", "-1", "0", "99999999999999999999", "x", "/", "1-", "2021-13-01", "电", "ISSUED", "R-E-"]
)

# The order of rows in a hand-over says nothing, and what was requested need not be confirmed.
UNWATCHED = {("registry/handover_rows", "row_no"), ("mrv/offset_applications", "requested_tco2e")}

# The first quote of a product follows from a reference price alone, and the second project has no units.
# A took over what a notice left, and may do so without one of its own.
FREE = {("trading/quotes", 0), ("ccer-bridge/projects", 1), ("registry/carry_over_notices", 0)}

# What is remembered of positions only shortens reads, which are right with any part of it.
LOSABLE = {"registry/remembered_differences", "ccer-bridge/remembered_differences"}


def _figures():
    for table, rows in CLEAN.items():
        hints = get_type_hints(table.row)
        for column in table.row._fields:
            if hints[column] in (int, bool) and (table.path, column) not in UNWATCHED:
                yield pytest.param(table, column, len(rows), id=f"{table.path}.{column}")


def _not_kept(books: Books) -> list[int]:
    snapshot = books.snapshot()
    return [found.number for found in INVARIANTS if found.check(snapshot) != Kept()]


def _places(table, count):
    return {0, count // 2, count - 1} - {number for path, number in FREE if path == table.path}


@pytest.mark.parametrize(("table", "column", "count"), list(_figures()))
def test_a_figure_that_changes_alone_breaks_something(table, column, count):
    for number in _places(table, count):
        books = Books()
        row = books.rows[table.path][number]
        value = getattr(row, column)
        changed = not value if isinstance(value, bool) else value + 1
        books.rows[table.path][number] = row._replace(**{column: changed})
        assert _not_kept(books), (number, row)


@pytest.mark.parametrize(
    "table", [table for table in TABLES if table.path not in LOSABLE], ids=lambda table: table.path
)
def test_a_row_that_is_lost_breaks_something(table):
    for number in _places(table, len(CLEAN[table])):
        books = Books()
        row = books.rows[table.path].pop(number)
        assert _not_kept(books), row


@settings(max_examples=150, derandomize=True)
@given(table=st.sampled_from(list(CLEAN)), place=st.tuples(st.integers(0, 99), st.integers(0, 20)), junk=JUNK)
def test_junk_in_a_book_is_judged_and_never_ends_a_run(table, place, junk):
    books = Books()
    rows = books.rows[table.path]
    row = rows[place[0] % len(rows)]
    column = table.row._fields[place[1] % len(table.row._fields)]
    rows[place[0] % len(rows)] = row._replace(**{column: junk})
    snapshot = books.snapshot()
    assert all(isinstance(found.check(snapshot), Kept | Broken | Unchecked) for found in INVARIANTS)
