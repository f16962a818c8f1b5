"""Registrations by two people: freezing, judicial transfers, mergers, recovery, corrections."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _registrations()
    _lines()
    _corrections()
    _freezes()
    _freeze_blocks()
    _successions()


def downgrade() -> None:
    for name in (
        "obligation_succession",
        "judicial_freeze_block",
        "judicial_freeze",
        "entry_correction",
        "change_line",
        "change_registration",
    ):
        op.drop_table(name)


def _registrations() -> None:
    op.create_table(
        "change_registration",
        _text("registration_no"),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        _text("kind"),
        _text("status"),
        _text("account_no"),
        _text("survivor_account_no"),
        _text("province_code"),
        sa.Column("expiry_date", sa.Date(), nullable=True),
        _text("document_kind"),
        _text("document_no"),
        sa.Column("document_date", sa.Date(), nullable=False),
        _text("document_authority"),
        sa.Column("document_digest", sa.LargeBinary(), nullable=False),
        _text("filed_by"),
        _time("filed_time", nullable=True),
        _text("initiated_by"),
        _time("initiated_time", nullable=True),
        _text("confirmed_by"),
        _time("confirmed_time", nullable=True),
        _text("rejected_by"),
        _time("rejected_time", nullable=True),
        _text("reject_reason"),
        sa.CheckConstraint(
            "(status = 'confirmed') = (confirmed_time IS NOT NULL) AND (status = 'rejected') = (rejected_time IS NOT NULL)",
            name="change_registration_decided_once",
        ),
        sa.CheckConstraint(
            "status <> 'confirmed' OR (initiated_by <> '' AND confirmed_by <> '' AND initiated_by <> confirmed_by)",
            name="change_registration_by_two_people",
        ),
        sa.CheckConstraint("length(document_digest) = 32", name="change_registration_has_its_document"),
        sa.PrimaryKeyConstraint("registration_no"),
        sa.UniqueConstraint("ordinal", name="change_registration_ordinal"),
        comment="What the registration body does to holdings by two people on a document",
    )
    op.create_index(
        "change_registration_by_province", "change_registration", ["province_code", "registration_no"]
    )


def _lines() -> None:
    op.create_table(
        "change_line",
        _text("registration_no"),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        _text("source_account_no"),
        _text("target_account_no"),
        _text("product"),
        sa.Column("quantity_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("serial_start", sa.BigInteger(), nullable=True),
        sa.Column("serial_end", sa.BigInteger(), nullable=True),
        _text("freeze_no"),
        _text("corrects"),
        sa.CheckConstraint("quantity_tco2e > 0", name="change_line_is_positive"),
        sa.CheckConstraint(
            "serial_start IS NULL AND serial_end IS NULL OR serial_end - serial_start + 1 = quantity_tco2e",
            name="change_line_block_is_the_quantity",
        ),
        sa.ForeignKeyConstraint(["registration_no"], ["change_registration.registration_no"]),
        sa.PrimaryKeyConstraint("registration_no", "line_no"),
        comment="Units of change registrations",
    )
    op.create_index("change_line_by_source", "change_line", ["source_account_no"])
    op.create_index("change_line_by_target", "change_line", ["target_account_no"])


def _corrections() -> None:
    op.create_table(
        "entry_correction",
        _text("corrects"),
        _text("registration_no"),
        sa.ForeignKeyConstraint(["registration_no"], ["change_registration.registration_no"]),
        sa.PrimaryKeyConstraint("corrects"),
        comment="Entries of the journal that confirmed registrations correct",
    )


def _freezes() -> None:
    op.create_table(
        "judicial_freeze",
        _text("freeze_no"),
        _text("registration_no"),
        _text("account_no"),
        _text("product"),
        sa.Column("frozen_tco2e", sa.BigInteger(), nullable=False),
        sa.Column("held_tco2e", sa.BigInteger(), nullable=False),
        _time("frozen_time"),
        sa.Column("expiry_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "held_tco2e >= 0 AND held_tco2e <= frozen_tco2e AND frozen_tco2e > 0",
            name="judicial_freeze_balance",
        ),
        sa.ForeignKeyConstraint(["account_no"], ["account.account_no"]),
        sa.ForeignKeyConstraint(["registration_no"], ["change_registration.registration_no"]),
        sa.PrimaryKeyConstraint("freeze_no"),
        comment="Units that courts have frozen",
    )
    op.create_index("judicial_freeze_by_account", "judicial_freeze", ["account_no", "freeze_no"])


def _freeze_blocks() -> None:
    op.create_table(
        "judicial_freeze_block",
        sa.Column("block_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("freeze_no"),
        _text("account_no"),
        _text("product"),
        sa.Column("serial_start", sa.BigInteger(), nullable=False),
        sa.Column("serial_end", sa.BigInteger(), nullable=False),
        _time("held_from_time"),
        _time("held_until_time", nullable=True),
        sa.CheckConstraint(
            "held_until_time >= held_from_time", name="judicial_freeze_block_ends_after_it_starts"
        ),
        sa.CheckConstraint(
            "serial_start >= 1 AND serial_end >= serial_start", name="judicial_freeze_block_is_a_range"
        ),
        sa.ForeignKeyConstraint(["freeze_no"], ["judicial_freeze.freeze_no"]),
        sa.PrimaryKeyConstraint("block_id"),
        comment="Which units a freeze held, from when until when",
    )
    op.create_index(
        "judicial_freeze_block_by_freeze", "judicial_freeze_block", ["freeze_no", "held_from_time"]
    )
    op.create_index(
        "judicial_freeze_block_held_once",
        "judicial_freeze_block",
        ["product", "serial_start"],
        unique=True,
        postgresql_where=sa.text("held_until_time IS NULL"),
    )


def _successions() -> None:
    op.create_table(
        "obligation_succession",
        sa.Column("succession_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("credit_code"),
        _text("period"),
        _text("registration_no"),
        _text("successor_credit_code"),
        sa.Column("outstanding_tco2e", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("successor_credit_code <> ''", name="obligation_succession_has_a_successor"),
        sa.CheckConstraint("outstanding_tco2e > 0", name="obligation_succession_of_something"),
        sa.ForeignKeyConstraint(["registration_no"], ["change_registration.registration_no"]),
        sa.PrimaryKeyConstraint("credit_code", "period", "registration_no"),
        comment="Obligations that the survivors of mergers owe; the last one counts",
    )
    op.create_index("obligation_succession_by_successor", "obligation_succession", ["successor_credit_code"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
