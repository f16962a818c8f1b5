"""The management platform's tables, beside those of the kernel.

Text keys are compared bytewise (collation C), in the same order as Python. What reads as of a moment need is kept in
rows that are only added: histories of tables and applications, computations, compliance statuses.
"""

from typing import Any, Final

from ets_kernel.runtime import columns
from ets_kernel.runtime.db import kernel_tables
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
)

metadata: Final = MetaData()
kernel: Final = kernel_tables(metadata)


def _unit_columns() -> list[Column[Any]]:
    return [
        columns.text("category"),
        columns.text("cooling"),
        columns.text("product_class"),
        columns.decimal("capacity_mw"),
        columns.text("main_fuel"),
    ]


def _year_columns() -> list[Column[Any]]:
    return [
        columns.decimal("net_supply_mwh"),
        columns.decimal("heat_supply_gj"),
        columns.decimal("heat_ratio"),
        columns.decimal("load_factor"),
        columns.quantity("emissions_tco2e"),
    ]


def _table_columns() -> list[Column[Any]]:
    return [
        columns.text("province_code"),
        columns.text("period"),
        columns.text("kind"),
        columns.text("status"),
        columns.integer("computation_no"),
        columns.integer("revision"),
        columns.integer("entity_count"),
        columns.quantity("issue_tco2e"),
        columns.quantity("obligation_tco2e"),
        columns.binary("digest"),
        columns.binary("seal_digest"),
        columns.binary("seal_signature"),
        columns.text("seal_key_id"),
    ]


entity: Final = Table(
    "entity",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("period", primary_key=True),
    columns.text("name"),
    columns.text("province_code"),
    columns.time("recorded_time"),
    Index("entity_by_province", "period", "province_code", "credit_code"),
    comment="Key emitters on the roster, by period",
)

unit: Final = Table(
    "unit",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("unit_no", primary_key=True),
    *_unit_columns(),
    columns.time("recorded_time"),
    comment="Generating units",
)

verified_year: Final = Table(
    "verified_year",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("unit_no", primary_key=True),
    columns.integer("year", primary_key=True),
    *_year_columns(),
    columns.time("recorded_time"),
    ForeignKeyConstraint(["credit_code", "unit_no"], ["unit.credit_code", "unit.unit_no"]),
    comment="Verified output and emissions, the last record of each unit and year",
)

allocation_table: Final = Table(
    "allocation_table",
    metadata,
    columns.text("table_no", primary_key=True),
    *_table_columns(),
    comment="Allocation tables as they stand",
)

