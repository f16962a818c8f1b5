"""What belongs to accounts (applications, operators, restrictions, instructions): rows to values and back."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from ets_kernel.runtime.sql import (
    AnyRow,
    fetch,
    insert_rows,
    put_rows,
    two_columns,
    update_rows,
    values_of,
)
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import accounts_tables as tables
from registry.adapters.db.accounts import names_of, uses_of
from registry.domain.account_applications import (
    AccountApplication,
    ApplicationKind,
    ApplicationStatus,
    Content,
    Information,
    Paper,
)
from registry.domain.accounts import Account
from registry.domain.closing import Closing, ClosingReason
from registry.domain.instructions import Instruction, InstructionStatus
from registry.domain.operators import Operator, OperatorChange, OperatorDuties
from registry.domain.restrictions import Restriction

APPLICATION: Final = (
    "application_no",
    "account_no",
    "ordinal",
    "kind",
    "content",
    "status",
    "submitted_by",
    "submitted_time",
    "due_date",
    "first_reviewed_by",
    "first_reviewed_time",
    "second_reviewed_by",
    "second_reviewed_time",
    "review_note",
    "first_review_note",
)
OPERATOR: Final = (
    "account_no",
    "operator_no",
    "subject",
    "is_initiator",
    "is_confirmer",
    "application_no",
    "registered_time",
    "removed_time",
)
RESTRICTION: Final = (
    "restriction_no",
    "account_no",
    "ordinal",
    "uses",
    "reason",
    "document_no",
    "imposed_by",
    "imposed_time",
    "province_code",
    "lifted_by",
    "lifted_time",
    "lifting_reason",
    "lifting_document_no",
)
INSTRUCTION: Final = (
    "instruction_no",
    "account_no",
    "ordinal",
    "kind",
    "body",
    "status",
    "initiated_by",
    "initiated_time",
    "decided_by",
    "decided_time",
    "reference",
)
_REVIEWED: Final = (
    "application_no",
    "status",
    "first_reviewed_by",
    "first_reviewed_time",
    "second_reviewed_by",
    "second_reviewed_time",
    "review_note",
    "first_review_note",
)
_LIFTED: Final = RESTRICTION[-4:]
_DECIDED: Final = ("status", "decided_by", "decided_time", "reference")
_GIVEN: Final = "= ANY(CAST(:numbers AS text[]))"

_APPLICATIONS: Final = text(
    f"SELECT {', '.join(APPLICATION)} FROM account_application WHERE application_no {_GIVEN}"  # noqa: S608
)
_PAPERS: Final = text(f"""
SELECT application_no, kind, document_no, digest FROM account_paper
WHERE application_no {_GIVEN} ORDER BY application_no, paper_no
""")  # noqa: S608
_LAST_APPLICATIONS: Final = text(
    f"SELECT account_no, max(ordinal) FROM account_application WHERE account_no {_GIVEN} GROUP BY account_no"  # noqa: S608
)
_WAITING: Final = text(f"""
SELECT account_no, kind, application_no FROM account_application
WHERE account_no {_GIVEN} AND status IN ('submitted', 'first_reviewed')
""")  # noqa: S608
_OPERATORS: Final = text(f"""
SELECT {", ".join(OPERATOR)} FROM account_operator WHERE account_no {_GIVEN} ORDER BY account_no, operator_no
""")  # noqa: S608
_RESTRICTIONS: Final = text(f"""
SELECT {", ".join(RESTRICTION)} FROM account_restriction WHERE account_no {_GIVEN} ORDER BY account_no, ordinal
""")  # noqa: S608
_INSTRUCTIONS: Final = text(f"SELECT {', '.join(INSTRUCTION)} FROM instruction WHERE instruction_no {_GIVEN}")  # noqa: S608
_LAST_INSTRUCTIONS: Final = text(
    f"SELECT account_no, max(ordinal) FROM instruction WHERE account_no {_GIVEN} GROUP BY account_no"  # noqa: S608
)
# What units wait for shows in their bucket; here is what can wait without units in the account. An obligation that the
# survivor of a merger took over is the survivor's.
_PENDING: Final = text(f"""
SELECT account.account_no, found.what FROM account CROSS JOIN LATERAL (
    SELECT 'application' AS what FROM account_application AS application
    WHERE application.account_no = account.account_no AND kind <> 'closing'
    AND application.status IN ('submitted', 'first_reviewed')
    UNION ALL
    SELECT 'instruction' FROM instruction
    WHERE instruction.account_no = account.account_no AND instruction.status = 'initiated'
    UNION ALL
    SELECT 'change registration' FROM change_registration AS change
    WHERE change.status IN ('filed', 'initiated') AND (
        account.account_no IN (change.account_no, change.survivor_account_no)
        OR EXISTS (
            SELECT FROM change_line AS line WHERE line.registration_no = change.registration_no
            AND account.account_no IN (line.source_account_no, line.target_account_no)
        )
    )
    UNION ALL
    SELECT 'surrender application' FROM surrender_application AS surrender
    WHERE surrender.credit_code = account.credit_code AND surrender.status IN ('submitted', 'confirmed', 'offered')
    UNION ALL
    SELECT 'obligation' FROM obligation
    WHERE obligation.credit_code = account.credit_code AND completed_time IS NULL AND NOT EXISTS (
        SELECT FROM obligation_succession AS taken
        WHERE (taken.credit_code, taken.period) = (obligation.credit_code, obligation.period)
    )
    UNION ALL
    SELECT 'obligation' FROM obligation_succession AS taken JOIN obligation USING (credit_code, period)
    WHERE taken.successor_credit_code = account.credit_code AND completed_time IS NULL AND taken.succession_id = (
        SELECT max(succession_id) FROM obligation_succession AS later
        WHERE (later.credit_code, later.period) = (taken.credit_code, taken.period)
    )
    UNION ALL
    SELECT 'deduction' FROM allocation_adjustment AS change
    WHERE change.credit_code = account.credit_code AND remainder_tco2e > 0 AND ordinal = (
        SELECT max(ordinal) FROM allocation_adjustment AS later
        WHERE later.credit_code = change.credit_code AND later.from_period = change.from_period
    )
    UNION ALL
    SELECT 'offset credits' FROM handover_row
    WHERE handover_row.credit_code = account.credit_code AND is_accepted AND NOT is_credited
    UNION ALL
    SELECT 'earmarked allowances' FROM earmarked_allowance AS earmark
    WHERE earmark.credit_code = account.credit_code AND quantity_tco2e > 0 AND ordinal = (
        SELECT max(ordinal) FROM earmarked_allowance AS change
        WHERE change.credit_code = earmark.credit_code AND change.product = earmark.product
    )
) AS found
WHERE account.account_no {_GIVEN}
""")  # noqa: S608


class SqlAccountApplications:
    """Port `AccountApplications`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, application_nos: Collection[str]) -> Mapping[str, AccountApplication]:
        """Give those that exist."""
        rows = await fetch(self._connection, _APPLICATIONS, numbers=sorted(application_nos))
        return {one.application_no: one for one in await with_papers(self._connection, rows)}

    async def last_ordinals(self, account_nos: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by accounts that have one."""
        return two_columns(await fetch(self._connection, _LAST_APPLICATIONS, numbers=sorted(account_nos)))

    async def waiting(self, account_nos: Collection[str]) -> Mapping[tuple[str, ApplicationKind], str]:
        """Give the numbers of those that wait for a review, by account and kind."""
        rows = await fetch(self._connection, _WAITING, numbers=sorted(account_nos))
        return {(row.account_no, ApplicationKind(row.kind)): row.application_no for row in rows}

    async def add(self, applications: Sequence[AccountApplication]) -> None:
        """Store new ones with their papers."""
        rows = [
            tuple(_content(one) if name == "content" else getattr(one, name) for name in APPLICATION)
            for one in applications
        ]
        await insert_rows(self._connection, tables.account_application, APPLICATION, rows)
        papers = [
            (one.application_no, number, paper.kind, paper.document_no, paper.digest)
            for one in applications
            for number, paper in enumerate(one.papers, start=1)
        ]
        columns = ("application_no", "paper_no", "kind", "document_no", "digest")
        await insert_rows(self._connection, tables.account_paper, columns, papers)

    async def save(self, applications: Sequence[AccountApplication]) -> None:
        """Store status, reviews and times."""
        rows = [tuple(getattr(one, name) for name in _REVIEWED) for one in applications]
        await update_rows(
            self._connection, tables.account_application, _REVIEWED, rows, keys=("application_no",)
        )

    async def pending(self, accounts: Collection[Account]) -> Mapping[str, frozenset[str]]:
        """Give in words what of accounts waits beside their applications for closing, by account that has anything."""
        numbers = sorted(account.account_no for account in accounts)
        found: dict[str, set[str]] = {}
        for row in await fetch(self._connection, _PENDING, numbers=numbers):
            found.setdefault(row.account_no, set()).add(row.what)
        return {account_no: frozenset(whats) for account_no, whats in found.items()}


class SqlOperators:
    """Port `Operators`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, account_nos: Collection[str]) -> Mapping[str, Sequence[Operator]]:
        """Give every span of accounts that have any, in order."""
        found: dict[str, list[Operator]] = {}
        for row in await fetch(self._connection, _OPERATORS, numbers=sorted(account_nos)):
            found.setdefault(row.account_no, []).append(operator_of(row))
        return found

    async def save(self, operators: Sequence[Operator]) -> None:
        """Store spans, new or ended; the ended ones first, so that nobody is registered twice at a time."""
        ordered = sorted(operators, key=lambda one: one.removed_time is None)
        rows = [
            tuple(getattr(one if name in _OF_SPAN else one.duties, name) for name in OPERATOR)
            for one in ordered
        ]
        keys = ("account_no", "operator_no")
        await put_rows(
            self._connection, tables.account_operator, OPERATOR, rows, keys=keys, changes=("removed_time",)
        )


