"""What obligations and freezes say after the fire: it follows from what is registered, so no update of theirs was lost.

Units alone do not tell: they move by the applications and registrations, whatever is kept of them elsewhere.
"""

import asyncpg

# Of each claim the rows for which it does not hold.
_WRONG = {
    "an obligation counts every registered application once": """
        SELECT credit_code, period, surrendered_tco2e + offset_tco2e AS counted, coalesce(registered, 0) AS registered
        FROM obligation LEFT JOIN (
            SELECT credit_code, period, sum(quantity_tco2e) AS registered
            FROM surrender_application JOIN surrender_line USING (application_no)
            WHERE status = 'registered' GROUP BY credit_code, period
        ) AS done USING (credit_code, period)
        WHERE surrendered_tco2e + offset_tco2e <> coalesce(registered, 0)
    """,
    "no more is applied for than is owed": """
        SELECT credit_code, period, obligation_tco2e, sum(quantity_tco2e) AS applied
        FROM obligation JOIN surrender_application USING (credit_code, period)
        JOIN surrender_line USING (application_no)
        WHERE status IN ('submitted', 'confirmed', 'registered')
        GROUP BY credit_code, period HAVING sum(quantity_tco2e) > obligation_tco2e
    """,
    "an obligation is as its last version": """
        SELECT owed.credit_code, owed.period FROM obligation AS owed LEFT JOIN (
            SELECT DISTINCT ON (credit_code, period) * FROM obligation_version
            ORDER BY credit_code, period, version_id DESC
        ) AS last USING (credit_code, period)
        WHERE (owed.surrendered_tco2e, owed.completed_time, owed.certificate_ordinal)
        IS DISTINCT FROM (last.surrendered_tco2e, last.completed_time, last.certificate_ordinal)
    """,
    "a freeze holds what it froze less what was released": """
        SELECT freeze_no, held_tco2e, frozen_tco2e, released FROM judicial_freeze LEFT JOIN (
            SELECT freeze_no, sum(quantity_tco2e) AS released
            FROM change_line JOIN change_registration USING (registration_no)
            WHERE kind = 'release' AND status = 'confirmed' GROUP BY freeze_no
        ) AS out USING (freeze_no)
        WHERE held_tco2e <> frozen_tco2e - coalesce(released, 0)
    """,
    "the serials of a freeze are frozen in its account": """
        SELECT freeze_no, held_tco2e, coalesce(found, 0) AS found FROM judicial_freeze LEFT JOIN (
            SELECT freeze_no, sum(least(serial_end, end_serial) - greatest(serial_start, start_serial) + 1) AS found
            FROM judicial_freeze_block AS part
            JOIN ledger_block AS block ON block.product = part.product
            AND start_serial <= serial_end AND end_serial >= serial_start
            JOIN ledger_balance AS holding ON holding.id = block.position_id
            AND holding.account = part.account_no AND holding.bucket = 'judicially_frozen'
            WHERE held_until_time IS NULL GROUP BY freeze_no
        ) AS frozen USING (freeze_no)
        WHERE held_tco2e <> coalesce(found, 0)
    """,
}


async def check_papers(connection: asyncpg.Connection) -> None:
    """Every claim holds for every row."""
    for claim, sql in _WRONG.items():
        wrong = [tuple(row) for row in await connection.fetch(sql)]
        assert wrong == [], f"{claim}: {wrong[:5]}"
