"""Comparing the books of a window with those of an earlier one: the same seed gives the same digests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console


class NotComparable(Exception):
    """There is no earlier report, or it is of another plan; the text names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An earlier report that a window must equal."""

    path: Path
    last_date: str
    digests: Mapping[str, str]

    def differences(self, report: Mapping[str, Any]) -> list[str]:
        """Name the books that differ, or that only one of the two has."""
        found: Mapping[str, str] = report["digests"]
        return sorted(book for book in {*found, *self.digests} if found.get(book) != self.digests.get(book))

    def is_equal(self, report: Mapping[str, Any], console: Console) -> bool:
        """Tell whether all books are the same, and print which are not."""
        if report["scenario"]["last_date"] != self.last_date:
            console.print(f"[red]{self.path} ends on {self.last_date}: its books are of another day.[/red]")
            return False
        different = self.differences(report)
        if different:
            console.print(f"[red]Books that differ from {self.path}: {', '.join(different)}.[/red]")
        else:
            console.print(f"All {len(self.digests)} books are equal to those of {self.path}.")
        return not different


def read_earlier(path: Path, plan_digest: str) -> Comparison:
    """Read the report to compare with; raises NotComparable."""
    if not path.exists():
        raise NotComparable(f"there is no report {path} to compare with: play a window first")
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        scenario, digests = report["scenario"], report["digests"]
        if scenario["plan_digest"] != plan_digest:
            raise NotComparable(f"{path} is of another plan: of another cycle, seed or version")
        return Comparison(path=path, last_date=scenario["last_date"], digests=digests)
    except (KeyError, TypeError, ValueError) as error:
        raise NotComparable(f"{path} is no report of this version: {error}") from error
