"""Make the voluntary-reduction registry's own tables."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _projects_and_accounts()
    _venues()
    _applications()
    _handovers()


def downgrade() -> None:
    raise NotImplementedError("the first tables are not taken back: drop the database instead")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(collation="C"), nullable=False) for name in names]


def _bigints(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _integers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _dates(*names: str) -> list[sa.Column[date]]:
    return [sa.Column(name, sa.Date(), nullable=False) for name in names]


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _projects_and_accounts() -> None:
    op.create_table(
        "project",
        *_texts("project_no", "name", "project_type", "methodology", "owner_credit_code"),
        sa.Column("is_inside_national_market", sa.Boolean(), nullable=False),
        _time("registered_time"),
        sa.PrimaryKeyConstraint("project_no"),
        comment="Voluntary-reduction projects",
    )
    reviews = ("first_reviewed_by", "second_reviewed_by")
    op.create_table(
        "account",
        *_texts("account_no", "credit_code", "name", "province_code", "venue", "status", *reviews),
        *_integers("version"),
        _time("opened_time", nullable=True),
        sa.CheckConstraint(
            "(status = 'open') = (opened_time IS NOT NULL)"
            " AND (status <> 'open' OR (first_reviewed_by <> second_reviewed_by AND first_reviewed_by <> ''))",
            name="account_opened_by_two_people",
        ),
        sa.PrimaryKeyConstraint("account_no"),
        comment="General holding accounts and applications for them: the present version of each",
    )
    op.create_table(
        "account_version",
        *_texts("account_no", "credit_code", "name", "province_code", "venue", "status", *reviews),
        *_integers("version"),
        _time("opened_time", nullable=True),
        _time("recorded_time"),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.PrimaryKeyConstraint("account_no", "version"),
        comment="Every version of every account: its application and its reviews, who and when",
    )
    op.create_table(
        "issuance",
        *_texts("project_no", "product", "account_no"),
        *_integers("reduction_year"),
        *_dates("period_start", "period_end"),
        *_bigints("quantity_tco2e", "serial_start", "serial_end"),
        _time("issued_time"),
        sa.CheckConstraint(
            "serial_end - serial_start + 1 = quantity_tco2e AND quantity_tco2e > 0",
            name="issuance_is_a_block",
        ),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.ForeignKeyConstraint(["project_no"], ["project.project_no"]),
        sa.PrimaryKeyConstraint("project_no", "reduction_year", "period_start", "period_end"),
        comment="Reductions issued, one block each",
    )


def _venues() -> None:
    op.create_table(
        "venue_transfer",
        *_texts("transfer_no", "account_no", "credit_code", "venue", "product", "state"),
        *_bigints("quantity_tco2e"),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.PrimaryKeyConstraint("transfer_no"),
        comment="Units sent to venues",
    )
    op.create_table(
        "venue_return",
        *_texts("withdrawal_no", "venue", "account_no", "product"),
        *_bigints("quantity_tco2e"),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.PrimaryKeyConstraint("withdrawal_no"),
        comment="Units that venues released",
    )
    op.create_table(
        "settled_trade",
        *_texts("trade_no", "seller_account_no", "buyer_account_no", "product"),
        *_dates("trading_date"),
        *_bigints("quantity_tco2e"),
        sa.PrimaryKeyConstraint("trade_no"),
        comment="Trades whose unit leg is done",
    )


def _applications() -> None:
    op.create_table(
        "confirmed_application",
        *_texts("application_no", "credit_code", "province_code"),
        *_bigints("confirmed_tco2e"),
        *_integers("cancellation_count"),
        sa.PrimaryKeyConstraint("application_no"),
        comment="Applications to offset that provinces confirmed",
    )
    op.create_table(
        "confirmed_line",
        *_texts("application_no", "product"),
        *_bigints("confirmed_tco2e", "cancelled_tco2e"),
        sa.CheckConstraint(
            "confirmed_tco2e > 0 AND cancelled_tco2e BETWEEN 0 AND confirmed_tco2e",
            name="confirmed_line_is_not_exceeded",
        ),
        sa.ForeignKeyConstraint(["application_no"], ["confirmed_application.application_no"]),
        sa.PrimaryKeyConstraint("application_no", "product"),
        comment="What may be cancelled under an application, by product, and what is",
    )
    op.create_table(
        "weekly_summary",
        *_texts("province_code"),
        *_dates("business_date"),
        *_bigints("confirmed_tco2e"),
        sa.PrimaryKeyConstraint("province_code", "business_date"),
        comment="Weekly summaries as received",
    )
    op.create_table(
        "weekly_summary_row",
        *_texts("province_code", "application_no", "credit_code", "status"),
        *_dates("business_date"),
        *_integers("row_no"),
        *_bigints("confirmed_tco2e"),
        sa.ForeignKeyConstraint(
            ["province_code", "business_date"],
            ["weekly_summary.province_code", "weekly_summary.business_date"],
        ),
        sa.PrimaryKeyConstraint("province_code", "business_date", "row_no"),
        comment="Applications in weekly summaries",
    )


def _handovers() -> None:
    op.create_table(
        "cancellation",
        *_texts("cancellation_no", "application_no", "credit_code", "entity_name", "province_code"),
        *_texts("account_no", "product", "project_no", "blocks_text"),
        *_integers("reduction_year"),
        *_bigints("quantity_tco2e"),
        _time("cancelled_time"),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.ForeignKeyConstraint(["application_no"], ["confirmed_application.application_no"]),
        sa.ForeignKeyConstraint(["project_no"], ["project.project_no"]),
        sa.PrimaryKeyConstraint("cancellation_no"),
        comment="Voluntary cancellations under confirmed applications",
    )
    op.create_index("cancellation_by_province", "cancellation", ["province_code", "cancellation_no"])
    op.create_index("cancellation_by_time", "cancellation", ["cancelled_time"])
    op.create_table(
        "handover_run",
        *_dates("business_date"),
        _time("run_time"),
        sa.PrimaryKeyConstraint("business_date"),
        comment="Dates whose hand-over was run",
    )
    digests = ("rows_digest", "previous_digest", "manifest_digest", "signature")
    op.create_table(
        "handover",
        *_texts("handover_no", "province_code", "rejection_reason"),
        *_dates("business_date"),
        *_integers("row_count", "accepted_count", "rejected_count"),
        *_bigints("quantity_tco2e"),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in digests),
        _time("issued_time"),
        _time("acknowledged_time", nullable=True),
        _time("alarmed_time", nullable=True),
        sa.CheckConstraint(
            "acknowledged_time IS NULL OR accepted_count + rejected_count = row_count",
            name="handover_answers_every_row",
        ),
        sa.ForeignKeyConstraint(["business_date"], ["handover_run.business_date"]),
        sa.PrimaryKeyConstraint("handover_no"),
        sa.UniqueConstraint("province_code", "business_date", name="handover_of_a_day"),
        comment="Daily hand-overs with their answers",
    )
    op.create_index(
        "handover_unanswered",
        "handover",
        ["issued_time"],
        postgresql_where=sa.text("acknowledged_time IS NULL"),
    )
    op.create_table(
        "handover_row",
        *_texts("handover_no", "cancellation_no", "reason"),
        *_integers("row_no"),
        *_bigints("confirmed_tco2e"),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["cancellation_no"], ["cancellation.cancellation_no"]),
        sa.ForeignKeyConstraint(["handover_no"], ["handover.handover_no"]),
        sa.PrimaryKeyConstraint("handover_no", "row_no"),
        sa.UniqueConstraint("cancellation_no", name="handover_row_once"),
        comment="Cancellations in hand-overs, with the registry's answer",
    )
