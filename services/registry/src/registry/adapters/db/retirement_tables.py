"""Tables of cancellation and carry-over. Where the units are is in the ledger's tables only; these say why."""

from typing import Final

from ets_kernel.runtime import columns
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from registry.adapters.db.tables import metadata

cancellation_application: Final = Table(
    "cancellation_application",
    metadata,
    columns.text("application_no", primary_key=True),
    columns.text("account_no", ForeignKey("account.account_no")),
    columns.integer("ordinal"),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    # Ranges as the journal writes them: "[1,100],[150,200]".
    columns.text("serials"),
    columns.text("purpose"),
    columns.text("beneficiary"),
    columns.text("status"),
    columns.text("submitted_by"),
    columns.time("submitted_time"),
    columns.text("checked_by"),
    columns.time("checked_time", nullable=True),
    columns.text("decided_by"),
    columns.time("decided_time", nullable=True),
    columns.text("note"),
    columns.text("certificate_no"),
    UniqueConstraint("account_no", "ordinal", name="cancellation_application_ordinal"),
    CheckConstraint("quantity_tco2e > 0", name="cancellation_is_positive"),
    CheckConstraint(
        "status <> 'registered' OR (checked_by <> '' AND decided_by <> checked_by AND submitted_by <> checked_by"
        " AND submitted_by <> decided_by)",
        name="cancellation_by_two_people",
    ),
    CheckConstraint("(status = 'registered') = (certificate_no <> '')", name="cancellation_is_certified"),
    Index(
        "cancellation_certificate",
        "certificate_no",
        unique=True,
        postgresql_where=Column("certificate_no", Text(collation="C")) != "",
    ),
    comment="Applications to cancel units",
)

