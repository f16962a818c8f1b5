"""Port `AccountReader` in SQL.

What happened after the moment asked for had not happened then: later times, people and results are left out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ets_kernel.runtime.sql import AnyRow, fetch, values_of
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db.account_files import (
    instruction_of,
    operator_of,
    restriction_of,
    with_papers,
)
from registry.adapters.db.accounts import account_of
from registry.app.account_queries import AccountVersion, OfAccounts
from registry.app.queries import PageOf
from registry.domain.account_applications import AccountApplication, ApplicationStatus
from registry.domain.accounts import (
    SYSTEM_ACCOUNTS,
    Account,
    AccountChange,
    AccountKind,
    AccountStatus,
    AccountStep,
)
from registry.domain.instructions import Instruction, InstructionStatus
from registry.domain.operators import Operator
from registry.domain.restrictions import Restriction

# Of an account that was applied for and never opened nothing is a version, so it shows in its applications only.
_AS_IT_STOOD: Final = """
SELECT account.account_no, kind, credit_code, identity_number, version.name, version.province_code,
       version.licence_no, version.contact, version.status, version.version, version.opened_time,
       version.closed_time, version.restricted_uses, version.is_confirmation_needed
"""
_LAST: Final = """
FROM account CROSS JOIN LATERAL (
    SELECT * FROM account_version WHERE account_version.account_no = account.account_no AND recorded_time <= :at
    ORDER BY account_version.version DESC LIMIT 1
) AS version
"""
_HOLDER: Final = (
    "(:holder_no = '' OR credit_code <> '' AND credit_code = :holder_no"
    " OR identity_number <> '' AND identity_number = :holder_no)"
)
# The province that answered for the account at the moment, which may be another now.
_PROVINCE: Final = """
(:province_code = '' OR :province_code = (
    SELECT stood.province_code FROM account_version AS stood
    WHERE stood.account_no = account.account_no AND stood.recorded_time <= :at ORDER BY stood.version DESC LIMIT 1
))
"""
_OF_ACCOUNT: Final = f"(:account_no = '' OR account.account_no = :account_no) AND {_HOLDER} AND {_PROVINCE}"
_ACCOUNT: Final = text(f"{_AS_IT_STOOD} {_LAST} WHERE account.account_no = :account_no")
_ACCOUNTS: Final = text(f"""
{_AS_IT_STOOD} {_LAST}
WHERE {_HOLDER} AND (:province_code = '' OR version.province_code = :province_code)
AND (:kind = '' OR kind = :kind) AND (:status = '' OR version.status = :status)
AND account.account_no > :after COLLATE "C" ORDER BY account.account_no LIMIT :size
""")
_VERSIONS: Final = text(f"""
{_AS_IT_STOOD}, change, document_no, changed_by, recorded_time
FROM account JOIN account_version AS version USING (account_no)
WHERE {_OF_ACCOUNT} AND recorded_time <= :at
AND (account.account_no, version.version) > (:after COLLATE "C", CAST(:number AS bigint))
ORDER BY account.account_no, version.version LIMIT :size
""")
_APPLICATIONS: Final = text(f"""
SELECT * FROM (
    SELECT application_no, account_no, ordinal, application.kind, content, submitted_by, submitted_time, due_date,
           CASE WHEN second_reviewed_time <= :at THEN application.status
                WHEN first_reviewed_time <= :at AND second_reviewed_time IS NULL THEN application.status
                WHEN first_reviewed_time <= :at THEN 'first_reviewed' ELSE 'submitted' END AS status,
           CASE WHEN first_reviewed_time <= :at THEN first_reviewed_by ELSE '' END AS first_reviewed_by,
           CASE WHEN first_reviewed_time <= :at THEN first_reviewed_time END AS first_reviewed_time,
           CASE WHEN second_reviewed_time <= :at THEN second_reviewed_by ELSE '' END AS second_reviewed_by,
           CASE WHEN second_reviewed_time <= :at THEN second_reviewed_time END AS second_reviewed_time,
           CASE WHEN coalesce(second_reviewed_time, first_reviewed_time) <= :at THEN review_note
                WHEN first_reviewed_time <= :at THEN first_review_note ELSE '' END AS review_note,
           CASE WHEN first_reviewed_time > :at OR first_reviewed_time IS NULL THEN ''
                WHEN second_reviewed_time IS NULL THEN review_note ELSE first_review_note END AS first_review_note
    FROM account_application AS application JOIN account USING (account_no)
    WHERE {_OF_ACCOUNT} AND submitted_time <= :at
) AS application
WHERE (:status = '' OR status = :status) AND application_no > :after COLLATE "C"
ORDER BY application_no LIMIT :size
""")  # noqa: S608
_RESTRICTIONS: Final = text(f"""
SELECT restriction_no, account_no, ordinal, uses, reason, document_no, imposed_by, imposed_time,
       account_restriction.province_code,
       CASE WHEN lifted_time <= :at THEN lifted_by ELSE '' END AS lifted_by,
       CASE WHEN lifted_time <= :at THEN lifted_time END AS lifted_time,
       CASE WHEN lifted_time <= :at THEN lifting_reason ELSE '' END AS lifting_reason,
       CASE WHEN lifted_time <= :at THEN lifting_document_no ELSE '' END AS lifting_document_no
