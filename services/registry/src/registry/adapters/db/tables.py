"""The registry's tables, beside those of the kernel and of the ledger.

Text keys are compared bytewise (collation C), in the same order as Python. Who holds what is in the ledger's tables
only; these say why.
"""

from typing import Any, Final

from ets_kernel.runtime import columns
from ets_kernel.runtime.db import kernel_tables
from ets_ledger.runtime.tables import ledger_tables
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    text,
)

from registry.adapters.db.old_version import keep_histories

metadata: Final = MetaData()
kernel: Final = kernel_tables(metadata)
ledger: Final = ledger_tables(metadata)


def obligation_columns() -> list[Column[Any]]:
    """Make the columns that say how an obligation stands, beside its key."""
    return [
        columns.text("province_code"),
        columns.text("name", default=""),
        columns.text("sector", default="power"),
        columns.quantity("obligation_tco2e"),
        columns.quantity("offset_limit_tco2e"),
        columns.time("deadline_time"),
        columns.time("noticed_time"),
        columns.quantity("surrendered_tco2e"),
        columns.quantity("offset_tco2e"),
        columns.quantity("deducted_tco2e", default=0),
        columns.time("completed_time", nullable=True),
        columns.integer("notice_ordinal", default=1),
        columns.integer("certificate_ordinal", default=0),
        # What is owed for another sector than `sector`; a version of the service before knows none of these.
        *(
            Column(f"beside_{sector}_tco2e", BigInteger, nullable=False, server_default="0")
            for sector in ("power", "steel", "cement", "aluminium")
        ),
        Column("is_through_province", Boolean, nullable=False, server_default=false()),
    ]


roster_entity: Final = Table(
    "roster_entity",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("period", primary_key=True),
    columns.text("name"),
    columns.text("province_code"),
    comment="Key emitters as the management platform listed them, by period",
)

account: Final = Table(
    "account",
    metadata,
    columns.text("account_no", primary_key=True),
    columns.text("kind"),
    columns.text("credit_code"),
    # A person's number of the identity card; it is nowhere else.
    columns.text("identity_number", default=""),
    columns.text("name"),
    columns.text("province_code"),
    columns.text("licence_no", default=""),
    columns.text("contact", default=""),
    columns.text("status", default="open"),
    columns.integer("version", default=1),
    columns.time("opened_time", nullable=True),
    columns.time("closed_time", nullable=True),
    # Names of uses with blanks between, in order; derived from the restrictions in force, under the account's lock.
    columns.text("restricted_uses", default=""),
    # Derived from the operators, under the account's lock.
    Column("is_confirmation_needed", Boolean, nullable=False, server_default=false()),
    CheckConstraint("(status = 'applied') = (version = 0)", name="account_counts_versions_from_its_opening"),
    CheckConstraint("(status = 'closed') = (closed_time IS NOT NULL)", name="account_closed_has_a_time"),
    CheckConstraint(
        "(kind = 'individual') = (identity_number <> '') AND (credit_code = '' OR identity_number = '')",
        name="account_of_a_person_has_its_number",
    ),
    Index(
        "account_one_open_per_entity",
        "credit_code",
        unique=True,
        postgresql_where=text("credit_code <> '' AND status = 'open'"),
    ),
    Index("account_of_entity", "credit_code", postgresql_where=text("credit_code <> ''")),
    Index(
        "account_one_per_person",
        "identity_number",
        unique=True,
        postgresql_where=text("identity_number <> ''"),
    ),
    Index("account_by_province", "province_code"),
    comment="Registration accounts, and those that were applied for",
)

project: Final = Table(
    "project",
    metadata,
    columns.text("project_no", primary_key=True),
    Column("is_inside_national_market", Boolean, nullable=False),
    columns.time("registered_time", nullable=True),
    comment="Voluntary-reduction projects with their mark",
)

obligation: Final = Table(
    "obligation",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("period", primary_key=True),
    *obligation_columns(),
    # Only a change, which sends another notice, can leave more registered than is owed, or more CCER than its limit.
    CheckConstraint(
        "surrendered_tco2e >= 0 AND offset_tco2e >= 0 AND deducted_tco2e >= 0 AND (notice_ordinal > 1"
        " OR offset_tco2e <= offset_limit_tco2e AND surrendered_tco2e + offset_tco2e <= obligation_tco2e)",
        name="obligation_is_not_exceeded",
    ),
    CheckConstraint(
        "(completed_time IS NOT NULL)"
        " = (surrendered_tco2e + least(offset_tco2e, offset_limit_tco2e) >= obligation_tco2e)",
        name="obligation_is_complete_when_covered",
    ),
    CheckConstraint(
        "notice_ordinal >= 1 AND certificate_ordinal >= (completed_time IS NOT NULL)::int",
        name="obligation_is_noticed_and_certified",
    ),
    Index("obligation_by_province", "period", "province_code", "credit_code"),
    comment="What entities owe, and what is registered towards it",
)

keep_histories(account=account, obligation=obligation)

trading_transfer: Final = Table(
    "trading_transfer",
    metadata,
    columns.text("transfer_no", primary_key=True),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.integer("ordinal"),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    columns.text("state"),
    UniqueConstraint("account_no", "ordinal", name="trading_transfer_ordinal"),
    comment="Units sent to trading",
)

trading_return: Final = Table(
    "trading_return",
    metadata,
    columns.text("withdrawal_no", primary_key=True),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    comment="Units that trading released",
)

settled_trade: Final = Table(
    "settled_trade",
    metadata,
    columns.text("trade_no", primary_key=True),
    Column("trading_date", Date, nullable=False),
    columns.text("seller_account_no"),
    columns.text("buyer_account_no"),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    comment="Trades whose unit leg is done",
)

