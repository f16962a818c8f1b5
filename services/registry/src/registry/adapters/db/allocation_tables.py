"""Tables of allocation: the tables that are issued, what is to be deducted, and what provinces hold for entities.

The last two are histories: rows are only added, and the last one by number says how it stands.
"""

from typing import Any, Final

from ets_kernel.runtime import columns
from ets_kernel.runtime.append_only import make_append_only
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
)

from registry.adapters.db.tables import metadata


def _issuance_columns() -> list[Column[Any]]:
    return [
        columns.integer("revision"),
        columns.text("province_code"),
        columns.text("period"),
        columns.text("kind"),
        columns.text("status"),
        columns.quantity("issue_tco2e"),
        columns.integer("entity_count"),
        columns.integer("difference_count"),
        columns.binary("recomputed_digest"),
        columns.binary("transmitted_digest"),
        columns.binary("seal_digest"),
        columns.text("seal_finding"),
        columns.text("initiated_by"),
        columns.time("initiated_time", nullable=True),
        columns.text("confirmed_by"),
        columns.time("confirmed_time", nullable=True),
    ]


issuance: Final = Table(
    "issuance",
    metadata,
    columns.text("table_no", primary_key=True),
    *_issuance_columns(),
    CheckConstraint("status <> 'issued' OR initiated_by <> confirmed_by", name="issuance_by_two_people"),
    comment="Allocation tables: the last transmission of each",
)

issuance_version: Final = Table(
    "issuance_version",
    metadata,
    Column("version_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("table_no", ForeignKey("issuance.table_no")),
    *_issuance_columns(),
    columns.time("recorded_time"),
    Index("issuance_version_by_table", "table_no", "version_id"),
    comment="How allocation tables stood from a moment on",
)

issuance_row: Final = Table(
    "issuance_row",
    metadata,
    columns.text("table_no", ForeignKey("issuance.table_no"), primary_key=True),
    columns.text("credit_code", primary_key=True),
    columns.text("name"),
    columns.quantity("pre_allocated_tco2e"),
    columns.quantity("verified_tco2e"),
    columns.quantity("issue_tco2e"),
    columns.quantity("emissions_tco2e"),
    columns.quantity("obligation_tco2e"),
    Column("is_capped", Boolean, nullable=False),
    columns.quantity("top_up_tco2e", default=0),
    columns.quantity("adjustment_tco2e", default=0),
    columns.quantity("deducted_before_tco2e", default=0),
    columns.quantity("deducted_tco2e", default=0),
    columns.quantity("returned_tco2e", default=0),
    columns.quantity("remainder_tco2e", default=0),
    columns.quantity("borrowed_tco2e", default=0),
    columns.integer("differentiation", default=0),
    columns.text("sector", default="power"),
    CheckConstraint(
        "deducted_tco2e BETWEEN 0 AND adjustment_tco2e AND returned_tco2e BETWEEN 0 AND deducted_before_tco2e"
        " AND remainder_tco2e = adjustment_tco2e - deducted_tco2e + returned_tco2e AND borrowed_tco2e >= 0",
        name="issuance_row_deducts_what_is_to_be_deducted",
    ),
    CheckConstraint(
        "table_no LIKE '%/PRE/%' AND issue_tco2e = pre_allocated_tco2e - deducted_tco2e OR table_no NOT LIKE '%/PRE/%'"
        " AND issue_tco2e = verified_tco2e - pre_allocated_tco2e - deducted_tco2e + returned_tco2e",
        name="issuance_row_issues_what_is_allocated",
    ),
    comment="The registry's own figures per entity",
)

issuance_difference: Final = Table(
    "issuance_difference",
    metadata,
    Column("difference_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("table_no", ForeignKey("issuance.table_no")),
    columns.integer("revision"),
    columns.text("credit_code"),
    columns.text("unit_no"),
    columns.integer("year"),
    columns.text("column_name"),
    columns.quantity("transmitted_tco2e"),
    columns.quantity("recomputed_tco2e"),
    comment="Figures that differ, of every transmission",
)

allocation_adjustment: Final = Table(
    "allocation_adjustment",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("from_period", primary_key=True),
    columns.integer("ordinal", primary_key=True),
    columns.text("kind"),
    columns.quantity("change_tco2e"),
    columns.quantity("remainder_tco2e"),
    columns.text("reference"),
    columns.text("recorded_by"),
    columns.time("recorded_time"),
    CheckConstraint("remainder_tco2e >= 0", name="allocation_adjustment_is_not_negative"),
    CheckConstraint(
        "ordinal > 1 OR change_tco2e = remainder_tco2e", name="allocation_adjustment_starts_at_zero"
    ),
    comment="What is to be deducted from entities' allocations: every change",
)

earmarked_allowance: Final = Table(
    "earmarked_allowance",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("product", primary_key=True),
    columns.integer("ordinal", primary_key=True),
    columns.text("province_code"),
    columns.text("kind"),
    columns.quantity("change_tco2e"),
    columns.quantity("quantity_tco2e"),
    columns.text("reference"),
    columns.time("recorded_time"),
    CheckConstraint("quantity_tco2e >= 0", name="earmarked_allowance_is_not_negative"),
    CheckConstraint(
        "ordinal > 1 OR change_tco2e = quantity_tco2e", name="earmarked_allowance_starts_at_zero"
    ),
    Index("earmarked_allowance_by_province", "province_code", "credit_code"),
    comment="What provinces' accounts hold for entities: every change",
)

make_append_only(allocation_adjustment)
make_append_only(earmarked_allowance)