FROM account_restriction JOIN account USING (account_no)
WHERE {_OF_ACCOUNT} AND imposed_time <= :at AND restriction_no > :after COLLATE "C"
ORDER BY restriction_no LIMIT :size
""")  # noqa: S608
_OPERATORS: Final = text(f"""
SELECT account_no, operator_no, subject, is_initiator, is_confirmer, application_no, registered_time,
       CASE WHEN removed_time <= :at THEN removed_time END AS removed_time
FROM account_operator JOIN account USING (account_no)
WHERE {_OF_ACCOUNT} AND registered_time <= :at
AND (account.account_no, operator_no) > (:after COLLATE "C", CAST(:number AS bigint))
ORDER BY account.account_no, operator_no LIMIT :size
""")  # noqa: S608
_INSTRUCTIONS: Final = text(f"""
SELECT * FROM (
    SELECT instruction_no, account_no, ordinal, instruction.kind, body, initiated_by, initiated_time,
           CASE WHEN decided_time <= :at THEN instruction.status ELSE 'initiated' END AS status,
           CASE WHEN decided_time <= :at THEN decided_by ELSE '' END AS decided_by,
           CASE WHEN decided_time <= :at THEN decided_time END AS decided_time,
           CASE WHEN decided_time <= :at THEN reference ELSE '' END AS reference
    FROM instruction JOIN account USING (account_no)
    WHERE {_OF_ACCOUNT} AND initiated_time <= :at
) AS instruction
WHERE (:status = '' OR status = :status) AND instruction_no > :after COLLATE "C"
ORDER BY instruction_no LIMIT :size
""")  # noqa: S608


class SqlAccountReader:
    """Reads about accounts on one connection, which is a snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def account(self, account_no: str, *, at: datetime) -> Account | None:
        """Give an account as it stood at a moment; None before it was opened first."""
        if account_no in SYSTEM_ACCOUNTS:
            return SYSTEM_ACCOUNTS[account_no]
        rows = await fetch(self._connection, _ACCOUNT, account_no=account_no, at=at)
        return account_of(rows[0]) if rows else None

    async def accounts(
        self,
        of: OfAccounts,
        *,
        kind: AccountKind | None,
        status: AccountStatus | None,
        at: datetime,
        page: PageOf,
    ) -> Sequence[Account]:
        """Give accounts by number as they stood at a moment, system accounts among them."""
        after = str(page.after[0]) if page.after else ""
        rows = await fetch(
            self._connection,
            _ACCOUNTS,
            holder_no=of.holder_no,
            province_code=of.province_code,
            kind=kind or "",
            status=status or "",
            at=at,
            after=after,
            size=page.size,
        )
        is_for_all = not (of.holder_no or of.province_code)
        own = [
            account
            for account in SYSTEM_ACCOUNTS.values()
            if is_for_all
            and kind in (None, account.kind)
            and status in (None, account.status)
            and account.account_no > after
        ]
        found = [*map(account_of, rows), *own]
        return sorted(found, key=lambda account: account.account_no)[: page.size]

    async def versions(self, of: OfAccounts, *, at: datetime, page: PageOf) -> Sequence[AccountVersion]:
        """Give every step up to a moment, by account and version."""
        return [_version(row) for row in await self._page(_VERSIONS, of, at, page)]

    async def applications(
        self, of: OfAccounts, *, status: ApplicationStatus | None, at: datetime, page: PageOf
    ) -> Sequence[AccountApplication]:
        """Give applications by number, as they stood at a moment."""
        rows = await self._page(_APPLICATIONS, of, at, page, status=status or "")
        return await with_papers(self._connection, rows)

    async def restrictions(self, of: OfAccounts, *, at: datetime, page: PageOf) -> Sequence[Restriction]:
        """Give restrictions by number, as they stood at a moment."""
        return [restriction_of(row) for row in await self._page(_RESTRICTIONS, of, at, page)]

    async def operators(self, of: OfAccounts, *, at: datetime, page: PageOf) -> Sequence[Operator]:
        """Give operators by account and registration, as they stood at a moment."""
        return [operator_of(row) for row in await self._page(_OPERATORS, of, at, page)]

    async def instructions(
        self, of: OfAccounts, *, status: InstructionStatus | None, at: datetime, page: PageOf
    ) -> Sequence[Instruction]:
        """Give instructions by number, as they stood at a moment."""
        rows = await self._page(_INSTRUCTIONS, of, at, page, status=status or "")
        return [instruction_of(row) for row in rows]

    async def _page(
        self, statement: TextClause, of: OfAccounts, at: datetime, page: PageOf, **more: object
    ) -> Sequence[AnyRow]:
        after, number = (*page.after, 0)[:2] if page.after else ("", 0)
        if ":number" in statement.text:
            more = {**more, "number": number}
        return await fetch(
            self._connection,
            statement,
            account_no=of.account_no,
            holder_no=of.holder_no,
            province_code=of.province_code,
            at=at,
            after=after,
            size=page.size,
            **more,
        )


def _version(row: AnyRow) -> AccountVersion:
    values = values_of(row)
    change, document_no, changed_by, recorded_time = (
        values.pop(name) for name in ("change", "document_no", "changed_by", "recorded_time")
    )
    step = AccountStep(
        account=account_of(values),
        change=AccountChange(change),
        document_no=document_no,
        changed_by=changed_by,
    )
    return AccountVersion(step=step, recorded_time=recorded_time)
