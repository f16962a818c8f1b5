"""Tables to which rows are only added: the database itself refuses every change of what is there."""

from sqlalchemy import DDL, Table, event


def make_append_only(table: Table) -> None:
    """Let the database refuse to update, delete or truncate rows, wherever the table is created from."""
    for statement in append_only_statements(table.name):
        event.listen(table, "after_create", DDL(statement))  # type: ignore[no-untyped-call]


def append_only_statements(table: str) -> tuple[str, str]:
    """Write the statements that make a table append-only, for a migration."""
    function = f"{table}_is_append_only"
    return (
        (
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{table} is append-only'; END $$"
        ),
        (
            f"CREATE TRIGGER {function} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        ),
    )
