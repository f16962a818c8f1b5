"""CCER in the cycle: projects, what owners issue and sell, forms, decisions and cancellations.

OFF-1  A form goes in only when the CCER lie in the general holding account: bought on a venue and withdrawn.
OFF-2  A cancellation follows its confirmation, and is done before the last day's 17:00.
OFF-3  Credits exist the day after the hand-over that carries the last cancellation (`OffsetCase.ready`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final

from ets_kernel.domain.products import ccer_product, offset_product_of

from simulation.population.agenda import Stage
from simulation.population.names import Register
from simulation.population.plan import (
    Application,
    Cancellation,
    CcerIssue,
    Decision,
    Entity,
    OpenCcerAccount,
    OpenTradingAccount,
    Owner,
    ProductQuantity,
    Project,
)
from simulation.population.roles import Roles
from simulation.population.venues import Purchase, trade_on_venues

# Types and methodologies of the time before March 2017; numbers and names of the projects are made up.
_TYPES: Final = (
    ("风力发电", "CM-001-V02"),
    ("光伏发电", "CM-001-V02"),
    ("水力发电", "CM-001-V02"),
    ("农村户用沼气", "CMS-026-V01"),
    ("碳汇造林", "AR-CM-001-V01"),
    ("余热利用", "CM-005-V02"),
)
_YEARS: Final = (2013, 2014, 2015, 2016)
_OWNER_PROVINCES: Final = ("15", "32", "51", "53", "62", "65", "45", "42")
# The reason and the check that the platform's contract names for a form that cannot stand.
_INELIGIBLE: Final = "PROJECT_INSIDE_NATIONAL_MARKET"
_MISSTATED: Final = "OBLIGATION_MATCHES"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetCase:
    """One entity's credits and the first date on which they exist in the registry."""

    credits: tuple[ProductQuantity, ...]
    ready: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetWorld:
    """Everything of CCER that the plan holds outside its days, and the cases by credit code."""

    owners: tuple[Owner, ...]
    projects: tuple[Project, ...]
    issues: tuple[CcerIssue, ...]
    reference_prices_fen: Mapping[tuple[str, str], int]
    cases: Mapping[str, OffsetCase]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stock:
    """A product that owners sell, with its owner."""

    project: Project
    year: int

    @property
    def product(self) -> str:
        return ccer_product(self.project.project_no, self.year)


def plan_offsets(stage: Stage, entities: Sequence[Entity], roles: Roles) -> OffsetWorld:
    """Plan the way of every CCER from its issue to its cancellation."""
    owners = _make_owners(stage)
    projects = _make_projects(stage, owners)
    stocks = [
        _Stock(project=project, year=year)
        for project in projects
        if not project.inside_national_market
        for year in sorted(stage.chance.sample(_YEARS, 2))
    ]
    users = [entity for entity in entities if entity.credit_code in roles.offset_t]
    stage.chance.shuffle(users)
    dates = sorted(_application_date(stage) for _ in users)
    purchases: list[Purchase] = []
    own: list[_Stock] = []
    cases = {}
    for number, (user, applied) in enumerate(zip(users, dates, strict=True), start=1):
        total = roles.offset_t[user.credit_code]
        bought = _purchase_date(stage, applied)
        venue = stage.chance.choice(stage.scenario.venues).code
        _open_accounts(stage, user, venue, bought)
        if bought is None:  # Nobody can buy in time for the first day: these entities own a project.
            own.append(_Stock(project=_own_project(stage, user, len(own) + 1), year=_YEARS[-1]))
            lines: tuple[ProductQuantity, ...] = (
                ProductQuantity(product=own[-1].product, quantity_tco2e=total),
            )
        else:
            lines = _lines(stage.chance, stocks, total)
            purchases += [
                Purchase(buyer=user.credit_code, venue=venue, session=bought, line=line) for line in lines
            ]
        cases[user.credit_code] = _plan_case(stage, user, number=number, lines=lines, applied=applied)
    _plan_ineligible(stage, users, projects)
    sellers = {stock.product: stock.project.owner for stock in stocks}
    prices = trade_on_venues(stage, purchases, sellers)
    _open_owner_accounts(stage, owners, purchases, sellers)
    own_t = {stock.product: roles.offset_t[stock.project.owner] for stock in own}
    return OffsetWorld(
        owners=owners,
        projects=(*projects, *(stock.project for stock in own)),
        issues=tuple(_issues(stage.chance, [*stocks, *own], purchases, own_t)),
        reference_prices_fen=prices,
        cases=cases,
    )


