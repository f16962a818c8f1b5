"""The province confirms or refuses applications (step four); the platform makes the checks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import ApplicationNotFound, EtsError

from mrv.app.ports import EntityPeriod, UnitOfWork
from mrv.app.results import ItemOutcome
from mrv.app.submit_offset_applications import standings_of
from mrv.domain.events import OffsetApplicationDecided
from mrv.domain.offset_application import (
    CcerAccount,
    OffsetApplication,
    Standing,
    check,
    decide,
    refusal_of_decision,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetDecision:
    """One decision; a refusal says why."""

    application_no: str
    is_confirmed: bool
    refusal_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOffsetApplications:
    """Decisions of one province in order, and the person who decides."""

    province_code: str
    decided_by: str
    decisions: tuple[OffsetDecision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    standings: Mapping[EntityPeriod, Standing]
    projects: Mapping[str, bool]
    accounts: Mapping[str, CcerAccount]


async def decide_offset_applications(
    command: DecideOffsetApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Check and decide each application once; the checks and their findings are stored with the decision.

    Per item its number or APPLICATION_NOT_FOUND, PROVINCE_MISMATCH, APPLICATION_ALREADY_DECIDED, MALFORMED_REQUEST
    (a refusal without a reason), OFFSET_CHECKS_FAILED, in this order.
    """
    at = clock.now()
    numbers = {decision.application_no for decision in command.decisions}
    # Obligations before applications: a submission locks in the same order. One that comes in between is not there yet.
    seen = await uow.offsets.peek(numbers)
    standings = await standings_of(_keys(seen), uow)
    known = dict(await uow.offsets.lock(seen))
    evidence = await _evidence(known.values(), standings, uow)
    decided: list[OffsetApplication] = []
    outcomes: list[ItemOutcome] = []
    for decision in command.decisions:
        result = _decided(decision, known.get(decision.application_no), command, evidence, at)
        if isinstance(result, EtsError):
            outcomes.append(result)
            continue
        known[result.application_no] = result
        decided.append(result)
        outcomes.append(result.application_no)
    await uow.offsets.save(decided, at=at)
    for application in decided:
        uow.record(OffsetApplicationDecided(application=application, at=at))
    return outcomes


def _keys(applications: Mapping[str, OffsetApplication]) -> set[EntityPeriod]:
    return {(found.form.credit_code, found.form.period) for found in applications.values()}


async def _evidence(
    applications: Collection[OffsetApplication], standings: Mapping[EntityPeriod, Standing], uow: UnitOfWork
) -> _Evidence:
    return _Evidence(
        standings=standings,
        projects=await uow.offsets.projects(
            {line.project_no for application in applications for line in application.form.lines}
        ),
        accounts=await uow.offsets.accounts(
            {application.form.ccer_account_no for application in applications}
        ),
    )


def _decided(
    decision: OffsetDecision,
    application: OffsetApplication | None,
    command: DecideOffsetApplications,
    evidence: _Evidence,
    at: datetime,
) -> OffsetApplication | EtsError:
    if application is None:
        return ApplicationNotFound(
            f"there is no {decision.application_no}", application_no=decision.application_no
        )
    refusal = refusal_of_decision(
        application,
        province_code=command.province_code,
        is_confirmed=decision.is_confirmed,
        refusal_text=decision.refusal_text,
    )
    if refusal is not None:
        return refusal
    form = application.form
    checks = check(
        application,
        evidence.standings[form.credit_code, form.period],
        projects=evidence.projects,
        account=evidence.accounts.get(form.ccer_account_no),
    )
    return decide(
        application,
        checks,
        is_confirmed=decision.is_confirmed,
        decided_by=command.decided_by,
        refusal_text=decision.refusal_text,
        at=at,
    )
