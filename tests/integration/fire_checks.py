"""What must be true of the registry after the fire, read from its database and compared with what callers were told.

The effects of every stored answer are counted up again from the requests: so each request is whole or absent, and
nothing is there that nobody asked for.
"""

import json
from collections import Counter
from typing import Any

import asyncpg
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.signing import Ed25519Verifier
from ets_ledger.domain.verification import verify_export
from ets_ledger.runtime import LedgerTables, ledger_tables
from ets_ledger.runtime.export import export_lines
from fire_clients import Callers, Sent
from fire_commands import response_of
from fire_market import CEA, REGISTRY_KEY
from fire_registry import RegistryUnderFire
from sqlalchemy import MetaData

# The reasons for which a withdrawal may be set aside; nothing else may be.
DEAD_LETTERS = {"INSUFFICIENT_HOLDING"}
Holding = tuple[str, str]
"""Account number and bucket."""


async def stored_answers(connection: asyncpg.Connection) -> dict[tuple[str, str], bytes]:
    """Every answer that the registry has given for good, by method and request id."""
    rows = await connection.fetch("SELECT method, request_id, answer FROM kernel_request")
    return {(row["method"].rpartition(".")[2], row["request_id"]): row["answer"] for row in rows}


def key_of(sent: Sent) -> tuple[str, str]:
    return (f"{sent.method}Request", sent.request.request_id)


def check_answers(sent: list[Sent], stored: dict[tuple[str, str], bytes]) -> list[Sent]:
    """What was acknowledged is stored as it was told; give the requests that took effect, with their answers."""
    carried_out = []
    for one in sent:
        answer = stored.get(key_of(one))
        if one.answer is not None:
            assert answer == one.answer.SerializeToString(deterministic=True), (
                f"{key_of(one)} was told otherwise"
            )
        if answer is not None:
            message = response_of(one.method).FromString(answer)
            carried_out.append(Sent(one.method, one.caller, one.request, message))
    assert len(carried_out) == len(stored), "a request is there that nobody has sent"
    return carried_out


async def check_effects(connection: asyncpg.Connection, carried_out: list[Sent]) -> None:
    """The rows of the registry are the items that were accepted, no more and no less."""
    items = [
        (one.method, item, result)
        for one in carried_out
        for item, result in zip(_items(one), getattr(one.answer, "results", ()), strict=True)
        if not result.HasField("error")
    ]
    accepted: dict[str, list[tuple[Any, str]]] = {}
    for method, item, result in items:
        accepted.setdefault(method, []).append((item, result.reference))

    transfers = await connection.fetch("SELECT transfer_no, account_no, quantity_tco2e FROM trading_transfer")
    assert Counter(tuple(row) for row in transfers) == Counter(
        (number, f"R-E-{item.credit_code}", item.quantity_tco2e)
        for item, number in accepted.get("TransferToTrading", ())
    )
    trades = await connection.fetch(
        "SELECT trade_no, seller_account_no, buyer_account_no, quantity_tco2e FROM settled_trade"
    )
    # A trade number may have been accepted in several requests, and is settled once.
    assert Counter(tuple(row) for row in trades) == Counter(
        {
            (number, item.seller_account_no, item.buyer_account_no, item.quantity_tco2e)
            for item, number in accepted.get("SettleTrades", ())
        }
    )
    applications = await connection.fetch(
        "SELECT application_no, credit_code, quantity_tco2e FROM surrender_application"
        " JOIN surrender_line USING (application_no)"
    )
    assert Counter(tuple(row) for row in applications) == Counter(
        (number, item.credit_code, item.lines[0].quantity_tco2e)
        for item, number in accepted.get("SubmitSurrenderApplications", ())
    ) + Counter(
        (number, item.entity_credit_code, item.lines[0].quantity_tco2e)
        for item, number in accepted.get("OfferSurrenderHelp", ())
    )
    await _check_decisions(connection, carried_out, accepted)
    for sql, methods in _MADE.items():
        made = Counter(number for method in methods for _, number in accepted.get(method, ()))
        assert Counter(row[0] for row in await connection.fetch(sql)) == made, sql


