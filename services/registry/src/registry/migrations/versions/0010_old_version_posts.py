"""Processes of the version before go on: what they leave out is a default, or is filled in."""

from collections.abc import Sequence

from alembic import op
from ets_ledger.runtime.ledger_schema import alter_ledger_tables_0003
from registry.adapters.db.old_version import STATEMENTS

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OBLIGATION = {
    "name": "",
    "sector": "power",
    "deducted_tco2e": "0",
    "notice_ordinal": "1",
    "certificate_ordinal": "0",
}
_DEFAULTS = {
    "account": {
        "identity_number": "",
        "licence_no": "",
        "contact": "",
        "status": "open",
        "version": "1",
        "restricted_uses": "",
        "is_confirmation_needed": "false",
    },
    "issuance_row": {
        "top_up_tco2e": "0",
        "adjustment_tco2e": "0",
        "deducted_before_tco2e": "0",
        "deducted_tco2e": "0",
        "returned_tco2e": "0",
        "remainder_tco2e": "0",
        "borrowed_tco2e": "0",
        "differentiation": "0",
        "sector": "power",
    },
    "obligation": _OBLIGATION,
    "obligation_version": _OBLIGATION,
    "surrender_application": {
        "words": "",
        "helper_credit_code": "",
        "helper_account_no": "",
        "closed_by": "",
    },
}


def upgrade() -> None:
    alter_ledger_tables_0003()
    for table, columns in _DEFAULTS.items():
        for column, default in columns.items():
            op.alter_column(table, column, server_default=default)
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what processes of the version before need is not taken away again")
