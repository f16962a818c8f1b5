"""Every invariant is in docs/invariants.md once, and the document names nothing that is not there.

A module's docstring numbers what it keeps ("REG-2  A table is issued once …"), one line or more per number.
"""

import ast
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import house

DOCUMENT = house.ROOT / "docs" / "invariants.md"
STATED = re.compile(r"^([A-Z][A-Z0-9]{1,2}-\d{1,2})\s+[A-Z`]")
ROW = re.compile(r"^\| ([A-Z][A-Z0-9]{1,2}-\d{1,2}) \| (.+) \| (.+) \| (.+) \|$")
PATH = re.compile(r"`([^`]+)`")


def stated_in(docstring: str) -> list[str]:
    return [match[1] for line in docstring.splitlines() if (match := STATED.match(line))]


def stated() -> dict[str, str]:
    """Give every numbered statement of our modules with the module that makes it."""
    found = {}
    for path in house.sources("libs", "services", "simulation", "deploy"):
        if "tests" in path.parts:
            continue
        for invariant in stated_in(ast.get_docstring(ast.parse(path.read_text())) or ""):
            name = str(path.relative_to(house.ROOT))
            assert invariant not in found, f"{invariant} is stated in {name} and in {found[invariant]}"
            found[invariant] = name
    return found


def documented() -> dict[str, tuple[str, str]]:
    """Give every row of the document: where the invariant is enforced, and where it is checked."""
    rows = [match.groups() for line in DOCUMENT.read_text().splitlines() if (match := ROW.match(line))]
    assert [name for name, count in Counter(row[0] for row in rows).items() if count > 1] == []
    return {name: (enforced, checked) for name, _, enforced, checked in rows}


def test_every_invariant_is_in_the_document_and_every_row_is_stated_somewhere():
    assert set(documented()) == set(stated())


def test_the_document_names_the_module_that_states_the_invariant():
    modules = stated()
    wrong = {
        name: enforced
        for name, (enforced, _) in documented().items()
        if name in modules and modules[name] not in PATH.findall(enforced)
    }
    assert wrong == {}


def test_every_invariant_is_checked_by_something_that_exists():
    missing = {
        name: checked
        for name, (_, checked) in documented().items()
        if not PATH.findall(checked)
        or not all((house.ROOT / path).exists() for path in PATH.findall(checked))
    }
    assert missing == {}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("REG-9   What is sent is in transit.", ["REG-9"]),
        ("DB-1  A `Transaction` is READ COMMITTED.", ["DB-1"]),
        ("K8S-10 No manifest holds a secret.", ["K8S-10"]),
        ("SHA-256 over the rows", []),
        ("CEA-2019-2020 is a product", []),
        ("see REG-9  What", []),
    ],
)
def test_a_statement_starts_its_line_with_its_number(line, found):
    assert stated_in(line) == found
