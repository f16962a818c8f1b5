"""Tables of change registrations, judicial freezes, corrected entries and obligations that were taken over."""

from typing import Final

from ets_kernel.runtime import columns
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from registry.adapters.db.tables import metadata

change_registration: Final = Table(
    "change_registration",
    metadata,
    columns.text("registration_no", primary_key=True),
    columns.integer("ordinal"),
    columns.text("kind"),
    columns.text("status"),
    columns.text("account_no"),
    columns.text("survivor_account_no"),
    columns.text("province_code"),
    Column("expiry_date", Date, nullable=True),
    columns.text("document_kind"),
    columns.text("document_no"),
    Column("document_date", Date, nullable=False),
    columns.text("document_authority"),
    columns.binary("document_digest"),
    columns.text("filed_by"),
    columns.time("filed_time", nullable=True),
    columns.text("initiated_by"),
    columns.time("initiated_time", nullable=True),
    columns.text("confirmed_by"),
    columns.time("confirmed_time", nullable=True),
    columns.text("rejected_by"),
    columns.time("rejected_time", nullable=True),
    columns.text("reject_reason"),
    # In the order of carrying out; null before, and where a version of the service before carried it out.
    Column("carried_out_ordinal", BigInteger, nullable=True),
    UniqueConstraint("ordinal", name="change_registration_ordinal"),
    CheckConstraint(
        "status <> 'confirmed' OR (initiated_by <> '' AND confirmed_by <> '' AND initiated_by <> confirmed_by)",
        name="change_registration_by_two_people",
    ),
    CheckConstraint(
        "(status = 'confirmed') = (confirmed_time IS NOT NULL)"
        " AND (status = 'rejected') = (rejected_time IS NOT NULL)",
        name="change_registration_decided_once",
    ),
    CheckConstraint("length(document_digest) = 32", name="change_registration_has_its_document"),
    Index("change_registration_by_province", "province_code", "registration_no"),
    Index("change_registration_carried_out", "carried_out_ordinal"),
    Index(
        "change_registration_merged",
        "account_no",
        postgresql_where=(Column("kind", Text(collation="C")) == "merger"),
    ),
    comment="What the registration body does to holdings by two people on a document",
)

change_line: Final = Table(
    "change_line",
    metadata,
    columns.text("registration_no", ForeignKey("change_registration.registration_no"), primary_key=True),
    columns.integer("line_no", primary_key=True),
    columns.text("source_account_no"),
    columns.text("target_account_no"),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    # Null when the line names no block.
    Column("serial_start", BigInteger, nullable=True),
    Column("serial_end", BigInteger, nullable=True),
    columns.text("freeze_no"),
    columns.text("corrects"),
    CheckConstraint("quantity_tco2e > 0", name="change_line_is_positive"),
    CheckConstraint(
        "serial_start IS NULL AND serial_end IS NULL OR serial_end - serial_start + 1 = quantity_tco2e",
        name="change_line_block_is_the_quantity",
    ),
    Index("change_line_by_source", "source_account_no"),
    Index("change_line_by_target", "target_account_no"),
    comment="Units of change registrations",
)

entry_correction: Final = Table(
    "entry_correction",
    metadata,
    # An entry is corrected again only once a correction of it was undone.
    columns.text("corrects", primary_key=True),
    columns.text("registration_no", ForeignKey("change_registration.registration_no"), primary_key=True),
    comment="Entries of the journal that confirmed registrations correct",
)

record_correction: Final = Table(
    "record_correction",
    metadata,
    columns.text("registration_no", ForeignKey("change_registration.registration_no"), primary_key=True),
    # Line of the registration.
    columns.integer("line_no", primary_key=True),
    columns.text("kind"),
    # Application, case, or row of a table whose registration is corrected, and the line of it.
    columns.text("record_no"),
    columns.integer("record_line_no"),
    columns.text("credit_code"),
    columns.text("period"),
    columns.text("product"),
    # Below zero: taken back; above: registered again.
    columns.quantity("change_tco2e"),
    # Since when the obligation was complete before; null where it was not, or there is none.
    columns.time("completed_time", nullable=True),
    columns.time("corrected_time"),
    CheckConstraint("change_tco2e <> 0", name="record_correction_changes"),
    Index("record_correction_by_record", "record_no", "record_line_no"),
    Index("record_correction_by_obligation", "credit_code", "period"),
    comment="What corrections took back of what was registered, or registered again",
)

