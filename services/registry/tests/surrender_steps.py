"""Steps of surrender for tests: credits from a hand-over, applications, decisions."""

from datetime import date

from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime.signing import Ed25519Verifier
from registry.adapters.decoding import handover_row, manifest
from registry.app.decide_surrender_applications import (
    DecideSurrenderApplications,
    decide_surrender_applications,
)
from registry.app.run_offset_credit_creation import run_offset_credit_creation
from registry.app.submit_surrender_applications import (
    SubmitSurrenderApplications,
    SurrenderForm,
    submit_surrender_applications,
)
from registry.app.take_handover import take_handover
from registry.domain.events import HandoverAcknowledged
from registry_fakes import NOW, market, reasons
from registry_messages import CENTRE_KEY, DEFICIT, PERIOD, cancellation_row, handover

CLOCK = FixedClock(NOW)
VERIFIER = Ed25519Verifier({"ccer-centre": CENTRE_KEY.public_key()})
DAY = date(2021, 10, 26)
OFFSET = "OFFSET-WIND1-2015"
ACCOUNT = f"R-E-{DEFICIT}"


async def take(uow, message, issue_no=1):
    """Take a hand-over; give the reasons of its rows, or that of the whole."""
    rows = [handover_row(row) for row in message.rows]
    await take_handover(
        manifest(message.manifest), rows, issue_no=issue_no, uow=uow, verifier=VERIFIER, clock=CLOCK
    )
    answer = uow.told(HandoverAcknowledged)[-1]
    assert answer.issue_no == issue_no
    if answer.error is not None:
        return answer.error.reason
    return [outcome.error.reason if outcome.error else "" for outcome in answer.outcomes]


def small(row_no, ordinal, **changes):
    """A row of 10 t with serials of its own."""
    values = {"quantity": 10, "start": ordinal * 100, "confirmed": 50} | changes
    return cancellation_row(row_no, ordinal=ordinal, **values)


async def with_credits():
    """Entity 1 has 50 t of credits from two cancellations, serials 1 to 30 and 31 to 50."""
    uow = await market(held_tco2e=1_000)
    rows = [
        cancellation_row(1, quantity=30, confirmed=50),
        cancellation_row(2, ordinal=2, quantity=20, start=31, confirmed=50),
    ]
    assert await take(uow, handover("2021-10-26", *rows)) == ["", ""]
    await run_offset_credit_creation(DAY, uow=uow, clock=CLOCK)
    return uow


async def submit(uow, *forms, period=PERIOD):
    command = SubmitSurrenderApplications(
        forms=tuple(SurrenderForm(credit_code=who, period=period, lines=lines) for who, *lines in forms)
    )
    return await submit_surrender_applications(command, uow=uow, clock=CLOCK)


async def decide(uow, *decisions, province_code="37", words=""):
    command = DecideSurrenderApplications(
        province_code=province_code,
        decided_by="official",
        decisions=tuple((*decision, words) for decision in decisions),
    )
    return reasons(await decide_surrender_applications(command, uow=uow, clock=CLOCK))


def application_no(ordinal, credit_code=DEFICIT):
    return f"SA-{PERIOD}-{credit_code}-{ordinal}"