net_sales_declaration: Final = Table(
    "net_sales_declaration",
    metadata,
    Column("declaration_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("credit_code"),
    columns.quantity("sold_tco2e"),
    columns.quantity("bought_tco2e"),
    columns.text("declared_by"),
    columns.time("declared_time"),
    CheckConstraint("sold_tco2e >= 0 AND bought_tco2e >= 0", name="net_sales_are_not_negative"),
    Index("net_sales_declaration_by_entity", "credit_code", "declaration_id"),
    comment="What the trading system declared of entities' sales; the last one counts",
)

carry_over_finding: Final = Table(
    "carry_over_finding",
    metadata,
    Column("finding_id", BigInteger, Identity(always=True), primary_key=True),
    columns.text("credit_code"),
    columns.text("province_code"),
    columns.quantity("base_tco2e"),
    columns.quantity("sold_tco2e"),
    columns.quantity("bought_tco2e"),
    # Null where the trading system has not declared.
    Column("declared_sold_tco2e", BigInteger, nullable=True),
    Column("declared_bought_tco2e", BigInteger, nullable=True),
    columns.quantity("computed_tco2e"),
    columns.quantity("holding_tco2e"),
    columns.text("standing_2023"),
    columns.text("standing_2024"),
    columns.text("reason"),
    columns.time("found_time"),
    # Credit codes with blanks between, in order.
    Column("absorbed_credit_codes", Text(collation="C"), nullable=False, server_default=""),
    Column("absorbed_sold_tco2e", BigInteger, nullable=False, server_default="0"),
    Column("absorbed_bought_tco2e", BigInteger, nullable=False, server_default="0"),
    CheckConstraint(
        "reason <> '' OR (declared_sold_tco2e = sold_tco2e AND declared_bought_tco2e = bought_tco2e"
        " AND standing_2023 <> 'missed' AND standing_2024 <> 'missed')",
        name="carry_over_finding_is_confirmed",
    ),
    Index("carry_over_finding_by_entity", "credit_code", "finding_id"),
    Index(
        "carry_over_finding_of_notice",
        "credit_code",
        unique=True,
        postgresql_where=Column("reason", Text(collation="C")) == "",
    ),
    comment="What was found of entities when the notices were run; the last one counts",
)

carry_over_notice: Final = Table(
    "carry_over_notice",
    metadata,
    columns.text("credit_code", primary_key=True),
    columns.text("province_code"),
    columns.quantity("computed_tco2e"),
    columns.quantity("holding_tco2e"),
    columns.quantity("allowed_tco2e"),
    columns.quantity("applied_tco2e"),
    columns.time("issued_time"),
    # The sum of its successions; a version of the service before knows nothing of them.
    Column("taken_over_tco2e", BigInteger, nullable=False, server_default="0"),
    CheckConstraint(
        "allowed_tco2e = least(computed_tco2e, holding_tco2e)", name="carry_over_notice_allows_the_lesser"
    ),
    CheckConstraint(
        "applied_tco2e BETWEEN 0 AND allowed_tco2e + taken_over_tco2e",
        name="carry_over_notice_is_not_exceeded",
    ),
    comment="Carry-over notices, with what is applied for now",
)

carry_over_succession: Final = Table(
    "carry_over_succession",
    metadata,
    columns.text("registration_no", ForeignKey("change_registration.registration_no"), primary_key=True),
    columns.text("credit_code"),
    columns.text("successor_credit_code"),
    columns.quantity("quantity_tco2e"),
    CheckConstraint("quantity_tco2e > 0", name="carry_over_succession_of_something"),
    CheckConstraint("successor_credit_code <> credit_code", name="carry_over_succession_to_another"),
    Index("carry_over_succession_by_entity", "credit_code"),
    Index("carry_over_succession_by_successor", "successor_credit_code"),
    comment="What was left of carry-over notices and went over by mergers",
)

carry_over_run: Final = Table(
    "carry_over_run",
    metadata,
    columns.text("run_no", primary_key=True),
    columns.integer("batch_no"),
    columns.integer("ordinal"),
    columns.integer("application_count"),
    columns.quantity("quantity_tco2e"),
    columns.text("status"),
    columns.text("initiated_by"),
    columns.time("initiated_time"),
    columns.text("decided_by"),
    columns.time("decided_time", nullable=True),
    UniqueConstraint("batch_no", "ordinal", name="carry_over_run_ordinal"),
    CheckConstraint(
        "status = 'initiated' OR initiated_by <> decided_by", name="carry_over_run_by_two_people"
    ),
    comment="Runs of carry-over batches",
)

carry_over_application: Final = Table(
    "carry_over_application",
    metadata,
    columns.text("application_no", primary_key=True),
    columns.text("credit_code", ForeignKey("carry_over_notice.credit_code")),
    columns.integer("ordinal"),
    columns.text("province_code"),
    columns.integer("batch_no"),
    columns.text("status"),
    columns.time("submitted_time"),
    columns.text("run_no"),
    columns.time("registered_time", nullable=True),
    columns.time("withdrawn_time", nullable=True),
    UniqueConstraint("credit_code", "ordinal", name="carry_over_application_ordinal"),
    Index("carry_over_application_by_status", "status", "batch_no", "application_no"),
    Index("carry_over_application_by_run", "run_no"),
    comment="Carry-over applications",
)

carry_over_line: Final = Table(
    "carry_over_line",
    metadata,
    columns.text("application_no", ForeignKey("carry_over_application.application_no"), primary_key=True),
    columns.integer("line_no", primary_key=True),
    columns.text("product"),
    columns.quantity("quantity_tco2e"),
    CheckConstraint("quantity_tco2e > 0", name="carry_over_line_is_positive"),
    comment="Units in carry-over applications",
)

carry_over_run_member: Final = Table(
    "carry_over_run_member",
    metadata,
    columns.text("run_no", ForeignKey("carry_over_run.run_no"), primary_key=True),
    columns.text("application_no", ForeignKey("carry_over_application.application_no"), primary_key=True),
    comment="Which applications a run took, also where it was turned down",
)
