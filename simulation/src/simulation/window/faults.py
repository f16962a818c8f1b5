"""Faults at random moments of a window: which strikes when follows from a seed, so that a run can be repeated.

FLT-2  A fault strikes so many calls after the beginning of a moment, and then a fraction of a second later: before,
       in the middle of, or after a call. Calls that the moment does not make are counted on in the next.
FLT-3  A run in which a fault was not set off proves nothing, and fails.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from random import Random
from typing import Any, Final

from simulation.platform import faults
from simulation.platform.layout import SERVICES, Layout
from simulation.population.plan import Moment, Plan
from simulation.window.player import acts

KILLS_EACH: Final = 2
CUT_COUNT: Final = 4
CALLS_MAX: Final = 40
# The shortest moment makes about twenty calls, so that what is counted on from the last eligible one still strikes.
MOMENTS_LEFT: Final = 4
# One fault in so many strikes while the window is prepared.
PREPARATION_EVERY: Final = 10
# Powers of ten of a second: from the time that a call takes to arrive to the time that a large batch takes.
DELAY_EXPONENTS: Final = (-4.0, -0.5)
PREPARATION: Final = "the preparation of the window"

_Place = tuple[date, Moment | None]


class Fault(StrEnum):
    """What may go wrong."""

    KILL = "service killed"
    BROKER = "broker restarted empty"
    CUT = "database connections cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A fault and its moment; without a moment it is the preparation."""

    fault: Fault
    day: date
    moment: Moment | None
    call_count: int
    delay_seconds: float
    service: str = ""

    def __str__(self) -> str:
        what = f"{self.service} killed" if self.fault is Fault.KILL else self.fault.value
        return (
            f"{what} on {self.day} at {self.moment or PREPARATION}, {self.delay_seconds:.4f} s"
            f" after call {self.call_count}"
        )


class FaultNotSetOff(Exception):
    """The window ended before a fault struck; the text names the faults."""


class TooShortForFaults(Exception):
    """So few moments are played that no fault has one to strike at."""


Act = Callable[[Strike], Awaitable[Any]]


def draw_strikes(
    seed: int,
    plan: Plan,
    *,
    until: date | None = None,
    kills_each: int = KILLS_EACH,
    broker_count: int = 1,
    cut_count: int = CUT_COUNT,
) -> tuple[Strike, ...]:
    """Draw the moments: every service is killed so often, the broker is lost in the middle, connections are cut.

    Raises TooShortForFaults.
    """
    chance = Random(f"faults/{seed}")  # noqa: S311  # no secret is made of it
    days = [plan.days[day] for day in sorted(plan.days) if until is None or day <= until]
    moments: list[_Place] = [
        (day.date, moment) for day in days for moment in Moment if acts(plan, day, moment)
    ]
    eligible = moments[:-MOMENTS_LEFT]
    middle = eligible[len(eligible) // 3 : len(eligible) * 2 // 3]
    if not middle:
        raise TooShortForFaults(f"up to {until} there are too few moments for faults to strike at")

    def strike(fault: Fault, places: Sequence[_Place], service: str = "") -> Strike:
        is_prepared = places is not eligible or chance.randrange(PREPARATION_EVERY) > 0
        day, moment = chance.choice(places) if is_prepared else (min(plan.days), None)
        return Strike(
            fault=fault,
            day=day,
            moment=moment,
            call_count=chance.randint(1, CALLS_MAX),
            delay_seconds=10 ** chance.uniform(*DELAY_EXPONENTS),
            service=service,
        )

    return (
        *(strike(Fault.KILL, eligible, service) for service in SERVICES for _ in range(kills_each)),
        *(strike(Fault.BROKER, middle) for _ in range(broker_count)),
        *(strike(Fault.CUT, eligible) for _ in range(cut_count)),
    )


def platform_acts(layout: Layout) -> dict[Fault, Act]:
    """Say how each fault strikes the platform of a folder."""

    async def kill(strike: Strike) -> None:
        faults.kill_service(layout, strike.service)

    async def lose_broker(_strike: Strike) -> None:
        faults.kill_broker(layout)

    async def cut(_strike: Strike) -> None:
        await faults.cut_every_connection(layout)

    return {Fault.KILL: kill, Fault.BROKER: lose_broker, Fault.CUT: cut}


class Strikes:
    """Sets faults off while a window is played; tell it every moment and every call."""

    def __init__(self, seed: int, strikes: Sequence[Strike], acts: Mapping[Fault, Act]) -> None:
        self.seed = seed
        self.count = len(strikes)
        self.struck: list[Strike] = []
        self._acts = acts
        self._waiting = list(strikes)
        self._due: list[tuple[int, Strike]] = []
        self._call_count = 0
        self._tasks: list[asyncio.Task[None]] = []

    def on_moment(self, day: date, moment: Moment | None) -> None:
        """Count the calls of this moment's faults from here."""
        begun = [strike for strike in self._waiting if (strike.day, strike.moment) == (day, moment)]
        self._due += [(self._call_count + strike.call_count, strike) for strike in begun]
        self._waiting = [strike for strike in self._waiting if strike not in begun]

    def on_call(self, _method: str) -> None:
        """Set off what is due at this call."""
        self._call_count += 1
        now = [strike for count, strike in self._due if count <= self._call_count]
        self._due = [(count, strike) for count, strike in self._due if count > self._call_count]
        self._tasks += [asyncio.create_task(self._strike(strike)) for strike in now]

    async def finish(self) -> None:
        """Return when every fault has struck; raises FaultNotSetOff, or what a fault itself failed with."""
        await asyncio.gather(*self._tasks)
        left = [*self._waiting, *(strike for _, strike in self._due)]
        if left:
            raise FaultNotSetOff("; ".join(map(str, left)))

    def told(self) -> str:
        """Say which faults struck so far, and how to repeat them."""
        return "\n".join([f"faults of seed {self.seed}:", *map(str, self.struck)])

    async def _strike(self, strike: Strike) -> None:
        await asyncio.sleep(strike.delay_seconds)
        self.struck.append(strike)
        await self._acts[strike.fault](strike)
