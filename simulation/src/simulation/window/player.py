"""Playing a plan day by day: at each moment the clocks are set, the actors act, and the platform comes to rest.

PLY-1  A moment in which nobody acts is skipped; the hand-over, the close and the summaries act by themselves.
PLY-2  Request ids depend on the plan and the moment only, so an interrupted moment can be played again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ets_kernel.domain.clock import ZONE

from simulation.platform.secrets import Secrets
from simulation.population.plan import Day, Moment, Plan
from simulation.window.barrier import Barrier, set_clocks
from simulation.window.daily import record_day
from simulation.window.market_day import MarketDay
from simulation.window.offset_day import OffsetDay
from simulation.window.preparation import Preparation
from simulation.window.progress import ProgressFile
from simulation.window.world import World

FRIDAY: Final = 4
WEEK: Final = timedelta(days=7)
# Told the date and moment that are about to be played; None is the preparation before the first date.
OnMoment = Callable[[date, Moment | None], None]


@dataclass(slots=True, kw_only=True)
class Stage:
    """What one date is played with."""

    day: Day
    market: MarketDay
    offset: OffsetDay


class Player:
    """Plays a plan on a running platform, from where an earlier run stopped."""

    def __init__(self, world: World, secrets: Secrets, plan: Plan, file: ProgressFile) -> None:
        self._world = world
        self._secrets = secrets
        self._plan = plan
        self._progress = file.progress
        self._file = file
        self._barrier = Barrier(world)
        self._names = {entity.credit_code: entity.name for entity in plan.entities}
        self._names |= {owner.credit_code: owner.name for owner in plan.owners}
        self._provinces = {entity.credit_code: entity.province_code for entity in plan.entities}
        self._prefix = f"{plan.cycle}-{plan.seed}"

    async def play(self, until: date, on_moment: OnMoment) -> None:
        """Play up to and including a date; calls `on_moment` before each moment in which somebody acts."""
        first = min(self._plan.days)
        if not self._progress.is_prepared:
            on_moment(first, None)
            # From here on the window can be resumed: the preparation repeats its requests, and they answer.
            self._file.write()
            await set_clocks(self._world, at(first, self._plan, Moment.OPENING))
            preparation = Preparation(self._world, self._plan, self._barrier, self._secrets, self._prefix)
            await preparation.play(self._file.write)
            self._progress.is_prepared = True
            self._file.write()
        for day in sorted(self._plan.days):
            if day > until:
                return
            if self._progress.last_date > day.isoformat():
                continue
            if self._progress.last_date == day.isoformat() and self._progress.last_moment == Moment.LATE:
                continue
            await self._play_day(self._plan.days[day], on_moment)

    async def _play_day(self, day: Day, on_moment: OnMoment) -> None:
        prefix = f"{self._prefix}-{day.date.isoformat()}"
        stage = Stage(
            day=day,
            market=MarketDay(self._world, self._plan, self._names, prefix),
            offset=OffsetDay(self._world, self._plan, self._names, self._progress.references, prefix),
        )
        moments = list(Moment)
        done = -1
        if self._progress.last_date == day.date.isoformat():
            done = moments.index(Moment(self._progress.last_moment))
        for moment in moments[done + 1 :]:
            if acts(self._plan, day, moment):
                on_moment(day.date, moment)
                await self._play_moment(stage, moment)
            self._progress.last_date, self._progress.last_moment = day.date.isoformat(), moment.value
            if moment is Moment.LATE:
                self._progress.daily.append(await record_day(self._world, self._plan.cycle, day))
            self._file.write()

    async def _play_moment(self, stage: Stage, moment: Moment) -> None:
        steps = {
            Moment.OPENING: self._opening,
            Moment.MORNING: self._morning,
            Moment.LISTED_MORNING: self._listed_morning,
            Moment.BLOCK: self._block,
            Moment.LISTED_AFTERNOON: self._listed_afternoon,
            Moment.AFTER_CLOSE: self._after_close,
            Moment.SURRENDER: self._surrender,
            Moment.SURRENDER_DECISION: self._surrender_decision,
            Moment.PREPARATION: self._preparation,
            Moment.HANDOVER: self._handover,
            Moment.LATE: self._late,
        }
        await set_clocks(self._world, at(stage.day.date, self._plan, moment))
        await steps[moment](stage)
        await self._barrier.quiesce()

    async def _opening(self, stage: Stage) -> None:
        if stage.day.date == min(self._plan.days):
            await stage.market.set_reference_prices()
        await stage.offset.open_accounts(stage.day.open_ccer_accounts, self._provinces)
        if stage.day.date == min(self._plan.days):
            await stage.offset.issue_reductions()
        await self._barrier.quiesce()
        await stage.market.open_accounts(stage.day.open_trading_accounts)

    async def _morning(self, stage: Stage) -> None:
        day = stage.day
        await stage.market.withdraw_units(day.transfers_from_trading, day.ccer_from_venue)
        await stage.market.withdraw_cash(day.cash_withdrawals)
        await stage.offset.decide(day.decisions)
        if day.morning_surrender_decisions:
            await stage.offset.decide_surrenders(day.morning_surrender_decisions, "morning")
            await stage.offset.register_surrenders(day.date, "morning")

    async def _listed_morning(self, stage: Stage) -> None:
        for number, one in enumerate(stage.day.listed_morning):
            await stage.market.play_round(number, one)

    async def _block(self, stage: Stage) -> None:
        await stage.market.play_blocks(stage.day.block_deals)

    async def _listed_afternoon(self, stage: Stage) -> None:
        for number, one in enumerate(stage.day.listed_afternoon, len(stage.day.listed_morning)):
            await stage.market.play_round(number, one)

    async def _after_close(self, stage: Stage) -> None:
        day = stage.day
        if day.is_session:
            await stage.market.close_and_settle(day.date)
        await stage.offset.apply(day.applications)
        await stage.offset.apply_in_vain(day.ineligible_applications)
        await stage.offset.cancel(day.cancellations, "day")
        if is_summary_day(self._plan, day.date):
            await stage.offset.summarise(day.date)

    async def _surrender(self, stage: Stage) -> None:
        await stage.offset.surrender(stage.day.surrender_applications)

    async def _surrender_decision(self, stage: Stage) -> None:
        await stage.offset.decide_surrenders(stage.day.surrender_decisions, "day")
        await stage.offset.register_surrenders(stage.day.date, "day")

    async def _preparation(self, stage: Stage) -> None:
        await asyncio.gather(
            stage.market.deposit(stage.day.deposits),
            stage.offset.transfer_to_trading(stage.day.transfers_to_trading),
            stage.offset.transfer_to_venues(stage.day.ccer_to_venue),
        )

    async def _handover(self, stage: Stage) -> None:
        await stage.offset.hand_over(stage.day.date)
        await self._barrier.quiesce()
        await stage.offset.create_credits(stage.day.date)
        await stage.offset.check_acknowledgements()

    async def _late(self, stage: Stage) -> None:
        await stage.offset.cancel(stage.day.late_cancellations, "late")
        await stage.offset.sign_tree_head(stage.day.date)


def at(day: date, plan: Plan, moment: Moment) -> datetime:
    """Give the business time of a moment."""
    return datetime.combine(day, plan.moments[moment], tzinfo=ZONE)


def is_handover_day(plan: Plan, day: date) -> bool:
    """Tell whether the centre hands over on this date: 26 October to 15 December 2021, weekends included."""
    return plan.first_date <= day <= plan.last_handover_date


def is_summary_day(plan: Plan, day: date) -> bool:
    """Tell whether provinces send their weekly summary: each Friday until the week of the last decision is told."""
    return day.weekday() == FRIDAY and plan.first_date <= day < plan.last_handover_date + WEEK


def acts(plan: Plan, day: Day, moment: Moment) -> bool:
    """Tell whether anybody acts at this moment."""
    actions: dict[Moment, bool] = {
        Moment.OPENING: bool(day.open_ccer_accounts or day.open_trading_accounts)
        or day.date == min(plan.days),
        Moment.MORNING: bool(
            day.transfers_from_trading
            or day.ccer_from_venue
            or day.cash_withdrawals
            or day.decisions
            or day.morning_surrender_decisions
        ),
        Moment.LISTED_MORNING: bool(day.listed_morning),
        Moment.BLOCK: bool(day.block_deals),
        Moment.LISTED_AFTERNOON: bool(day.listed_afternoon),
        Moment.AFTER_CLOSE: bool(
            day.is_session or day.applications or day.ineligible_applications or day.cancellations
        )
        or is_summary_day(plan, day.date),
        Moment.SURRENDER: bool(day.surrender_applications),
        Moment.SURRENDER_DECISION: bool(day.surrender_decisions),
        Moment.PREPARATION: bool(day.deposits or day.transfers_to_trading or day.ccer_to_venue),
        Moment.HANDOVER: is_handover_day(plan, day.date),
        Moment.LATE: True,
    }
    return actions[moment]
