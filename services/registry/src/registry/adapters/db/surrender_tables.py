"""Tables of surrender beside those of `registry.adapters.db.tables`: histories, changes, forced surrenders."""

from typing import Final

from ets_kernel.runtime import columns
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from registry.adapters.db.old_version import fill_in_versions
from registry.adapters.db.tables import metadata, obligation_columns

obligation_version: Final = Table(
    "obligation_version",
    metadata,
    Column("version_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("credit_code"),
    columns.text("period"),
    *obligation_columns(),
    columns.time("recorded_time"),
    ForeignKeyConstraint(["credit_code", "period"], ["obligation.credit_code", "obligation.period"]),
    Index("obligation_version_by_entity", "period", "credit_code", "version_id"),
    comment="How obligations stood from a moment on",
)
fill_in_versions(obligation_version)

obligation_change: Final = Table(
    "obligation_change",
    metadata,
    columns.text("change_no", primary_key=True),
    columns.integer("ordinal"),
    columns.text("credit_code"),
    columns.text("period"),
    columns.quantity("from_tco2e"),
    columns.quantity("to_tco2e"),
    columns.text("document_no"),
    columns.text("words"),
    columns.text("status"),
    columns.text("initiated_by"),
    columns.time("initiated_time"),
    columns.text("confirmed_by"),
    columns.time("confirmed_time", nullable=True),
    # Empty in a change from before sectors were told apart.
    Column("sector", Text(collation="C"), nullable=False, server_default=""),
    ForeignKeyConstraint(["credit_code", "period"], ["obligation.credit_code", "obligation.period"]),
    UniqueConstraint("credit_code", "period", "ordinal", name="obligation_change_ordinal"),
    CheckConstraint("from_tco2e <> to_tco2e AND to_tco2e >= 0", name="obligation_change_changes"),
    CheckConstraint(
        "status <> 'confirmed' OR initiated_by <> confirmed_by", name="obligation_change_by_two_people"
    ),
    comment="Corrections of obligations",
)

forced_surrender: Final = Table(
    "forced_surrender",
    metadata,
    columns.text("case_no", primary_key=True),
    columns.integer("ordinal"),
    columns.text("credit_code"),
    columns.text("province_code"),
    columns.text("document_no"),
    columns.text("status"),
    columns.text("initiated_by"),
    columns.time("initiated_time"),
    columns.text("confirmed_by"),
    columns.time("confirmed_time", nullable=True),
    UniqueConstraint("credit_code", "ordinal", name="forced_surrender_ordinal"),
    CheckConstraint(
        "status <> 'registered' OR initiated_by <> confirmed_by", name="forced_surrender_by_two_people"
    ),
    Index("forced_surrender_by_province", "province_code", "case_no"),
    comment="Forced surrenders of what provinces' accounts hold for entities",
)

forced_surrender_line: Final = Table(
    "forced_surrender_line",
    metadata,
    columns.text("case_no", ForeignKey("forced_surrender.case_no"), primary_key=True),
    columns.integer("line_no", primary_key=True),
    columns.text("period"),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    CheckConstraint("quantity_tco2e > 0", name="forced_surrender_line_is_positive"),
    comment="Units of forced surrenders: surrendered for a period, or released where the period is empty",
)

forced_surrender_shortfall: Final = Table(
    "forced_surrender_shortfall",
    metadata,
    columns.text("case_no", ForeignKey("forced_surrender.case_no"), primary_key=True),
    columns.text("period", primary_key=True),
    columns.quantity("quantity_tco2e"),
    comment="What stays unmet after forced surrenders",
)
