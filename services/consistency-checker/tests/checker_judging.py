"""How a test says what a corruption must lead to."""

from collections.abc import Callable

from checker_books import Books
from consistency_checker.domain.invariants import INVARIANTS
from consistency_checker.domain.verdict import Broken, Evidence, Kept

Corrupt = Callable[[Books], None]
BY_NUMBER = {invariant.number: invariant for invariant in INVARIANTS}


def evidence_of(number: int, corrupt: Corrupt) -> list[Evidence]:
    """Give the evidence of one invariant against corrupted books."""
    books = Books()
    corrupt(books)
    verdict = BY_NUMBER[number].check(books.snapshot())
    assert isinstance(verdict, Broken), verdict
    return list(verdict.evidence)


def assert_broken(number: int, corrupt: Corrupt, subject: str, expected: str, found: str) -> None:
    """Require evidence with this subject, expectation and finding, each given in part."""
    evidence = evidence_of(number, corrupt)
    assert any(
        subject in place.subject and expected in place.expected and found in place.found for place in evidence
    ), evidence


def assert_kept(number: int, change: Corrupt) -> None:
    """Require that a change of the books is no break."""
    books = Books()
    change(books)
    assert BY_NUMBER[number].check(books.snapshot()) == Kept()
