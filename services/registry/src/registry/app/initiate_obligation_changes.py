"""First person: propose to correct obligations."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.standings import obligation_not_found
from registry.domain.compliance_rules import Sector
from registry.domain.obligation_change import ObligationChange, propose


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationProposal:
    """What an entity is to owe instead, tCO2e, for which of its sectors where there are several, and why."""

    credit_code: str
    period: str
    obligation_tco2e: int
    document_no: str
    words: str
    sector: Sector | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateObligationChanges:
    """Proposals in order, and who makes them."""

    proposals: tuple[ObligationProposal, ...]
    initiated_by: str


async def initiate_obligation_changes(
    command: InitiateObligationChanges, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Store each proposal; it names the quantity that it changes, and nothing changes yet."""
    at = clock.now()
    keys = {(one.credit_code, one.period) for one in command.proposals}
    obligations = await uow.obligations.get(keys)
    ordinals = dict(await uow.obligation_changes.last_ordinals(keys))
    proposed: list[ObligationChange] = []
    outcomes: list[ItemOutcome] = []
    for one in command.proposals:
        key = (one.credit_code, one.period)
        if key not in obligations:
            outcomes.append(obligation_not_found(key))
            continue
        change = propose(
            obligations[key],
            to_tco2e=one.obligation_tco2e,
            document_no=one.document_no,
            words=one.words,
            ordinal=ordinals.get(key, 0) + 1,
            by=command.initiated_by,
            at=at,
            sector=one.sector,
        )
        if isinstance(change, EtsError):
            outcomes.append(change)
            continue
        ordinals[key] = change.ordinal
        proposed.append(change)
        outcomes.append(change.change_no)
    await uow.obligation_changes.add(proposed)
    return outcomes
