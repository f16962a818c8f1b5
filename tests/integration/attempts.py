"""Attempts that the platform must refuse, made at their business times; what each answered, and that no book moved.

The bench plays the brief plan to 3 November and then sets itself up for the attempts: a confirmed application
with units that are not cancelled, an entity in a province of its own whose table is sealed wrongly.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ets.ccer.v1.ccer_service_pb2 import CancelForOffsetRequest, OffsetCancellation
from ets.mrv.v1.mrv_service_pb2 import (
    DecideOffsetApplicationsRequest,
    OffsetApplicationForm,
    OffsetDecision,
    SubmitOffsetApplicationsRequest,
)
from ets.mrv.v1.mrv_types_pb2 import OffsetLine
from ets.registry.v1.registry_service_pb2 import SubmitSurrenderApplicationsRequest, SurrenderForm
from ets.registry.v1.registry_types_pb2 import SurrenderLine
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, ccer_account
from google.protobuf.message import Message
from simulation.population.plan import Entity
from simulation.window import world as actors
from simulation.window.barrier import Barrier, set_clocks
from small_plan import brief_plan
from small_roster import make_roster
from system import Digests, System, digests

PLAYED_TO = date(2021, 11, 3)
PERIOD = "2019-2020"
ALLOWANCE = "CEA-2019-2020"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an attempt answered, and the books before and after it."""

    reason: str
    before: Digests
    after: Digests


@dataclass(slots=True, kw_only=True)
class Bench:
    """A platform in the middle of the window, with what the attempts need."""

    system: System
    barrier: Barrier
    numbers: dict[str, str] = field(default_factory=dict)
    serial: int = 0

    @classmethod
    async def ready(cls, system: System) -> "Bench":
        await system.play(brief_plan(), PLAYED_TO)
        return cls(system=system, barrier=Barrier(system.world))

    @property
    def world(self) -> actors.World:
        return self.system.world

    def request_id(self) -> str:
        self.serial += 1
        return f"bench-{self.serial}"

    async def at(self, moment: datetime) -> None:
        await set_clocks(self.world, moment)

    async def attempt(self, act: "Act") -> Outcome:
        """Act, and look at all books before and after."""
        before = await digests(self.world)
        try:
            reason = reason_of(await act(self))
        except EtsError as refusal:
            reason = refusal.reason
        await self.barrier.quiesce()
        return Outcome(reason=reason, before=before, after=await digests(self.world))


Act = Callable[[Bench], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that must be refused: when, how, and with which reason."""

    name: str
    at: datetime
    act: Act
    reason: str


def beijing(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2021, month, day, hour, minute, tzinfo=ZONE)


def reason_of(answer: Message) -> str:
    """Give the reason of the only item of an answer; empty when it was accepted."""
    (result,) = answer.results  # type: ignore[attr-defined]
    return str(result.error.reason)


def accepted(answer: Message) -> str:
    """Give the reference of the only item; claim that it was accepted."""
    assert reason_of(answer) == "", f"set-up was refused: {answer}"
    (result,) = answer.results  # type: ignore[attr-defined]
    return str(result.reference)


def last_user() -> Entity:
    """The entity that holds bought CCER and applies only on 10 December."""
    last = max(brief_plan().days[date(2021, 12, 10)].applications, key=lambda form: form.ref)
    return next(one for one in brief_plan().entities if one.credit_code == last.credit_code)


def held_lines(user: Entity) -> list[OffsetLine]:
    """What a user bought, from the plan."""
    forms = [
        form
        for day in brief_plan().days.values()
        for form in day.applications
        if form.credit_code == user.credit_code
    ]
    return [line_of(line.product, line.quantity_tco2e) for line in forms[-1].lines]


def line_of(product: str, quantity_tco2e: int) -> OffsetLine:
    _, project_no, year = product.split("-")
    return OffsetLine(project_no=project_no, reduction_year=int(year), quantity_tco2e=quantity_tco2e)


async def apply(bench: Bench, entity: Entity, lines: Sequence[OffsetLine], **changed: Any) -> Any:
    """Send in one form of an entity."""
    form = OffsetApplicationForm(
        credit_code=entity.credit_code,
        entity_name=entity.name,
        province_code=entity.province_code,
        period=PERIOD,
        obligation_tco2e=entity.obligation_tco2e,
        ccer_account_no=ccer_account(CreditCode(entity.credit_code)),
        lines=lines,
    )
    for name, value in changed.items():
        setattr(form, name, value)
    return await bench.world.mrv(actors.AGENTS).SubmitOffsetApplications(
        SubmitOffsetApplicationsRequest(request_id=bench.request_id(), applications=[form])
    )


async def confirm(bench: Bench, entity: Entity, application_no: str) -> Any:
    """Let the province confirm an application."""
    return await bench.world.mrv(actors.province(entity.province_code)).DecideOffsetApplications(
        DecideOffsetApplicationsRequest(
            request_id=bench.request_id(),
            province_code=entity.province_code,
            decisions=[OffsetDecision(application_no=application_no, is_confirmed=True)],
        )
    )


async def cancel(
    bench: Bench, credit_code: str, application_no: str, product: str, quantity_tco2e: int
) -> Any:
    """Cancel CCER under an application."""
    cancellation = OffsetCancellation(
        credit_code=credit_code, application_no=application_no, product=product, quantity_tco2e=quantity_tco2e
    )
    return await bench.world.ccer(actors.AGENTS).CancelForOffset(
        CancelForOffsetRequest(request_id=bench.request_id(), cancellations=[cancellation])
    )


async def surrender(bench: Bench, entity: Entity, *lines: tuple[str, int]) -> Any:
    """Apply for a surrender."""
    form = SurrenderForm(
        credit_code=entity.credit_code,
        period=PERIOD,
        lines=[SurrenderLine(product=product, quantity_tco2e=quantity) for product, quantity in lines],
    )
    return await bench.world.registry(actors.AGENTS).SubmitSurrenderApplications(
        SubmitSurrenderApplicationsRequest(request_id=bench.request_id(), applications=[form])
    )


async def run_all(
    bench: Bench, attempts: Sequence[Attempt], set_ups: dict[datetime, Act]
) -> dict[str, Outcome]:
    """Make all attempts in the order of their times; a set-up comes before the attempts of its time."""
    outcomes: dict[str, Outcome] = {}
    for at in sorted({attempt.at for attempt in attempts} | set_ups.keys()):
        await bench.at(at)
        if at in set_ups:
            await set_ups[at](bench)
            await bench.barrier.quiesce()
        for attempt in attempts:
            if attempt.at == at:
                outcomes[attempt.name] = await bench.attempt(attempt.act)
    return outcomes


def entity_of(kind: str, number: int = 0) -> Entity:
    """Give an entity of the small roster."""
    return make_roster()[kind][number]


async def twice(*acts: Awaitable[Any]) -> Any:
    """Do several things at once and give the last answer."""
    return (await asyncio.gather(*acts))[-1]