def _make_owners(stage: Stage) -> tuple[Owner, ...]:
    register = Register(stage.chance, prefix="MB")
    owners = []
    for _ in range(stage.scenario["owners"]):
        province = stage.chance.choice(_OWNER_PROVINCES)
        code, name = register.owner(province_code=province, short_name="")
        owners.append(Owner(credit_code=code, name=name, province_code=province))
    return tuple(owners)


def _make_projects(stage: Stage, owners: Sequence[Owner]) -> tuple[Project, ...]:
    projects = []
    for number in range(1, stage.scenario["projects"] + 1):
        kind, methodology = stage.chance.choice(_TYPES)
        projects.append(
            Project(
                project_no=f"XN{number:04}",
                name=f"虚构{kind}项目{number:03}",
                type=kind,
                methodology=methodology,
                owner=owners[(number - 1) % len(owners)].credit_code,
                inside_national_market=number <= stage.scenario["projects_inside"],
            )
        )
    return tuple(projects)


def _lines(chance: Random, stocks: Sequence[_Stock], total_t: int) -> tuple[ProductQuantity, ...]:
    first, second = chance.sample(stocks, 2)
    part = total_t * chance.randint(30, 70) // 100 if total_t > 5_000 and chance.randrange(3) == 0 else 0
    lines = [ProductQuantity(product=first.product, quantity_tco2e=total_t - part)]
    if part:
        lines.append(ProductQuantity(product=second.product, quantity_tco2e=part))
    return tuple(lines)


def _application_date(stage: Stage) -> date:
    """Choose a work day of the window for forms, later ones more often."""
    days = stage.timeline.work_days_between(stage.timeline.dates[0], stage.scenario.last_application_date)
    return stage.chance.choices(days, range(4, 4 + len(days)))[0]


def _purchase_date(stage: Stage, applied: date) -> date | None:
    """Choose the session of the purchase, early enough to withdraw the CCER before the form goes in.

    Nothing for forms of the first days: those entities bought before the window.
    """
    before = [session for session in stage.timeline.sessions if session < applied]
    if not before:
        return None
    return stage.chance.choice(before[-6:])


def _open_accounts(stage: Stage, user: Entity, venue: str, traded: date | None) -> None:
    opened = stage.timeline.opening
    if traded is not None:
        opened = stage.chance.choice(
            [stage.timeline.opening, *(s for s in stage.timeline.sessions if s < traded)][-4:]
        )
        _open_venue_account(stage, user, venue, opened)
    stage.agenda.put(
        opened,
        "open_ccer_accounts",
        OpenCcerAccount(credit_code=user.credit_code, name=user.name, venue=venue),
    )


def _open_venue_account(stage: Stage, user: Entity, venue: str, opened: date) -> None:
    account = OpenTradingAccount(credit_code=user.credit_code, market=venue)
    stage.agenda.put(opened, "open_trading_accounts", account)


def _open_owner_accounts(
    stage: Stage,
    owners: Sequence[Owner],
    purchases: Sequence[Purchase],
    sellers: Mapping[str, str],
) -> None:
    venues = sorted({(sellers[purchase.line.product], purchase.venue) for purchase in purchases})
    first = dict(reversed(venues))
    for owner in owners:
        stage.agenda.put(
            stage.timeline.opening,
            "open_ccer_accounts",
            OpenCcerAccount(
                credit_code=owner.credit_code, name=owner.name, venue=first.get(owner.credit_code, "BJ")
            ),
        )
    for seller, venue in venues:
        account = OpenTradingAccount(credit_code=seller, market=venue)
        stage.agenda.put(stage.timeline.opening, "open_trading_accounts", account)


def _own_project(stage: Stage, user: Entity, number: int) -> Project:
    kind, methodology = stage.chance.choice(_TYPES)
    return Project(
        project_no=f"XNZ{number:03}",
        name=f"虚构自备{kind}项目{number:03}",
        type=kind,
        methodology=methodology,
        owner=user.credit_code,
        inside_national_market=False,
    )


