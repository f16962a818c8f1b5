"""Keep how allocation tables stood before, so that they can be read as of a moment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Written once and never changed: a later migration has its own.
_COLUMNS = (
    "table_no, revision, province_code, period, kind, status, issue_tco2e, entity_count, difference_count,"
    " recomputed_digest, transmitted_digest, seal_digest, seal_finding, initiated_by, initiated_time,"
    " confirmed_by, confirmed_time"
)


def upgrade() -> None:
    op.create_table(
        "issuance_version",
        sa.Column("version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("table_no"),
        sa.Column("revision", sa.Integer(), nullable=False),
        *(_text(name) for name in ("province_code", "period", "kind", "status")),
        sa.Column("issue_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("entity_count", sa.Integer(), nullable=False),
        sa.Column("difference_count", sa.Integer(), nullable=False),
        sa.Column("recomputed_digest", sa.LargeBinary(), nullable=False),
        sa.Column("transmitted_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_digest", sa.LargeBinary(), nullable=False),
        *(_text(name) for name in ("seal_finding", "initiated_by")),
        sa.Column("initiated_time", sa.DateTime(timezone=True), nullable=True),
        _text("confirmed_by"),
        sa.Column("confirmed_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["table_no"], ["issuance.table_no"]),
        sa.PrimaryKeyConstraint("version_id"),
        comment="How allocation tables stood from a moment on",
    )
    op.create_index("issuance_version_by_table", "issuance_version", ["table_no", "version_id"])
    # When a table came is not known here; nobody asks for a moment before its period.
    op.execute(
        f"INSERT INTO issuance_version ({_COLUMNS}, recorded_time) SELECT {_COLUMNS},"  # noqa: S608
        " coalesce(confirmed_time, initiated_time, to_timestamp(0)) FROM issuance"
    )


def downgrade() -> None:
    op.drop_table("issuance_version")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)
