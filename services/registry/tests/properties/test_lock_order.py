"""What the watch over the order of locks sees, and that it sees what is out of order."""

from machine_locks import LockOrder, locked_by


def test_what_a_statement_locks_is_read_from_it():
    assert locked_by("SELECT a FROM account WHERE b ORDER BY c FOR NO KEY UPDATE") == "account"
    assert locked_by("select id from ledger_balance where id = any($1) order by id for update") == (
        "ledger_balance"
    )
    assert locked_by("SELECT (SELECT 1 FROM x) FROM handover_row AS taken FOR UPDATE OF taken") == (
        "handover_row"
    )
    assert locked_by("SELECT (SELECT max(b) FROM x), a FROM obligation FOR UPDATE") == "obligation"
    assert locked_by("WITH a AS (SELECT b FROM notice FOR UPDATE) SELECT b FROM a, (SELECT 1)") == "notice"
    assert locked_by("SELECT pg_advisory_xact_lock(hashtextextended(name, 0))") == "names"
    assert locked_by("SELECT 1 FROM kernel_outbox_relay AS relay FOR UPDATE OF relay SKIP LOCKED") == ""
    assert locked_by("SELECT a FROM account") == ""


def test_a_lock_out_of_order_is_found():
    order = LockOrder()
    order.begin("one")
    order.note("one", "SELECT 1 FROM obligation FOR UPDATE")
    order.note("other", "SELECT 1 FROM account FOR UPDATE")
    order.note("one", "SELECT 1 FROM ledger_balance FOR UPDATE")
    assert order.broken == []
    order.note("one", "SELECT 1 FROM account FOR UPDATE")
    assert order.broken == ["account is locked behind obligation, ledger_balance"]
    order.begin("one")
    order.note("one", "SELECT 1 FROM account FOR UPDATE")
    order.note("one", "SELECT 1 FROM nothing FOR UPDATE")
    assert order.broken[1:] == ["nothing has no place in the order"]
