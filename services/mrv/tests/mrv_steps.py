"""Steps that tests of use cases begin with, on fakes: a listed entity with its unit and years, tables, applications."""

from copy import deepcopy
from typing import Any

from ets_kernel.domain.errors import SealInvalid
from ets_kernel.testing.clock import HandClock
from mrv.app.compute_allocation_table import ComputeAllocationTable, compute_allocation_table
from mrv.app.decide_offset_applications import (
    DecideOffsetApplications,
    OffsetDecision,
    decide_offset_applications,
)
from mrv.app.submit_offset_applications import SubmitOffsetApplications, submit_offset_applications
from mrv.app.take_issuance import IssuedTable, take_issuance
from mrv.app.transmit_allocation_table import TransmitAllocationTable, transmit_allocation_table
from mrv.domain.allocation_table import AllocationTable, TableKind
from mrv.domain.offset_application import CcerAccount, OffsetForm, OffsetLine
from mrv.domain.roster import Entity
from mrv_fakes import PRE_NO, FakeUnitOfWork
from mrv_messages import FIRST, PERIOD
from mrv_rows import make_unit, make_year

UNIT = make_unit(FIRST, "1")
NUMBER, NEXT_NUMBER = f"OA-{PERIOD}-{FIRST}-1", f"OA-{PERIOD}-{FIRST}-2"
GOOD = b"good"


class OneSignature:
    """Verifies what is signed with "good"."""

    def verify(self, key_id, digest, signature):
        if signature != GOOD:
            raise SealInvalid("wrong", key_id=key_id)


def listed(uow: FakeUnitOfWork, who: str = FIRST, *, province_code: str = "37") -> Entity:
    """Put an entity on the roster."""
    entity = Entity(credit_code=who, name="one", province_code=province_code, period=PERIOD)
    uow.roster.entities[who, PERIOD] = entity
    return entity


def equipped(uow: FakeUnitOfWork, *, supply: str = "1000", emissions: int = 900) -> None:
    """Give the first entity its unit with the three years that the plan needs."""
    listed(uow)
    uow.roster.all_units[UNIT.key] = UNIT
    for year in (2018, 2019, 2020):
        made = make_year(UNIT, year, supply=supply, emissions=0 if year == 2018 else emissions)
        uow.roster.years[UNIT.key, year] = made


async def compute(
    uow: FakeUnitOfWork,
    kind: TableKind = TableKind.PRE_ALLOCATION,
    *,
    province_code: str = "37",
    period: str = PERIOD,
) -> AllocationTable:
    command = ComputeAllocationTable(province_code=province_code, period=period, kind=kind)
    return await compute_allocation_table(command, uow=uow, clock=HandClock())


async def transmit(
    uow: FakeUnitOfWork, table_no: str = PRE_NO, *, province_code: str = "37"
) -> AllocationTable:
    command = TransmitAllocationTable(province_code=province_code, table_no=table_no)
    return await transmit_allocation_table(command, uow=uow, clock=HandClock())


async def transmitted() -> FakeUnitOfWork:
    """Give a platform whose pre-allocation of the first entity is with the registry."""
    uow = FakeUnitOfWork()
    equipped(uow)
    await compute(uow)
    await transmit(uow)
    return uow


async def issue(uow: FakeUnitOfWork, table_no: str = PRE_NO, *, revision: int = 1) -> None:
    await take_issuance(IssuedTable(table_no=table_no, revision=revision), uow=uow, clock=HandClock())


def obliged(uow: FakeUnitOfWork) -> None:
    """Let the first entity owe 10,000 t, know an eligible project, and have an open account."""
    listed(uow)
    uow.oblige(FIRST, 10_000)
    uow.offsets.known_projects = {"WIND1": False, "CAPTIVE1": True}
    uow.offsets.known_accounts = {"C": CcerAccount(account_no="C", credit_code=FIRST, is_open=True)}


def line(quantity: int, project_no: str = "WIND1", year: int = 2015) -> OffsetLine:
    return OffsetLine(project_no=project_no, reduction_year=year, quantity_tco2e=quantity)


def form(*quantities: int, **changes: Any) -> OffsetForm:
    values = {
        "credit_code": FIRST,
        "entity_name": "one",
        "province_code": "37",
        "period": PERIOD,
        "obligation_tco2e": 10_000,
        "ccer_account_no": "C",
        "lines": tuple(line(quantity, year=2015 + place) for place, quantity in enumerate(quantities)),
    }
    return OffsetForm(**(values | changes))


async def submit(uow: FakeUnitOfWork, clock: HandClock, *forms: OffsetForm) -> list[str]:
    """Numbers, or reasons."""
    command = SubmitOffsetApplications(forms=forms)
    return told(await submit_offset_applications(command, uow=uow, clock=clock))


async def decide(
    uow: FakeUnitOfWork,
    clock: HandClock,
    *decisions: tuple[str, bool],
    province_code: str = "37",
    text: str = "no",
) -> list[str]:
    """Numbers, or reasons."""
    command = DecideOffsetApplications(
        province_code=province_code,
        decided_by="official",
        decisions=tuple(
            OffsetDecision(application_no=number, is_confirmed=is_confirmed, refusal_text=text)
            for number, is_confirmed in decisions
        ),
    )
    return told(await decide_offset_applications(command, uow=uow, clock=clock))


async def confirmed(clock: HandClock) -> FakeUnitOfWork:
    """Give a platform with two applications, of 400 and 100 t, of which the first is confirmed; nothing is told yet."""
    uow = FakeUnitOfWork()
    obliged(uow)
    await submit(uow, clock, form(400), form(100))
    assert await decide(uow, clock, (NUMBER, True)) == [NUMBER]
    uow.facts.clear()
    return uow


def told(outcomes) -> list[str]:
    """Give the references of a batch, and the reasons of what was refused."""
    return [getattr(outcome, "reason", outcome) for outcome in outcomes]


def kept(uow: FakeUnitOfWork) -> dict[str, Any]:
    """Give all that is stored and told, to show that something changed nothing."""
    ports = ("roster", "tables", "obligations", "offsets", "summaries", "handovers")
    stored = {
        (port, name): value
        for port in ports
        for name, value in vars(getattr(uow, port)).items()
        if not name.startswith("_")
    }
    return deepcopy({**stored, "facts": uow.facts})
