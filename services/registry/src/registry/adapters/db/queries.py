"""Port `RegistryReader` in SQL."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.sql import AnyRow, fetch, values_of
from ets_ledger.domain.journal import TreeHead
from ets_ledger.domain.values import Position, SerialBlock
from ets_ledger.runtime.queries import LedgerQueries, Posting
from ets_ledger.runtime.seals import LedgerSeals
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import tables
from registry.adapters.db.account_queries import SqlAccountReader
from registry.adapters.db.applications import with_lines
from registry.adapters.db.issuances import ISSUANCES, ISSUANCES_AS_OF, issuance_of
from registry.adapters.db.surrender_queries import APPLICATIONS_AS_OF, obligation_as_of, obligations_as_of
from registry.adapters.db.unit_of_work import LEDGER_NAME, batch_hash
from registry.app.queries import BlockView, HoldingView, PageOf, PostingView, UsageView
from registry.domain.accounts import Account
from registry.domain.allocation_table import Issuance
from registry.domain.errors import AccountNotFound, TreeHeadNotFound
from registry.domain.obligation import Obligation
from registry.domain.surrender import SurrenderApplication, SurrenderStatus

_PROVINCE: Final = "(:province_code = '' OR province_code = :province_code)"
# An account was its province's then, whoever's it is now.
_ACCOUNT_NOS: Final = text("""
SELECT account.account_no FROM account CROSS JOIN LATERAL (
    SELECT province_code FROM account_version AS version
    WHERE version.account_no = account.account_no AND recorded_time <= :at
    ORDER BY version.version DESC LIMIT 1
) AS stood
WHERE stood.province_code = :province_code AND account.account_no >= :after
""")
_HOLDINGS: Final = text("""
SELECT account AS account_no, product, bucket, quantity AS quantity_tco2e FROM ledger_balance
WHERE quantity <> 0 AND bucket <> 'issuance'
AND (:province_code = '' OR account IN (SELECT account_no FROM account WHERE province_code = :province_code))
AND (account, product, bucket) > (:account COLLATE "C", :product COLLATE "C", :bucket COLLATE "C")
ORDER BY account, product, bucket LIMIT :size
""")
_BLOCKS: Final = text("""
SELECT block.product, start_serial AS serial_start, end_serial AS serial_end, origin, account AS account_no, bucket
FROM ledger_block AS block JOIN ledger_balance AS balance ON balance.id = block.position_id
WHERE account = :account_no AND (block.product, start_serial) > (:product COLLATE "C", :serial)
ORDER BY block.product, start_serial LIMIT :size
""")
_OF_TABLES: Final = (
    f" WHERE {_PROVINCE} AND period = :period AND table_no > :after ORDER BY table_no LIMIT :size"
)
_ISSUANCES: Final = text(ISSUANCES + _OF_TABLES)
_ISSUANCES_AS_OF: Final = text(ISSUANCES_AS_OF + _OF_TABLES)
_MATCHED: Final = text("""
SELECT table_no, revision, min(recorded_time) AS matched_time FROM issuance_version
WHERE table_no = ANY(CAST(:table_nos AS text[])) AND status = 'matched' AND recorded_time <= :at
GROUP BY table_no, revision
""")
_APPLICATIONS: Final = text(f"""
SELECT * FROM ({APPLICATIONS_AS_OF} AND {_PROVINCE}) AS application
WHERE (:status = '' OR status = :status) AND application_no > :after ORDER BY application_no LIMIT :size
""")  # noqa: S608
_USAGES: Final = text("""
SELECT credit.cancellation_no, credit.block_no, taken.handover_no, taken.offset_application_no, credit.credit_code,
       taken.province_code, credit.product, credit.serial_start, credit.serial_end,
       CAST(coalesce(held.quantity, 0) AS bigint) AS used_tco2e, held.application_nos
