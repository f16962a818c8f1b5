"""What the documents point at is there: files, tests, and the code that carries out a sentence of the law."""

import importlib
import re
import sys
from pathlib import Path

import pytest
from ets.topics import TOPICS

sys.path.insert(0, str(Path(__file__).parent))
import house

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
CONFORMANCE = house.ROOT / "docs" / "conformance.md"
MARKET_SERVICES = [service for service in house.SERVICES if service != "consistency-checker"]
SKIPPED = {".venv", "var", "node_modules"}
DOCUMENTS = [
    path
    for folder in ("docs", "proto", "libs", "services", "simulation", "deploy")
    for path in sorted((house.ROOT / folder).rglob("*.md"))
    if not SKIPPED & set(path.parts)
] + sorted(house.ROOT.glob("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(house.ROOT)))
def test_every_link_leads_somewhere(document):
    targets = LINK.findall(document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_use_case_of_the_conformance_table_exists():
    paths = set(re.findall(r"`(services/[^`:]+\.py)`", CONFORMANCE.read_text()))
    assert len(paths) > 20
    assert sorted(path for path in paths if not (house.ROOT / path).exists()) == []


def test_every_test_of_the_conformance_table_exists():
    named = re.findall(r"`([^`:]+\.py)::(test_\w+)`", CONFORMANCE.read_text())
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (house.ROOT / path).exists()
        or not re.search(rf"^\s*(async )?def {name}\(", (house.ROOT / path).read_text(), re.MULTILINE)
    ]
    assert missing == []


def untested(lines: list[str]) -> list[str]:
    """Return the numbers of the sentences that a use case carries out and no test shows."""
    rows = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| [ANPMX]-\d+ \|", line)]
    return [row[0] for row in rows if "`services/" in row[4] and "::test_" not in row[5]]


def test_every_sentence_that_a_use_case_carries_out_has_a_test():
    assert untested(CONFORMANCE.read_text().splitlines()) == []


def test_a_sentence_without_a_test_is_found():
    carried_out = "| N-1 | 句 | words | who | Call: `services/mrv/src/mrv/app/x.py` | — | |"
    outside = "| N-2 | 句 | words | who | — | — | outside software |"
    assert untested([carried_out, outside]) == ["N-1"]


def readme_of(service: str) -> str:
    return (house.ROOT / "services" / service / "README.md").read_text()


@pytest.mark.parametrize("service", house.SERVICES)
def test_every_topic_of_a_service_is_in_its_readme(service):
    own = {name for name, topic in TOPICS.items() if service in (topic.producer, *topic.consumers)}
    assert sorted(name for name in own if name not in readme_of(service)) == []


@pytest.mark.parametrize("service", MARKET_SERVICES)
def test_every_book_of_a_market_service_is_in_its_readme_with_its_columns(service):
    books = importlib.import_module(f"{service.replace('-', '_')}.adapters.books").BOOKS
    told = dict(house.table_rows(readme_of(service), "## Books"))
    assert told == {f"`{book.name}`": ", ".join(f"`{name}`" for name in book.columns) for book in books}


def test_every_rule_of_the_registry_is_in_the_contents_of_its_rule_book():
    domain = house.ROOT / "services/registry/src/registry/domain"
    contents = set(re.findall(r"`(\w+)`", (domain / "__init__.py").read_text()))
    assert contents == {path.stem for path in domain.glob("*.py")} - {"__init__"}


def test_a_table_is_read():
    text = "\n## Head\n\nwords\n\n| a | b |\n|---|---|\n| `x` | 1 |\n| y \\| z | 2 |\n\nmore\n"
    assert house.table_rows(text, "## Head") == [["`x`", "1"], ["y \\| z", "2"]]


def test_both_readmes_have_the_same_commands_and_links():
    english, chinese = ((house.ROOT / name).read_text() for name in ("README.md", "README.zh-CN.md"))
    for pattern in (LINK, re.compile(r"`([^`<\n]*/[^`<\n]*)`"), re.compile(r"make (?:window|test|bench)")):
        twins = {"README.md", "README.zh-CN.md"}
        assert set(pattern.findall(english)) - twins == set(pattern.findall(chinese)) - twins


def test_a_dead_link_is_found():
    assert LINK.findall("see [a](docs/a.md#part), [b](https://example.org) and [c](b.md)") == [
        "docs/a.md",
        "b.md",
    ]
