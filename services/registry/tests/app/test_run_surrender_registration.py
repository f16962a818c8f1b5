from datetime import date

import pytest
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.signing import Ed25519Signer, Ed25519Verifier
from registry.adapters.decoding import handover_row, manifest
from registry.app.decide_surrender_applications import (
    DecideSurrenderApplications,
    decide_surrender_applications,
)
from registry.app.run_offset_credit_creation import run_offset_credit_creation
from registry.app.run_surrender_registration import run_surrender_registration
from registry.app.run_tree_head import run_tree_head
from registry.app.submit_surrender_applications import (
    SubmitSurrenderApplications,
    SurrenderForm,
    submit_surrender_applications,
)
from registry.app.take_handover import take_handover
from registry.domain.events import ComplianceCertificateIssued, SurrenderRegistered
from registry_fakes import NOW, market, reasons
from registry_messages import (
    CEA,
    CENTRE_KEY,
    DEFICIT,
    PERIOD,
    REGISTRY_KEY,
    SURPLUS,
    cancellation_row,
    code,
    handover,
)

CLOCK = FixedClock(NOW)
OFFSET = "OFFSET-WIND1-2015"
ACCOUNT = f"R-E-{DEFICIT}"


@pytest.fixture
async def uow():
    """Entity 1 has 50 t of credits from two cancellations, serials 1 to 30 and 31 to 50."""
    uow = await market(held_tco2e=1_000)
    rows = [
        cancellation_row(1, quantity=30, confirmed=50),
        cancellation_row(2, ordinal=2, quantity=20, start=31, confirmed=50),
    ]
    message = handover("2021-10-26", *rows)
    await take_handover(
        manifest(message.manifest),
        [handover_row(row) for row in message.rows],
        uow=uow,
        issue_no=1,
        verifier=Ed25519Verifier({"ccer-centre": CENTRE_KEY.public_key()}),
        clock=CLOCK,
    )
    await run_offset_credit_creation(date(2021, 10, 26), uow=uow, clock=CLOCK)
    return uow


async def submit(uow, *forms):
    command = SubmitSurrenderApplications(
        forms=tuple(SurrenderForm(credit_code=who, period=PERIOD, lines=lines) for who, *lines in forms)
    )
    return await submit_surrender_applications(command, uow=uow, clock=CLOCK)


async def decide(uow, *decisions, province_code="37"):
    command = DecideSurrenderApplications(
        province_code=province_code, decided_by="official", decisions=decisions
    )
    return reasons(await decide_surrender_applications(command, uow=uow, clock=CLOCK))


async def test_a_batch_is_decided_on_what_the_items_before_left(uow):
    outcomes = await submit(
        uow,
        (DEFICIT, (OFFSET, 35)),
        (DEFICIT, (OFFSET, 16)),
        (DEFICIT, (CEA, 960)),
        (DEFICIT, (CEA, 950), (OFFSET, 15)),
        (DEFICIT, (CEA, 1)),
        (SURPLUS, (CEA, 1_000)),
        (code(9), (CEA, 1)),
    )
    assert reasons(outcomes) == [
        "",
        "OFFSET_LIMIT_EXCEEDED",
        "",
        "OBLIGATION_EXCEEDED",
        "",
        "",
        "ACCOUNT_NOT_FOUND",
    ]
    assert outcomes[2] == f"SA-{PERIOD}-{DEFICIT}-2"


async def test_another_period_has_no_obligation(uow):
    command = SubmitSurrenderApplications(
        forms=(SurrenderForm(credit_code=DEFICIT, period="2021", lines=((CEA, 1),)),)
    )
    outcomes = await submit_surrender_applications(command, uow=uow, clock=CLOCK)
    assert isinstance(outcomes[0], EtsError)
    assert reasons(outcomes) == ["OBLIGATION_NOT_FOUND"]


async def test_refused_serials_come_back_and_are_picked_again(uow):
    await submit(uow, (DEFICIT, (OFFSET, 20)), (DEFICIT, (OFFSET, 20)))
    numbers = [f"SA-{PERIOD}-{DEFICIT}-{ordinal}" for ordinal in (1, 2, 3)]
    assert await decide(uow, (numbers[0], False), (numbers[0], True), ("SA-x", True)) == [
        "",
        "APPLICATION_ALREADY_DECIDED",
        "APPLICATION_NOT_FOUND",
    ]
    assert await decide(uow, (numbers[1], True), province_code="11") == ["PROVINCE_MISMATCH"]
    await submit(uow, (DEFICIT, (OFFSET, 30)))
    uses = uow.applications.applications[numbers[2]].lines[0].uses
    assert [tuple(use.serials) for use in uses] == [(1, 20), (41, 50)]


async def test_confirmed_applications_are_retired_counted_and_certified_once(uow):
    await submit(uow, (DEFICIT, (CEA, 950), (OFFSET, 50)), (SURPLUS, (CEA, 10)), (SURPLUS, (CEA, 20)))
    numbers = sorted(uow.applications.applications)
    await decide(uow, *((number, True) for number in numbers[:2]))
    registered = await run_surrender_registration(uow=uow, clock=CLOCK)
    assert (registered.application_count, registered.quantity_tco2e) == (2, 1_010)
    assert uow.ledger.held("R-SURRENDERED") == {(CEA, "surrendered"): 960, (OFFSET, "surrendered"): 50}
    assert uow.ledger.held(ACCOUNT) == {(CEA, "registered"): 50}
    facts = uow.told(SurrenderRegistered)
    assert [(fact.obligation.surrendered_tco2e, fact.obligation.offset_tco2e) for fact in facts] == [
        (950, 50),
        (10, 0),
    ]
    assert [fact.obligation.credit_code for fact in uow.told(ComplianceCertificateIssued)] == [DEFICIT]
    assert (await run_surrender_registration(uow=uow, clock=CLOCK)).application_count == 0
    assert reasons(await submit(uow, (DEFICIT, (CEA, 1)))) == ["OBLIGATION_EXCEEDED"]


async def test_a_head_is_signed_once_per_date(uow):
    signer = Ed25519Signer("registry", REGISTRY_KEY)
    first = await run_tree_head(date(2021, 11, 1), uow=uow, signer=signer, clock=CLOCK)
    await submit(uow, (DEFICIT, (CEA, 1)))
    assert await run_tree_head(date(2021, 11, 1), uow=uow, signer=signer, clock=CLOCK) == first