credit_correction: Final = Table(
    "credit_correction",
    metadata,
    columns.text("registration_no", primary_key=True),
    columns.integer("line_no", primary_key=True),
    columns.integer("part_no", primary_key=True),
    columns.text("cancellation_no"),
    columns.integer("block_no"),
    Column("serial_start", BigInteger, nullable=False),
    Column("serial_end", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["registration_no", "line_no"], ["record_correction.registration_no", "record_correction.line_no"]
    ),
    ForeignKeyConstraint(
        ["cancellation_no", "block_no"], ["credit_block.cancellation_no", "credit_block.block_no"]
    ),
    CheckConstraint("serial_start >= 1 AND serial_end >= serial_start", name="credit_correction_is_a_range"),
    Index("credit_correction_by_credit", "cancellation_no", "block_no"),
    comment="Which credits corrections took out of surrenders, or put back, by serial",
)

judicial_freeze: Final = Table(
    "judicial_freeze",
    metadata,
    columns.text("freeze_no", primary_key=True),
    columns.text("registration_no", ForeignKey("change_registration.registration_no")),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.text("product"),
    columns.quantity("frozen_tco2e"),
    columns.quantity("held_tco2e"),
    columns.time("frozen_time"),
    Column("expiry_date", Date, nullable=True),
    CheckConstraint(
        "held_tco2e >= 0 AND held_tco2e <= frozen_tco2e AND frozen_tco2e > 0", name="judicial_freeze_balance"
    ),
    Index("judicial_freeze_by_account", "account_no", "freeze_no"),
    comment="Units that courts have frozen",
)

judicial_freeze_block: Final = Table(
    "judicial_freeze_block",
    metadata,
    Column("block_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("freeze_no", ForeignKey("judicial_freeze.freeze_no")),
    columns.text("account_no"),
    columns.text("product"),
    Column("serial_start", BigInteger, nullable=False),
    Column("serial_end", BigInteger, nullable=False),
    columns.time("held_from_time"),
    # Null while the freeze holds the block.
    columns.time("held_until_time", nullable=True),
    CheckConstraint(
        "serial_start >= 1 AND serial_end >= serial_start", name="judicial_freeze_block_is_a_range"
    ),
    CheckConstraint("held_until_time >= held_from_time", name="judicial_freeze_block_ends_after_it_starts"),
    Index("judicial_freeze_block_by_freeze", "freeze_no", "held_from_time"),
    Index(
        "judicial_freeze_block_held_once",
        "product",
        "serial_start",
        unique=True,
        postgresql_where=Column("held_until_time").is_(None),
    ),
    comment="Which units a freeze held, from when until when",
)

obligation_succession: Final = Table(
    "obligation_succession",
    metadata,
    # In the order in which mergers are carried out, which is not that of their numbers.
    Column("succession_id", BigInteger, Identity(always=True), nullable=False),
    columns.text("credit_code", primary_key=True),
    columns.text("period", primary_key=True),
    columns.text("registration_no", ForeignKey("change_registration.registration_no"), primary_key=True),
    columns.text("successor_credit_code"),
    columns.quantity("outstanding_tco2e"),
    CheckConstraint("outstanding_tco2e >= 0", name="obligation_succession_of_something"),
    CheckConstraint("successor_credit_code <> ''", name="obligation_succession_has_a_successor"),
    Index("obligation_succession_by_successor", "successor_credit_code"),
    comment="Obligations that the survivors of mergers owe; the last one counts",
)