allocation_table_history: Final = Table(
    "allocation_table_history",
    metadata,
    Column("history_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("table_no", ForeignKey("allocation_table.table_no")),
    *_table_columns(),
    columns.time("recorded_time"),
    Index("allocation_table_history_by_table", "table_no", "recorded_time", "history_id"),
    comment="Where allocation tables stood, every step",
)

allocation_unit_row: Final = Table(
    "allocation_unit_row",
    metadata,
    columns.text("table_no", ForeignKey("allocation_table.table_no"), primary_key=True),
    columns.integer("computation_no", primary_key=True),
    columns.text("credit_code", primary_key=True),
    columns.text("unit_no", primary_key=True),
    columns.integer("year", primary_key=True),
    *_unit_columns(),
    *_year_columns(),
    columns.quantity("allowance_tco2e"),
    columns.quantity("obligation_tco2e"),
    comment="Units and years of every computation, with what went in",
)

allocation_entity_row: Final = Table(
    "allocation_entity_row",
    metadata,
    columns.text("table_no", ForeignKey("allocation_table.table_no"), primary_key=True),
    columns.integer("computation_no", primary_key=True),
    columns.text("credit_code", primary_key=True),
    columns.text("name"),
    columns.quantity("pre_allocated_tco2e"),
    columns.quantity("verified_tco2e"),
    columns.quantity("issue_tco2e"),
    columns.quantity("emissions_tco2e"),
    columns.quantity("obligation_tco2e"),
    Column("is_capped", Boolean, nullable=False),
    comment="Entities of every computation",
)

allocation_difference: Final = Table(
    "allocation_difference",
    metadata,
    Column("difference_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("table_no", ForeignKey("allocation_table.table_no")),
    columns.integer("revision"),
    columns.text("credit_code"),
    columns.text("unit_no"),
    columns.integer("year"),
    columns.text("column_name"),
    columns.quantity("transmitted_tco2e"),
    columns.quantity("recomputed_tco2e"),
    columns.time("recorded_time"),
    Index("allocation_difference_by_table", "table_no", "revision", "difference_id"),
    comment="Figures that the registry computed differently, of every transmission",
)

obligation: Final = Table(
    "obligation",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("period", primary_key=True),
    columns.text("province_code"),
    columns.quantity("obligation_tco2e"),
    columns.time("recorded_time"),
    CheckConstraint("obligation_tco2e >= 0", name="obligation_not_negative"),
    Index("obligation_by_province", "period", "province_code"),
    comment="Obligations of issued verified tables",
)

compliance_status: Final = Table(
    "compliance_status",
    metadata,
    Column("status_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("credit_code"),
    columns.text("period"),
    columns.text("province_code"),
    # Null in what was told before obligations could change: then it is as imposed.
    Column("obligation_tco2e", BigInteger, nullable=True),
    columns.quantity("surrendered_tco2e"),
    columns.quantity("offset_tco2e"),
    Column("is_completed", Boolean, nullable=False),
    columns.time("recorded_time"),
    Index("compliance_status_by_entity", "period", "credit_code", "status_id"),
    comment="What the registry told of entities, each time it did",
)

project: Final = Table(
    "project",
    metadata,
    columns.text("project_no", primary_key=True),
    Column("is_inside_national_market", Boolean, nullable=False),
    comment="Voluntary-reduction projects with their mark",
)

ccer_account: Final = Table(
    "ccer_account",
    metadata,
    columns.text("account_no", primary_key=True),
    columns.text("credit_code"),
    Column("is_open", Boolean, nullable=False),
    comment="General holding accounts as last told",
)

offset_application: Final = Table(
    "offset_application",
    metadata,
    columns.text("application_no", primary_key=True),
    columns.text("credit_code"),
    columns.text("period"),
    columns.integer("ordinal"),
    columns.text("entity_name"),
    columns.text("province_code"),
    columns.quantity("obligation_tco2e"),
    columns.text("ccer_account_no"),
    columns.quantity("requested_tco2e"),
    columns.text("status"),
    columns.time("submitted_time"),
    columns.time("decided_time", nullable=True),
    columns.text("decided_by"),
    columns.text("refusal_text"),
    columns.quantity("cancelled_tco2e"),
    Column("summary_date", Date, nullable=True),
    UniqueConstraint("credit_code", "period", "ordinal", name="offset_application_ordinal"),
    CheckConstraint(
        "cancelled_tco2e BETWEEN 0 AND requested_tco2e", name="offset_application_cancelled_is_requested"
    ),
    Index("offset_application_by_province", "period", "province_code", "application_no"),
    comment="Applications to use CCER as they stand",
)

offset_line: Final = Table(
    "offset_line",
    metadata,
    columns.text("application_no", ForeignKey("offset_application.application_no"), primary_key=True),
    columns.integer("line_no", primary_key=True),
    columns.text("project_no"),
    columns.integer("reduction_year"),
    columns.quantity("quantity_tco2e"),
    UniqueConstraint("application_no", "project_no", "reduction_year", name="offset_line_once"),
    comment="What applications ask to cancel",
)

offset_check: Final = Table(
    "offset_check",
    metadata,
    columns.text("application_no", ForeignKey("offset_application.application_no"), primary_key=True),
    columns.integer("check_no", primary_key=True),
    columns.text("check_code"),
    Column("is_passed", Boolean, nullable=False),
    columns.text("finding"),
    comment="Checks made at decisions",
)

offset_application_history: Final = Table(
    "offset_application_history",
    metadata,
    Column("history_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("application_no", ForeignKey("offset_application.application_no")),
    columns.text("status"),
    columns.quantity("cancelled_tco2e"),
    columns.time("recorded_time"),
    Index("offset_application_history_by_number", "application_no", "recorded_time", "history_id"),
    comment="Where applications stood, every step",
)

cancellation_receipt: Final = Table(
    "cancellation_receipt",
    metadata,
    columns.text("cancellation_no", primary_key=True),
    columns.text("application_no", ForeignKey("offset_application.application_no")),
    columns.text("credit_code"),
    columns.text("province_code"),
    columns.text("project_no"),
    columns.integer("reduction_year"),
    columns.quantity("quantity_tco2e"),
    columns.time("recorded_time"),
    comment="Receipts of cancellations for provinces",
)

weekly_summary: Final = Table(
    "weekly_summary",
    metadata,
    Column("business_date", Date, primary_key=True),
    columns.text("province_code", primary_key=True),
    columns.integer("row_count"),
    columns.quantity("confirmed_tco2e"),
    columns.time("recorded_time"),
    comment="Weekly summaries, also without rows",
)

weekly_summary_row: Final = Table(
    "weekly_summary_row",
    metadata,
    Column("business_date", Date, primary_key=True),
    columns.text("province_code", primary_key=True),
    columns.text(
        "application_no", ForeignKey("offset_application.application_no"), primary_key=True, unique=True
    ),
    columns.text("credit_code"),
    Column("is_confirmed", Boolean, nullable=False),
    columns.quantity("confirmed_tco2e"),
    ForeignKeyConstraint(
        ["business_date", "province_code"], ["weekly_summary.business_date", "weekly_summary.province_code"]
    ),
    comment="Decisions in weekly summaries, each once",
)

handover: Final = Table(
    "handover",
    metadata,
    columns.text("handover_no", primary_key=True),
    Column("business_date", Date, nullable=False),
    columns.text("province_code"),
    columns.integer("row_count"),
    columns.quantity("quantity_tco2e"),
    columns.binary("rows_digest"),
    columns.binary("previous_digest"),
    columns.binary("manifest_digest"),
    columns.binary("seal_signature"),
    columns.text("seal_key_id"),
    columns.time("recorded_time"),
    UniqueConstraint("province_code", "business_date", name="handover_of_a_day"),
    comment="The provinces' copies of daily hand-overs",
)

handover_row: Final = Table(
    "handover_row",
    metadata,
    columns.text("handover_no", ForeignKey("handover.handover_no"), primary_key=True),
    columns.integer("row_no", primary_key=True),
    columns.text("cancellation_no"),
    columns.text("application_no"),
    columns.text("credit_code"),
    columns.text("period"),
    columns.quantity("quantity_tco2e"),
    columns.quantity("confirmed_tco2e"),
    comment="Rows of hand-overs",
)
