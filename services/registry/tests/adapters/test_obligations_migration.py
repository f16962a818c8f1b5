"""What stood before obligations were told by sector: their parts, their way through the province, and who owes them."""

from pathlib import Path

import registry
from ets_kernel.runtime.migrations import upgrade
from ets_kernel.testing.plugin import TestServer
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

MIGRATIONS = Path(registry.__file__).parent / "migrations"
AT = "2025-10-20 00:00+00"
# A owes 1,000 t for power and 500 t for steel, together 1,500 t; B owes for cement alone and is at risk.
ISSUANCE = """
INSERT INTO issuance (table_no, revision, province_code, period, kind, status, issue_tco2e, entity_count,
    difference_count, recomputed_digest, transmitted_digest, seal_digest, seal_finding, initiated_by, initiated_time,
    confirmed_by, confirmed_time)
VALUES ('{table}', 1, '37', '2024', 'VERIFIED', 'issued', 0, 1, 0, '', '', '', '', 'first', '{at}', 'second', '{at}')
"""
ROW = """
INSERT INTO issuance_row (table_no, credit_code, name, pre_allocated_tco2e, verified_tco2e, issue_tco2e,
    emissions_tco2e, obligation_tco2e, is_capped, top_up_tco2e, adjustment_tco2e, deducted_before_tco2e, deducted_tco2e,
    returned_tco2e, remainder_tco2e, borrowed_tco2e, differentiation, sector)
VALUES ('{table}', '{code}', '', 0, {owed}, {owed}, {owed}, {owed}, false, 0, 0, 0, 0, 0, 0, 0, {why}, '{sector}')
"""
_VALUES = (
    "('{code}', '2024', '37', '', '{sector}', {owed}, 0, '{at}', '{at}', 0, 0, 0, NULL, {notice}, 0{more})"
)
_COLUMNS = (
    "credit_code, period, province_code, name, sector, obligation_tco2e, offset_limit_tco2e, deadline_time,"
    " noticed_time, surrendered_tco2e, offset_tco2e, deducted_tco2e, completed_time, notice_ordinal,"
    " certificate_ordinal"
)
ACCOUNT = """
INSERT INTO account (account_no, kind, credit_code, identity_number, name, province_code, licence_no, contact, status,
    version, opened_time, restricted_uses, is_confirmation_needed)
VALUES ('R-E-{code}', 'emitter', '{code}', '', '', '37', '', '', 'open', 1, '{at}', '', false)
"""
MERGER = """
INSERT INTO change_registration (registration_no, ordinal, kind, status, account_no, survivor_account_no, province_code,
    document_kind, document_no, document_date, document_authority, document_digest, filed_by, initiated_by,
    initiated_time, confirmed_by, confirmed_time, rejected_by, reject_reason)
VALUES ('{number}', {ordinal}, 'merger', 'confirmed', 'R-E-{one}', 'R-E-{other}', '37', 'province_letter', 'D-1',
    '2025-11-01', 'x', decode(repeat('00', 32), 'hex'), 'official', 'first', '{at}', 'second', '{at}', '', '')
"""
PARTS = (
    "SELECT credit_code, sector, obligation_tco2e, beside_power_tco2e, beside_steel_tco2e, beside_cement_tco2e,"
    " is_through_province FROM {table} ORDER BY credit_code, obligation_tco2e"
)
OWNERS = (
    "SELECT credit_code, registration_no, successor_credit_code, outstanding_tco2e FROM obligation_succession"
    " ORDER BY credit_code"
)


def _obligation(code, sector, owed, notice=1, *, table="obligation"):
    is_version = table == "obligation_version"
    values = _VALUES.format(
        code=code, sector=sector, owed=owed, at=AT, notice=notice, more=f", '{AT}'" if is_version else ""
    )
    columns = _COLUMNS + (", recorded_time" if is_version else "")
    return f"INSERT INTO {table} ({columns}) VALUES {values}"


def _statements():
    for table, code, owed, why, sector in (
        ("2024/VERIFIED/37", "A", 1_000, 0, "power"),
        ("2024/VERIFIED/37/industry", "A", 500, 0, "steel"),
        ("2024/VERIFIED/11/industry", "B", 300, 2, "cement"),
    ):
        yield ISSUANCE.format(table=table, at=AT)
        yield ROW.format(table=table, code=code, owed=owed, why=why, sector=sector)
    yield _obligation("A", "power", 1_500, 2)
    yield _obligation("A", "power", 1_000, table="obligation_version")
    yield _obligation("A", "power", 1_500, 2, table="obligation_version")
    yield _obligation("B", "cement", 300)
    yield _obligation("B", "cement", 300, table="obligation_version")
    for code in "ABC":
        yield ACCOUNT.format(code=code, at=AT)
    # What B owed was met when C took it over, and so nobody was said to owe it.
    yield MERGER.format(number="CR-000001", ordinal=1, one="B", other="A", at=AT)
    yield MERGER.format(number="CR-000002", ordinal=2, one="A", other="C", at=AT)
    yield (
        "INSERT INTO obligation_succession (credit_code, period, registration_no, successor_credit_code,"
        " outstanding_tco2e) VALUES ('A', '2024', 'CR-000002', 'C', 1500)"
    )


async def test_parts_ways_and_successors_follow_from_what_stood_before(postgres_server: TestServer):
    url = postgres_server.postgres.url(await postgres_server.fresh_database(MetaData()))
    await upgrade(url, MIGRATIONS, revision="0008")
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            for statement in _statements():
                await connection.execute(text(statement))
        await upgrade(url, MIGRATIONS)
        async with engine.connect() as connection:
            present = [tuple(row) for row in await connection.execute(text(PARTS.format(table="obligation")))]
            versions = [
                tuple(row) for row in await connection.execute(text(PARTS.format(table="obligation_version")))
            ]
            owners = [tuple(row) for row in await connection.execute(text(OWNERS))]
    finally:
        await engine.dispose()
    together = ("A", "power", 1_500, 0, 500, 0, False)
    at_risk = ("B", "cement", 300, 0, 0, 0, True)
    assert present == [together, at_risk]
    assert versions == [("A", "power", 1_000, 0, 0, 0, False), together, at_risk]
    assert owners == [("A", "CR-000002", "C", 1_500), ("B", "CR-000002", "C", 0)]
