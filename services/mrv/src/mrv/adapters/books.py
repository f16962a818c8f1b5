"""The platform's books: its business state as canonical rows, for digests and for the consistency checker."""

from typing import Final

from ets_kernel.runtime.books import Book


def _book(name: str, columns: str, sql: str, quantity_column: str | None = None) -> Book:
    return Book(name=name, columns=tuple(columns.split(",")), sql=sql, quantity_column=quantity_column)


BOOKS: Final = (
    _book(
        "entities",
        "credit_code,name,province_code,period",
        "SELECT credit_code, name, province_code, period FROM entity",
    ),
    _book(
        "allocation_rows",
        "table_no,credit_code,pre_allocated_tco2e,verified_tco2e,issue_tco2e,emissions_tco2e,obligation_tco2e,"
        "is_capped",
        "SELECT table_no, credit_code, pre_allocated_tco2e, verified_tco2e, entity_row.issue_tco2e,"
        " emissions_tco2e, entity_row.obligation_tco2e, is_capped::int"
        " FROM allocation_entity_row AS entity_row JOIN allocation_table USING (table_no, computation_no)",
        "issue_tco2e",
    ),
    _book(
        "allocation_tables",
        "table_no,revision,status,issue_tco2e,obligation_tco2e,digest_hex,seal_digest_hex",
        "SELECT table_no, revision, status, issue_tco2e, obligation_tco2e, encode(digest, 'hex'),"
        " encode(seal_digest, 'hex') FROM allocation_table",
        "issue_tco2e",
    ),
    _book(
        "offset_applications",
        "application_no,credit_code,province_code,status,requested_tco2e,confirmed_tco2e,cancelled_tco2e",
        "SELECT application_no, credit_code, province_code, status, requested_tco2e,"
        " CASE WHEN status IN ('confirmed', 'cancelled') THEN requested_tco2e ELSE 0 END, cancelled_tco2e"
        " FROM offset_application",
        "confirmed_tco2e",
    ),
    _book(
        "weekly_summaries",
        "province_code,business_date,application_no,status,confirmed_tco2e",
        "SELECT province_code, business_date, coalesce(application_no, ''),"
        " CASE is_confirmed WHEN true THEN 'confirmed' WHEN false THEN 'refused' ELSE '' END,"
        " coalesce(summary_row.confirmed_tco2e, 0)"
        " FROM weekly_summary LEFT JOIN weekly_summary_row AS summary_row USING (business_date, province_code)",
        "confirmed_tco2e",
    ),
    _book(
        "handovers",
        "handover_no,province_code,row_count,quantity_tco2e,manifest_digest_hex",
        "SELECT handover_no, province_code, row_count, quantity_tco2e, encode(manifest_digest, 'hex')"
        " FROM handover",
        "quantity_tco2e",
    ),
    _book(
        "compliance",
        "credit_code,period,obligation_tco2e,surrendered_tco2e,offset_tco2e,is_completed",
        "SELECT obligation.credit_code, obligation.period, coalesce(present_tco2e, obligation_tco2e),"
        " coalesce(surrendered_tco2e, 0), coalesce(offset_tco2e, 0),"
        " coalesce(is_completed, obligation_tco2e = 0)::int"
        " FROM obligation LEFT JOIN LATERAL ("
        "SELECT obligation_tco2e AS present_tco2e, surrendered_tco2e, offset_tco2e, is_completed"
        " FROM compliance_status AS told"
        " WHERE told.credit_code = obligation.credit_code AND told.period = obligation.period"
        " ORDER BY status_id DESC LIMIT 1) AS told ON true",
        "obligation_tco2e",
    ),
)