# Which rows are there because of which accepted items, by the items' references.
_MADE = {
    "SELECT table_no FROM issuance WHERE status = 'issued'": ["ConfirmIssuances"],
    "SELECT account_no FROM account WHERE credit_code = ''": ["OpenAccounts"],
    "SELECT application_no FROM account_application": ["ApplyForAccounts"],
    "SELECT application_no FROM account_application WHERE status = 'passed'": [
        "SecondReviewAccountApplications"
    ],
    "SELECT application_no FROM cancellation_application": ["SubmitCancellationApplications"],
    # Registered ones are told by their certificate.
    "SELECT coalesce(nullif(certificate_no, ''), application_no) FROM cancellation_application"
    " WHERE status = 'registered' OR status = 'refused' AND checked_by <> ''": ["RegisterCancellations"],
    "SELECT registration_no FROM change_registration": ["InitiateFreezes", "InitiateReleases"],
    "SELECT registration_no FROM change_registration WHERE status = 'confirmed'": ["ConfirmChanges"],
}


async def _check_decisions(
    connection: asyncpg.Connection, carried_out: list[Sent], accepted: dict[str, list[tuple[Any, str]]]
) -> None:
    rows = await connection.fetch("SELECT application_no, status FROM surrender_application")
    status = {row[0]: row[1] for row in rows}
    confirmed = {no for item, no in accepted.get("DecideSurrenderApplications", ()) if item.is_confirmed}
    refused = {no for item, no in accepted.get("DecideSurrenderApplications", ()) if not item.is_confirmed}
    withdrawn = {no for _, no in accepted.get("WithdrawSurrenderApplications", ())}
    withdrawn |= {no for item, no in accepted.get("AnswerSurrenderHelp", ()) if not item.is_consented}
    assert {no for no, found in status.items() if found in ("confirmed", "registered")} == confirmed
    assert {no for no, found in status.items() if found == "refused"} == refused
    assert {no for no, found in status.items() if found == "withdrawn"} == withdrawn
    registered = sum(
        one.answer.application_count for one in carried_out if one.method == "RunSurrenderRegistration"
    )
    assert sum(found == "registered" for found in status.values()) == registered


def _items(sent: Sent) -> list[Any]:
    lists = [field.name for field, _ in sent.request.ListFields() if field.is_repeated]
    return list(getattr(sent.request, lists[0])) if lists else []


async def check_units(connection: asyncpg.Connection) -> None:
    """No unit is lost, doubled or negative: holdings follow from the rows, and blocks from the holdings."""
    expected: Counter[Holding] = Counter()
    for sql, movements in _MOVEMENTS:
        for row in await connection.fetch(sql):
            for name, bucket, sign in movements:
                expected[row[name], bucket] += sign * row["quantity_tco2e"]
    rows = await connection.fetch(
        "SELECT account, bucket, quantity FROM ledger_balance WHERE product = $1 AND quantity <> 0", CEA
    )
    found = {(row[0], row[1]): row[2] for row in rows if row[0].startswith("R-")}
    assert found == {holding: quantity for holding, quantity in expected.items() if quantity}
    assert sum(row[2] for row in rows) == 0
    blocks = await connection.fetch(
        "SELECT start_serial, end_serial, account, bucket FROM ledger_block AS block"
        " JOIN ledger_balance AS balance ON balance.id = block.position_id"
        " WHERE block.product = $1 ORDER BY start_serial",
        CEA,
    )
    last = 0
    owned: Counter[Holding] = Counter()
    for start, end, account_no, bucket in blocks:
        assert start == last + 1, f"serials between {last} and {start} are nobody's, or somebody's twice"
        last = end
        owned[account_no, bucket] += end - start + 1
    assert dict(owned) == found


# The account that gives the units of a surrender application: the helper's, or the entity's own.
_GIVER = "CASE helper_account_no WHEN '' THEN 'R-E-' || credit_code ELSE helper_account_no END AS account_no"