FROM credit_block AS credit
JOIN handover_row AS taken ON taken.cancellation_no = credit.cancellation_no AND taken.is_accepted
LEFT JOIN LATERAL (
    SELECT sum(quantity) AS quantity, array_agg(application_no ORDER BY application_no) AS application_nos FROM (
        SELECT application_no, sum(quantity) AS quantity FROM (
            SELECT application_no, used.serial_end - used.serial_start + 1 AS quantity
            FROM credit_use AS used JOIN surrender_application USING (application_no)
            WHERE used.cancellation_no = credit.cancellation_no AND used.block_no = credit.block_no
            AND registered_time <= :at
            UNION ALL
            SELECT record_no, sign(change_tco2e) * (moved.serial_end - moved.serial_start + 1)
            FROM credit_correction AS moved JOIN record_correction USING (registration_no, line_no)
            WHERE moved.cancellation_no = credit.cancellation_no AND moved.block_no = credit.block_no
            AND corrected_time <= :at
        ) AS taken GROUP BY application_no
    ) AS used WHERE quantity > 0
) AS held ON true
WHERE credit.created_time <= :at AND taken.period = :period
AND (:credit_code = '' OR credit.credit_code = :credit_code)
AND (:province_code = '' OR taken.province_code = :province_code)
AND (credit.cancellation_no, credit.block_no) > (:cancellation_no COLLATE "C", CAST(:block_no AS bigint))
ORDER BY credit.cancellation_no, credit.block_no LIMIT :size
""")


class SqlReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._ledger = LedgerQueries(connection, tables.ledger)

    async def account_with_holdings(
        self,
        account_no: str,
        *,
        credit_code: str,
        province_code: str,
        at: datetime,
        effective: datetime | None,
        recorded_by: datetime | None,
    ) -> tuple[Account, Sequence[HoldingView]]:
        """Give an account as it stood at a moment with what it held; without times, what it holds now.

        ACCOUNT_NOT_FOUND before it was opened first.
        """
        account = await self.account(account_no, credit_code=credit_code, province_code=province_code, at=at)
        found = await self._ledger.holdings(
            account=AccountNo(account_no), effective=effective, recorded=recorded_by
        )
        return account, [_holding(*holding.position, holding.quantity) for holding in found]

    async def holdings(
        self,
        *,
        province_code: str,
        at: datetime,
        effective: datetime | None,
        recorded_by: datetime | None,
        page: PageOf,
    ) -> Sequence[HoldingView]:
        """Give the holdings of a province's accounts at a moment, or of all, by account, product and bucket.

        Without times, what they hold now.
        """
        account, product, bucket = page.after or ("", "", "")
        if effective is None and recorded_by is None:
            rows = await fetch(
                self._connection,
                _HOLDINGS,
                province_code=province_code,
                account=account,
                product=product,
                bucket=bucket,
                size=page.size,
            )
            return [HoldingView(**values_of(row)) for row in rows]
        wanted = None
        if province_code:
            rows = await fetch(
                self._connection, _ACCOUNT_NOS, province_code=province_code, at=at, after=account
            )
            wanted = [AccountNo(row.account_no) for row in rows]
        held = await self._ledger.holdings(
            accounts=wanted,
            is_source_left_out=True,
            effective=effective,
            recorded=recorded_by,
            after=Position(AccountNo(str(account)), ProductCode(str(product)), str(bucket)),
            page_size=page.size,
        )
        return [_holding(*one.position, one.quantity) for one in held]

    async def blocks(
        self,
        account_no: str,
        *,
        credit_code: str,
        province_code: str,
        at: datetime,
        effective: datetime | None,
        recorded_by: datetime | None,
        page: PageOf,
    ) -> Sequence[BlockView]:
        """Give what an account open at a moment owned then, by product and serial; without times, what it owns now.

        ACCOUNT_NOT_FOUND.
        """
        await self.account(account_no, credit_code=credit_code, province_code=province_code, at=at)
        product, serial = page.after or ("", 0)
        if effective is not None or recorded_by is not None:
            held = await self._ledger.blocks_held(
                AccountNo(account_no),
                effective=effective,
                recorded=recorded_by,
                after=(str(product), int(serial)),
                page_size=page.size,
            )
            return [_block(*one.position, one.block) for one in held]
        rows = await fetch(
            self._connection, _BLOCKS, account_no=account_no, product=product, serial=serial, size=page.size
        )
        return [BlockView(**values_of(row)) for row in rows]

    async def postings(
        self, account_no: str, *, after: int, at: datetime, size: int
    ) -> Sequence[PostingView]:
        """Give the journal as it was recorded by a moment, in order, of one account or of all."""
        found = await self._ledger.postings(AccountNo(account_no) or None, after=after, page_size=size)
        # Batches stand in the order of their times, so what was recorded later is behind.
        return [posting_view(posting) for posting in found if posting.recorded_time <= at]

    async def tree_head(self, business_date: date) -> tuple[TreeHead, bytes]:
        """Give the head of a date with the hash of the last batch under it; TREE_HEAD_NOT_FOUND."""
        seals = LedgerSeals(self._connection, tables.ledger, ledger=LEDGER_NAME)
        head = await seals.tree_head(business_date)
        if head is None:
            raise TreeHeadNotFound(f"no head was signed for {business_date}", business_date=business_date)
        return head, await batch_hash(self._connection, head)

    async def issuances(
        self, *, province_code: str, period: str, at: datetime | None, page: PageOf
    ) -> Sequence[Issuance]:
        """Give tables by number, as they stood at a moment; without a time, as they stand now."""
        wanted = {
            "province_code": province_code,
            "period": period,
            "after": page.after_text,
            "size": page.size,
        }
        if at is None:
            rows = await fetch(self._connection, _ISSUANCES, **wanted)
        else:
            rows = await fetch(self._connection, _ISSUANCES_AS_OF, at=at, **wanted)
        return [issuance_of(row) for row in rows]

    async def matched_times(
        self, table_nos: Sequence[str], *, at: datetime
    ) -> Mapping[tuple[str, int], datetime]:
        """Tell when the seals of tables first matched by a moment, by table and revision."""
        rows = await fetch(self._connection, _MATCHED, table_nos=list(table_nos), at=at)
        return {(row.table_no, row.revision): row.matched_time for row in rows}

    async def applications(
        self, *, province_code: str, period: str, status: SurrenderStatus | None, at: datetime, page: PageOf
    ) -> Sequence[SurrenderApplication]:
        """Give surrender applications by number, as they stood at a moment."""
        heads = await fetch(
            self._connection,
            _APPLICATIONS,
            province_code=province_code,
            period=period,
            status=status or "",
            at=at,
            after=page.after_text,
            size=page.size,
        )
        return await with_lines(self._connection, heads, at=at)

    async def obligation(
        self, credit_code: str, period: str, *, province_code: str, at: datetime
    ) -> Obligation:
        """Give what an entity owed and had registered at a moment; OBLIGATION_NOT_FOUND."""
        return await obligation_as_of(
            self._connection, credit_code, period, province_code=province_code, at=at
        )

    async def obligations(
        self, *, province_code: str, period: str, at: datetime, page: PageOf
    ) -> Sequence[Obligation]:
        """Give what the entities of a province, or all, owed and had registered at a moment, by credit code."""
        return await obligations_as_of(
            self._connection,
            credit_code="",
            province_code=province_code,
            period=period,
            at=at,
            page=page,
        )

    async def usages(
        self, *, credit_code: str, province_code: str, period: str, at: datetime, page: PageOf
    ) -> Sequence[UsageView]:
        """Give credits that existed at a moment with what was used of them by then, by cancellation and block."""
        cancellation_no, block_no = page.after or ("", 0)
        rows = await fetch(
            self._connection,
            _USAGES,
            credit_code=credit_code,
            province_code=province_code,
            period=period,
            at=at,
            cancellation_no=cancellation_no,
            block_no=block_no,
            size=page.size,
        )
        return [_usage(row) for row in rows]

    async def account(
        self, account_no: str, *, credit_code: str, at: datetime, province_code: str = ""
    ) -> Account:
        """Find an account; one of another holder or province than the one named is not found either."""
        found = await SqlAccountReader(self._connection).account(account_no, at=at)
        is_other = found is not None and (
            credit_code not in ("", found.holder_no) or province_code not in ("", found.province_code)
        )
        if found is None or is_other:
            raise AccountNotFound(f"{account_no} is not open", account_no=account_no)
        return found


def posting_view(posting: Posting) -> PostingView:
    """Give one side of a journal entry in the registry's words."""
    account, product, bucket = posting.position
    return PostingView(
        entry_no=posting.posting_no,
        batch_no=posting.batch_no,
        kind=posting.kind,
        transfer_no=posting.transfer_id,
        flow_id=posting.flow_id,
        account_no=account,
        product=product,
        bucket=bucket,
        change_tco2e=posting.change,
        effective_time=posting.effective_time,
        recorded_time=posting.recorded_time,
        corrects=posting.corrects,
    )


def _holding(account_no: str, product: str, bucket: str, quantity: int) -> HoldingView:
    return HoldingView(account_no=account_no, product=product, bucket=bucket, quantity_tco2e=quantity)


def _block(account_no: str, product: str, bucket: str, block: SerialBlock) -> BlockView:
    return BlockView(
        product=product,
        serial_start=block.start,
        serial_end=block.end,
        origin=block.origin,
        account_no=account_no,
        bucket=bucket,
    )


def _usage(row: AnyRow) -> UsageView:
    values = values_of(row)
    values["surrender_application_nos"] = tuple(values.pop("application_nos") or ())
    return UsageView(**values)
