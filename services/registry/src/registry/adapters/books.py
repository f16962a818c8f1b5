"""The registry's books: its business state as canonical rows, for digests and for the consistency checker."""

from typing import Final

from ets_kernel.runtime.books import Book
from ets_ledger.runtime.moments import CLOSINGS
from ets_ledger.runtime.remembering import DIFFERENCES

# What is owed for other sectors than an obligation's own.
_BESIDE: Final = "beside_power_tco2e,beside_steel_tco2e,beside_cement_tco2e,beside_aluminium_tco2e"


def _book(name: str, columns: str, sql: str, quantity_column: str | None = None) -> Book:
    return Book(name=name, columns=tuple(columns.split(",")), sql=sql, quantity_column=quantity_column)


BOOKS: Final = (
    _book(
        "accounts",
        "account_no,kind,credit_code,province_code,status,version,restricted_uses",
        "SELECT account_no, kind, credit_code, province_code, status, version, restricted_uses"
        " FROM account WHERE status <> 'applied'",
    ),
    _book(
        "account_versions",
        "account_no,version,status,restricted_uses,change",
        "SELECT account_no, version, status, restricted_uses, change FROM account_version",
    ),
    _book(
        "account_restrictions",
        "restriction_no,account_no,uses,is_lifted",
        "SELECT restriction_no, account_no, uses, CAST(lifted_time IS NOT NULL AS int) FROM account_restriction",
    ),
    _book(
        "account_applications",
        "application_no,account_no,kind,status",
        "SELECT application_no, account_no, kind, status FROM account_application",
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
        "table_no,credit_code,issue_tco2e,obligation_tco2e,sector",
        "SELECT table_no, credit_code, issue_tco2e, obligation_tco2e, sector FROM issuance_row",
        "issue_tco2e",
    ),
    _book(
        "issuance_adjustments",
        "table_no,credit_code,deducted_tco2e,returned_tco2e,borrowed_tco2e,earmarked_tco2e",
        "SELECT table_no, credit_code, deducted_tco2e, returned_tco2e, borrowed_tco2e, earmarked_tco2e FROM ("
        " SELECT *, CASE WHEN differentiation IN (2, 3) THEN greatest(issue_tco2e, 0) ELSE 0 END AS earmarked_tco2e"
        " FROM issuance_row) AS held WHERE deducted_tco2e + returned_tco2e + borrowed_tco2e + earmarked_tco2e > 0",
    ),
    _book(
        "allocation_adjustments",
        "credit_code,from_period,ordinal,kind,change_tco2e,remainder_tco2e,reference",
        "SELECT credit_code, from_period, ordinal, kind, change_tco2e, remainder_tco2e, reference"
        " FROM allocation_adjustment",
        "change_tco2e",
    ),
    _book(
        "earmarked_allowances",
        "credit_code,product,ordinal,province_code,kind,change_tco2e,quantity_tco2e,reference",
        "SELECT credit_code, product, ordinal, province_code, kind, change_tco2e, quantity_tco2e, reference"
        " FROM earmarked_allowance",
        "change_tco2e",
    ),
    _book(
        "obligations",
        "credit_code,period,province_code,obligation_tco2e,surrendered_tco2e,offset_tco2e,completed_date,"
        "offset_limit_tco2e,deducted_tco2e,sector,notice_ordinal,certificate_ordinal," + _BESIDE,
        "SELECT credit_code, period, province_code, obligation_tco2e, surrendered_tco2e, offset_tco2e,"
        " CAST(completed_time AT TIME ZONE 'Asia/Shanghai' AS date), offset_limit_tco2e, deducted_tco2e, sector,"
        " notice_ordinal, certificate_ordinal, beside_power_tco2e, beside_steel_tco2e, beside_cement_tco2e,"
        " beside_aluminium_tco2e FROM obligation",
        "obligation_tco2e",
    ),
    _book(
        "obligation_versions",
        "credit_code,period,version_no,obligation_tco2e,surrendered_tco2e,offset_tco2e,deducted_tco2e,"
        + _BESIDE,
        "SELECT credit_code, period, row_number() OVER (PARTITION BY credit_code, period ORDER BY version_id),"
        " obligation_tco2e, surrendered_tco2e, offset_tco2e, deducted_tco2e, beside_power_tco2e, beside_steel_tco2e,"
        " beside_cement_tco2e, beside_aluminium_tco2e FROM obligation_version",
    ),
    _book(
        "obligation_changes",
        "change_no,credit_code,period,status,from_tco2e,to_tco2e,sector",
        "SELECT change_no, credit_code, period, status, from_tco2e, to_tco2e, sector FROM obligation_change",
    ),
    _book(
        "surrender_applications",
        "application_no,credit_code,status,product,quantity_tco2e,period,account_no,is_consented",
        "SELECT application_no, credit_code, status, product, quantity_tco2e, period,"
        " CASE helper_account_no WHEN '' THEN 'R-E-' || credit_code ELSE helper_account_no END,"
        " CAST(consented_time IS NOT NULL AS int)"
        " FROM surrender_application JOIN surrender_line USING (application_no)",
        "quantity_tco2e",
    ),
    _book(
        "forced_surrenders",
        "case_no,credit_code,province_code,status,period,product,quantity_tco2e",
        "SELECT case_no, credit_code, province_code, status, period, product, quantity_tco2e"
        " FROM forced_surrender JOIN forced_surrender_line USING (case_no)",
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
        " FILTER (WHERE application.status = 'registered'), 0) + coalesce((SELECT sum(sign(change_tco2e)"
        " * (moved.serial_end - moved.serial_start + 1)) FROM credit_correction AS moved"
        " JOIN record_correction USING (registration_no, line_no)"
        " WHERE moved.cancellation_no = credit.cancellation_no AND moved.block_no = credit.block_no), 0) AS bigint)"
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
        "cancellation_applications",
        "application_no,account_no,status,product,quantity_tco2e,certificate_no",
        "SELECT application_no, account_no, status, product, quantity_tco2e, certificate_no"
        " FROM cancellation_application",
        "quantity_tco2e",
    ),
    _book(
        "carry_over_notices",
        "credit_code,base_tco2e,sold_tco2e,bought_tco2e,computed_tco2e,holding_tco2e,allowed_tco2e,"
        "absorbed_credit_codes,absorbed_sold_tco2e,absorbed_bought_tco2e,taken_over_tco2e",
        "SELECT notice.credit_code, base_tco2e, sold_tco2e, bought_tco2e, notice.computed_tco2e,"
        " notice.holding_tco2e, allowed_tco2e, absorbed_credit_codes, absorbed_sold_tco2e, absorbed_bought_tco2e,"
        " taken_over_tco2e FROM carry_over_notice AS notice"
        " JOIN carry_over_finding AS finding ON finding.credit_code = notice.credit_code AND reason = ''",
        "allowed_tco2e",
    ),
    _book(
        "carry_over_applications",
        "application_no,credit_code,status,product,quantity_tco2e",
        "SELECT application_no, credit_code, status, product, quantity_tco2e"
        " FROM carry_over_application JOIN carry_over_line USING (application_no)",
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
    # A merger has no line before it is carried out: its row is then one of nothing.
    _book(
        "change_registrations",
        "registration_no,line_no,kind,status,initiated_by,confirmed_by,source_account_no,target_account_no,product,"
        "quantity_tco2e,freeze_no,corrects",
        "SELECT registration_no, coalesce(line_no, 0), kind, status, initiated_by, confirmed_by,"
        " coalesce(source_account_no, ''), coalesce(target_account_no, ''), coalesce(product, ''),"
        " coalesce(quantity_tco2e, 0), coalesce(freeze_no, ''), coalesce(corrects, '')"
        " FROM change_registration LEFT JOIN change_line USING (registration_no)",
        "quantity_tco2e",
    ),
    _book(
        "change_entries",
        "registration_no,transfer_id,source_account_no,target_account_no,product,quantity_tco2e,corrects",
        "SELECT entry.flow_id, entry.transfer_id, source.account, target.account, source.product, entry.quantity,"
        " entry.corrects FROM change_registration AS change"
        " JOIN ledger_journal AS entry ON entry.flow_id = change.registration_no"
        " JOIN ledger_balance AS source ON source.id = entry.source_position_id"
        " JOIN ledger_balance AS target ON target.id = entry.destination_position_id",
        "quantity_tco2e",
    ),
    _book(
        "record_corrections",
        "registration_no,line_no,kind,record_no,record_line_no,credit_code,period,product,change_tco2e",
        "SELECT registration_no, line_no, kind, record_no, record_line_no, credit_code, period, product,"
        " change_tco2e FROM record_correction",
        "change_tco2e",
    ),
    _book(
        "judicial_freezes",
        "freeze_no,account_no,product,frozen_tco2e,held_tco2e,serials_tco2e",
        "SELECT frozen.freeze_no, frozen.account_no, frozen.product, frozen_tco2e, held_tco2e,"
        " CAST(coalesce(sum(serial_end - serial_start + 1), 0) AS bigint)"
        " FROM judicial_freeze AS frozen LEFT JOIN judicial_freeze_block AS block"
        " ON block.freeze_no = frozen.freeze_no AND block.held_until_time IS NULL GROUP BY frozen.freeze_no",
        "held_tco2e",
    ),
    _book(
        "judicial_freeze_blocks",
        "freeze_no,account_no,product,serial_start,serial_end",
        "SELECT freeze_no, account_no, product, serial_start, serial_end FROM judicial_freeze_block"
        " WHERE held_until_time IS NULL",
    ),
    _book(
        "obligation_successions",
        "credit_code,period,registration_no,successor_credit_code,outstanding_tco2e,succession_no",
        "SELECT credit_code, period, registration_no, successor_credit_code, outstanding_tco2e,"
        " row_number() OVER (PARTITION BY credit_code, period ORDER BY succession_id) FROM obligation_succession",
        "outstanding_tco2e",
    ),
    _book(
        "carry_over_successions",
        "registration_no,credit_code,successor_credit_code,quantity_tco2e",
        "SELECT registration_no, credit_code, successor_credit_code, quantity_tco2e FROM carry_over_succession",
        "quantity_tco2e",
    ),
    _book(
        "mergers",
        "merger_no,registration_no,absorbed_credit_code,survivor_credit_code",
        "SELECT row_number() OVER (ORDER BY confirmed_time, carried_out_ordinal NULLS FIRST, ordinal), registration_no,"
        " absorbed.credit_code, survivor.credit_code FROM change_registration AS merger"
        " JOIN account AS absorbed ON absorbed.account_no = merger.account_no"
        " JOIN account AS survivor ON survivor.account_no = survivor_account_no"
        " WHERE merger.kind = 'merger' AND merger.status = 'confirmed'",
    ),
)
