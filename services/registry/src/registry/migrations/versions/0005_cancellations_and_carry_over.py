"""Voluntary cancellations and the carry-over of 2019 to 2024 into 2025."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _cancellation_application()
    _net_sales_declaration()
    _carry_over_finding()
    _carry_over_notice()
    _carry_over_run()
    _carry_over_application()
    _carry_over_line()
    _carry_over_run_member()


def downgrade() -> None:
    op.drop_table("carry_over_run_member")
    op.drop_table("carry_over_line")
    op.drop_table("carry_over_application")
    op.drop_table("carry_over_run")
    op.drop_table("carry_over_notice")
    op.drop_table("carry_over_finding")
    op.drop_table("net_sales_declaration")
    op.drop_table("cancellation_application")


def _cancellation_application() -> None:
    op.create_table(
        "cancellation_application",
        _text("application_no"),
        _text("account_no"),
        _integer("ordinal"),
        _text("product"),
        _quantity("quantity_tco2e"),
        _text("serials"),
        _text("purpose"),
        _text("beneficiary"),
        _text("status"),
        _text("submitted_by"),
        _time("submitted_time"),
        _text("checked_by"),
        _time("checked_time", nullable=True),
        _text("decided_by"),
        _time("decided_time", nullable=True),
        _text("note"),
        _text("certificate_no"),
        sa.CheckConstraint(
            "(status = 'registered') = (certificate_no <> '')", name="cancellation_is_certified"
        ),
        sa.CheckConstraint(
            "status <> 'registered' OR (checked_by <> '' AND decided_by <> checked_by"
            " AND submitted_by <> checked_by AND submitted_by <> decided_by)",
            name="cancellation_by_two_people",
        ),
        sa.CheckConstraint("quantity_tco2e > 0", name="cancellation_is_positive"),
        sa.ForeignKeyConstraint(
            ["account_no"],
            ["account.account_no"],
        ),
        sa.PrimaryKeyConstraint("application_no"),
        sa.UniqueConstraint("account_no", "ordinal", name="cancellation_application_ordinal"),
        comment="Applications to cancel units",
    )
    op.create_index(
        "cancellation_certificate",
        "cancellation_application",
        ["certificate_no"],
        unique=True,
        postgresql_where=sa.text("certificate_no != ''"),
    )


def _net_sales_declaration() -> None:
    op.create_table(
        "net_sales_declaration",
        sa.Column("declaration_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("credit_code"),
        _quantity("sold_tco2e"),
        _quantity("bought_tco2e"),
        _text("declared_by"),
        _time("declared_time"),
        sa.CheckConstraint("sold_tco2e >= 0 AND bought_tco2e >= 0", name="net_sales_are_not_negative"),
        sa.PrimaryKeyConstraint("declaration_id"),
        comment="What the trading system declared of entities' sales; the last one counts",
    )
    op.create_index(
        "net_sales_declaration_by_entity",
        "net_sales_declaration",
        ["credit_code", "declaration_id"],
        unique=False,
    )


def _carry_over_finding() -> None:
    op.create_table(
        "carry_over_finding",
        sa.Column("finding_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("credit_code"),
        _text("province_code"),
        _quantity("base_tco2e"),
        _quantity("sold_tco2e"),
        _quantity("bought_tco2e"),
        sa.Column("declared_sold_tco2e", sa.BigInteger(), nullable=True),
        sa.Column("declared_bought_tco2e", sa.BigInteger(), nullable=True),
        _quantity("computed_tco2e"),
        _quantity("holding_tco2e"),
        _text("standing_2023"),
        _text("standing_2024"),
        _text("reason"),
        _time("found_time"),
        sa.CheckConstraint(
            "reason <> '' OR (declared_sold_tco2e = sold_tco2e AND declared_bought_tco2e = bought_tco2e AND standing_2023 <> 'missed' AND standing_2024 <> 'missed')",
            name="carry_over_finding_is_confirmed",
        ),
        sa.PrimaryKeyConstraint("finding_id"),
        comment="What was found of entities when the notices were run; the last one counts",
    )
    op.create_index(
        "carry_over_finding_by_entity", "carry_over_finding", ["credit_code", "finding_id"], unique=False
    )
    op.create_index(
        "carry_over_finding_of_notice",
        "carry_over_finding",
        ["credit_code"],
        unique=True,
        postgresql_where=sa.text("reason = ''"),
    )


def _carry_over_notice() -> None:
    op.create_table(
        "carry_over_notice",
        _text("credit_code"),
        _text("province_code"),
        _quantity("computed_tco2e"),
        _quantity("holding_tco2e"),
        _quantity("allowed_tco2e"),
        _quantity("applied_tco2e"),
        _time("issued_time"),
        sa.CheckConstraint(
            "allowed_tco2e = least(computed_tco2e, holding_tco2e)", name="carry_over_notice_allows_the_lesser"
        ),
        sa.CheckConstraint(
            "applied_tco2e BETWEEN 0 AND allowed_tco2e", name="carry_over_notice_is_not_exceeded"
        ),
        sa.PrimaryKeyConstraint("credit_code"),
        comment="Carry-over notices, with what is applied for now",
    )


def _carry_over_run() -> None:
    op.create_table(
        "carry_over_run",
        _text("run_no"),
        _integer("batch_no"),
        _integer("ordinal"),
        _integer("application_count"),
        _quantity("quantity_tco2e"),
        _text("status"),
        _text("initiated_by"),
        _time("initiated_time"),
        _text("decided_by"),
        _time("decided_time", nullable=True),
        sa.CheckConstraint(
            "status = 'initiated' OR initiated_by <> decided_by", name="carry_over_run_by_two_people"
        ),
        sa.PrimaryKeyConstraint("run_no"),
        sa.UniqueConstraint("batch_no", "ordinal", name="carry_over_run_ordinal"),
        comment="Runs of carry-over batches",
    )


def _carry_over_application() -> None:
    op.create_table(
        "carry_over_application",
        _text("application_no"),
        _text("credit_code"),
        _integer("ordinal"),
        _text("province_code"),
        _integer("batch_no"),
        _text("status"),
        _time("submitted_time"),
        _text("run_no"),
        _time("registered_time", nullable=True),
        _time("withdrawn_time", nullable=True),
        sa.ForeignKeyConstraint(
            ["credit_code"],
            ["carry_over_notice.credit_code"],
        ),
        sa.PrimaryKeyConstraint("application_no"),
        sa.UniqueConstraint("credit_code", "ordinal", name="carry_over_application_ordinal"),
        comment="Carry-over applications",
    )
    op.create_index("carry_over_application_by_run", "carry_over_application", ["run_no"], unique=False)
    op.create_index(
        "carry_over_application_by_status",
        "carry_over_application",
        ["status", "batch_no", "application_no"],
        unique=False,
    )


def _carry_over_line() -> None:
    op.create_table(
        "carry_over_line",
        _text("application_no"),
        _integer("line_no"),
        _text("product"),
        _quantity("quantity_tco2e"),
        sa.CheckConstraint("quantity_tco2e > 0", name="carry_over_line_is_positive"),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["carry_over_application.application_no"],
        ),
        sa.PrimaryKeyConstraint("application_no", "line_no"),
        comment="Units in carry-over applications",
    )


def _carry_over_run_member() -> None:
    op.create_table(
        "carry_over_run_member",
        _text("run_no"),
        _text("application_no"),
        sa.ForeignKeyConstraint(
            ["application_no"],
            ["carry_over_application.application_no"],
        ),
        sa.ForeignKeyConstraint(
            ["run_no"],
            ["carry_over_run.run_no"],
        ),
        sa.PrimaryKeyConstraint("run_no", "application_no"),
        comment="Which applications a run took, also where it was turned down",
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def _quantity(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
