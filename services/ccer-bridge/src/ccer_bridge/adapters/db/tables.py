"""The tables of the voluntary-reduction registry, beside those of the kernel and of the ledger.

Text keys are compared bytewise (collation C), in the same order as Python. Who holds what is in the ledger's tables
only; these say why.
"""

from typing import Any, Final

from ets_kernel.runtime import columns
from ets_kernel.runtime.db import kernel_tables
from ets_ledger.runtime.tables import ledger_tables
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

metadata: Final = MetaData()
kernel: Final = kernel_tables(metadata)
ledger: Final = ledger_tables(metadata)


def _issue_columns() -> list[Column[Any]]:
    return [
        columns.binary("signature"),
        columns.time("issued_time"),
        columns.integer("accepted_count"),
        columns.integer("rejected_count"),
        columns.text("rejection_reason"),
        columns.time("acknowledged_time", nullable=True),
        columns.time("alarmed_time", nullable=True),
    ]


project: Final = Table(
    "project",
    metadata,
    columns.text("project_no", primary_key=True),
    columns.text("name"),
    columns.text("project_type"),
    columns.text("methodology"),
    columns.text("owner_credit_code"),
    Column("is_inside_national_market", Boolean, nullable=False),
    columns.time("registered_time"),
    comment="Voluntary-reduction projects",
)

issuance: Final = Table(
    "issuance",
    metadata,
    columns.text("project_no", ForeignKey("project.project_no"), primary_key=True),
    columns.integer("reduction_year", primary_key=True),
    Column("period_start", Date, primary_key=True),
    Column("period_end", Date, primary_key=True),
    columns.text("product"),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.quantity("quantity_tco2e"),
    columns.quantity("serial_start"),
    columns.quantity("serial_end"),
    columns.time("issued_time"),
    CheckConstraint(
        "serial_end - serial_start + 1 = quantity_tco2e AND quantity_tco2e > 0", name="issuance_is_a_block"
    ),
    comment="Reductions issued, one block each",
)

_ACCOUNT: Final = ("credit_code", "name", "province_code", "venue", "status")

account: Final = Table(
    "account",
    metadata,
    columns.text("account_no", primary_key=True),
    *(columns.text(name) for name in _ACCOUNT),
    columns.integer("version"),
    columns.text("first_reviewed_by"),
    columns.text("second_reviewed_by"),
    columns.time("opened_time", nullable=True),
    CheckConstraint(
        "(status = 'open') = (opened_time IS NOT NULL)"
        " AND (status <> 'open' OR (first_reviewed_by <> second_reviewed_by AND first_reviewed_by <> ''))",
        name="account_opened_by_two_people",
    ),
    comment="General holding accounts and applications for them: the present version of each",
)

account_version: Final = Table(
    "account_version",
    metadata,
    columns.text("account_no", ForeignKey("account.account_no"), primary_key=True),
    columns.integer("version", primary_key=True),
    *(columns.text(name) for name in _ACCOUNT),
    columns.text("first_reviewed_by"),
    columns.text("second_reviewed_by"),
    columns.time("opened_time", nullable=True),
    columns.time("recorded_time"),
    comment="Every version of every account: its application and its reviews, who and when",
)

venue_transfer: Final = Table(
    "venue_transfer",
    metadata,
    columns.text("transfer_no", primary_key=True),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.text("credit_code"),
    columns.text("venue"),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    columns.text("state"),
    comment="Units sent to venues",
)

