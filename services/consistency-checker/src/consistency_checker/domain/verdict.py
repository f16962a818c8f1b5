"""What can be said about an invariant: it holds, it does not, or nobody could look. The three are never merged.

VER-1  An invariant is Kept only when every book that it needs was read.
VER-2  An absent or unreadable side makes it Unchecked with the cause, never Kept and never Broken.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consistency_checker.domain.snapshot import Snapshot


class Uncheckable(Exception):
    """Something that a check needs could not be read. Caught by `Invariant.check` only."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One place where an invariant does not hold.

    `keys` are what an event must mention to be about this place; the first such event is looked for afterwards.
    """

    subject: str
    expected: str
    found: str
    keys: tuple[str, ...] = ()
    first_event: str = ""
    flow_id: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Looked, and it holds."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Looked, and it does not hold."""

    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Could not look."""

    cause: str


Verdict = Kept | Broken | Unchecked


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """A permanent number, a sentence, and the search for places where the sentence is false."""

    number: int
    statement: str
    find: Callable[["Snapshot"], Iterable[Evidence]]

    @property
    def invariant_id(self) -> str:
        """Give the permanent id, "CHK-<n>"."""
        return f"CHK-{self.number}"

    def check(self, snapshot: "Snapshot") -> Verdict:
        """Judge a snapshot."""
        try:
            evidence = tuple(self.find(snapshot))
        except Uncheckable as absence:
            return Unchecked(absence.cause)
        return Broken(evidence) if evidence else Kept()
