"""Make the tables of roster, allocation and compliance."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _roster()
    _allocation_tables()
    _allocation_rows()
    _allocation_differences()
    _compliance()


def downgrade() -> None:
    for table in (
        "compliance_status",
        "obligation",
        "allocation_difference",
        "allocation_entity_row",
        "allocation_unit_row",
        "allocation_table_history",
        "allocation_table",
        "verified_year",
        "unit",
        "entity",
    ):
        op.drop_table(table)


def _roster() -> None:
    op.create_table(
        "entity",
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("credit_code", "period"),
        comment="Key emitters on the roster, by period",
    )
    op.create_index("entity_by_province", "entity", ["period", "province_code", "credit_code"], unique=False)
    op.create_table(
        "unit",
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_no", sa.Text(collation="C"), nullable=False),
        sa.Column("category", sa.Text(collation="C"), nullable=False),
        sa.Column("cooling", sa.Text(collation="C"), nullable=False),
        sa.Column("product_class", sa.Text(collation="C"), nullable=False),
        sa.Column("capacity_mw", sa.Numeric(), nullable=False),
        sa.Column("main_fuel", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("credit_code", "unit_no"),
        comment="Generating units",
    )
    op.create_table(
        "verified_year",
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_no", sa.Text(collation="C"), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("net_supply_mwh", sa.Numeric(), nullable=False),
        sa.Column("heat_supply_gj", sa.Numeric(), nullable=False),
        sa.Column("heat_ratio", sa.Numeric(), nullable=False),
        sa.Column("load_factor", sa.Numeric(), nullable=False),
        sa.Column("emissions_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_code", "unit_no"],
            ["unit.credit_code", "unit.unit_no"],
        ),
        sa.PrimaryKeyConstraint("credit_code", "unit_no", "year"),
        comment="Verified output and emissions, the last record of each unit and year",
    )


def _allocation_tables() -> None:
    op.create_table(
        "allocation_table",
        sa.Column("table_no", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("computation_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity_count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issue_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("obligation_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_signature", sa.LargeBinary(), nullable=False),
        sa.Column("seal_key_id", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("table_no"),
        comment="Allocation tables as they stand",
    )
    op.create_table(
        "allocation_table_history",
        sa.Column("history_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("table_no", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("computation_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity_count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issue_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("obligation_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_signature", sa.LargeBinary(), nullable=False),
        sa.Column("seal_key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_no"],
            ["allocation_table.table_no"],
        ),
        sa.PrimaryKeyConstraint("history_id"),
        comment="Where allocation tables stood, every step",
    )
    op.create_index(
        "allocation_table_history_by_table",
        "allocation_table_history",
        ["table_no", "recorded_time", "history_id"],
        unique=False,
    )


def _allocation_rows() -> None:
    op.create_table(
        "allocation_unit_row",
        sa.Column("table_no", sa.Text(collation="C"), nullable=False),
        sa.Column("computation_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_no", sa.Text(collation="C"), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("category", sa.Text(collation="C"), nullable=False),
        sa.Column("cooling", sa.Text(collation="C"), nullable=False),
        sa.Column("product_class", sa.Text(collation="C"), nullable=False),
        sa.Column("capacity_mw", sa.Numeric(), nullable=False),
        sa.Column("main_fuel", sa.Text(collation="C"), nullable=False),
        sa.Column("net_supply_mwh", sa.Numeric(), nullable=False),
        sa.Column("heat_supply_gj", sa.Numeric(), nullable=False),
        sa.Column("heat_ratio", sa.Numeric(), nullable=False),
        sa.Column("load_factor", sa.Numeric(), nullable=False),
        sa.Column("emissions_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("allowance_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("obligation_tco2e", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_no"],
            ["allocation_table.table_no"],
        ),
        sa.PrimaryKeyConstraint("table_no", "computation_no", "credit_code", "unit_no", "year"),
        comment="Units and years of every computation, with what went in",
    )
    op.create_table(
        "allocation_entity_row",
        sa.Column("table_no", sa.Text(collation="C"), nullable=False),
        sa.Column("computation_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("pre_allocated_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("verified_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("issue_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("emissions_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("obligation_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("is_capped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_no"],
            ["allocation_table.table_no"],
        ),
        sa.PrimaryKeyConstraint("table_no", "computation_no", "credit_code"),
        comment="Entities of every computation",
    )


def _allocation_differences() -> None:
    op.create_table(
        "allocation_difference",
        sa.Column("difference_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("table_no", sa.Text(collation="C"), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_no", sa.Text(collation="C"), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("column_name", sa.Text(collation="C"), nullable=False),
        sa.Column("transmitted_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recomputed_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["table_no"],
            ["allocation_table.table_no"],
        ),
        sa.PrimaryKeyConstraint("difference_id"),
        comment="Figures that the registry computed differently, of every transmission",
    )
    op.create_index(
        "allocation_difference_by_table",
        "allocation_difference",
        ["table_no", "revision", "difference_id"],
        unique=False,
    )


def _compliance() -> None:
    op.create_table(
        "obligation",
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("obligation_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("obligation_tco2e >= 0", name="obligation_not_negative"),
        sa.PrimaryKeyConstraint("credit_code", "period"),
        comment="Obligations of issued verified tables",
    )
    op.create_index("obligation_by_province", "obligation", ["period", "province_code"], unique=False)
    op.create_table(
        "compliance_status",
        sa.Column("status_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("surrendered_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("offset_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("is_completed", sa.Boolean(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("status_id"),
        comment="What the registry told of entities, each time it did",
    )
    op.create_index(
        "compliance_status_by_entity",
        "compliance_status",
        ["period", "credit_code", "status_id"],
        unique=False,
    )
