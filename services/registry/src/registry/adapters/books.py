"""The registry's books: its business state as canonical rows, for digests and for the consistency checker."""

from typing import Final

from ets_kernel.runtime.books import Book


def _book(name: str, columns: str, sql: str, quantity_column: str | None = None) -> Book:
    return Book(name=name, columns=tuple(columns.split(",")), sql=sql, quantity_column=quantity_column)


BOOKS: Final = (
    _book(
        "accounts",
        "account_no,kind,credit_code,province_code",
        "SELECT account_no, kind, credit_code, province_code FROM account",
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
        "issuances",
        "table_no,revision,status,issue_tco2e,entity_count,recomputed_digest_hex,transmitted_digest_hex,"
        "seal_digest_hex",
        "SELECT table_no, revision, status, issue_tco2e, entity_count, encode(recomputed_digest, 'hex'),"
        " encode(transmitted_digest, 'hex'), encode(seal_digest, 'hex') FROM issuance",
        "issue_tco2e",
    ),
    _book(
        "issuance_rows",
        "table_no,credit_code,issue_tco2e,obligation_tco2e",
        "SELECT table_no, credit_code, issue_tco2e, obligation_tco2e FROM issuance_row",
        "issue_tco2e",
    ),
    _book(
        "obligations",
        "credit_code,period,province_code,obligation_tco2e,surrendered_tco2e,offset_tco2e,completed_date",
        "SELECT credit_code, period, province_code, obligation_tco2e, surrendered_tco2e, offset_tco2e,"
        " CAST(completed_time AT TIME ZONE 'Asia/Shanghai' AS date) FROM obligation",
        "obligation_tco2e",
    ),
    _book(
        "surrender_applications",
        "application_no,credit_code,status,product,quantity_tco2e",
        "SELECT application_no, credit_code, status, product, quantity_tco2e"
        " FROM surrender_application JOIN surrender_line USING (application_no)",
        "quantity_tco2e",
    ),
    _book(
        "handovers",
        "handover_no,row_count,quantity_tco2e,manifest_digest_hex,is_taken",
        "SELECT handover_no, row_count, quantity_tco2e, encode(manifest_digest, 'hex'), 1 FROM handover"
        " UNION ALL"
        " SELECT handover_no, row_count, quantity_tco2e, encode(manifest_digest, 'hex'), 0 FROM handover_rejection",
        "quantity_tco2e",
    ),
    _book(
        "handover_rows",
        "handover_no,row_no,cancellation_no,credit_code,product,quantity_tco2e,is_accepted,is_credited",
        "SELECT handover_no, row_no, cancellation_no, credit_code, ccer_product, quantity_tco2e,"
        " CAST(is_accepted AS int), CAST(is_credited AS int) FROM handover_row",
        "quantity_tco2e",
    ),
    _book(
        "offset_credits",
        "cancellation_no,credit_code,product,serial_start,serial_end,credited_tco2e,used_tco2e",
        "SELECT credit.cancellation_no, credit.credit_code, credit.product, credit.serial_start, credit.serial_end,"
        " credit.serial_end - credit.serial_start + 1, CAST(coalesce(sum(held.serial_end - held.serial_start + 1)"
        " FILTER (WHERE application.status = 'registered'), 0) AS bigint)"
        " FROM credit_block AS credit LEFT JOIN credit_use AS held USING (cancellation_no, block_no)"
        " LEFT JOIN surrender_application AS application USING (application_no)"
        " WHERE credit.credit_ordinal IS NOT NULL GROUP BY credit.cancellation_no, credit.block_no",
        "credited_tco2e",
    ),
    _book(
        "settled_trades",
        "trade_no,seller_account_no,buyer_account_no,product,quantity_tco2e",
        "SELECT trade_no, seller_account_no, buyer_account_no, product, quantity_tco2e FROM settled_trade",
        "quantity_tco2e",
    ),
    _book(
        "trading_transfers",
        "transfer_no,account_no,product,quantity_tco2e,state",
        "SELECT transfer_no, account_no, product, quantity_tco2e, state FROM trading_transfer",
        "quantity_tco2e",
    ),
    _book(
        "trading_returns",
        "withdrawal_no,account_no,product,quantity_tco2e",
        "SELECT withdrawal_no, account_no, product, quantity_tco2e FROM trading_return",
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
)
