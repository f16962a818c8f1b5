"""The tables of the voluntary-reduction registry, beside those of the kernel and of the ledger.

Text keys are compared bytewise (collation C), in the same order as Python. Who holds what is in the ledger's tables
only; these say why.
"""

from typing import Any, Final

from ets_kernel.runtime.db import kernel_tables
from ets_ledger.runtime.tables import ledger_tables
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData()
kernel: Final = kernel_tables(metadata)
ledger: Final = ledger_tables(metadata)


def _text(name: str, *references: ForeignKey, primary_key: bool = False) -> Column[str]:
    return Column(name, Text(collation="C"), *references, primary_key=primary_key, nullable=False)


def _quantity(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


project: Final = Table(
    "project",
    metadata,
    _text("project_no", primary_key=True),
    _text("name"),
    _text("project_type"),
    _text("methodology"),
    _text("owner_credit_code"),
    Column("is_inside_national_market", Boolean, nullable=False),
    _time("registered_time"),
    comment="Voluntary-reduction projects",
)

issuance: Final = Table(
    "issuance",
    metadata,
    _text("project_no", ForeignKey("project.project_no"), primary_key=True),
    Column("reduction_year", Integer, primary_key=True, autoincrement=False),
    Column("period_start", Date, primary_key=True),
    Column("period_end", Date, primary_key=True),
    _text("product"),
    _text("account_no", ForeignKey("account.account_no")),
    _quantity("quantity_tco2e"),
    _quantity("serial_start"),
    _quantity("serial_end"),
    _time("issued_time"),
    CheckConstraint(
        "serial_end - serial_start + 1 = quantity_tco2e AND quantity_tco2e > 0", name="issuance_is_a_block"
    ),
    comment="Reductions issued, one block each",
)

_ACCOUNT: Final = ("credit_code", "name", "province_code", "venue", "status")

account: Final = Table(
    "account",
    metadata,
    _text("account_no", primary_key=True),
    *(_text(name) for name in _ACCOUNT),
    _count("version"),
    _text("first_reviewed_by"),
    _text("second_reviewed_by"),
    _time("opened_time", nullable=True),
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
    _text("account_no", ForeignKey("account.account_no"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    *(_text(name) for name in _ACCOUNT),
    _text("first_reviewed_by"),
    _text("second_reviewed_by"),
    _time("opened_time", nullable=True),
    _time("recorded_time"),
    comment="Every version of every account: its application and its reviews, who and when",
)

venue_transfer: Final = Table(
    "venue_transfer",
    metadata,
    _text("transfer_no", primary_key=True),
    _text("account_no", ForeignKey("account.account_no")),
    _text("credit_code"),
    _text("venue"),
    _text("product"),
    _quantity("quantity_tco2e"),
    _text("state"),
    comment="Units sent to venues",
)

venue_return: Final = Table(
    "venue_return",
    metadata,
    _text("withdrawal_no", primary_key=True),
    _text("venue"),
    _text("account_no", ForeignKey("account.account_no")),
    _text("product"),
    _quantity("quantity_tco2e"),
    comment="Units that venues released",
)

settled_trade: Final = Table(
    "settled_trade",
    metadata,
    _text("trade_no", primary_key=True),
    Column("trading_date", Date, nullable=False),
    _text("seller_account_no"),
    _text("buyer_account_no"),
    _text("product"),
    _quantity("quantity_tco2e"),
    comment="Trades whose unit leg is done",
)

confirmed_application: Final = Table(
    "confirmed_application",
    metadata,
    _text("application_no", primary_key=True),
    _text("credit_code"),
    _text("province_code"),
    _quantity("confirmed_tco2e"),
    _count("cancellation_count"),
    comment="Applications to offset that provinces confirmed",
)

confirmed_line: Final = Table(
    "confirmed_line",
    metadata,
    _text("application_no", ForeignKey("confirmed_application.application_no"), primary_key=True),
    _text("product", primary_key=True),
    _quantity("confirmed_tco2e"),
    _quantity("cancelled_tco2e"),
    CheckConstraint(
        "confirmed_tco2e > 0 AND cancelled_tco2e BETWEEN 0 AND confirmed_tco2e",
        name="confirmed_line_is_not_exceeded",
    ),
    comment="What may be cancelled under an application, by product, and what is",
)

weekly_summary: Final = Table(
    "weekly_summary",
    metadata,
    _text("province_code", primary_key=True),
    Column("business_date", Date, primary_key=True),
    _quantity("confirmed_tco2e"),
    comment="Weekly summaries as received",
)

weekly_summary_row: Final = Table(
    "weekly_summary_row",
    metadata,
    _text("province_code", primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("row_no", Integer, primary_key=True, autoincrement=False),
    _text("application_no"),
    _text("credit_code"),
    _text("status"),
    _quantity("confirmed_tco2e"),
    ForeignKeyConstraint(
        ["province_code", "business_date"], ["weekly_summary.province_code", "weekly_summary.business_date"]
    ),
    comment="Applications in weekly summaries",
)

cancellation: Final = Table(
    "cancellation",
    metadata,
    _text("cancellation_no", primary_key=True),
    _text("application_no", ForeignKey("confirmed_application.application_no")),
    _text("credit_code"),
    _text("entity_name"),
    _text("province_code"),
    _text("account_no", ForeignKey("account.account_no")),
    _text("product"),
    _text("project_no", ForeignKey("project.project_no")),
    _count("reduction_year"),
    _text("blocks_text"),
    _quantity("quantity_tco2e"),
    _time("cancelled_time"),
    Index("cancellation_by_time", "cancelled_time"),
    Index("cancellation_by_province", "province_code", "cancellation_no"),
    comment="Voluntary cancellations under confirmed applications",
)

handover_run: Final = Table(
    "handover_run",
    metadata,
    Column("business_date", Date, primary_key=True),
    _time("run_time"),
    comment="Dates whose hand-over was run",
)

handover: Final = Table(
    "handover",
    metadata,
    _text("handover_no", primary_key=True),
    Column("business_date", Date, ForeignKey("handover_run.business_date"), nullable=False),
    _text("province_code"),
    _count("row_count"),
    _quantity("quantity_tco2e"),
    _bytes("rows_digest"),
    _bytes("previous_digest"),
    _bytes("manifest_digest"),
    _bytes("signature"),
    _time("issued_time"),
    _count("accepted_count"),
    _count("rejected_count"),
    _text("rejection_reason"),
    _time("acknowledged_time", nullable=True),
    _time("alarmed_time", nullable=True),
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
    comment="Daily hand-overs with their answers",
)

handover_row: Final = Table(
    "handover_row",
    metadata,
    _text("handover_no", ForeignKey("handover.handover_no"), primary_key=True),
    Column("row_no", Integer, primary_key=True, autoincrement=False),
    _text("cancellation_no", ForeignKey("cancellation.cancellation_no")),
    _quantity("confirmed_tco2e"),
    # Null until the registry answered.
    Column("is_accepted", Boolean, nullable=True),
    _text("reason"),
    UniqueConstraint("cancellation_no", name="handover_row_once"),
    comment="Cancellations in hand-overs, with the registry's answer",
)
