"""MIG-4: migrations only add, so that processes of the version before go on behind them, reading and writing.

Each migration is asked for the statements that it runs on an empty database; a table that it makes itself is its own
affair.
"""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

sys.path.insert(0, str(Path(__file__).parent))
import house

MIGRATIONS = [
    path
    for path in house.sources("services")
    if house.is_migration(path) and not path.stem.startswith("0001")
]
# Landed migrations that do more than add, and why the version before goes on all the same.
ALLOWED = {
    "registry/0003": "0010 gives the new columns of accounts back their defaults, and openings their history",
    "registry/0006": "0010 gives the new columns of rows back their defaults; the first version's rows meet the checks",
    "registry/0007": "0010 gives the new columns back their defaults, numbers certificates and keeps the history",
    "registry/0008": "0010 fills in what the first version leaves out of the journal",
    "registry/0009": "its indexes are of short tables, and its check allows more than the one before",
    "registry/0010": "its triggers fill in and keep; they refuse nothing",
    "registry/0012": "its key of corrections allows more than the one before, by which nobody inserts or finds",
    "ccer-bridge/0004": "0005 fills in what the first version leaves out of the journal",
    "ccer-bridge/0005": "its triggers fill in; they refuse nothing",
}
# What takes something from the version before, asks something new of it, or holds it up for as long as a table is.
TAKING = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<what>DROP (TABLE|INDEX|VIEW|SEQUENCE|TYPE|TRIGGER|FUNCTION)) (?P<table>\w+)",
        r"ALTER TABLE (?P<table>\w+) .*?(?P<what>DROP (COLUMN|CONSTRAINT|DEFAULT|NOT NULL)|SET NOT NULL|RENAME)",
        r"ALTER TABLE (?P<table>\w+) (?P<what>ALTER COLUMN \w+ TYPE|ADD CONSTRAINT|(EN|DIS)ABLE TRIGGER)",
        r"ALTER TABLE (?P<table>\w+) (?P<what>ADD COLUMN) (?!.*\b(DEFAULT|GENERATED)\b).*\bNOT NULL\b",
        r"(?P<what>CREATE (UNIQUE )?INDEX) \w+ ON (?P<table>\w+)",
        r"(?P<what>CREATE (CONSTRAINT )?TRIGGER) \w+ (BEFORE|AFTER) [\w ]+? ON (?P<table>\w+)",
        r"(?P<what>TRUNCATE)( TABLE)? (?P<table>\w+)",
    )
]


class Nothing:
    """The answer of an empty database to a migration that asks it."""

    returns_rows = False

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def scalar(self) -> None:
        return None

    all = fetchall = __iter__


def name_of(path: Path) -> str:
    return f"{path.relative_to(house.ROOT / 'services').parts[0]}/{path.stem[:4]}"


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"migration_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def statements_of(migration: ModuleType) -> list[str]:
    """Give what a migration runs, each statement on one line."""
    found: list[str] = []
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True})
    context.impl.static_output = lambda written: found.append(" ".join(written.split()))
    context.impl.connection = sa.create_mock_engine("postgresql+asyncpg://", lambda *_, **__: Nothing())
    with Operations.context(context):
        migration.upgrade()
    return found


def takings(statements: list[str]) -> list[str]:
    """Say what statements do to tables that they do not make, other than adding to them."""
    made = {match[1] for one in statements if (match := re.match(r"CREATE TABLE (\w+)", one))}
    return [
        f"{match['what']} of {match['table']}"
        for one in statements
        for pattern in TAKING
        if (match := pattern.match(one)) and match["table"] not in made
    ]


@pytest.mark.parametrize("path", MIGRATIONS, ids=name_of)
def test_a_migration_only_adds(path: Path) -> None:
    found = takings(statements_of(loaded(path)))
    if name_of(path) in ALLOWED:
        assert found, f"{name_of(path)} needs no leave"
    else:
        assert found == []


def test_leave_is_given_to_migrations_that_are_there() -> None:
    assert set(ALLOWED) <= set(map(name_of, MIGRATIONS))


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["CREATE TABLE a (b TEXT NOT NULL)", "CREATE INDEX c ON a (b)"], []),
        (["ALTER TABLE a ADD COLUMN b TEXT"], []),
        (["ALTER TABLE a ADD COLUMN b TEXT DEFAULT '' NOT NULL"], []),
        (["ALTER TABLE a ALTER COLUMN b SET DEFAULT ''"], []),
        (["ALTER TABLE a ADD COLUMN b TEXT NOT NULL"], ["ADD COLUMN of a"]),
        (["ALTER TABLE a ALTER COLUMN b SET NOT NULL"], ["SET NOT NULL of a"]),
        (["ALTER TABLE a ALTER COLUMN b DROP NOT NULL"], ["DROP NOT NULL of a"]),
        (["ALTER TABLE a ALTER COLUMN b DROP DEFAULT"], ["DROP DEFAULT of a"]),
        (["ALTER TABLE a ALTER COLUMN b TYPE BIGINT"], ["ALTER COLUMN b TYPE of a"]),
        (["ALTER TABLE a RENAME b TO c"], ["RENAME of a"]),
        (["ALTER TABLE a DROP COLUMN b"], ["DROP COLUMN of a"]),
        (["ALTER TABLE a ADD CONSTRAINT b CHECK (c > 0)"], ["ADD CONSTRAINT of a"]),
        (["DROP TABLE a"], ["DROP TABLE of a"]),
        (["CREATE UNIQUE INDEX b ON a (c)"], ["CREATE UNIQUE INDEX of a"]),
        (
            ["CREATE TRIGGER b BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION c()"],
            ["CREATE TRIGGER of a"],
        ),
    ],
)
def test_what_is_taken_is_told_by_its_table(statements: list[str], found: list[str]) -> None:
    assert takings(statements) == found
