"""Obligations tell what each sector contributes, whether notices go through the province, and who owes them.

What no column names is owed for the obligation's own sector, so that a version of the service before goes on writing.
Of obligations that tables of power and of industry imposed together, what the later scope sets is told apart from what
was imposed first; their limit of CCER stays as it was noticed, until the next change reckons it by sector.

Whoever absorbed an entity owes its obligations, those that were met at the merger too; what is left of its carry-over
notice goes over with the next mergers.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SECTORS = ("power", "steel", "cement", "aluminium")
# The last table of each scope that says what an entity owes for a period.
_TOLD = """
WITH told AS (
    SELECT DISTINCT ON (credit_code, period, is_industry) credit_code, period, is_industry, sector, obligation_tco2e,
           differentiation IN (2, 3) AS is_held
    FROM issuance_row JOIN issuance USING (table_no)
    CROSS JOIN LATERAL (SELECT table_no LIKE '%/industry%' AS is_industry) AS scope
    WHERE status = 'issued' AND kind IN ('VERIFIED', 'CHANGED')
    ORDER BY credit_code, period, is_industry, kind = 'CHANGED' DESC, confirmed_time DESC
)
"""
_MERGERS = """
SELECT registration_no, absorbed.credit_code, survivor.credit_code FROM change_registration
JOIN account AS absorbed ON absorbed.account_no = change_registration.account_no
JOIN account AS survivor ON survivor.account_no = survivor_account_no
WHERE change_registration.kind = 'merger' AND change_registration.status = 'confirmed'
ORDER BY confirmed_time, ordinal
"""
_OWED = """
SELECT credit_code, period, coalesce((
    SELECT successor_credit_code FROM obligation_succession AS taken
    WHERE (taken.credit_code, taken.period) = (obligation.credit_code, obligation.period)
    ORDER BY succession_id DESC LIMIT 1
), credit_code) FROM obligation ORDER BY credit_code, period
"""
_LAST_VERSIONS = "(SELECT max(version_id) FROM obligation_version GROUP BY credit_code, period)"


def upgrade() -> None:
    for table in ("obligation", "obligation_version"):
        for sector in _SECTORS:
            op.add_column(
                table,
                sa.Column(f"beside_{sector}_tco2e", sa.BigInteger(), nullable=False, server_default="0"),
            )
        op.add_column(
            table, sa.Column("is_through_province", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        for statement in (*(_beside(table, sector) for sector in _SECTORS), _through_province(table)):
            op.execute(statement)
    op.add_column(
        "obligation_change",
        sa.Column("sector", sa.Text(collation="C"), nullable=False, server_default=""),
    )
    _mergers()
    _carry_over()


def downgrade() -> None:
    raise NotImplementedError("what each sector contributes to obligations is not forgotten again")


def _mergers() -> None:
    op.add_column("change_registration", sa.Column("carried_out_ordinal", sa.BigInteger(), nullable=True))
    op.create_index("change_registration_carried_out", "change_registration", ["carried_out_ordinal"])
    op.create_index(
        "change_registration_merged",
        "change_registration",
        ["account_no"],
        postgresql_where=sa.text("kind = 'merger'"),
    )
    op.drop_constraint("obligation_succession_of_something", "obligation_succession", type_="check")
    op.create_check_constraint(
        "obligation_succession_of_something", "obligation_succession", "outstanding_tco2e >= 0"
    )
    connection = op.get_bind()
    mergers = [tuple(row) for row in connection.execute(sa.text(_MERGERS))]
    for credit_code, period, owed_by in connection.execute(sa.text(_OWED)).all():
        holder, last = credit_code, ""
        for registration_no, absorbed, survivor in mergers:
            if absorbed in (credit_code, holder):
                holder, last = survivor, registration_no
        if holder != owed_by:
            connection.execute(
                sa.text(
                    "INSERT INTO obligation_succession (credit_code, period, registration_no,"
                    " successor_credit_code, outstanding_tco2e) VALUES (:code, :period, :registration_no, :holder, 0)"
                    " ON CONFLICT DO NOTHING"
                ),
                {"code": credit_code, "period": period, "registration_no": last, "holder": holder},
            )


def _carry_over() -> None:
    op.add_column(
        "carry_over_finding",
        sa.Column("absorbed_credit_codes", sa.Text(collation="C"), nullable=False, server_default=""),
    )
    for table, name in (
        ("carry_over_finding", "absorbed_sold_tco2e"),
        ("carry_over_finding", "absorbed_bought_tco2e"),
        ("carry_over_notice", "taken_over_tco2e"),
    ):
        op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_constraint("carry_over_notice_is_not_exceeded", "carry_over_notice", type_="check")
    op.create_check_constraint(
        "carry_over_notice_is_not_exceeded",
        "carry_over_notice",
        "applied_tco2e BETWEEN 0 AND allowed_tco2e + taken_over_tco2e",
    )
    op.create_table(
        "carry_over_succession",
        sa.Column("registration_no", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("successor_credit_code", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity_tco2e > 0", name="carry_over_succession_of_something"),
        sa.CheckConstraint("successor_credit_code <> credit_code", name="carry_over_succession_to_another"),
        sa.ForeignKeyConstraint(["registration_no"], ["change_registration.registration_no"]),
        sa.PrimaryKeyConstraint("registration_no"),
        comment="What was left of carry-over notices and went over by mergers",
    )
    op.create_index("carry_over_succession_by_entity", "carry_over_succession", ["credit_code"])
    op.create_index("carry_over_succession_by_successor", "carry_over_succession", ["successor_credit_code"])


def _beside(table: str, sector: str) -> str:
    return (
        f"{_TOLD} UPDATE {table} AS owed SET beside_{sector}_tco2e = told.obligation_tco2e FROM told"  # noqa: S608
        " WHERE told.credit_code = owed.credit_code AND told.period = owed.period"
        f" AND told.sector = '{sector}' AND told.is_industry <> (owed.sector <> 'power')"
        f" AND told.obligation_tco2e <= owed.obligation_tco2e{_last(table)}"
    )


def _through_province(table: str) -> str:
    return (
        f"{_TOLD} UPDATE {table} AS owed SET is_through_province = true FROM told"  # noqa: S608
        f" WHERE told.credit_code = owed.credit_code AND told.period = owed.period AND told.is_held{_last(table)}"
    )


def _last(table: str) -> str:
    return f" AND version_id IN {_LAST_VERSIONS}" if table == "obligation_version" else ""
