"""Tables about accounts, beside the accounts' own: versions, applications, operators, restrictions, instructions.

Rows of a person never have its number of the identity card here: it is in `account.identity_number` alone.
"""

from typing import Final

from ets_kernel.runtime import columns
from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Table, Text, text

from registry.adapters.db.tables import metadata

_WAITING: Final = "status IN ('submitted', 'first_reviewed')"

account_version: Final = Table(
    "account_version",
    metadata,
    columns.text("account_no", ForeignKey("account.account_no"), primary_key=True),
    columns.integer("version", primary_key=True),
    columns.text("status"),
    columns.text("name"),
    columns.text("province_code"),
    columns.text("licence_no"),
    columns.text("contact"),
    columns.time("opened_time"),
    columns.time("closed_time", nullable=True),
    columns.text("restricted_uses"),
    Column("is_confirmation_needed", Boolean, nullable=False),
    columns.text("change"),
    columns.text("document_no"),
    columns.text("changed_by"),
    columns.time("recorded_time"),
    CheckConstraint("version >= 1", name="account_version_counts_from_one"),
    comment="Every step in the life of an account, and how it stood from then on",
)

account_application: Final = Table(
    "account_application",
    metadata,
    columns.text("application_no", primary_key=True),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.integer("ordinal"),
    columns.text("kind"),
    # What is asked for, as JSON with sorted keys.
    columns.text("content"),
    columns.text("status"),
    columns.text("submitted_by"),
    columns.time("submitted_time"),
    Column("due_date", Date, nullable=True),
    columns.text("first_reviewed_by"),
    columns.time("first_reviewed_time", nullable=True),
    columns.text("second_reviewed_by"),
    columns.time("second_reviewed_time", nullable=True),
    columns.text("review_note"),
    Column("first_review_note", Text(collation="C"), nullable=False, server_default=""),
    CheckConstraint(
        "second_reviewed_by = '' OR second_reviewed_by <> first_reviewed_by",
        name="account_application_by_two_people",
    ),
    CheckConstraint(
        "status <> 'passed' OR second_reviewed_by <> ''", name="account_application_passes_twice"
    ),
    Index("account_application_ordinal", "account_no", "ordinal", unique=True),
    Index(
        "account_application_waits_once",
        "account_no",
        "kind",
        unique=True,
        postgresql_where=text(_WAITING),
    ),
    comment="Applications about accounts, with both reviews",
)

account_paper: Final = Table(
    "account_paper",
    metadata,
    columns.text("application_no", ForeignKey("account_application.application_no"), primary_key=True),
    columns.integer("paper_no", primary_key=True),
    columns.text("kind"),
    columns.text("document_no"),
    columns.binary("digest"),
    comment="Papers of applications about accounts",
)

account_operator: Final = Table(
    "account_operator",
    metadata,
    columns.text("account_no", ForeignKey("account.account_no"), primary_key=True),
    columns.integer("operator_no", primary_key=True),
    columns.text("subject"),
    Column("is_initiator", Boolean, nullable=False),
    Column("is_confirmer", Boolean, nullable=False),
    columns.text("application_no", ForeignKey("account_application.application_no")),
    columns.time("registered_time"),
    columns.time("removed_time", nullable=True),
    CheckConstraint("is_initiator OR is_confirmer", name="account_operator_has_a_duty"),
    Index(
        "account_operator_registered_once",
        "account_no",
        "subject",
        unique=True,
        postgresql_where=text("removed_time IS NULL"),
    ),
    comment="Operators of accounts, by span of time",
)

account_restriction: Final = Table(
    "account_restriction",
    metadata,
    columns.text("restriction_no", primary_key=True),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.integer("ordinal"),
    # Names of uses with blanks between, in order.
    columns.text("uses"),
    columns.text("reason"),
    columns.text("document_no"),
    columns.text("imposed_by"),
    columns.time("imposed_time"),
    # Province that imposed it; empty where it counts for the whole country.
    Column("province_code", Text(collation="C"), nullable=False, server_default=""),
    columns.text("lifted_by"),
    columns.time("lifted_time", nullable=True),
    columns.text("lifting_reason"),
    columns.text("lifting_document_no"),
    CheckConstraint(
        "(lifted_time IS NULL) = (lifted_by = '')", name="account_restriction_lifted_by_somebody"
    ),
    Index("account_restriction_ordinal", "account_no", "ordinal", unique=True),
    comment="Restrictions of use",
)

instruction: Final = Table(
    "instruction",
    metadata,
    columns.text("instruction_no", primary_key=True),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.integer("ordinal"),
    columns.text("kind"),
    # The command's message without its holder, serialized deterministically.
    columns.binary("body"),
    columns.text("status"),
    columns.text("initiated_by"),
    columns.time("initiated_time"),
    columns.text("decided_by"),
    columns.time("decided_time", nullable=True),
    columns.text("reference"),
    CheckConstraint("decided_by <> initiated_by", name="instruction_by_two_people"),
    CheckConstraint("(status = 'initiated') = (decided_by = '')", name="instruction_is_decided_by_somebody"),
    Index("instruction_ordinal", "account_no", "ordinal", unique=True),
    comment="Commands that a second operator confirms",
)