class SqlRestrictions:
    """Port `Restrictions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, account_nos: Collection[str]) -> Mapping[str, Sequence[Restriction]]:
        """Give every restriction of accounts that have any, in order."""
        found: dict[str, list[Restriction]] = {}
        for row in await fetch(self._connection, _RESTRICTIONS, numbers=sorted(account_nos)):
            found.setdefault(row.account_no, []).append(restriction_of(row))
        return found

    async def save(self, restrictions: Sequence[Restriction]) -> None:
        """Store restrictions, new or lifted."""
        rows = [
            tuple(names_of(one.uses) if name == "uses" else getattr(one, name) for name in RESTRICTION)
            for one in restrictions
        ]
        await put_rows(
            self._connection,
            tables.account_restriction,
            RESTRICTION,
            rows,
            keys=("restriction_no",),
            changes=_LIFTED,
        )


class SqlInstructions:
    """Port `Instructions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, instruction_nos: Collection[str]) -> Mapping[str, Instruction]:
        """Give those that exist."""
        rows = await fetch(self._connection, _INSTRUCTIONS, numbers=sorted(instruction_nos))
        return {row.instruction_no: instruction_of(row) for row in rows}

    async def last_ordinals(self, account_nos: Collection[str]) -> Mapping[str, int]:
        """Give the last number used by accounts that have one."""
        return two_columns(await fetch(self._connection, _LAST_INSTRUCTIONS, numbers=sorted(account_nos)))

    async def save(self, instructions: Sequence[Instruction]) -> None:
        """Store instructions, new or decided."""
        rows = [tuple(getattr(one, name) for name in INSTRUCTION) for one in instructions]
        await put_rows(
            self._connection,
            tables.instruction,
            INSTRUCTION,
            rows,
            keys=("instruction_no",),
            changes=_DECIDED,
        )


async def with_papers(connection: AsyncConnection, rows: Sequence[AnyRow]) -> Sequence[AccountApplication]:
    """Read applications with their papers, in the order of the rows."""
    papers: dict[str, list[Paper]] = {}
    numbers = sorted(row.application_no for row in rows)
    for paper in await fetch(connection, _PAPERS, numbers=numbers):
        papers.setdefault(paper.application_no, []).append(
            Paper(kind=paper.kind, document_no=paper.document_no, digest=bytes(paper.digest))
        )
    return [_application(row, tuple(papers.get(row.application_no, ()))) for row in rows]


def operator_of(row: AnyRow) -> Operator:
    """Read an operator."""
    values = values_of(row)
    duties = OperatorDuties(**{name: values.pop(name) for name in _OF_DUTIES})
    return Operator(**values, duties=duties)


def restriction_of(row: AnyRow) -> Restriction:
    """Read a restriction."""
    return Restriction(**{**values_of(row), "uses": uses_of(row.uses)})


def instruction_of(row: AnyRow) -> Instruction:
    """Read an instruction."""
    values = values_of(row)
    return Instruction(**{**values, "body": bytes(row.body), "status": InstructionStatus(row.status)})


_OF_DUTIES: Final = ("subject", "is_initiator", "is_confirmer")
_OF_SPAN: Final = frozenset(OPERATOR) - frozenset(_OF_DUTIES)


def _application(row: AnyRow, papers: tuple[Paper, ...]) -> AccountApplication:
    kind = ApplicationKind(row.kind)
    return AccountApplication(
        **{
            **values_of(row),
            "kind": kind,
            "status": ApplicationStatus(row.status),
            "content": _read_content(kind, json.loads(row.content)),
            "papers": papers,
        }
    )


def _content(application: AccountApplication) -> str:
    return json.dumps(asdict(application.content), ensure_ascii=False, sort_keys=True)


def _read_content(kind: ApplicationKind, values: dict[str, Any]) -> Content:
    if kind is ApplicationKind.OPERATORS:
        return OperatorChange(
            registered=tuple(OperatorDuties(**duties) for duties in values["registered"]),
            removed_subjects=tuple(values["removed_subjects"]),
        )
    if kind is ApplicationKind.CLOSING:
        return Closing(reason=ClosingReason(values["reason"]), note=values["note"])
    return Information(**values)
