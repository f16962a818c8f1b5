"""What the model says of change registrations: lines, freezes, and the steps of carrying them out."""

from dataclasses import dataclass, field

from model_state import Place


@dataclass(frozen=True)
class Line:
    """Units of a product, so many or one block; a quantity of 0 out of a freeze is all that it holds."""

    source: str = ""
    target: str = ""
    product: str = ""
    quantity: int = 0
    block: tuple[int, int] | None = None
    freeze_no: str = ""
    corrects: str = ""


@dataclass
class Registration:
    """A change registration."""

    kind: str
    lines: list[Line]
    account_no: str
    survivor: str
    status: str
    initiated_by: str = ""
    confirmed_by: str = ""

    @property
    def touched(self) -> set[str]:
        """The accounts that it names."""
        sides = {account_no for line in self.lines for account_no in (line.source, line.target)}
        return {self.account_no, self.survivor} | sides


@dataclass
class Freeze:
    """Units that a court has frozen, serial by serial."""

    account_no: str
    product: str
    frozen: int
    serials: list[int] = field(default_factory=list)


@dataclass
class Step:
    """Where the units of a line go; without a source they are new."""

    line: Line
    source: Place | None
    target: Place
    serials: list[int] | None = None


class Refused(Exception):
    """Why a change cannot be."""