# What each row does to the holdings of whom: the column of the account, the bucket, and up or down.
_MOVEMENTS = (
    (
        (
            "SELECT 'R-E-' || credit_code AS account_no, issuance_row.issue_tco2e AS quantity_tco2e FROM issuance_row"
            " JOIN issuance USING (table_no) WHERE status = 'issued'"
        ),
        (("account_no", "registered", 1),),
    ),
    (
        "SELECT account_no, quantity_tco2e FROM trading_transfer WHERE state = 'sent'",
        (("account_no", "registered", -1), ("account_no", "in_transit", 1)),
    ),
    (
        "SELECT account_no, quantity_tco2e FROM trading_transfer WHERE state = 'accepted'",
        (("account_no", "registered", -1), ("account_no", "trading", 1)),
    ),
    (
        "SELECT account_no, quantity_tco2e FROM trading_return",
        (("account_no", "trading", -1), ("account_no", "registered", 1)),
    ),
    (
        "SELECT seller_account_no, buyer_account_no, quantity_tco2e FROM settled_trade",
        (("seller_account_no", "trading", -1), ("buyer_account_no", "trading", 1)),
    ),
    (
        (
            f"SELECT {_GIVER}, quantity_tco2e FROM surrender_application JOIN surrender_line USING (application_no)"
            " WHERE status IN ('offered', 'submitted', 'confirmed')"
        ),
        (("account_no", "registered", -1), ("account_no", "pending_surrender", 1)),
    ),
    (
        (
            f"SELECT {_GIVER}, 'R-SURRENDERED' AS system_no, quantity_tco2e"
            " FROM surrender_application JOIN surrender_line USING (application_no) WHERE status = 'registered'"
        ),
        (("account_no", "registered", -1), ("system_no", "surrendered", 1)),
    ),
    (
        "SELECT account_no, quantity_tco2e FROM cancellation_application WHERE status IN ('submitted', 'checked')",
        (("account_no", "registered", -1), ("account_no", "pending_cancellation", 1)),
    ),
    (
        (
            "SELECT account_no, 'R-CANCELLED' AS system_no, quantity_tco2e FROM cancellation_application"
            " WHERE status = 'registered'"
        ),
        (("account_no", "registered", -1), ("system_no", "cancelled", 1)),
    ),
    (
        "SELECT account_no, held_tco2e AS quantity_tco2e FROM judicial_freeze",
        (("account_no", "registered", -1), ("account_no", "judicially_frozen", 1)),
    ),
)


async def check_events(connection: asyncpg.Connection, callers: Callers) -> None:
    """The outbox is complete and in order, and every event that came took effect or is set aside with its reason."""
    for row in await connection.fetch(
        "SELECT stream.stream, head_sequence, count(*) AS events, min(sequence) AS first, max(sequence) AS last"
        " FROM kernel_outbox_stream AS stream JOIN kernel_outbox AS event ON event.stream = stream.stream"
        " GROUP BY stream.stream, head_sequence"
    ):
        assert (row["first"], row["last"], row["events"]) == (1, row["head_sequence"], row["head_sequence"])
    told = await connection.fetch("SELECT type, count(*) FROM kernel_outbox GROUP BY type")
    by_type = {row[0].rpartition(".")[2]: row[1] for row in told}
    for message, sql in _TOLD.items():
        assert by_type.get(message, 0) == await connection.fetchval(sql), message
    letters = await connection.fetch("SELECT reason FROM kernel_dead_letter")
    assert {row[0] for row in letters} <= DEAD_LETTERS
    returned = await connection.fetchval("SELECT count(*) FROM trading_return")
    assert returned + len(letters) == len(callers.commands.withdrawal_nos)


# How often each fact must have been told, by the rows that it is about.
_TOLD = {
    "AccountOpened": "SELECT count(*) FROM account WHERE status = 'open'",
    "AllowancesIssued": "SELECT count(*) FROM issuance WHERE status = 'issued'",
    "ComplianceNoticeIssued": "SELECT count(*) FROM obligation",
    "UnitsTransferredToTrading": "SELECT count(*) FROM trading_transfer",
    "UnitsReturnedFromTrading": "SELECT count(*) FROM trading_return",
    "VoluntaryCancellationRegistered": "SELECT count(*) FROM cancellation_application WHERE status = 'registered'",
    "HoldingsChanged": "SELECT count(*) FROM change_registration WHERE status = 'confirmed'",
    "SurrenderRegistered": "SELECT count(*) FROM surrender_application WHERE status = 'registered'",
}


async def check_journal(under_fire: RegistryUnderFire) -> None:
    """The export is verified offline, signatures of the tree heads included."""
    database = Database.create(under_fire.url, application_name="ets-fire")
    tables: LedgerTables = ledger_tables(MetaData(), "ledger")
    async with database.snapshot() as connection:
        lines = [
            json.loads(json.dumps(line)) async for line in export_lines(connection, tables, ledger="registry")
        ]
    await database.dispose()
    report = verify_export(lines, Ed25519Verifier({"registry": REGISTRY_KEY.public_key()}))
    assert report.is_kept, report.wrong[:5]
