"""First person: propose to issue tables whose three digests match."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.allocation_table import Issuance, IssuanceStatus, refusal_of_initiation
from registry.domain.errors import TableNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateIssuances:
    """Tables to propose, and who proposes."""

    table_nos: tuple[str, ...]
    initiated_by: str


async def initiate_issuances(
    command: InitiateIssuances, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Propose each table that may be issued; one that is proposed already stays with its first person."""
    at = clock.now()
    tables = await uow.tables.lock(set(command.table_nos))
    outcomes: list[ItemOutcome] = []
    proposed: dict[str, Issuance] = {}
    for table_no in command.table_nos:
        issuance = proposed.get(table_no) or tables.get(table_no)
        if issuance is None:
            outcomes.append(table_not_found(table_no))
            continue
        refusal = refusal_of_initiation(issuance)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        if issuance.status is not IssuanceStatus.INITIATED:
            proposed[table_no] = replace(
                issuance,
                status=IssuanceStatus.INITIATED,
                initiated_by=command.initiated_by,
                initiated_time=at,
            )
        outcomes.append(table_no)
    await uow.tables.save(list(proposed.values()), at=at)
    return outcomes


def table_not_found(table_no: str) -> TableNotFound:
    """Refuse a table that was never received."""
    return TableNotFound(f"the registry received no table {table_no}", table_no=table_no)
