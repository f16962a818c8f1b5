"""Port `ChangeReader` in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import fetch
from ets_ledger.domain.values import SerialRange
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db.changes import COLUMNS, document_of, with_lines
from registry.app.change_queries import ChangeFilter, FreezeFilter
from registry.app.queries import PageOf
from registry.domain.change import ChangeRegistration, Document
from registry.domain.change_errors import ChangeNotFound
from registry.domain.judicial_freeze import JudicialFreeze

# What was decided after the moment had not happened then.
_CHANGES: Final = f"""
SELECT {COLUMNS} FROM (
    SELECT registration_no, ordinal, kind, account_no, survivor_account_no, province_code, expiry_date, document_kind,
           document_no, document_date, document_authority, document_digest, filed_by, filed_time,
           CASE WHEN confirmed_time <= :at THEN 'confirmed' WHEN rejected_time <= :at THEN 'rejected'
                WHEN initiated_time <= :at THEN 'initiated' ELSE 'filed' END AS status,
           CASE WHEN initiated_time <= :at THEN initiated_by ELSE '' END AS initiated_by,
           CASE WHEN initiated_time <= :at THEN initiated_time END AS initiated_time,
           CASE WHEN confirmed_time <= :at THEN confirmed_by ELSE '' END AS confirmed_by,
           CASE WHEN confirmed_time <= :at THEN confirmed_time END AS confirmed_time,
           CASE WHEN rejected_time <= :at THEN rejected_by ELSE '' END AS rejected_by,
           CASE WHEN rejected_time <= :at THEN rejected_time END AS rejected_time,
           CASE WHEN rejected_time <= :at THEN reject_reason ELSE '' END AS reject_reason
    FROM change_registration
    WHERE coalesce(filed_time, initiated_time) <= :at
    AND (:province_code = '' OR province_code = :province_code)
) AS change
"""  # noqa: S608
_CHANGE: Final = text(f"{_CHANGES} WHERE registration_no = :registration_no")
_LIST: Final = text(f"""{_CHANGES}
WHERE (:kind = '' OR kind = :kind) AND (:status = '' OR status = :status)
AND (:account_no = '' OR :account_no IN (account_no, survivor_account_no) OR EXISTS (
    SELECT FROM change_line WHERE change_line.registration_no = change.registration_no
    AND :account_no IN (source_account_no, target_account_no)))
AND registration_no > :after ORDER BY registration_no LIMIT :size
""")
# The account is that of the last unit held by the moment: a merger takes a freeze to another account.
_FREEZES: Final = text("""
SELECT frozen.freeze_no, frozen.registration_no, place.account_no, frozen.product, frozen.frozen_tco2e,
       frozen.frozen_time, frozen.expiry_date, document_kind, document_no, document_date, document_authority,
       document_digest
FROM judicial_freeze AS frozen
JOIN change_registration USING (registration_no)
JOIN LATERAL (
    SELECT block.account_no, block.held_until_time FROM judicial_freeze_block AS block
    WHERE block.freeze_no = frozen.freeze_no AND block.held_from_time <= :at ORDER BY block.block_id DESC LIMIT 1
) AS place ON true
JOIN account AS holder ON holder.account_no = place.account_no
WHERE frozen.frozen_time <= :at AND frozen.freeze_no > :after
AND (:account_no = '' OR place.account_no = :account_no)
AND (:province_code = '' OR holder.province_code = :province_code)
AND (:credit_code = '' OR :credit_code IN (holder.credit_code, holder.identity_number))
AND (:includes_ended OR place.held_until_time IS NULL OR place.held_until_time > :at)
ORDER BY frozen.freeze_no LIMIT :size
""")
_BLOCKS: Final = text("""
SELECT freeze_no, serial_start, serial_end FROM judicial_freeze_block
WHERE freeze_no = ANY(CAST(:freeze_nos AS text[])) AND held_from_time <= :at
AND (held_until_time IS NULL OR held_until_time > :at)
ORDER BY freeze_no, serial_start
""")


class SqlChangeReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def changes(
        self, wanted: ChangeFilter, *, at: datetime, page: PageOf
    ) -> Sequence[ChangeRegistration]:
        """Give registrations by number, as they stood at a moment."""
        heads = await fetch(
            self._connection,
            _LIST,
            province_code=wanted.province_code,
            kind=wanted.kind or "",
            status=wanted.status or "",
            account_no=wanted.account_no,
            at=at,
            after=page.after_text,
            size=page.size,
        )
        return await with_lines(self._connection, heads)

    async def change(self, registration_no: str, *, province_code: str, at: datetime) -> ChangeRegistration:
        """Give a registration as it stood at a moment; CHANGE_NOT_FOUND, for one of another province too."""
        heads = await fetch(
            self._connection, _CHANGE, registration_no=registration_no, province_code=province_code, at=at
        )
        for change in await with_lines(self._connection, heads):
            return change
        raise ChangeNotFound(f"there is no {registration_no}", registration_no=registration_no)

    async def freezes(
        self, wanted: FreezeFilter, *, at: datetime, page: PageOf
    ) -> Sequence[tuple[JudicialFreeze, Document]]:
        """Give freezes by number with what each held at a moment and in which account, and its document."""
        rows = await fetch(
            self._connection,
            _FREEZES,
            province_code=wanted.province_code,
            credit_code=wanted.credit_code,
            account_no=wanted.account_no,
            includes_ended=wanted.includes_ended,
            at=at,
            after=page.after_text,
            size=page.size,
        )
        blocks: dict[str, list[SerialRange]] = {row.freeze_no: [] for row in rows}
        for row in await fetch(self._connection, _BLOCKS, freeze_nos=list(blocks), at=at):
            blocks[row.freeze_no].append(SerialRange(row.serial_start, row.serial_end))
        return [
            (
                JudicialFreeze(
                    freeze_no=row.freeze_no,
                    registration_no=row.registration_no,
                    account_no=row.account_no,
                    product=row.product,
                    frozen_tco2e=row.frozen_tco2e,
                    blocks=tuple(blocks[row.freeze_no]),
                    frozen_time=row.frozen_time,
                    expiry_date=row.expiry_date,
                ),
                document_of(row),
            )
            for row in rows
        ]
