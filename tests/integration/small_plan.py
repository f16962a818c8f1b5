"""A whole cycle in small: forty entities in three provinces, every kind of action, few busy days.

It is written by hand on the real calendar: what each part is for stands at its function. `brief_plan` leaves the
idle dates out, so that faults are rehearsed in seconds; the hand-over catches up on the dates in between.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from simulation.population.expected import expected_figures
from simulation.population.names import Register
from simulation.population.plan import (
    CEA_MARKET,
    Application,
    CcerIssue,
    Day,
    Entity,
    OpenTradingAccount,
    Owner,
    Plan,
    ProductQuantity,
    Project,
)
from simulation.population.venues import Purchase, trade_on_venues
from simulation.population.volume import BLOCK_LEAST_T
from simulation.scenario import Scenario, load_scenario
from small_roster import SEED, make_roster
from small_writer import PRICE_FEN, Writer

OPENING = date(2021, 10, 25)
FIRST = date(2021, 10, 26)
HALF_WAY = date(2021, 11, 1)
LAST_APPLICATION = date(2021, 12, 10)
LAST_CANCELLATION = date(2021, 12, 15)
INSIDE_PROJECT = "XN0001"
OWN_PROJECT = "XNZ001"


@cache
def small_plan() -> Plan:
    """Write the whole cycle on its full calendar."""
    scenario = load_scenario()
    roster = make_roster()
    writer = Writer(scenario, roster)
    owners, projects = _projects(writer)
    prices, issues = _offsets(writer, owners, projects)
    _allowances(writer)
    _surrenders(writer)
    return Plan(
        cycle=scenario.cycle,
        seed=SEED,
        first_date=FIRST,
        last_date=scenario.last_date,
        last_application_date=LAST_APPLICATION,
        last_handover_date=LAST_CANCELLATION,
        moments=scenario.moments,
        entities=tuple(entity for kind in roster.values() for entity in kind),
        venues=scenario.venues,
        owners=owners,
        projects=projects,
        issues=issues,
        previous_close_fen=PRICE_FEN,
        reference_prices_fen=prices,
        days={day: _only_with_trade(one) for day, one in writer.stage.agenda.days().items()},
    )


@cache
def brief_plan() -> Plan:
    """Give the small plan without the dates on which nobody outside the platform acts."""
    plan = small_plan()
    kept = {FIRST, LAST_CANCELLATION, date(2021, 12, 17), plan.last_date}
    return replace(plan, days={day: one for day, one in plan.days.items() if day in kept or _is_busy(one)})


@cache
def small_scenario() -> Scenario:
    """Give the scenario whose figures are those that the small plan must reproduce."""
    plan, real = small_plan(), load_scenario()
    figures = expected_figures(plan) | {
        "emissions_t": sum(entity.emissions_tco2e for entity in plan.entities),
        "capped_entities": len(make_roster()["CAPPED"]),
    }
    return replace(
        real,
        figures={
            key: replace(figure, value=figures[key]) if key in figures else figure
            for key, figure in real.figures.items()
        },
    )


def _is_busy(day: Day) -> bool:
    return day != Day(date=day.date, is_session=day.is_session, is_work_day=day.is_work_day)


def _only_with_trade(day: Day) -> Day:
    """Leave out the close of sessions on which nobody trades; the exchange opens them, the plan is silent."""
    return replace(day, is_session=bool(day.listed_morning or day.block_deals or day.listed_afternoon))


def _projects(writer: Writer) -> tuple[tuple[Owner, ...], tuple[Project, ...]]:
    register = Register(writer.stage.chance, prefix="MB")
    owners = []
    for province in ("53", "15"):
        code, name = register.owner(province_code=province, short_name="")
        owners.append(Owner(credit_code=code, name=name, province_code=province))
    names = [(INSIDE_PROJECT, owners[0]), ("XN0002", owners[0]), ("XN0003", owners[1]), ("XN0004", owners[1])]
    projects = [_project(number, owner.credit_code) for number, owner in names]
    own = writer.roster["OFFSET_ONLY"][0]
    return tuple(owners), (*projects, _project(OWN_PROJECT, own.credit_code))


def _project(number: str, owner: str) -> Project:
    return Project(
        project_no=number,
        name=f"虚构风力发电项目{number}",
        type="风力发电",
        methodology="CM-001-V02",
        owner=owner,
        inside_national_market=number == INSIDE_PROJECT,
    )


def _offsets(
    writer: Writer, owners: tuple[Owner, ...], projects: tuple[Project, ...]
) -> tuple[dict[tuple[str, str], int], tuple[CcerIssue, ...]]:
    """Play all ways of a CCER: own project, bought in lots and blocks, misstated form, late and last cancellation."""
    roster = writer.roster
    own, *bought = roster["OFFSET_ONLY"]
    for owner in owners:
        writer.open_account(OPENING, owner, "BJ")
        writer.put(
            OPENING, "open_trading_accounts", OpenTradingAccount(credit_code=owner.credit_code, market="GZ")
        )
    writer.open_account(OPENING, own, "BJ", is_trader=False)
    form = writer.apply(
        FIRST, own, ProductQuantity(product=f"CCER-{OWN_PROJECT}-2016", quantity_tco2e=own.deficit_tco2e)
    )
    writer.decide(date(2021, 10, 28), form)
    writer.cancel(date(2021, 10, 28), form)
    users = [*bought, *roster["OFFSET_AND_BUYER"], *roster["SURPLUS_USER"]]
    purchases = []
    for number, user in enumerate(users):
        session = FIRST if number < len(users) - 3 else date(2021, 11, 1)
        venue = ("BJ", "GZ")[number % 2]
        # Accounts of the later buyers are opened in the middle of the window.
        writer.open_account(OPENING if session == FIRST else date(2021, 10, 29), user, venue)
        lines = _lines(user, number)
        purchases += [
            Purchase(buyer=user.credit_code, venue=venue, session=session, line=line) for line in lines
        ]
        _use(writer, user, lines, number, is_early=session == FIRST)
    _in_vain(writer, users[0])
    sellers = {
        f"CCER-{project.project_no}-{year}": project.owner for project in projects for year in (2015, 2016)
    }
    prices = trade_on_venues(writer.stage, purchases, sellers)
    return prices, _issues(writer, sellers, purchases, own)


def _lines(user: Entity, number: int) -> tuple[ProductQuantity, ...]:
    total = min(user.deficit_tco2e or user.obligation_tco2e, user.obligation_tco2e * 4 // 100)
    first = total if number % 3 else total // 2
    lines = [ProductQuantity(product="CCER-XN0002-2015", quantity_tco2e=first)]
    if first < total:
        lines.append(ProductQuantity(product="CCER-XN0003-2016", quantity_tco2e=total - first))
    return tuple(lines)


def _use(
    writer: Writer, user: Entity, lines: tuple[ProductQuantity, ...], number: int, *, is_early: bool
) -> None:
    if not is_early:
        is_last = number % 2 == 1
        applied, decided, cancelled = (
            (LAST_APPLICATION, date(2021, 12, 13), LAST_CANCELLATION)
            if is_last
            else (date(2021, 11, 2), date(2021, 11, 3), date(2021, 11, 3))
        )
        form = writer.apply(applied, user, *lines)
        writer.decide(decided, form)
        writer.cancel(cancelled, form)
        return
    if number == 1:
        wrong = writer.apply(date(2021, 10, 27), user, *lines, ref="MISSTATED", wrong_t=1)
        writer.decide(date(2021, 10, 28), wrong, reason="OBLIGATION_MATCHES")
        form = writer.apply(date(2021, 10, 28), user, *lines)
        writer.decide(date(2021, 10, 29), form)
        writer.cancel(date(2021, 10, 29), form, is_late=True)
        return
    form = writer.apply(date(2021, 10, 27), user, *lines)
    writer.decide(date(2021, 10, 28), form)
    writer.cancel(date(2021, 10, 28), form, is_late=number == 2)


def _in_vain(writer: Writer, user: Entity) -> None:
    """Send in a form that names a project inside the national market."""
    form = Application(
        ref="INELIGIBLE",
        credit_code=user.credit_code,
        province_code=user.province_code,
        obligation_tco2e=user.obligation_tco2e,
        lines=(ProductQuantity(product=f"CCER-{INSIDE_PROJECT}-2015", quantity_tco2e=1),),
        refused_with="PROJECT_INSIDE_NATIONAL_MARKET",
    )
    writer.put(date(2021, 10, 27), "ineligible_applications", form)


def _issues(
    writer: Writer, sellers: dict[str, str], purchases: list[Purchase], own: Entity
) -> tuple[CcerIssue, ...]:
    sold = {f"CCER-{OWN_PROJECT}-2016": own.deficit_tco2e}
    for purchase in purchases:
        sold[purchase.line.product] = sold.get(purchase.line.product, 0) + purchase.line.quantity_tco2e
    return tuple(
        CcerIssue(
            project_no=product.split("-")[1],
            year=int(product[-4:]),
            owner=owner,
            quantity_tco2e=sold.get(product, 0) + 5_000,
        )
        for product, owner in sellers.items()
        if product in sold
    )


def _allowances(writer: Writer) -> None:
    """Let deficits be bought in lots and in blocks, in October, November and December."""
    roster = writer.roster
    traders = [
        *roster["SELLER"],
        *roster["RESERVE"],
        *roster["BUYER"],
        *roster["OFFSET_AND_BUYER"],
        *roster["CAPPED"],
    ]
    for trader in traders:
        account = OpenTradingAccount(credit_code=trader.credit_code, market=CEA_MARKET)
        writer.put(OPENING, "open_trading_accounts", account)
    offset_t = {code: sum(line.quantity_tco2e for line in lines) for code, lines in writer.offsets.items()}
    left = {seller.credit_code: seller.surplus_tco2e for seller in roster["SELLER"]}
    sessions = (FIRST, date(2021, 10, 29), HALF_WAY, date(2021, 12, 1))
    for number, buyer in enumerate([*roster["BUYER"], *roster["OFFSET_AND_BUYER"], *roster["CAPPED"]]):
        need = buyer.deficit_tco2e - offset_t.get(buyer.credit_code, 0)
        seller = max(roster["SELLER"], key=lambda one: left[one.credit_code])
        left[seller.credit_code] -= need
        assert left[seller.credit_code] >= 0, "the sellers have enough"
        assert need >= BLOCK_LEAST_T, "needs are bought in blocks"
        writer.trade(sessions[number % len(sessions)], "block_deals", seller, buyer, need)
    # Those who buy for later years, a little in every month, so that every month has a listed price.
    for number, (buyer, session) in enumerate(zip(roster["RESERVE"] * 2, sessions, strict=True)):
        seller = max(roster["SELLER"], key=lambda one: left[one.credit_code])
        left[seller.credit_code] -= 3_000
        writer.trade(session, ("listed_morning", "listed_afternoon")[number % 2], seller, buyer, 3_000)


def _surrenders(writer: Writer) -> None:
    """Surrender early and late, in full, in part and not at all; answered the same day or on a later morning."""
    roster = writer.roster
    for number, entity in enumerate(roster["PLAIN"] + roster["GAS"]):
        writer.surrender(date(2021, 10, 29), entity, answered=date(2021, 11, 1) if number % 2 else None)
    for entity in [*roster["SELLER"], *roster["RESERVE"]]:
        writer.surrender(date(2021, 12, 2), entity)
    for entity in [*roster["BUYER"], *roster["CAPPED"]]:
        writer.surrender(date(2021, 12, 2), entity, answered=date(2021, 12, 3))
    for entity in [*roster["OFFSET_ONLY"], *roster["OFFSET_AND_BUYER"], *roster["SURPLUS_USER"]]:
        writer.surrender(date(2021, 12, 17), entity, answered=date(2021, 12, 17) + timedelta(days=3))
    for entity in roster["PARTIAL"]:
        writer.surrender(date(2021, 12, 17), entity, less_t=entity.deficit_tco2e)
