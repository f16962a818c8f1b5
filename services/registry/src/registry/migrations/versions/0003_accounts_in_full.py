"""Accounts in full: applications with two reviews, changes, restrictions, operators, history."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _account()
    _account_version()
    _account_application()
    _account_operator()
    _account_restriction()
    _instruction()
    # Who opened them is not known here; all were open.
    op.execute(
        "INSERT INTO account_version (account_no, version, status, name, province_code, licence_no, contact,"
        " opened_time, closed_time, restricted_uses, is_confirmation_needed, change, document_no, changed_by,"
        " recorded_time) SELECT account_no, 1, status, name, province_code, '', '', opened_time, NULL, '', false,"
        " 'opened', '', '', opened_time FROM account"
    )


def downgrade() -> None:
    for table in (
        "instruction",
        "account_restriction",
        "account_operator",
        "account_paper",
        "account_application",
        "account_version",
    ):
        op.drop_table(table)
    for index in ("account_one_per_person", "account_of_entity", "account_one_open_per_entity"):
        op.drop_index(index, "account")
    for column in (
        "is_confirmation_needed",
        "restricted_uses",
        "closed_time",
        "version",
        "status",
        "contact",
        "licence_no",
        "identity_number",
    ):
        op.drop_column("account", column)
    op.alter_column("account", "opened_time", nullable=False)


def _account() -> None:
    for name, present in (
        ("identity_number", ""),
        ("licence_no", ""),
        ("contact", ""),
        ("status", "open"),
        ("restricted_uses", ""),
    ):
        op.add_column("account", _text(name, server_default=present))
        op.alter_column("account", name, server_default=None)
    op.add_column("account", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("account", "version", server_default=None)
    op.add_column(
        "account",
        sa.Column("is_confirmation_needed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("account", "is_confirmation_needed", server_default=None)
    op.add_column("account", _time("closed_time", nullable=True))
    op.alter_column("account", "opened_time", nullable=True)
    op.create_check_constraint(
        "account_counts_versions_from_its_opening", "account", "(status = 'applied') = (version = 0)"
    )
    op.create_check_constraint(
        "account_closed_has_a_time", "account", "(status = 'closed') = (closed_time IS NOT NULL)"
    )
    op.create_check_constraint(
        "account_of_a_person_has_its_number",
        "account",
        "(kind = 'individual') = (identity_number <> '') AND (credit_code = '' OR identity_number = '')",
    )
    _partial("account_one_open_per_entity", ["credit_code"], "credit_code <> '' AND status = 'open'")
    op.create_index(
        "account_of_entity", "account", ["credit_code"], postgresql_where=sa.text("credit_code <> ''")
    )
    _partial("account_one_per_person", ["identity_number"], "identity_number <> ''")
    op.execute("COMMENT ON TABLE account IS 'Registration accounts, and those that were applied for'")


def _account_version() -> None:
    op.create_table(
        "account_version",
        _text("account_no"),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *map(_text, ("status", "name", "province_code", "licence_no", "contact")),
        _time("opened_time"),
        _time("closed_time", nullable=True),
        _text("restricted_uses"),
        sa.Column("is_confirmation_needed", sa.Boolean(), nullable=False),
        *map(_text, ("change", "document_no", "changed_by")),
        _time("recorded_time"),
        sa.CheckConstraint("version >= 1", name="account_version_counts_from_one"),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.PrimaryKeyConstraint("account_no", "version"),
        comment="Every step in the life of an account, and how it stood from then on",
    )


def _account_application() -> None:
    op.create_table(
        "account_application",
        _text("application_no"),
        _text("account_no"),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        *map(_text, ("kind", "content", "status", "submitted_by")),
        _time("submitted_time"),
        sa.Column("due_date", sa.Date(), nullable=True),
        _text("first_reviewed_by"),
        _time("first_reviewed_time", nullable=True),
        _text("second_reviewed_by"),
        _time("second_reviewed_time", nullable=True),
        _text("review_note"),
        sa.CheckConstraint(
            "second_reviewed_by = '' OR second_reviewed_by <> first_reviewed_by",
            name="account_application_by_two_people",
        ),
        sa.CheckConstraint(
            "status <> 'passed' OR second_reviewed_by <> ''", name="account_application_passes_twice"
        ),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.PrimaryKeyConstraint("application_no"),
        comment="Applications about accounts, with both reviews",
    )
    op.create_index(
        "account_application_ordinal", "account_application", ["account_no", "ordinal"], unique=True
    )
    waiting = "status IN ('submitted', 'first_reviewed')"
    _partial("account_application_waits_once", ["account_no", "kind"], waiting, table="account_application")
    op.create_table(
        "account_paper",
        _text("application_no"),
        sa.Column("paper_no", sa.Integer(), autoincrement=False, nullable=False),
        *map(_text, ("kind", "document_no")),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["application_no"], ["account_application.application_no"]),
        sa.PrimaryKeyConstraint("application_no", "paper_no"),
        comment="Papers of applications about accounts",
    )


def _account_operator() -> None:
    op.create_table(
        "account_operator",
        _text("account_no"),
        sa.Column("operator_no", sa.Integer(), autoincrement=False, nullable=False),
        _text("subject"),
        sa.Column("is_initiator", sa.Boolean(), nullable=False),
        sa.Column("is_confirmer", sa.Boolean(), nullable=False),
        _text("application_no"),
        _time("registered_time"),
        _time("removed_time", nullable=True),
        sa.CheckConstraint("is_initiator OR is_confirmer", name="account_operator_has_a_duty"),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.ForeignKeyConstraint(["application_no"], ["account_application.application_no"]),
        sa.PrimaryKeyConstraint("account_no", "operator_no"),
        comment="Operators of accounts, by span of time",
    )
    registered = "removed_time IS NULL"
    _partial(
        "account_operator_registered_once", ["account_no", "subject"], registered, table="account_operator"
    )


def _account_restriction() -> None:
    op.create_table(
        "account_restriction",
        _text("restriction_no"),
        _text("account_no"),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        *map(_text, ("uses", "reason", "document_no", "imposed_by")),
        _time("imposed_time"),
        _text("lifted_by"),
        _time("lifted_time", nullable=True),
        *map(_text, ("lifting_reason", "lifting_document_no")),
        sa.CheckConstraint(
            "(lifted_time IS NULL) = (lifted_by = '')", name="account_restriction_lifted_by_somebody"
        ),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.PrimaryKeyConstraint("restriction_no"),
        comment="Restrictions of use",
    )
    op.create_index(
        "account_restriction_ordinal", "account_restriction", ["account_no", "ordinal"], unique=True
    )


def _instruction() -> None:
    op.create_table(
        "instruction",
        _text("instruction_no"),
        _text("account_no"),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        _text("kind"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *map(_text, ("status", "initiated_by")),
        _time("initiated_time"),
        _text("decided_by"),
        _time("decided_time", nullable=True),
        _text("reference"),
        sa.CheckConstraint("decided_by <> initiated_by", name="instruction_by_two_people"),
        sa.CheckConstraint(
            "(status = 'initiated') = (decided_by = '')", name="instruction_is_decided_by_somebody"
        ),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.PrimaryKeyConstraint("instruction_no"),
        comment="Commands that a second operator confirms",
    )
    op.create_index("instruction_ordinal", "instruction", ["account_no", "ordinal"], unique=True)


def _text(name: str, *, server_default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False, server_default=server_default)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _partial(name: str, columns: list[str], condition: str, *, table: str = "account") -> None:
    op.create_index(name, table, columns, unique=True, postgresql_where=sa.text(condition))