def _plan_ineligible(stage: Stage, users: Sequence[Entity], projects: Sequence[Project]) -> None:
    """Plan forms that name a project inside the national market: the platform refuses them at once."""
    inside = [project for project in projects if project.inside_national_market]
    for number in range(1, stage.scenario["ineligible_applications"] + 1):
        project, user = inside[number % len(inside)], users[-number]
        line = ProductQuantity(product=ccer_product(project.project_no, _YEARS[0]), quantity_tco2e=number)
        form = replace(_form(user, f"INELIGIBLE{number:02}", (line,)), refused_with=_INELIGIBLE)
        stage.agenda.put(stage.timeline.sessions[number], "ineligible_applications", form)


def _form(user: Entity, ref: str, lines: tuple[ProductQuantity, ...]) -> Application:
    return Application(
        ref=ref,
        credit_code=user.credit_code,
        province_code=user.province_code,
        obligation_tco2e=user.obligation_tco2e,
        lines=lines,
    )


def _plan_case(
    stage: Stage,
    user: Entity,
    *,
    number: int,
    lines: tuple[ProductQuantity, ...],
    applied: date,
) -> OffsetCase:
    """Plan form, confirmation and cancellations of one entity; some forms are wrong at first and sent again."""
    tenth, rest = divmod(number, 10)  # Forms are numbered by date: these are early ones.
    if rest == 0 and tenth <= stage.scenario["misstated_applications"]:
        applied = _plan_misstated(stage, user, number=number, lines=lines, applied=applied)
    form = _form(user, f"OFFSET{number:04}", lines)
    stage.agenda.put(applied, "applications", form)
    last = stage.scenario.last_cancellation_date
    decided = stage.chance.choice(stage.timeline.work_days_between(applied + _DAY, last - _DAY)[:4])
    decision = Decision(application_ref=form.ref, province_code=form.province_code, confirmed=True, reason="")
    stage.agenda.put(decided, "decisions", decision)
    cancelled = min(decided + _DAY * stage.chance.choice((0, 0, 1, 1, 2, 3, 4)), last)
    is_late = cancelled < last and stage.chance.randrange(100) < stage.scenario["late_cancellation_percent"]
    for position, line in enumerate(lines, start=1):
        cancellation = Cancellation(
            ref=f"{form.ref}L{position}",
            application_ref=form.ref,
            credit_code=user.credit_code,
            product=line.product,
            quantity_tco2e=line.quantity_tco2e,
        )
        stage.agenda.put(cancelled, "late_cancellations" if is_late else "cancellations", cancellation)
    made = tuple(
        ProductQuantity(product=offset_product_of(line.product), quantity_tco2e=line.quantity_tco2e)
        for line in lines
    )
    return OffsetCase(credits=made, ready=cancelled + _DAY * (2 if is_late else 1))


def _plan_misstated(
    stage: Stage, user: Entity, *, number: int, lines: tuple[ProductQuantity, ...], applied: date
) -> date:
    """Plan a form whose obligation is wrong and its refusal; give the date of the right form."""
    last = stage.scenario.last_application_date
    refused, again = stage.timeline.work_days_between(applied + _DAY, last)[:2]
    form = _form(user, f"MISSTATED{number:02}", lines)
    wrong = replace(form, obligation_tco2e=form.obligation_tco2e + 1)
    stage.agenda.put(applied, "applications", wrong)
    decision = Decision(
        application_ref=wrong.ref, province_code=wrong.province_code, confirmed=False, reason=_MISSTATED
    )
    stage.agenda.put(refused, "decisions", decision)
    return again


def _issues(
    chance: Random, stocks: Sequence[_Stock], purchases: Sequence[Purchase], own_t: Mapping[str, int]
) -> list[CcerIssue]:
    """Issue to each owner what it sells or uses itself, and some more."""
    sold = Counter[str](own_t)
    for purchase in purchases:
        sold[purchase.line.product] += purchase.line.quantity_tco2e
    return [
        CcerIssue(
            project_no=stock.project.project_no,
            year=stock.year,
            owner=stock.project.owner,
            quantity_tco2e=sold[stock.product] + chance.randint(10, 200) * 1_000,
        )
        for stock in stocks
    ]