handover: Final = Table(
    "handover",
    metadata,
    columns.text("handover_no", primary_key=True),
    Column("business_date", Date, nullable=False),
    columns.text("province_code"),
    columns.integer("row_count"),
    columns.quantity("quantity_tco2e"),
    columns.binary("manifest_digest"),
    columns.time("taken_time"),
    UniqueConstraint("province_code", "business_date", name="handover_of_a_day"),
    comment="Hand-overs that were taken",
)

handover_rejection: Final = Table(
    "handover_rejection",
    metadata,
    Column("rejection_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("handover_no"),
    columns.text("province_code"),
    columns.integer("row_count"),
    columns.quantity("quantity_tco2e"),
    columns.binary("manifest_digest"),
    columns.text("reason"),
    columns.text("message"),
    columns.time("rejected_time"),
    comment="Hand-overs that were rejected as a whole",
)

handover_row: Final = Table(
    "handover_row",
    metadata,
    columns.text("handover_no", ForeignKey("handover.handover_no"), primary_key=True),
    columns.integer("row_no", primary_key=True),
    columns.text("cancellation_no"),
    columns.text("offset_application_no"),
    columns.text("credit_code"),
    columns.text("period"),
    columns.text("province_code"),
    columns.text("ccer_product"),
    columns.quantity("quantity_tco2e"),
    Column("is_accepted", Boolean, nullable=False),
    columns.text("reason"),
    Column("is_credited", Boolean, nullable=False),
    Index(
        "handover_row_accepted_once",
        "cancellation_no",
        unique=True,
        postgresql_where=Column("is_accepted", Boolean),
    ),
    Index("handover_row_by_entity", "credit_code", "period"),
    Index("handover_row_by_application", "offset_application_no"),
    CheckConstraint("is_accepted OR NOT is_credited", name="handover_row_credits_need_acceptance"),
    comment="Rows of hand-overs with their outcome",
)

credit_block: Final = Table(
    "credit_block",
    metadata,
    columns.text("cancellation_no", primary_key=True),
    columns.integer("block_no", primary_key=True),
    columns.text("product"),
    Column("serial_start", BigInteger, nullable=False),
    Column("serial_end", BigInteger, nullable=False),
    columns.text("credit_code"),
    # Null until credits were made of it; then the order of creation.
    Column("credit_ordinal", BigInteger, nullable=True),
    columns.time("created_time", nullable=True),
    CheckConstraint("serial_start >= 1 AND serial_end >= serial_start", name="credit_block_is_a_range"),
    UniqueConstraint("product", "serial_start", name="credit_block_start"),
    Index("credit_block_by_entity", "credit_code", "credit_ordinal", "block_no"),
    comment="CCER serials of accepted rows, and the credits made of them",
)

surrender_application: Final = Table(
    "surrender_application",
    metadata,
    columns.text("application_no", primary_key=True),
    columns.text("credit_code"),
    columns.text("period"),
    columns.integer("ordinal"),
    columns.text("province_code"),
    columns.text("status"),
    columns.time("submitted_time"),
    columns.time("decided_time", nullable=True),
    columns.text("decided_by"),
    columns.text("words", default=""),
    columns.time("registered_time", nullable=True),
    columns.text("helper_credit_code", default=""),
    columns.text("helper_account_no", default=""),
    columns.time("consented_time", nullable=True),
    columns.time("closed_time", nullable=True),
    columns.text("closed_by", default=""),
    UniqueConstraint("credit_code", "period", "ordinal", name="surrender_application_ordinal"),
    CheckConstraint(
        "(closed_time IS NOT NULL) = (status IN ('withdrawn', 'returned'))",
        name="surrender_application_closed",
    ),
    CheckConstraint(
        "(helper_credit_code = '') = (helper_account_no = '') AND helper_credit_code <> credit_code"
        " AND (helper_credit_code = '' OR consented_time IS NOT NULL OR status IN ('offered', 'withdrawn'))"
        " AND (helper_credit_code <> '' OR status <> 'offered' AND consented_time IS NULL)",
        name="surrender_application_help_is_consented",
    ),
    Index("surrender_application_by_status", "status", "application_no"),
    Index(
        "surrender_application_by_helper",
        "helper_credit_code",
        "period",
        postgresql_where=text("helper_credit_code <> ''"),
    ),
    Index("surrender_application_by_province", "period", "province_code", "application_no"),
    comment="Surrender applications",
)

surrender_line: Final = Table(
    "surrender_line",
    metadata,
    columns.text("application_no", ForeignKey("surrender_application.application_no"), primary_key=True),
    columns.integer("line_no", primary_key=True),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    Column("is_offset", Boolean, nullable=False),
    CheckConstraint("quantity_tco2e > 0", name="surrender_line_is_positive"),
    comment="Units in surrender applications",
)

credit_use: Final = Table(
    "credit_use",
    metadata,
    columns.text("application_no", primary_key=True),
    columns.integer("line_no", primary_key=True),
    columns.integer("use_no", primary_key=True),
    columns.text("cancellation_no"),
    columns.integer("block_no"),
    Column("serial_start", BigInteger, nullable=False),
    Column("serial_end", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["application_no", "line_no"], ["surrender_line.application_no", "surrender_line.line_no"]
    ),
    ForeignKeyConstraint(
        ["cancellation_no", "block_no"], ["credit_block.cancellation_no", "credit_block.block_no"]
    ),
    Index("credit_use_by_credit", "cancellation_no", "block_no"),
    comment="Which credits a surrender application holds, by serial",
)
