"""Surrender in full: withdrawn and forced applications, help, changed obligations, deductions."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Written once and never changed: a later migration has its own.
_OBLIGATION = (
    "credit_code, period, province_code, name, sector, obligation_tco2e, offset_limit_tco2e, deadline_time,"
    " noticed_time, surrendered_tco2e, offset_tco2e, deducted_tco2e, completed_time, notice_ordinal,"
    " certificate_ordinal"
)
# Until now nothing changed an obligation, so its history follows from what was registered.
_HISTORY = f"""
INSERT INTO obligation_version ({_OBLIGATION}, recorded_time)
SELECT owed.credit_code, owed.period, owed.province_code, owed.name, owed.sector, owed.obligation_tco2e,
       owed.offset_limit_tco2e, owed.deadline_time, owed.noticed_time,
       coalesce(sum(met.surrendered) OVER past, 0)::bigint, coalesce(sum(met.by_offset) OVER past, 0)::bigint,
       0, CASE WHEN owed.completed_time <= moment THEN owed.completed_time END, 1,
       coalesce((owed.completed_time <= moment)::int, 0), moment
FROM (
    SELECT credit_code, period, noticed_time AS moment, 0 AS surrendered, 0 AS by_offset FROM obligation
    UNION ALL
    SELECT credit_code, period, registered_time, coalesce(sum(quantity_tco2e) FILTER (WHERE NOT is_offset), 0),
           coalesce(sum(quantity_tco2e) FILTER (WHERE is_offset), 0)
    FROM surrender_application JOIN surrender_line USING (application_no)
    WHERE registered_time IS NOT NULL GROUP BY credit_code, period, registered_time
) AS met JOIN obligation AS owed USING (credit_code, period)
WINDOW past AS (PARTITION BY owed.credit_code, owed.period ORDER BY moment)
ORDER BY moment
"""  # noqa: S608


def upgrade() -> None:
    _obligations()
    _applications()
    _changes()
    _forced_surrenders()
    op.add_column("project", _time("registered_time", nullable=True))


def downgrade() -> None:
    raise NotImplementedError("changed obligations do not fit the tables before; restore a backup instead")


def _obligations() -> None:
    op.add_column("obligation", _text("name", server_default=""))
    op.add_column("obligation", _text("sector", server_default="power"))
    op.add_column("obligation", _quantity("deducted_tco2e", server_default="0"))
    op.add_column("obligation", _integer("notice_ordinal", server_default="1"))
    op.add_column("obligation", _integer("certificate_ordinal", server_default="0"))
    op.execute(
        "UPDATE obligation AS owed SET name = told.name FROM issuance_row AS told"
        " JOIN issuance USING (table_no) WHERE told.credit_code = owed.credit_code"
        " AND issuance.period = owed.period AND issuance.kind = 'VERIFIED'"
    )
    op.execute("UPDATE obligation SET certificate_ordinal = 1 WHERE completed_time IS NOT NULL")
    for name in ("name", "sector", "deducted_tco2e", "notice_ordinal", "certificate_ordinal"):
        op.alter_column("obligation", name, server_default=None)
    op.drop_constraint("obligation_is_not_exceeded", "obligation", type_="check")
    op.create_check_constraint(
        "obligation_is_not_exceeded",
        "obligation",
        "surrendered_tco2e >= 0 AND offset_tco2e >= 0 AND deducted_tco2e >= 0 AND (notice_ordinal > 1"
        " OR offset_tco2e <= offset_limit_tco2e AND surrendered_tco2e + offset_tco2e <= obligation_tco2e)",
    )
    op.create_check_constraint(
        "obligation_is_complete_when_covered",
        "obligation",
        "(completed_time IS NOT NULL)"
        " = (surrendered_tco2e + least(offset_tco2e, offset_limit_tco2e) >= obligation_tco2e)",
    )
    op.create_check_constraint(
        "obligation_is_noticed_and_certified",
        "obligation",
        "notice_ordinal >= 1 AND certificate_ordinal >= (completed_time IS NOT NULL)::int",
    )
    op.create_table(
        "obligation_version",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(_text(name) for name in ("credit_code", "period", "province_code", "name", "sector")),
        *(_quantity(name) for name in ("obligation_tco2e", "offset_limit_tco2e")),
        *(_time(name) for name in ("deadline_time", "noticed_time")),
        *(_quantity(name) for name in ("surrendered_tco2e", "offset_tco2e", "deducted_tco2e")),
        _time("completed_time", nullable=True),
        *(_integer(name) for name in ("notice_ordinal", "certificate_ordinal")),
        _time("recorded_time"),
        sa.ForeignKeyConstraint(["credit_code", "period"], ["obligation.credit_code", "obligation.period"]),
        sa.PrimaryKeyConstraint("version_id"),
        comment="How obligations stood from a moment on",
    )
    op.create_index(
        "obligation_version_by_entity", "obligation_version", ["period", "credit_code", "version_id"]
    )
    op.execute(_HISTORY)


def _applications() -> None:
    for name in ("words", "helper_credit_code", "helper_account_no", "closed_by"):
        op.add_column("surrender_application", _text(name, server_default=""))
        op.alter_column("surrender_application", name, server_default=None)
    for name in ("consented_time", "closed_time"):
        op.add_column("surrender_application", _time(name, nullable=True))
    op.create_check_constraint(
        "surrender_application_closed",
        "surrender_application",
        "(closed_time IS NOT NULL) = (status IN ('withdrawn', 'returned'))",
    )
    op.create_check_constraint(
        "surrender_application_help_is_consented",
        "surrender_application",
        "(helper_credit_code = '') = (helper_account_no = '') AND helper_credit_code <> credit_code"
        " AND (helper_credit_code = '' OR consented_time IS NOT NULL OR status IN ('offered', 'withdrawn'))"
        " AND (helper_credit_code <> '' OR status <> 'offered' AND consented_time IS NULL)",
    )
    op.create_index(
        "surrender_application_by_helper",
        "surrender_application",
        ["helper_credit_code", "period"],
        postgresql_where=sa.text("helper_credit_code <> ''"),
    )


def _changes() -> None:
    op.create_table(
        "obligation_change",
        _text("change_no"),
        _integer("ordinal"),
        *(_text(name) for name in ("credit_code", "period")),
        *(_quantity(name) for name in ("from_tco2e", "to_tco2e")),
        *(_text(name) for name in ("document_no", "words", "status", "initiated_by")),
        _time("initiated_time"),
        _text("confirmed_by"),
        _time("confirmed_time", nullable=True),
        sa.ForeignKeyConstraint(["credit_code", "period"], ["obligation.credit_code", "obligation.period"]),
        sa.CheckConstraint("from_tco2e <> to_tco2e AND to_tco2e >= 0", name="obligation_change_changes"),
        sa.CheckConstraint(
            "status <> 'confirmed' OR initiated_by <> confirmed_by", name="obligation_change_by_two_people"
        ),
        sa.UniqueConstraint("credit_code", "period", "ordinal", name="obligation_change_ordinal"),
        sa.PrimaryKeyConstraint("change_no"),
        comment="Corrections of obligations",
    )


def _forced_surrenders() -> None:
    op.create_table(
        "forced_surrender",
        _text("case_no"),
        _integer("ordinal"),
        *(_text(name) for name in ("credit_code", "province_code", "document_no", "status", "initiated_by")),
        _time("initiated_time"),
        _text("confirmed_by"),
        _time("confirmed_time", nullable=True),
        sa.CheckConstraint(
            "status <> 'registered' OR initiated_by <> confirmed_by", name="forced_surrender_by_two_people"
        ),
        sa.UniqueConstraint("credit_code", "ordinal", name="forced_surrender_ordinal"),
        sa.PrimaryKeyConstraint("case_no"),
        comment="Forced surrenders of what provinces' accounts hold for entities",
    )
    op.create_index("forced_surrender_by_province", "forced_surrender", ["province_code", "case_no"])
    op.create_table(
        "forced_surrender_line",
        _text("case_no"),
        _integer("line_no"),
        *(_text(name) for name in ("period", "product")),
        _quantity("quantity_tco2e"),
        sa.CheckConstraint("quantity_tco2e > 0", name="forced_surrender_line_is_positive"),
        sa.ForeignKeyConstraint(["case_no"], ["forced_surrender.case_no"]),
        sa.PrimaryKeyConstraint("case_no", "line_no"),
        comment="Units of forced surrenders: surrendered for a period, or released where the period is empty",
    )
    op.create_table(
        "forced_surrender_shortfall",
        *(_text(name) for name in ("case_no", "period")),
        _quantity("quantity_tco2e"),
        sa.ForeignKeyConstraint(["case_no"], ["forced_surrender.case_no"]),
        sa.PrimaryKeyConstraint("case_no", "period"),
        comment="What stays unmet after forced surrenders",
    )


def _text(name: str, server_default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False, server_default=server_default)


def _quantity(name: str, server_default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=server_default)


def _integer(name: str, server_default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=server_default)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
