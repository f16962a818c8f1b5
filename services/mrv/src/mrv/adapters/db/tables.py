"""The management platform's tables, beside those of the kernel.

Text keys are compared bytewise (collation C), in the same order as Python. What reads as of a moment need is kept in
rows that are only added: histories of tables and applications, computations, compliance statuses.
"""

from typing import Any, Final

from ets_kernel.runtime.db import kernel_tables
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData()
kernel: Final = kernel_tables(metadata)


def _text(
    name: str, *arguments: ForeignKey, primary_key: bool = False, unique: bool | None = None
) -> Column[str]:
    return Column(
        name, Text(collation="C"), *arguments, primary_key=primary_key, unique=unique, nullable=False
    )


def _quantity(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _integer(name: str, *, primary_key: bool = False) -> Column[int]:
    return Column(name, Integer, primary_key=primary_key, autoincrement=False, nullable=False)


def _decimal(name: str) -> Column[Any]:
    return Column(name, Numeric, nullable=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _unit_columns() -> list[Column[Any]]:
    return [
        _text("category"),
        _text("cooling"),
        _text("product_class"),
        _decimal("capacity_mw"),
        _text("main_fuel"),
    ]


def _year_columns() -> list[Column[Any]]:
    return [
        _decimal("net_supply_mwh"),
        _decimal("heat_supply_gj"),
        _decimal("heat_ratio"),
        _decimal("load_factor"),
        _quantity("emissions_tco2e"),
    ]


def _table_columns() -> list[Column[Any]]:
    return [
        _text("province_code"),
        _text("period"),
        _text("kind"),
        _text("status"),
        _integer("computation_no"),
        _integer("revision"),
        _integer("entity_count"),
        _quantity("issue_tco2e"),
        _quantity("obligation_tco2e"),
        _bytes("digest"),
        _bytes("seal_digest"),
        _bytes("seal_signature"),
        _text("seal_key_id"),
    ]


entity: Final = Table(
    "entity",
    metadata,
    _text("credit_code", primary_key=True),
    _text("period", primary_key=True),
    _text("name"),
    _text("province_code"),
    _time("recorded_time"),
    Index("entity_by_province", "period", "province_code", "credit_code"),
    comment="Key emitters on the roster, by period",
)

unit: Final = Table(
    "unit",
    metadata,
    _text("credit_code", primary_key=True),
    _text("unit_no", primary_key=True),
    *_unit_columns(),
    _time("recorded_time"),
    comment="Generating units",
)

verified_year: Final = Table(
    "verified_year",
    metadata,
    _text("credit_code", primary_key=True),
    _text("unit_no", primary_key=True),
    _integer("year", primary_key=True),
    *_year_columns(),
    _time("recorded_time"),
    ForeignKeyConstraint(["credit_code", "unit_no"], ["unit.credit_code", "unit.unit_no"]),
    comment="Verified output and emissions, the last record of each unit and year",
)

allocation_table: Final = Table(
    "allocation_table",
    metadata,
    _text("table_no", primary_key=True),
    *_table_columns(),
    comment="Allocation tables as they stand",
)

allocation_table_history: Final = Table(
    "allocation_table_history",
    metadata,
    Column("history_id", BigInteger, Identity(always=True), primary_key=True),
    _text("table_no", ForeignKey("allocation_table.table_no")),
    *_table_columns(),
    _time("recorded_time"),
    Index("allocation_table_history_by_table", "table_no", "recorded_time", "history_id"),
    comment="Where allocation tables stood, every step",
)

allocation_unit_row: Final = Table(
    "allocation_unit_row",
    metadata,
    _text("table_no", ForeignKey("allocation_table.table_no"), primary_key=True),
    _integer("computation_no", primary_key=True),
    _text("credit_code", primary_key=True),
    _text("unit_no", primary_key=True),
    _integer("year", primary_key=True),
    *_unit_columns(),
    *_year_columns(),
    _quantity("allowance_tco2e"),
    _quantity("obligation_tco2e"),
    comment="Units and years of every computation, with what went in",
)

allocation_entity_row: Final = Table(
    "allocation_entity_row",
    metadata,
    _text("table_no", ForeignKey("allocation_table.table_no"), primary_key=True),
    _integer("computation_no", primary_key=True),
    _text("credit_code", primary_key=True),
    _text("name"),
    _quantity("pre_allocated_tco2e"),
    _quantity("verified_tco2e"),
    _quantity("issue_tco2e"),
    _quantity("emissions_tco2e"),
    _quantity("obligation_tco2e"),
    Column("is_capped", Boolean, nullable=False),
    comment="Entities of every computation",
)

allocation_difference: Final = Table(
    "allocation_difference",
    metadata,
    Column("difference_id", BigInteger, Identity(always=True), primary_key=True),
    _text("table_no", ForeignKey("allocation_table.table_no")),
    _integer("revision"),
    _text("credit_code"),
    _text("unit_no"),
    _integer("year"),
    _text("column_name"),
    _quantity("transmitted_tco2e"),
    _quantity("recomputed_tco2e"),
    _time("recorded_time"),
    Index("allocation_difference_by_table", "table_no", "revision", "difference_id"),
    comment="Figures that the registry computed differently, of every transmission",
)

obligation: Final = Table(
    "obligation",
    metadata,
    _text("credit_code", primary_key=True),
    _text("period", primary_key=True),
    _text("province_code"),
    _quantity("obligation_tco2e"),
    _time("recorded_time"),
    CheckConstraint("obligation_tco2e >= 0", name="obligation_not_negative"),
    Index("obligation_by_province", "period", "province_code"),
    comment="Obligations of issued verified tables",
)

compliance_status: Final = Table(
    "compliance_status",
    metadata,
    Column("status_id", BigInteger, Identity(always=True), primary_key=True),
    _text("credit_code"),
    _text("period"),
    _text("province_code"),
    _quantity("surrendered_tco2e"),
    _quantity("offset_tco2e"),
    Column("is_completed", Boolean, nullable=False),
    _time("recorded_time"),
    Index("compliance_status_by_entity", "period", "credit_code", "status_id"),
    comment="What the registry told of entities, each time it did",
)

project: Final = Table(
    "project",
    metadata,
    _text("project_no", primary_key=True),
    Column("is_inside_national_market", Boolean, nullable=False),
    comment="Voluntary-reduction projects with their mark",
)

ccer_account: Final = Table(
    "ccer_account",
    metadata,
    _text("account_no", primary_key=True),
    _text("credit_code"),
    Column("is_open", Boolean, nullable=False),
    comment="General holding accounts as last told",
)

offset_application: Final = Table(
    "offset_application",
    metadata,
    _text("application_no", primary_key=True),
    _text("credit_code"),
    _text("period"),
    _integer("ordinal"),
    _text("entity_name"),
    _text("province_code"),
    _quantity("obligation_tco2e"),
    _text("ccer_account_no"),
    _quantity("requested_tco2e"),
    _text("status"),
    _time("submitted_time"),
    _time("decided_time", nullable=True),
    _text("decided_by"),
    _text("refusal_text"),
    _quantity("cancelled_tco2e"),
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
    _text("application_no", ForeignKey("offset_application.application_no"), primary_key=True),
    _integer("line_no", primary_key=True),
    _text("project_no"),
    _integer("reduction_year"),
    _quantity("quantity_tco2e"),
    UniqueConstraint("application_no", "project_no", "reduction_year", name="offset_line_once"),
    comment="What applications ask to cancel",
)

offset_check: Final = Table(
    "offset_check",
    metadata,
    _text("application_no", ForeignKey("offset_application.application_no"), primary_key=True),
    _integer("check_no", primary_key=True),
    _text("check_code"),
    Column("is_passed", Boolean, nullable=False),
    _text("finding"),
    comment="Checks made at decisions",
)

offset_application_history: Final = Table(
    "offset_application_history",
    metadata,
    Column("history_id", BigInteger, Identity(always=True), primary_key=True),
    _text("application_no", ForeignKey("offset_application.application_no")),
    _text("status"),
    _quantity("cancelled_tco2e"),
    _time("recorded_time"),
    Index("offset_application_history_by_number", "application_no", "recorded_time", "history_id"),
    comment="Where applications stood, every step",
)

cancellation_receipt: Final = Table(
    "cancellation_receipt",
    metadata,
    _text("cancellation_no", primary_key=True),
    _text("application_no", ForeignKey("offset_application.application_no")),
    _text("credit_code"),
    _text("province_code"),
    _text("project_no"),
    _integer("reduction_year"),
    _quantity("quantity_tco2e"),
    _time("recorded_time"),
    comment="Receipts of cancellations for provinces",
)

weekly_summary: Final = Table(
    "weekly_summary",
    metadata,
    Column("business_date", Date, primary_key=True),
    _text("province_code", primary_key=True),
    _integer("row_count"),
    _quantity("confirmed_tco2e"),
    _time("recorded_time"),
    comment="Weekly summaries, also without rows",
)

weekly_summary_row: Final = Table(
    "weekly_summary_row",
    metadata,
    Column("business_date", Date, primary_key=True),
    _text("province_code", primary_key=True),
    _text("application_no", ForeignKey("offset_application.application_no"), primary_key=True, unique=True),
    _text("credit_code"),
    Column("is_confirmed", Boolean, nullable=False),
    _quantity("confirmed_tco2e"),
    ForeignKeyConstraint(
        ["business_date", "province_code"], ["weekly_summary.business_date", "weekly_summary.province_code"]
    ),
    comment="Decisions in weekly summaries, each once",
)

handover: Final = Table(
    "handover",
    metadata,
    _text("handover_no", primary_key=True),
    Column("business_date", Date, nullable=False),
    _text("province_code"),
    _integer("row_count"),
    _quantity("quantity_tco2e"),
    _bytes("rows_digest"),
    _bytes("previous_digest"),
    _bytes("manifest_digest"),
    _bytes("seal_signature"),
    _text("seal_key_id"),
    _time("recorded_time"),
    UniqueConstraint("province_code", "business_date", name="handover_of_a_day"),
    comment="The provinces' copies of daily hand-overs",
)

handover_row: Final = Table(
    "handover_row",
    metadata,
    _text("handover_no", ForeignKey("handover.handover_no"), primary_key=True),
    _integer("row_no", primary_key=True),
    _text("cancellation_no"),
    _text("application_no"),
    _text("credit_code"),
    _text("period"),
    _quantity("quantity_tco2e"),
    _quantity("confirmed_tco2e"),
    comment="Rows of hand-overs",
)
