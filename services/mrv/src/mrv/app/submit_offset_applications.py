"""Submit applications to use CCER (step three)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import parse_credit_code

from mrv.app.ports import EntityPeriod, UnitOfWork
from mrv.app.results import ItemOutcome
from mrv.domain.events import OffsetApplicationSubmitted
from mrv.domain.offset_application import OffsetApplication, OffsetForm, Standing, submit
from mrv.domain.roster import parse_planned_period


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOffsetApplications:
    """Forms in order."""

    forms: tuple[OffsetForm, ...]


async def submit_offset_applications(
    command: SubmitOffsetApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Decide each form on what the ones before it left of the entity's limit of 5 % of its obligation.

    Per item the application's number or, in this order, PERIOD_UNKNOWN, CREDIT_CODE_INVALID, APPLICATION_WINDOW_CLOSED,
    ENTITY_NOT_LISTED, PROVINCE_MISMATCH, OBLIGATION_UNKNOWN, OFFSET_LINE_REPEATED, PROJECT_UNKNOWN or
    PROJECT_INSIDE_NATIONAL_MARKET, OFFSET_LIMIT_EXCEEDED.
    """
    at = clock.now()
    keys = {(form.credit_code, form.period) for form in command.forms}
    standings = dict(await standings_of(keys, uow))
    projects = await uow.offsets.projects({line.project_no for form in command.forms for line in form.lines})
    submitted: list[OffsetApplication] = []
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        key = (form.credit_code, form.period)
        decided = _malformed(form) or submit(form, standings[key], projects=projects, at=at)
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        application, standings[key] = decided
        submitted.append(application)
        outcomes.append(application.application_no)
    await uow.offsets.add(submitted)
    for application in submitted:
        uow.record(OffsetApplicationSubmitted(application=application, at=at))
    return outcomes


async def standings_of(keys: Collection[EntityPeriod], uow: UnitOfWork) -> Mapping[EntityPeriod, Standing]:
    """Give the standing of each applicant; obligations are locked, so nobody else applies meanwhile."""
    obligations = await uow.obligations.lock(keys)
    listed = await uow.roster.listed(keys)
    applied = await uow.offsets.applied(keys)
    standings = {}
    for key in keys:
        obligation = obligations.get(key)
        applied_tco2e, last_ordinal = applied.get(key, (0, 0))
        standings[key] = Standing(
            entity=listed.get(key),
            obligation_tco2e=obligation.obligation_tco2e if obligation is not None else None,
            applied_tco2e=applied_tco2e,
            last_ordinal=last_ordinal,
        )
    return standings


def _malformed(form: OffsetForm) -> EtsError | None:
    try:
        parse_planned_period(form.period)
        parse_credit_code(form.credit_code)
    except EtsError as refusal:
        return refusal
    return None
