"""Make the tables of offset applications, weekly summaries and hand-overs."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _applications()
    _application_parts()
    _offset_sources()
    _weekly_summaries()
    _handovers()


def downgrade() -> None:
    for table in (
        "handover_row",
        "handover",
        "weekly_summary_row",
        "weekly_summary",
        "cancellation_receipt",
        "ccer_account",
        "project",
        "offset_application_history",
        "offset_check",
        "offset_line",
        "offset_application",
    ):
        op.drop_table(table)


def _applications() -> None:
    op.create_table(
        "offset_application",
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity_name", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("obligation_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("ccer_account_no", sa.Text(collation="C"), nullable=False),
        sa.Column("requested_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("submitted_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(collation="C"), nullable=False),
        sa.Column("refusal_text", sa.Text(collation="C"), nullable=False),
        sa.Column("cancelled_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("summary_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "cancelled_tco2e BETWEEN 0 AND requested_tco2e", name="offset_application_cancelled_is_requested"
        ),
        sa.PrimaryKeyConstraint("application_no"),
        sa.UniqueConstraint("credit_code", "period", "ordinal", name="offset_application_ordinal"),
        comment="Applications to use CCER as they stand",
    )
    op.create_index(
        "offset_application_by_province",
        "offset_application",
        ["period", "province_code", "application_no"],
        unique=False,
    )


def _application_parts() -> None:
    op.create_table(
        "offset_line",
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("project_no", sa.Text(collation="C"), nullable=False),
        sa.Column("reduction_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["offset_application.application_no"],
        ),
        sa.PrimaryKeyConstraint("application_no", "line_no"),
        sa.UniqueConstraint("application_no", "project_no", "reduction_year", name="offset_line_once"),
        comment="What applications ask to cancel",
    )
    op.create_table(
        "offset_check",
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("check_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("check_code", sa.Text(collation="C"), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("finding", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["offset_application.application_no"],
        ),
        sa.PrimaryKeyConstraint("application_no", "check_no"),
        comment="Checks made at decisions",
    )
    op.create_table(
        "offset_application_history",
        sa.Column("history_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("cancelled_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["offset_application.application_no"],
        ),
        sa.PrimaryKeyConstraint("history_id"),
        comment="Where applications stood, every step",
    )
    op.create_index(
        "offset_application_history_by_number",
        "offset_application_history",
        ["application_no", "recorded_time", "history_id"],
        unique=False,
    )


def _offset_sources() -> None:
    op.create_table(
        "project",
        sa.Column("project_no", sa.Text(collation="C"), nullable=False),
        sa.Column("is_inside_national_market", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project_no"),
        comment="Voluntary-reduction projects with their mark",
    )
    op.create_table(
        "ccer_account",
        sa.Column("account_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account_no"),
        comment="General holding accounts as last told",
    )
    op.create_table(
        "cancellation_receipt",
        sa.Column("cancellation_no", sa.Text(collation="C"), nullable=False),
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("project_no", sa.Text(collation="C"), nullable=False),
        sa.Column("reduction_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["offset_application.application_no"],
        ),
        sa.PrimaryKeyConstraint("cancellation_no"),
        comment="Receipts of cancellations for provinces",
    )


def _weekly_summaries() -> None:
    op.create_table(
        "weekly_summary",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("row_count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("confirmed_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_date", "province_code"),
        comment="Weekly summaries, also without rows",
    )
    op.create_table(
        "weekly_summary_row",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("confirmed_tco2e", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["offset_application.application_no"],
        ),
        sa.ForeignKeyConstraint(
            ["business_date", "province_code"],
            ["weekly_summary.business_date", "weekly_summary.province_code"],
        ),
        sa.PrimaryKeyConstraint("business_date", "province_code", "application_no"),
        sa.UniqueConstraint("application_no"),
        comment="Decisions in weekly summaries, each once",
    )


def _handovers() -> None:
    op.create_table(
        "handover",
        sa.Column("handover_no", sa.Text(collation="C"), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("province_code", sa.Text(collation="C"), nullable=False),
        sa.Column("row_count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("rows_digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("manifest_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_signature", sa.LargeBinary(), nullable=False),
        sa.Column("seal_key_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("handover_no"),
        sa.UniqueConstraint("province_code", "business_date", name="handover_of_a_day"),
        comment="The provinces' copies of daily hand-overs",
    )
    op.create_table(
        "handover_row",
        sa.Column("handover_no", sa.Text(collation="C"), nullable=False),
        sa.Column("row_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cancellation_no", sa.Text(collation="C"), nullable=False),
        sa.Column("application_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_tco2e", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_no"],
            ["handover.handover_no"],
        ),
        sa.PrimaryKeyConstraint("handover_no", "row_no"),
        comment="Rows of hand-overs",
    )
