"""First person: propose to surrender what a province's account holds for an entity (强制履约)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, ProvinceCode, emitter_account

from registry.app.forced_standings import forced_standings
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.forced_surrender import ForcedSurrender, propose_forced_surrender


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateForcedSurrenders:
    """Entities in order, each with the document by which its province entrusts the registration body."""

    proposals: tuple[tuple[str, str], ...]
    initiated_by: str


async def initiate_forced_surrenders(
    command: InitiateForcedSurrenders, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Store each proposal with what becomes of every unit and what stays unmet; nothing moves yet."""
    at = clock.now()
    credit_codes = {credit_code for credit_code, _ in command.proposals}
    accounts = await uow.accounts.lock({emitter_account(CreditCode(code)) for code in credit_codes})
    standings = await forced_standings(credit_codes, uow)
    ordinals = dict(await uow.forced_surrenders.last_ordinals(credit_codes))
    proposed: list[ForcedSurrender] = []
    outcomes: list[ItemOutcome] = []
    for credit_code, document_no in command.proposals:
        account = accounts.found(emitter_account(CreditCode(credit_code)))
        if isinstance(account, EtsError):
            outcomes.append(account)
            continue
        # An entity that moved may have units in the account of the province that answered for it before.
        holding = standings[credit_code].holding_provinces
        province_code = holding[0] if holding else ProvinceCode(account.province_code)
        case = propose_forced_surrender(
            credit_code=CreditCode(credit_code),
            province_code=province_code,
            outstanding_tco2e=standings[credit_code].outstanding_tco2e,
            earmarked_tco2e=standings[credit_code].earmarked_tco2e(province_code),
            document_no=document_no,
            ordinal=ordinals.get(credit_code, 0) + 1,
            by=command.initiated_by,
            at=at,
        )
        if isinstance(case, EtsError):
            outcomes.append(case)
            continue
        ordinals[credit_code] = case.ordinal
        proposed.append(case)
        outcomes.append(case.case_no)
    await uow.forced_surrenders.add(proposed)
    return outcomes
