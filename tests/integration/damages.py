"""Damage to the books of one service, each with its repair, and the invariants that must find it."""

from dataclasses import dataclass

ONE_BALANCE = (
    "id = (SELECT id FROM ledger_balance WHERE account LIKE '{prefix}%' AND bucket = 'registered' AND quantity > 0"
    " ORDER BY account, product LIMIT 1)"
)
# Named by their history, which the damage leaves as it was; a tonne more does not move the limit of CCER.
FIRST_OBLIGATION = (
    "credit_code = (SELECT min(credit_code) FROM obligation_version"
    " WHERE completed_time IS NOT NULL AND (obligation_tco2e + 1) % 20 <> 0)"
)
FIRST_USER = "credit_code = (SELECT min(credit_code) FROM obligation_version WHERE offset_tco2e > 0)"
FIRST_CEA_TRADE = "trade_no = (SELECT min(trade_no) FROM trade WHERE market = 'CEA')"


@dataclass(frozen=True, slots=True)
class Damage:
    """What somebody did to a service's database behind its back, how it is undone, and what must be broken by it."""

    name: str
    service: str
    sql: str
    repair: str
    broken: frozenset[str]


def shifted(
    name: str, service: str, table: str, column: str, where: str, broken: str, *, signs: str = "+-"
) -> Damage:
    """Add one to a column of one row."""
    there, back = (f"UPDATE {table} SET {column} = {column} {sign} 1 WHERE {where}" for sign in signs)
    return Damage(name, service, there, back, frozenset(broken.split()))


def larger_trade() -> tuple[str, str]:
    """Let a trade grow by a tonne, with its turnover, which the table itself compares."""
    there, back = (
        f"UPDATE trade SET quantity_tco2e = quantity_tco2e {sign} 1,"
        f" turnover_fen = turnover_fen {sign} price_fen_per_tco2e WHERE {FIRST_CEA_TRADE}"
        for sign in "+-"
    )
    return there, back


def larger_row() -> tuple[str, str]:
    """Let a row of a verified table issue a tonne more, with what it verifies, which the table itself compares."""
    there, back = (
        f"UPDATE issuance_row SET issue_tco2e = issue_tco2e {sign} 1, verified_tco2e = verified_tco2e {sign} 1"
        " WHERE credit_code = (SELECT min(credit_code) FROM issuance_row) AND table_no LIKE '%/VERIFIED/%'"
        for sign in "+-"
    )
    return there, back


def reopened(name: str, column: str, where: str, broken: str, *, signs: str = "-+") -> Damage:
    """Change an obligation by a tonne, with its completion, which the table itself compares."""
    last = (
        "SELECT completed_time FROM obligation_version AS told WHERE told.credit_code = obligation.credit_code"
        " AND told.period = obligation.period ORDER BY version_id DESC LIMIT 1"
    )
    there, back = (
        f"UPDATE obligation SET {column} = {column} {sign} 1, completed_time = ({completed}) WHERE {where}"
        for sign, completed in zip(signs, ("NULL", last), strict=True)
    )
    return Damage(name, "registry", there, back, frozenset(broken.split()))


def spoiled(name: str, service: str, table: str, column: str, where: str, broken: str) -> Damage:
    """Turn the first bit of a digest of one row; turning it again undoes it."""
    change = f"UPDATE {table} SET {column} = set_bit({column}, 0, 1 - get_bit({column}, 0)) WHERE {where}"
    return Damage(name, service, change, change, frozenset(broken.split()))


def flipped(name: str, service: str, table: str, column: str, where: str, broken: str) -> Damage:
    """Turn a yes of one row into a no, or the other way."""
    change = f"UPDATE {table} SET {column} = NOT {column} WHERE {where}"
    return Damage(name, service, change, change, frozenset(broken.split()))


