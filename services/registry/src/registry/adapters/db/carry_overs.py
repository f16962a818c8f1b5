"""Findings, notices, applications and runs of the carry-over: rows to values and back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from ets_kernel.domain.ids import ProductCode
from ets_kernel.runtime.sql import (
    AnyRow,
    fetch,
    insert_rows,
    lock_names,
    two_columns,
    update_rows,
    values_of,
)
from ets_ledger.runtime.queries import LedgerQueries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from registry.adapters.db import retirement_tables, tables
from registry.adapters.db.record_corrections import corrections_of
from registry.adapters.db.releases import released
from registry.domain.carry_over import (
    CarryOverApplication,
    CarryOverRun,
    CarryOverStatus,
    RunStatus,
)
from registry.domain.carry_over_notice import (
    CarryOverSuccession,
    Finding,
    Notice,
    Sales,
    SurrenderStanding,
)
from registry.domain.carry_over_rules import LATE_BATCH_NO

_SALES: Final = text("""
SELECT account_no, CAST(sum(sold) AS bigint), CAST(sum(bought) AS bigint) FROM (
    SELECT seller_account_no AS account_no, quantity_tco2e AS sold, 0 AS bought, trading_date, product
    FROM settled_trade
    UNION ALL
    SELECT buyer_account_no, 0, quantity_tco2e, trading_date, product FROM settled_trade
) AS leg
WHERE trading_date BETWEEN :first AND :last AND product = ANY(CAST(:products AS text[]))
AND account_no = ANY(CAST(:account_nos AS text[]))
GROUP BY account_no
""")
_DECLARED: Final = text("""
SELECT DISTINCT ON (credit_code) credit_code, sold_tco2e, bought_tco2e FROM net_sales_declaration
WHERE credit_code = ANY(CAST(:credit_codes AS text[])) ORDER BY credit_code, declaration_id DESC
""")
_FINDING: Final = (
    "credit_code",
    "province_code",
    "base_tco2e",
    "sold_tco2e",
    "bought_tco2e",
    "declared_sold_tco2e",
    "declared_bought_tco2e",
    "computed_tco2e",
    "holding_tco2e",
    "standing_2023",
    "standing_2024",
    "reason",
    "found_time",
    "absorbed_credit_codes",
    "absorbed_sold_tco2e",
    "absorbed_bought_tco2e",
)
_FINDINGS: Final = text(f"""
SELECT DISTINCT ON (credit_code) {", ".join(_FINDING)} FROM carry_over_finding
WHERE credit_code = ANY(CAST(:credit_codes AS text[])) ORDER BY credit_code, finding_id DESC
""")  # noqa: S608
_NOTICE: Final = (
    "credit_code",
    "province_code",
    "computed_tco2e",
    "holding_tco2e",
    "allowed_tco2e",
    "applied_tco2e",
    "issued_time",
    "taken_over_tco2e",
)
_RIGHTS: Final = text("""
SELECT credit_code, CAST(sum(quantity_tco2e) AS bigint) FROM (
    SELECT successor_credit_code AS credit_code, quantity_tco2e FROM carry_over_succession
    UNION ALL
    SELECT credit_code, -quantity_tco2e FROM carry_over_succession
) AS moved GROUP BY credit_code HAVING sum(quantity_tco2e) <> 0
""")
_SUCCESSION: Final = ("credit_code", "successor_credit_code", "quantity_tco2e")
_NOTICES: Final = text(
    f"SELECT {', '.join(_NOTICE)} FROM carry_over_notice"  # noqa: S608
    " WHERE credit_code = ANY(CAST(:credit_codes AS text[])) ORDER BY credit_code FOR NO KEY UPDATE"
)
_LAST_ORDINALS: Final = text("""
SELECT credit_code, max(ordinal) FROM carry_over_application
WHERE credit_code = ANY(CAST(:credit_codes AS text[])) GROUP BY credit_code
""")
_APPLIED_LATE: Final = text("""
SELECT credit_code, product, CAST(sum(quantity_tco2e) AS bigint)
FROM carry_over_application JOIN carry_over_line USING (application_no)
WHERE credit_code = ANY(CAST(:credit_codes AS text[])) AND batch_no = :batch_no AND status <> 'withdrawn'
AND coalesce((SELECT sum(change_tco2e) FROM record_correction WHERE record_no = application_no), 0) = 0
GROUP BY credit_code, product
""")
_APPLICATION: Final = (
    "application_no",
    "ordinal",
    "credit_code",
    "province_code",
    "batch_no",
    "status",
    "submitted_time",
    "run_no",
    "registered_time",
    "withdrawn_time",
)
_HEADS: Final = f"SELECT {', '.join(_APPLICATION)} FROM carry_over_application"  # noqa: S608
_IN_ORDER: Final = " ORDER BY application_no FOR UPDATE"
_LOCK: Final = text(f"{_HEADS} WHERE application_no = ANY(CAST(:application_nos AS text[])){_IN_ORDER}")
_WAITING: Final = text(
    f"{_HEADS} WHERE status = 'submitted' AND batch_no = ANY(CAST(:batch_nos AS int[])){_IN_ORDER}"
)
_OF_RUNS: Final = text(f"{_HEADS} WHERE run_no = ANY(CAST(:run_nos AS text[])){_IN_ORDER}")
_LINES: Final = text("""
SELECT application_no, product, quantity_tco2e FROM carry_over_line
WHERE application_no = ANY(CAST(:application_nos AS text[])) ORDER BY application_no, line_no
""")
_LINE: Final = ("application_no", "line_no", "product", "quantity_tco2e")
_SAVED: Final = ("application_no", "status", "run_no", "registered_time", "withdrawn_time")
_RUN: Final = (
    "run_no",
    "batch_no",
    "ordinal",
    "application_count",
    "quantity_tco2e",
    "status",
    "initiated_by",
    "initiated_time",
    "decided_by",
    "decided_time",
)
_RUN_ORDINALS: Final = text("SELECT batch_no, max(ordinal) FROM carry_over_run GROUP BY batch_no")
_LOCK_RUNS: Final = text(
    f"SELECT {', '.join(_RUN)} FROM carry_over_run"  # noqa: S608
    " WHERE run_no = ANY(CAST(:run_nos AS text[])) ORDER BY run_no FOR UPDATE"
)
_SAVED_RUN: Final = ("run_no", "status", "decided_by", "decided_time")


class SqlCarryOvers:
    """Port `CarryOvers`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold_notices(self) -> None:
        """Let nobody else declare net sales or issue notices meanwhile."""
        await lock_names(self._connection, {"carry-over-notices"})

    async def holdings(
        self, products: Collection[str], buckets: Collection[str], *, at: datetime
    ) -> Mapping[str, int]:
        """Give what each account held of the products at a moment, by account, from the journal."""
        ledger = LedgerQueries(self._connection, tables.ledger)
        held: dict[str, int] = {}
        for product in products:
            for holding in await ledger.holdings(product=ProductCode(product), effective=at):
                if holding.position.bucket in buckets:
                    account_no = holding.position.account
                    held[account_no] = held.get(account_no, 0) + holding.quantity
        return held

    async def sales(
        self, account_nos: Collection[str], products: Collection[str], *, first: date, last: date
    ) -> Mapping[str, Sales]:
        """Count what accounts sold and bought on trading dates, by account."""
        rows = await fetch(
            self._connection,
            _SALES,
            account_nos=sorted(account_nos),
            products=sorted(products),
            first=first,
            last=last,
        )
        return {row[0]: Sales(sold_tco2e=row[1], bought_tco2e=row[2]) for row in rows}

    async def declared(self, credit_codes: Collection[str]) -> Mapping[str, Sales]:
        """Give the last declaration of the trading system by entity."""
        rows = await fetch(self._connection, _DECLARED, credit_codes=sorted(credit_codes))
        return {row[0]: Sales(sold_tco2e=row[1], bought_tco2e=row[2]) for row in rows}

    async def declare(self, declared: Mapping[str, Sales], *, by: str, at: datetime) -> None:
        """Keep declarations of the trading system."""
        rows = [(code, sales.sold_tco2e, sales.bought_tco2e, by, at) for code, sales in declared.items()]
        names = ("credit_code", "sold_tco2e", "bought_tco2e", "declared_by", "declared_time")
        await insert_rows(self._connection, retirement_tables.net_sales_declaration, names, rows)

    async def findings(self, credit_codes: Collection[str]) -> Mapping[str, Finding]:
        """Give the last finding by entity."""
        rows = await fetch(self._connection, _FINDINGS, credit_codes=sorted(credit_codes))
        return {row.credit_code: finding_of(row) for row in rows}

    async def add_findings(self, findings: Sequence[Finding]) -> None:
        """Keep findings."""
        rows = [_finding_row(finding) for finding in findings]
        await insert_rows(self._connection, retirement_tables.carry_over_finding, _FINDING, rows)

    async def notices(self, credit_codes: Collection[str]) -> Mapping[str, Notice]:
        """Give the notices of entities that have one, locked."""
        rows = await fetch(self._connection, _NOTICES, credit_codes=sorted(credit_codes))
        return {row.credit_code: Notice(**values_of(row)) for row in rows}

    async def add_notices(self, notices: Sequence[Notice]) -> None:
        """Store notices."""
        rows = [tuple(getattr(notice, name) for name in _NOTICE) for notice in notices]
        await insert_rows(self._connection, retirement_tables.carry_over_notice, _NOTICE, rows)

    async def save_notices(self, notices: Sequence[Notice]) -> None:
        """Store what is applied for, and what was taken over."""
        names = ("credit_code", "applied_tco2e", "taken_over_tco2e")
        rows = [tuple(getattr(notice, name) for name in names) for notice in notices]
        table = retirement_tables.carry_over_notice
        await update_rows(self._connection, table, names, rows, keys=("credit_code",))

    async def rights(self) -> Mapping[str, int]:
        """Give what entities took over of carry-over notices and have not given on, tCO2e, other than nothing."""
        return two_columns(await fetch(self._connection, _RIGHTS))

    async def add_succession(self, registration_no: str, succession: CarryOverSuccession) -> None:
        """Store that what was left of a notice went over by a merger."""
        row = (registration_no, *(getattr(succession, name) for name in _SUCCESSION))
        names = ("registration_no", *_SUCCESSION)
        await insert_rows(self._connection, retirement_tables.carry_over_succession, names, [row])

    async def last_ordinals(self, credit_codes: Collection[str]) -> Mapping[str, int]:
        """Give the last number of an application used by entities that have one."""
        return two_columns(await fetch(self._connection, _LAST_ORDINALS, credit_codes=sorted(credit_codes)))

    async def released(
        self, account_nos: Collection[str], *, since: datetime
    ) -> Mapping[tuple[str, str], int]:
        """Give what was frozen at a moment and a court has released since, by account and product."""
        return await released(self._connection, account_nos, since=since)

    async def applied_late(self, credit_codes: Collection[str]) -> Mapping[tuple[str, str], int]:
        """Give what is applied for in the late batch and not withdrawn, by entity and product."""
        rows = await fetch(
            self._connection, _APPLIED_LATE, credit_codes=sorted(credit_codes), batch_no=LATE_BATCH_NO
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def add(self, applications: Sequence[CarryOverApplication]) -> None:
        """Store new applications."""
        heads = [tuple(getattr(item, name) for name in _APPLICATION) for item in applications]
        await insert_rows(self._connection, retirement_tables.carry_over_application, _APPLICATION, heads)
        lines: list[tuple[Any, ...]] = [
            (item.application_no, line_no, *line)
            for item in applications
            for line_no, line in enumerate(item.lines, start=1)
        ]
        await insert_rows(self._connection, retirement_tables.carry_over_line, _LINE, lines)

    async def lock(self, application_nos: Collection[str]) -> Mapping[str, CarryOverApplication]:
        """Give applications, locked."""
        heads = await fetch(self._connection, _LOCK, application_nos=sorted(application_nos))
        return {item.application_no: item for item in await with_lines(self._connection, heads)}

    async def lock_waiting(self, batch_nos: Collection[int]) -> Sequence[CarryOverApplication]:
        """Give the applications of batches that wait for a run, locked, by number."""
        heads = await fetch(self._connection, _WAITING, batch_nos=sorted(batch_nos))
        return await with_lines(self._connection, heads)

    async def lock_of_runs(self, run_nos: Iterable[str]) -> Sequence[CarryOverApplication]:
        """Give the applications of runs, locked, by number."""
        heads = await fetch(self._connection, _OF_RUNS, run_nos=sorted(run_nos))
        return await with_lines(self._connection, heads)

    async def save(self, applications: Sequence[CarryOverApplication]) -> None:
        """Store status, run and times."""
        rows = [tuple(getattr(item, name) for name in _SAVED) for item in applications]
        table = retirement_tables.carry_over_application
        await update_rows(self._connection, table, _SAVED, rows, keys=("application_no",))

    async def last_run_ordinals(self) -> Mapping[int, int]:
        """Give the last number of a run by batch; nobody else makes one meanwhile."""
        await lock_names(self._connection, {"carry-over-runs"})
        return two_columns(await fetch(self._connection, _RUN_ORDINALS))

    async def add_runs(self, runs: Sequence[CarryOverRun], members: Sequence[CarryOverApplication]) -> None:
        """Store new runs with the applications that they took."""
        rows = [tuple(getattr(run, name) for name in _RUN) for run in runs]
        await insert_rows(self._connection, retirement_tables.carry_over_run, _RUN, rows)
        taken: list[tuple[Any, ...]] = [(item.run_no, item.application_no) for item in members]
        table = retirement_tables.carry_over_run_member
        await insert_rows(self._connection, table, ("run_no", "application_no"), taken)

    async def lock_runs(self, run_nos: Collection[str]) -> Mapping[str, CarryOverRun]:
        """Give runs, locked."""
        rows = await fetch(self._connection, _LOCK_RUNS, run_nos=sorted(run_nos))
        return {row.run_no: run_of(row) for row in rows}

    async def save_runs(self, runs: Sequence[CarryOverRun]) -> None:
        """Store decisions about runs."""
        rows = [tuple(getattr(run, name) for name in _SAVED_RUN) for run in runs]
        table = retirement_tables.carry_over_run
        await update_rows(self._connection, table, _SAVED_RUN, rows, keys=("run_no",))


async def with_lines(
    connection: AsyncConnection, heads: Iterable[AnyRow], *, at: datetime | None = None
) -> list[CarryOverApplication]:
    """Read the lines, and corrections by a moment or now, of applications, given their heads in order."""
    by_no = {head.application_no: values_of(head) for head in heads}
    lines: dict[str, list[tuple[ProductCode, int]]] = {number: [] for number in by_no}
    if by_no:
        for row in await fetch(connection, _LINES, application_nos=list(by_no)):
            lines[row.application_no].append((row.product, row.quantity_tco2e))
    corrections = await corrections_of(connection, by_no.keys(), at=at)
    return [
        CarryOverApplication(
            **{**head, "status": CarryOverStatus(head["status"])},
            lines=tuple(lines[number]),
            corrections=corrections.get(number, ()),
        )
        for number, head in by_no.items()
    ]


def run_of(row: AnyRow) -> CarryOverRun:
    """Read a run."""
    values = values_of(row)
    return CarryOverRun(**{**values, "status": RunStatus(values["status"])})


def finding_of(row: AnyRow) -> Finding:
    """Read a finding."""
    declared = None
    if row.declared_sold_tco2e is not None:
        declared = Sales(sold_tco2e=row.declared_sold_tco2e, bought_tco2e=row.declared_bought_tco2e)
    return Finding(
        credit_code=row.credit_code,
        province_code=row.province_code,
        base_tco2e=row.base_tco2e,
        sales=Sales(sold_tco2e=row.sold_tco2e, bought_tco2e=row.bought_tco2e),
        declared=declared,
        computed_tco2e=row.computed_tco2e,
        holding_tco2e=row.holding_tco2e,
        standings={
            "2023": SurrenderStanding(row.standing_2023),
            "2024": SurrenderStanding(row.standing_2024),
        },
        reason=row.reason,
        found_time=row.found_time,
        absorbed=tuple(row.absorbed_credit_codes.split()),
        absorbed_sales=Sales(sold_tco2e=row.absorbed_sold_tco2e, bought_tco2e=row.absorbed_bought_tco2e),
    )


def _finding_row(finding: Finding) -> tuple[Any, ...]:
    declared = finding.declared
    return (
        finding.credit_code,
        finding.province_code,
        finding.base_tco2e,
        finding.sales.sold_tco2e,
        finding.sales.bought_tco2e,
        declared.sold_tco2e if declared is not None else None,
        declared.bought_tco2e if declared is not None else None,
        finding.computed_tco2e,
        finding.holding_tco2e,
        finding.standings["2023"],
        finding.standings["2024"],
        finding.reason,
        finding.found_time,
        " ".join(finding.absorbed),
        finding.absorbed_sales.sold_tco2e,
        finding.absorbed_sales.bought_tco2e,
    )
