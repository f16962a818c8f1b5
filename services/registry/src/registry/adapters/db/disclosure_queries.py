"""Port `DisclosureReader` in SQL, by the reads that the chapters have."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ets_kernel.domain.clock import business_date
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.sql import fetch
from ets_ledger.domain.entries import parse_serials
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db.account_queries import SqlAccountReader
from registry.adapters.db.queries import SqlReader
from registry.adapters.db.surrender_queries import SqlSurrenderReader
from registry.app.account_queries import OfAccounts
from registry.app.disclosure_queries import PUBLISHED_KINDS, ProvinceOverview, PublishedChange
from registry.app.queries import PageOf
from registry.app.surrender_queries import CompletionView
from registry.domain.accounts import AccountStatus
from registry.domain.allocation_table import IssuanceStatus
from registry.domain.cancellation import CancellationPurpose
from registry.domain.cancellation_certificate import CancellationCertificate
from registry.domain.change import ChangeKind
from registry.domain.reading_errors import CancellationCertificateNotFound

# Ours: a province has some hundred entities and as many tables as periods and revisions.
ROWS_MAX: Final = 100_000
_ALL: Final = PageOf(size=ROWS_MAX + 1, after=())
# Persons neither merge nor split, so every name is one of a legal person: the one that it had when it was registered.
_NAME: Final = """(
    SELECT version.name FROM account_version AS version
    WHERE version.account_no = {account}.account_no AND version.recorded_time <= change.confirmed_time
    ORDER BY version.version DESC LIMIT 1
)"""
_CHANGES: Final = text(f"""
SELECT registration_no, change.kind, change.province_code, {_NAME.format(account="change")} AS holder_name,
       confirmed_time, array(
           SELECT {_NAME.format(account="successor")} FROM account AS successor
           WHERE successor.account_no <> change.account_no AND (
               successor.account_no = change.survivor_account_no OR successor.account_no IN (
                   SELECT target_account_no FROM change_line AS line
                   WHERE line.registration_no = change.registration_no))
           ORDER BY successor.account_no
       ) AS successor_names
FROM change_registration AS change JOIN account AS holder USING (account_no)
WHERE change.kind = ANY(CAST(:kinds AS text[])) AND confirmed_time <= :at AND holder.identity_number = ''
AND (:province_code = '' OR change.province_code = :province_code)
AND registration_no > :after COLLATE "C" ORDER BY registration_no LIMIT :size
""")  # noqa: S608
_CERTIFICATE: Final = text("""
SELECT certificate_no, product, quantity_tco2e, purpose, beneficiary, decided_time, serials, holder.name AS holder_name
FROM cancellation_application AS item JOIN account USING (account_no)
CROSS JOIN LATERAL (
    SELECT version.name, version.province_code FROM account_version AS version
    WHERE version.account_no = item.account_no AND recorded_time <= decided_time
    ORDER BY version.version DESC LIMIT 1
) AS holder
WHERE certificate_no = :certificate_no AND certificate_no <> '' AND decided_time <= :at
AND coalesce((
    SELECT sum(change_tco2e) FROM record_correction WHERE record_no = application_no AND corrected_time <= :at
), 0) = 0
AND (:holder_no = '' OR :holder_no IN (credit_code, identity_number))
AND (:province_code = '' OR holder.province_code = :province_code)
""")


class SqlDisclosureReader:
    """Reads on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def overview(
        self, *, province_code: str, period: str, at: datetime, is_now: bool
    ) -> ProvinceOverview:
        """Give how a province stood at a moment; now is read without going through the journal."""
        registry = SqlReader(self._connection)
        moment = None if is_now else at
        accounts = await SqlAccountReader(self._connection).accounts(
            OfAccounts(province_code=province_code), kind=None, status=AccountStatus.OPEN, at=at, page=_ALL
        )
        holdings = await registry.holdings(
            province_code=province_code, at=at, effective=moment, recorded_by=None, page=_ALL
        )
        tables = await registry.issuances(province_code=province_code, period=period, at=moment, page=_ALL)
        ensure(max(len(accounts), len(holdings), len(tables)) <= ROWS_MAX, "a province has a bounded size")
        held: Counter[tuple[str, str]] = Counter()
        for row in holdings:
            held[row.product, row.bucket] += row.quantity_tco2e
        issued = [table.issue_tco2e for table in tables if table.status is IssuanceStatus.ISSUED]
        completion = await self.completion(province_code=province_code, period=period, at=at)
        return ProvinceOverview(
            open_accounts=Counter(account.kind for account in accounts),
            holdings=held,
            issued_table_count=len(issued),
            issued_tco2e=sum(issued),
            completion=completion[0] if completion else None,
        )

    async def cancellation_certificate(
        self, certificate_no: str, *, holder_no: str, province_code: str, at: datetime
    ) -> CancellationCertificate:
        """Give the certificate of a cancellation that was registered by a moment, of a holder or province or of any.

        CANCELLATION_CERTIFICATE_NOT_FOUND.
        """
        rows = await fetch(
            self._connection,
            _CERTIFICATE,
            certificate_no=certificate_no,
            holder_no=holder_no,
            province_code=province_code,
            at=at,
        )
        for row in rows:
            return CancellationCertificate(
                certificate_no=row.certificate_no,
                holder_name=row.holder_name,
                product=row.product,
                quantity_tco2e=row.quantity_tco2e,
                purpose=CancellationPurpose(row.purpose),
                beneficiary=row.beneficiary,
                issued_time=row.decided_time,
                serials=parse_serials(row.serials),
            )
        raise CancellationCertificateNotFound(
            f"nothing was cancelled under {certificate_no}", certificate_no=certificate_no
        )

    async def completion(self, *, province_code: str, period: str, at: datetime) -> Sequence[CompletionView]:
        """Give how far the entities of a province, or of each, had surrendered at a moment, by province."""
        day = business_date(at)
        return await SqlSurrenderReader(self._connection).completion(
            province_code=province_code,
            period=period,
            from_date=day,
            to_date=day,
            at=at,
            page=PageOf(size=len(PROVINCES), after=()),
        )

    async def published_changes(
        self, *, province_code: str, at: datetime, page: PageOf
    ) -> Sequence[PublishedChange]:
        """Give mergers and splits registered by a moment, by number."""
        rows = await fetch(
            self._connection,
            _CHANGES,
            kinds=list(PUBLISHED_KINDS),
            province_code=province_code,
            at=at,
            after=page.after[0] if page.after else "",
            size=page.size,
        )
        return [
            PublishedChange(
                registration_no=row.registration_no,
                kind=ChangeKind(row.kind),
                province_code=row.province_code,
                holder_name=row.holder_name,
                successor_names=tuple(row.successor_names),
                registered_time=row.confirmed_time,
            )
            for row in rows
        ]