venue_return: Final = Table(
    "venue_return",
    metadata,
    columns.text("withdrawal_no", primary_key=True),
    columns.text("venue"),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    comment="Units that venues released",
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

confirmed_application: Final = Table(
    "confirmed_application",
    metadata,
    columns.text("application_no", primary_key=True),
    columns.text("credit_code"),
    columns.text("province_code"),
    columns.quantity("confirmed_tco2e"),
    columns.integer("cancellation_count"),
    comment="Applications to offset that provinces confirmed",
)

confirmed_line: Final = Table(
    "confirmed_line",
    metadata,
    columns.text("application_no", ForeignKey("confirmed_application.application_no"), primary_key=True),
    columns.text("product", primary_key=True),
    columns.quantity("confirmed_tco2e"),
    columns.quantity("cancelled_tco2e"),
    CheckConstraint(
        "confirmed_tco2e > 0 AND cancelled_tco2e BETWEEN 0 AND confirmed_tco2e",
        name="confirmed_line_is_not_exceeded",
    ),
    comment="What may be cancelled under an application, by product, and what is",
)

weekly_summary: Final = Table(
    "weekly_summary",
    metadata,
    columns.text("province_code", primary_key=True),
    Column("business_date", Date, primary_key=True),
    columns.quantity("confirmed_tco2e"),
    comment="Weekly summaries as received",
)

weekly_summary_row: Final = Table(
    "weekly_summary_row",
    metadata,
    columns.text("province_code", primary_key=True),
    Column("business_date", Date, primary_key=True),
    columns.integer("row_no", primary_key=True),
    columns.text("application_no"),
    columns.text("credit_code"),
    columns.text("status"),
    columns.quantity("confirmed_tco2e"),
    ForeignKeyConstraint(
        ["province_code", "business_date"], ["weekly_summary.province_code", "weekly_summary.business_date"]
    ),
    comment="Applications in weekly summaries",
)

cancellation: Final = Table(
    "cancellation",
    metadata,
    columns.text("cancellation_no", primary_key=True),
    columns.text("application_no", ForeignKey("confirmed_application.application_no")),
    columns.text("credit_code"),
    columns.text("entity_name"),
    columns.text("province_code"),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.text("product"),
    columns.text("project_no", ForeignKey("project.project_no")),
    columns.integer("reduction_year"),
    columns.text("blocks_text"),
    columns.quantity("quantity_tco2e"),
    columns.time("cancelled_time"),
    Index("cancellation_by_time", "cancelled_time"),
    Index("cancellation_by_province", "province_code", "cancellation_no"),
    comment="Voluntary cancellations under confirmed applications",
)

handover_run: Final = Table(
    "handover_run",
    metadata,
    Column("business_date", Date, primary_key=True),
    columns.time("run_time"),
    comment="Dates whose hand-over was run",
)

handover: Final = Table(
    "handover",
    metadata,
    columns.text("handover_no", primary_key=True),
    Column("business_date", Date, ForeignKey("handover_run.business_date"), nullable=False),
    columns.text("province_code"),
    columns.integer("row_count"),
    columns.quantity("quantity_tco2e"),
    columns.binary("rows_digest"),
    columns.binary("previous_digest"),
    columns.binary("manifest_digest"),
    *_issue_columns(),
    # A row written by code that knew of one issue only is of that one.
    Column("issue_no", Integer, nullable=False, server_default="1"),
    UniqueConstraint("province_code", "business_date", name="handover_of_a_day"),
    CheckConstraint(
        "acknowledged_time IS NULL OR accepted_count + rejected_count = row_count",
        name="handover_answers_every_row",
    ),
    Index(
        "handover_unanswered",
        "issued_time",
        postgresql_where=Column("acknowledged_time", DateTime(timezone=True)).is_(None),
    ),
    comment="Daily hand-overs with their last issue and its answer",
)

handover_earlier_issue: Final = Table(
    "handover_earlier_issue",
    metadata,
    columns.text("handover_no", ForeignKey("handover.handover_no"), primary_key=True),
    columns.integer("issue_no", primary_key=True),
    *_issue_columns(),
    comment="Issues of hand-overs that were issued again, as they were left",
)

handover_row: Final = Table(
    "handover_row",
    metadata,
    columns.text("handover_no", ForeignKey("handover.handover_no"), primary_key=True),
    columns.integer("row_no", primary_key=True),
    columns.text("cancellation_no", ForeignKey("cancellation.cancellation_no")),
    columns.quantity("confirmed_tco2e"),
    # Null until the registry answered.
    Column("is_accepted", Boolean, nullable=True),
    columns.text("reason"),
    UniqueConstraint("cancellation_no", name="handover_row_once"),
    comment="Cancellations in hand-overs, with the registry's answer",
)
