"""The books of the voluntary-reduction registry: its business state as canonical rows, for digests and the checker."""

from typing import Final

from ets_kernel.runtime.books import Book
from ets_ledger.runtime.moments import CLOSINGS
from ets_ledger.runtime.remembering import DIFFERENCES


def _book(name: str, columns: str, sql: str, quantity_column: str | None = None) -> Book:
    return Book(name=name, columns=tuple(columns.split(",")), sql=sql, quantity_column=quantity_column)


BOOKS: Final = (
    _book(
        "projects",
        "project_no,owner_credit_code,is_inside_national_market",
        "SELECT project_no, owner_credit_code, CAST(is_inside_national_market AS int) FROM project",
    ),
    _book(
        "accounts",
        "account_no,credit_code,province_code,status",
        "SELECT account_no, credit_code, province_code, status FROM account",
    ),
    _book(
        "holdings",
        "account_no,product,bucket,quantity_tco2e",
        "SELECT account, product, bucket, quantity FROM ledger_balance WHERE quantity <> 0",
        "quantity_tco2e",
    ),
    _book(
        "blocks",
        "product,serial_start,serial_end,origin,account_no,bucket",
        "SELECT block.product, start_serial, end_serial, origin, account, bucket"
        " FROM ledger_block AS block JOIN ledger_balance AS balance ON balance.id = block.position_id",
    ),
    _book(
        "confirmed_applications",
        "application_no,credit_code,province_code,confirmed_tco2e,cancelled_tco2e",
        "SELECT application_no, credit_code, province_code, head.confirmed_tco2e,"
        " CAST(sum(line.cancelled_tco2e) AS bigint)"
        " FROM confirmed_application AS head JOIN confirmed_line AS line USING (application_no)"
        " GROUP BY application_no",
        "confirmed_tco2e",
    ),
    _book(
        "weekly_summaries",
        "province_code,business_date,application_no,confirmed_tco2e",
        "SELECT province_code, business_date, coalesce(application_no, ''), coalesce(line.confirmed_tco2e, 0)"
        " FROM weekly_summary LEFT JOIN weekly_summary_row AS line USING (province_code, business_date)",
        "confirmed_tco2e",
    ),
    _book(
        "cancellations",
        "cancellation_no,application_no,credit_code,province_code,product,quantity_tco2e,blocks_text,handover_no",
        "SELECT cancellation_no, application_no, credit_code, province_code, product, quantity_tco2e, blocks_text,"
        " coalesce(handover_no, '') FROM cancellation LEFT JOIN handover_row USING (cancellation_no)",
        "quantity_tco2e",
    ),
    _book(
        "handovers",
        "handover_no,business_date,province_code,row_count,quantity_tco2e,rows_digest_hex,previous_digest_hex,"
        "manifest_digest_hex,is_acknowledged,accepted_count,rejected_count",
        "SELECT handover_no, business_date, province_code, row_count, quantity_tco2e, encode(rows_digest, 'hex'),"
        " encode(previous_digest, 'hex'), encode(manifest_digest, 'hex'),"
        " CAST(acknowledged_time IS NOT NULL AS int), accepted_count, rejected_count FROM handover",
        "quantity_tco2e",
    ),
    _book(
        "settled_trades",
        "trade_no,seller_account_no,buyer_account_no,product,quantity_tco2e",
        "SELECT trade_no, seller_account_no, buyer_account_no, product, quantity_tco2e FROM settled_trade",
        "quantity_tco2e",
    ),
    _book(
        "venue_transfers",
        "transfer_no,account_no,venue,product,quantity_tco2e,state",
        "SELECT transfer_no, account_no, venue, product, quantity_tco2e, state FROM venue_transfer",
        "quantity_tco2e",
    ),
    _book(
        "venue_returns",
        "withdrawal_no,account_no,product,quantity_tco2e",
        "SELECT withdrawal_no, account_no, product, quantity_tco2e FROM venue_return",
        "quantity_tco2e",
    ),
    _book(
        "journal_totals",
        "account_no,product,bucket,quantity_tco2e",
        "SELECT account, product, bucket, CAST(sum(change) AS bigint) FROM ("
        " SELECT destination_position_id AS position_id, quantity AS change FROM ledger_journal UNION ALL"
        " SELECT source_position_id, -quantity FROM ledger_journal) AS posting"
        " JOIN ledger_balance AS balance ON balance.id = posting.position_id"
        " GROUP BY account, product, bucket HAVING sum(change) <> 0",
        "quantity_tco2e",
    ),
    _book("journal_closings", "account_no,product,bucket,quantity_tco2e", CLOSINGS, "quantity_tco2e"),
    _book(
        "remembered_differences", "account_no,product,bucket,quantity_tco2e", DIFFERENCES, "quantity_tco2e"
    ),
)
