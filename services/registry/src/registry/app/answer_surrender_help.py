"""The entity consents to help that was offered, or declines it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import ApplicationNotFound, EtsError
from ets_kernel.domain.ids import CreditCode, emitter_account

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.standings import give_back, standings
from registry.domain.surrender import SurrenderApplication, SurrenderStatus
from registry.domain.surrender_help import answer


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAnswer:
    """What an entity answers to an offer."""

    credit_code: str
    application_no: str
    is_consented: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSurrenderHelp:
    """Answers in order."""

    answers: tuple[HelpAnswer, ...]
    answered_by: str


async def answer_surrender_help(
    command: AnswerSurrenderHelp, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Take each answer once; consented help waits for the province, declined units are free again."""
    at = clock.now()
    # Who helps whom is known only once the applications are read; the entity's account keeps others from applying.
    await uow.accounts.lock({emitter_account(CreditCode(one.credit_code)) for one in command.answers})
    offers = dict(await uow.applications.lock({one.application_no for one in command.answers}))
    known = await standings({(one.credit_code, one.period) for one in offers.values()}, uow)
    answered: dict[str, SurrenderApplication] = {}
    outcomes: list[ItemOutcome] = []
    for one in command.answers:
        application = offers.get(one.application_no)
        if application is None:
            outcomes.append(
                ApplicationNotFound(f"there is no {one.application_no}", application_no=one.application_no)
            )
            continue
        key = (application.credit_code, application.period)
        ensure(key in known, "an application is of an obligation")
        decided = answer(
            application,
            known[key],
            credit_code=one.credit_code,
            is_consented=one.is_consented,
            by=command.answered_by,
            at=at,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        if decided.status is SurrenderStatus.SUBMITTED:
            known[key] = replace(known[key], pending_tco2e=known[key].pending_tco2e + decided.quantity_tco2e)
        offers[one.application_no] = answered[one.application_no] = decided
        outcomes.append(one.application_no)
    declined = [one for one in answered.values() if one.status is SurrenderStatus.WITHDRAWN]
    await give_back(declined, uow, at)
    await uow.applications.save(list(answered.values()))
    return outcomes
