import pytest
from ets_kernel.runtime import columns
from ets_kernel.runtime.append_only import append_only_statements, make_append_only
from sqlalchemy import MetaData, Table, text
from sqlalchemy.exc import DBAPIError

METADATA = MetaData()
HISTORY = Table("history", METADATA, columns.integer("ordinal", primary_key=True))
make_append_only(HISTORY)


@pytest.fixture
def metadata():
    return METADATA


@pytest.fixture
async def history(database):
    async with database.begin() as transaction:
        await transaction.connection.execute(HISTORY.insert(), [{"ordinal": 1}, {"ordinal": 2}])
    return database


@pytest.mark.parametrize(
    "statement",
    ["UPDATE history SET ordinal = 3 WHERE ordinal = 2", "DELETE FROM history", "TRUNCATE history"],
)
async def test_rows_are_added_and_never_changed(history, statement):
    with pytest.raises(DBAPIError, match="history is append-only"):
        async with history.begin() as transaction:
            await transaction.connection.execute(text(statement))
    async with history.snapshot() as connection:
        rows = await connection.execute(text("SELECT ordinal FROM history ORDER BY ordinal"))
        assert [row.ordinal for row in rows] == [1, 2]


def test_a_migration_writes_the_same_statements():
    function, trigger = append_only_statements("history")
    assert "history is append-only" in function
    assert "BEFORE UPDATE OR DELETE OR TRUNCATE ON history" in trigger
