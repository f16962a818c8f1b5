"""What a run of a plan must reproduce, under the keys of the scenario's figures, and the comparison with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ets_kernel.domain.quantities import vwap_close

from simulation.population.plan import CEA_MARKET, Plan
from simulation.population.roster import SHANDONG
from simulation.population.shares import rounded
from simulation.population.volume import MONTHS
from simulation.scenario import FigureKind, Scenario

_MILLION: Final = 1_000_000
_PERMILLE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure of the scenario beside the simulated one."""

    figure: str
    unit: str
    kind: FigureKind
    published: int
    simulated: int

    @property
    def is_equal(self) -> bool:
        """Tell whether the simulation hit the figure exactly."""
        return self.published == self.simulated


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """How far surrender has come at the end of a date: confirmed tonnes, and entities in full."""

    surrendered_tco2e: int
    entities_in_full: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One deal in allowances as the exchange will record it."""

    session: date
    is_block: bool
    quantity_tco2e: int
    price_fen_per_tco2e: int


def expected_figures(plan: Plan) -> dict[str, int]:
    """Compute the figures that a run of the plan must reproduce, keyed as in the scenario."""
    entities = plan.entities
    surrendered = surrendered_by_entity(plan)
    owed = sum(entity.obligation_tco2e for entity in entities)
    inside = [entity for entity in entities if entity.province_code == SHANDONG]
    handed_in = sum(surrendered[entity.credit_code] for entity in inside)
    figures = {
        "entities": len(entities),
        "deficit_entities": sum(entity.deficit_tco2e > 0 for entity in entities),
        "deficit_t": sum(entity.deficit_tco2e for entity in entities),
        "offset_t": sum(
            line.quantity_tco2e
            for day in plan.days.values()
            for application in day.surrender_applications
            for line in application.offsets
        ),
        "completion_permille": rounded(surrendered.total() * _PERMILLE, owed),
        "entities_in_full_on_time": sum(surrendered[e.credit_code] == e.obligation_tco2e for e in entities),
        "sessions": sum(day.is_session for day in plan.days.values()),
        "shandong_entities": len(inside),
        "shandong_obligation_mt": rounded(sum(e.obligation_tco2e for e in inside), _MILLION),
        "shandong_surrendered_mt": rounded(handed_in, _MILLION),
        "shandong_unfinished": sum(surrendered[entity.credit_code] == 0 for entity in inside),
    }
    return figures | market_figures(tuple(allowance_deals(plan)))


def market_figures(deals: tuple[Deal, ...]) -> dict[str, int]:
    """Compute volume, turnover, lowest, highest and last listed price per month, and the first close."""
    figures: dict[str, int] = {}
    for number, month in MONTHS.items():
        part = [deal for deal in deals if deal.session.month == number]
        listed = [deal for deal in part if not deal.is_block]
        if not listed:  # A window that was stopped before this month.
            continue
        volume = sum(deal.quantity_tco2e for deal in part)
        figures[f"{month}_listed_t"] = sum(deal.quantity_tco2e for deal in listed)
        figures[f"{month}_block_t"] = volume - figures[f"{month}_listed_t"]
        figures[f"{month}_volume_t"] = volume
        figures[f"{month}_turnover_fen"] = sum(d.quantity_tco2e * d.price_fen_per_tco2e for d in part)
        figures[f"{month}_low_fen"] = min(deal.price_fen_per_tco2e for deal in listed)
        figures[f"{month}_high_fen"] = max(deal.price_fen_per_tco2e for deal in listed)
        figures[f"{month}_close_fen"] = closes(deals)[max(deal.session for deal in listed)]
    figures["first_close_fen"] = closes(deals)[min(deal.session for deal in deals)]
    return figures


def compare(scenario: Scenario, simulated: Mapping[str, int]) -> tuple[Comparison, ...]:
    """Put every simulated figure beside the scenario's figure of the same key, in the scenario's order."""
    return tuple(
        Comparison(
            figure=key,
            unit=figure.unit,
            kind=figure.kind,
            published=figure.value,
            simulated=simulated[key],
        )
        for key, figure in scenario.figures.items()
        if key in simulated
    )


def allowance_deals(plan: Plan) -> Iterator[Deal]:
    """Iterate over the deals of the national exchange in the order of the plan."""
    for day in plan.days.values():
        for listed_round in day.listed_rounds():
            orders = {order.ref: order for order in listed_round.orders if order.market == CEA_MARKET}
            for take in listed_round.takes:
                if take.order_ref in orders:
                    price = orders[take.order_ref].price_fen_per_tco2e
                    yield _deal(day.date, take.quantity_tco2e, price, is_block=False)
        for deal in day.block_deals:
            if deal.market == CEA_MARKET:
                yield _deal(day.date, deal.quantity_tco2e, deal.price_fen_per_tco2e, is_block=True)


def closes(deals: tuple[Deal, ...]) -> dict[date, int]:
    """Compute the close of every session with a listed deal, in fen per tonne."""
    volume, turnover = Counter[date](), Counter[date]()
    for deal in deals:
        if not deal.is_block:
            volume[deal.session] += deal.quantity_tco2e
            turnover[deal.session] += deal.quantity_tco2e * deal.price_fen_per_tco2e
    return {session: vwap_close(turnover[session], volume[session]) for session in sorted(volume)}


def surrendered_by_entity(plan: Plan) -> Counter[str]:
    """Sum what each entity hands in, in tonnes, by credit code."""
    surrendered = Counter[str]()
    for day in plan.days.values():
        for application in day.surrender_applications:
            surrendered[application.credit_code] += application.quantity_tco2e
    return surrendered


def completion_by_date(plan: Plan) -> dict[date, Completion]:
    """Compute how far surrender has come at the end of every date, counted when the province has confirmed."""
    owed = {entity.credit_code: entity.obligation_tco2e for entity in plan.entities}
    applications = {a.ref: a for day in plan.days.values() for a in day.surrender_applications}
    surrendered = Counter[str]()
    in_full = 0
    result = {}
    for day in plan.days.values():
        for decision in (*day.morning_surrender_decisions, *day.surrender_decisions):
            application = applications[decision.application_ref]
            surrendered[application.credit_code] += application.quantity_tco2e
            in_full += surrendered[application.credit_code] == owed[application.credit_code]
        result[day.date] = Completion(surrendered_tco2e=surrendered.total(), entities_in_full=in_full)
    return result


def _deal(session: date, quantity_tco2e: int, price_fen: int, *, is_block: bool) -> Deal:
    return Deal(
        session=session, is_block=is_block, quantity_tco2e=quantity_tco2e, price_fen_per_tco2e=price_fen
    )