DAMAGES = [
    shifted(
        "a balance without an entry",
        "registry",
        "ledger_balance",
        "quantity",
        ONE_BALANCE.format(prefix="R-E-"),
        "CHK-1 CHK-3 CHK-5",
    ),
    reopened("surrendered tonnes", "surrendered_tco2e", FIRST_OBLIGATION, "CHK-31 CHK-36 CHK-75"),
    reopened("offset tonnes", "offset_tco2e", FIRST_USER, "CHK-31 CHK-33 CHK-36 CHK-75"),
    reopened(
        "an obligation", "obligation_tco2e", FIRST_OBLIGATION, "CHK-29 CHK-36 CHK-74 CHK-75", signs="+-"
    ),
    shifted("a limit of CCER", "registry", "obligation", "offset_limit_tco2e", FIRST_OBLIGATION, "CHK-74"),
    shifted(
        "a settled unit leg",
        "registry",
        "settled_trade",
        "quantity_tco2e",
        "trade_no = (SELECT min(trade_no) FROM settled_trade)",
        "CHK-17",
    ),
    flipped(
        "a credited row",
        "registry",
        "handover_row",
        "is_credited",
        "cancellation_no = (SELECT min(cancellation_no) FROM handover_row)",
        "CHK-51",
    ),
    spoiled(
        "a seal",
        "registry",
        "issuance",
        "seal_digest",
        "table_no = (SELECT min(table_no) FROM issuance)",
        "CHK-27",
    ),
    Damage("an issued row", "registry", *larger_row(), frozenset({"CHK-7", "CHK-28"})),
    shifted(
        "cash",
        "trading",
        "trading_account",
        "available_fen",
        "account_no = (SELECT min(account_no) FROM trading_account)",
        "CHK-19 CHK-56",
    ),
    shifted(
        "a position",
        "trading",
        "position",
        "available_tco2e",
        "account_no = (SELECT min(account_no) FROM position WHERE product LIKE 'CEA%')",
        "CHK-11 CHK-21",
    ),
    Damage("a trade's quantity", "trading", *larger_trade(), frozenset({"CHK-17", "CHK-23"})),
    shifted(
        "a close",
        "trading",
        "daily_quote",
        "close_fen_per_tco2e",
        "market = 'CEA' AND trading_date = '2021-10-26'",
        "CHK-23",
    ),
    shifted(
        "a CCER balance without an entry",
        "ccer-bridge",
        "ledger_balance",
        "quantity",
        ONE_BALANCE.format(prefix="C-9"),
        "CHK-2 CHK-4 CHK-6",
    ),
    shifted(
        "a cancelled quantity",
        "ccer-bridge",
        "cancellation",
        "quantity_tco2e",
        "cancellation_no = (SELECT min(cancellation_no) FROM cancellation)",
        "CHK-40 CHK-41 CHK-42 CHK-46 CHK-49",
    ),
    shifted(
        "a confirmed amount",
        "ccer-bridge",
        "confirmed_application",
        "confirmed_tco2e",
        "application_no = (SELECT min(application_no) FROM confirmed_application)",
        "CHK-37",
    ),
    spoiled(
        "a manifest",
        "ccer-bridge",
        "handover",
        "manifest_digest",
        "handover_no = 'H-2021-11-01-37'",
        "CHK-45 CHK-47 CHK-48",
    ),
    shifted(
        "a province's copy of a hand-over",
        "mrv",
        "handover",
        "quantity_tco2e",
        "handover_no = 'H-2021-11-01-37'",
        "CHK-47",
    ),
    shifted(
        "the registry's copy of a hand-over",
        "registry",
        "handover",
        "quantity_tco2e",
        "handover_no = 'H-2021-11-01-37'",
        "CHK-48",
    ),
    shifted(
        "a weekly summary",
        "mrv",
        "weekly_summary_row",
        "confirmed_tco2e",
        "application_no = (SELECT min(application_no) FROM weekly_summary_row WHERE is_confirmed)",
        "CHK-38 CHK-39",
    ),
    shifted(
        "known compliance",
        "mrv",
        "compliance_status",
        "surrendered_tco2e",
        "status_id = (SELECT max(status_id) FROM compliance_status)",
        "CHK-36",
    ),
    shifted(
        "an allocation row",
        "mrv",
        "allocation_entity_row",
        "emissions_tco2e",
        "credit_code = (SELECT min(credit_code) FROM allocation_entity_row) AND table_no LIKE '%/VERIFIED/%'",
        "CHK-26",
    ),
]
