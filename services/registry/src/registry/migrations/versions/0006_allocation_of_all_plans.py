"""Allocation tables of every plan: raw rows, deductions, borrowed allowances."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from ets_kernel.runtime.append_only import append_only_statements

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_QUANTITIES = (
    "top_up_tco2e",
    "adjustment_tco2e",
    "deducted_before_tco2e",
    "deducted_tco2e",
    "returned_tco2e",
    "remainder_tco2e",
    "borrowed_tco2e",
)
_DEDUCTS = (
    "deducted_tco2e BETWEEN 0 AND adjustment_tco2e AND returned_tco2e BETWEEN 0 AND deducted_before_tco2e"
    " AND remainder_tco2e = adjustment_tco2e - deducted_tco2e + returned_tco2e AND borrowed_tco2e >= 0"
)
_ISSUES = (
    "table_no LIKE '%/PRE/%' AND issue_tco2e = pre_allocated_tco2e - deducted_tco2e OR table_no NOT LIKE '%/PRE/%'"
    " AND issue_tco2e = verified_tco2e - pre_allocated_tco2e - deducted_tco2e + returned_tco2e"
)


def upgrade() -> None:
    # Rows of the first cycle deduct and borrow nothing, and all of them are of power generation.
    for name in _QUANTITIES:
        op.add_column("issuance_row", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("issuance_row", name, server_default=None)
    op.add_column(
        "issuance_row", sa.Column("differentiation", sa.Integer(), nullable=False, server_default="0")
    )
    op.alter_column("issuance_row", "differentiation", server_default=None)
    op.add_column("issuance_row", _text("sector", server_default="power"))
    op.alter_column("issuance_row", "sector", server_default=None)
    op.create_check_constraint("issuance_row_deducts_what_is_to_be_deducted", "issuance_row", _DEDUCTS)
    op.create_check_constraint("issuance_row_issues_what_is_allocated", "issuance_row", _ISSUES)
    _create_allocation_adjustment()
    _create_earmarked_allowance()
    for table in ("allocation_adjustment", "earmarked_allowance"):
        for statement in append_only_statements(table):
            op.execute(statement)


def downgrade() -> None:
    for table in ("earmarked_allowance", "allocation_adjustment"):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION {table}_is_append_only()")
    op.drop_constraint("issuance_row_issues_what_is_allocated", "issuance_row")
    op.drop_constraint("issuance_row_deducts_what_is_to_be_deducted", "issuance_row")
    for name in ("sector", "differentiation", *reversed(_QUANTITIES)):
        op.drop_column("issuance_row", name)


def _create_allocation_adjustment() -> None:
    op.create_table(
        "allocation_adjustment",
        _text("credit_code"),
        _text("from_period"),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        _text("kind"),
        sa.Column("change_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("remainder_tco2e", sa.BigInteger(), nullable=False),
        _text("reference"),
        _text("recorded_by"),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("credit_code", "from_period", "ordinal"),
        sa.CheckConstraint("remainder_tco2e >= 0", name="allocation_adjustment_is_not_negative"),
        sa.CheckConstraint(
            "ordinal > 1 OR change_tco2e = remainder_tco2e", name="allocation_adjustment_starts_at_zero"
        ),
        comment="What is to be deducted from entities' allocations: every change",
    )


def _create_earmarked_allowance() -> None:
    op.create_table(
        "earmarked_allowance",
        _text("credit_code"),
        _text("product"),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        _text("province_code"),
        _text("kind"),
        sa.Column("change_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        _text("reference"),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("credit_code", "product", "ordinal"),
        sa.CheckConstraint("quantity_tco2e >= 0", name="earmarked_allowance_is_not_negative"),
        sa.CheckConstraint(
            "ordinal > 1 OR change_tco2e = quantity_tco2e", name="earmarked_allowance_starts_at_zero"
        ),
        comment="What provinces' accounts hold for entities: every change",
    )
    op.create_index(
        "earmarked_allowance_by_province", "earmarked_allowance", ["province_code", "credit_code"]
    )


def _text(name: str, *, server_default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False, server_default=server_default)
