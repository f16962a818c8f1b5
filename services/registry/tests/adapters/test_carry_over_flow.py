"""Carry-over: declared sales, notice, applications, two batches, units of 2025."""

import asyncio
from datetime import timedelta

import pytest
from carry_over_world import (
    ACCOUNT,
    ALLOWED_TCO2E,
    CLOSED,
    JANUARY,
    NEW,
    SOLD_TCO2E,
    SPRING,
    apply,
    at_year_end,
    commands,
    decide,
    declare,
    findings,
    notice,
    notices,
    reads,
    run_batch,
    withdraw,
)
from ets.registry.v1 import registry_carry_over_service_pb2 as pb
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_events_pb2
from ets_kernel.domain.errors import RoleForbidden, ScopeForbidden, TooEarly
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry.domain.carry_over_rules import BATCHES, HOLDING_TIME
from registry.domain.retirement_errors import CarryOverNoticeNotFound
from registry_messages import CEA, DEFICIT, SURPLUS, VERIFIED_TCO2E
from registry_world import accepted, reasons
from registry_world_changes import RULING, Changes, freeze, units
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError


async def noticed(world):
    await at_year_end(world)
    assert await declare(world, (DEFICIT, SOLD_TCO2E, 0), (SURPLUS, 0, SOLD_TCO2E)) == ["", ""]
    assert (await notices(world)).notice_count == 2
    world.clock.set(SPRING)


async def test_vector_t11_is_noticed_from_trades_and_the_holding_at_the_end_of_2025(world):
    await at_year_end(world)
    assert (await notices(world)).stopped_count == 2
    assert await declare(world, (DEFICIT, SOLD_TCO2E, 0), (SURPLUS, 0, 1)) == ["", ""]
    issued = await notices(world)
    assert (issued.notice_count, issued.stopped_count, issued.allowed_tco2e) == (1, 1, ALLOWED_TCO2E)
    found = await findings(world)
    assert found[SURPLUS].reason == "NET_SALES_DIFFER"
    assert (found[SURPLUS].bought_tco2e, found[SURPLUS].declared_bought_tco2e) == (SOLD_TCO2E, 1)
    assert (found[DEFICIT].computed_tco2e, found[DEFICIT].standing_2023) == (
        ALLOWED_TCO2E,
        pb.SURRENDER_STANDING_UNKNOWN,
    )
    assert found[DEFICIT].holding_tco2e == VERIFIED_TCO2E - SOLD_TCO2E
    assert list(await findings(world, reason="NET_SALES_DIFFER")) == [SURPLUS]
    assert await findings(world, province_code="11") == {}
    assert await findings(world, as_of=to_timestamp(JANUARY - timedelta(seconds=1))) == {}
    assert await declare(world, (SURPLUS, 0, SOLD_TCO2E), (DEFICIT, 1, 0)) == ["", "CARRY_OVER_NOTICE_ISSUED"]
    again = await notices(world)
    assert (again.notice_count, again.allowed_tco2e) == (1, 10_000)
    told = await world.events(registry_events_pb2.CarryOverNoticeIssued)
    assert [(event.notice_no, event.allowed_tco2e) for event in told] == [
        (f"CON-{DEFICIT}", ALLOWED_TCO2E),
        (f"CON-{SURPLUS}", 10_000),
    ]


async def test_declarations_are_listed_as_they_stood_at_any_moment(world):
    await at_year_end(world)
    await declare(world, (DEFICIT, 1, 2), (SURPLUS, 3, 4))
    world.clock.set(JANUARY + timedelta(hours=1))
    await declare(world, (DEFICIT, 5, 6))

    async def listed(**filters):
        request = pb.ListNetSalesDeclarationsRequest(**filters)
        found = (await reads(world).ListNetSalesDeclarations(request)).declarations
        return {item.credit_code: (item.sold_tco2e, item.bought_tco2e) for item in found}

    assert await listed(as_of=to_timestamp(JANUARY - timedelta(seconds=1))) == {}
    assert await listed(as_of=to_timestamp(JANUARY)) == {DEFICIT: (1, 2), SURPLUS: (3, 4)}
    assert await listed() == {DEFICIT: (5, 6), SURPLUS: (3, 4)}
    assert await listed(credit_code=SURPLUS) == {SURPLUS: (3, 4)}


async def test_what_is_held_after_the_last_minute_of_2025_does_not_count_and_what_waits_does_not_either(
    world,
):
    await world.allocate()
    world.clock.set(HOLDING_TIME - timedelta(hours=1))
    assert (await world.apply((CEA, 5_000_000))).reference
    world.clock.set(JANUARY)
    await declare(world, (DEFICIT, 0, 0))
    await notices(world)
    assert (await findings(world))[DEFICIT].holding_tco2e == VERIFIED_TCO2E - 5_000_000


async def test_nothing_is_noticed_before_the_year_is_over(world):
    with pytest.raises(TooEarly):
        await notices(world)


async def test_units_are_frozen_then_given_up_for_as_many_of_2025(world):
    await noticed(world)
    held = (await world.holdings(ACCOUNT))[CEA, "registered"]
    (first,) = await accepted(apply(world, (CEA, 60_000)))
    assert (await apply(world, (CEA, 10_001))).results[0].error.reason == "CARRY_OVER_LIMIT_EXCEEDED"
    (second,) = await accepted(apply(world, (CEA, 10_000)))
    assert (await world.holdings(ACCOUNT))[CEA, "pending_carry_over"] == ALLOWED_TCO2E
    assert await run_batch(world) == []
    world.clock.set(CLOSED)
    (run,) = await run_batch(world)
    assert (run.run_no, run.application_count, run.quantity_tco2e) == ("COR-1-1", 2, ALLOWED_TCO2E)
    assert run.recovery_due_date == "2026-03-27"
    assert (await withdraw(world, first)).results[0].error.reason == "APPLICATION_ALREADY_DECIDED"
    assert (await decide(world, run.run_no, by="first")).results[0].error.reason == "SAME_PERSON"
    await accepted(decide(world, run.run_no))
    after = await world.holdings(ACCOUNT)
    assert (after[CEA, "registered"], after[NEW, "registered"]) == (held - ALLOWED_TCO2E, ALLOWED_TCO2E)
    assert ("R-CARRIED-OVER", CEA, "recovered", str(ALLOWED_TCO2E)) in await world.book("holdings")
    assert [row for row in await world.book("blocks") if row[0] == NEW] == [
        (NEW, "1", "60000", first, ACCOUNT, "registered"),
        (NEW, "60001", "70000", second, ACCOUNT, "registered"),
    ]
    told = await world.events(registry_events_pb2.UnitsCarriedOver)
    assert [(event.application_no, event.quantity_tco2e) for event in told] == [
        (first, 60_000),
        (second, 10_000),
    ]
    shown = await notice(world)
    assert shown.is_in_time
    assert (shown.applied_tco2e, shown.carried_over_tco2e) == (ALLOWED_TCO2E, ALLOWED_TCO2E)
    assert (first, DEFICIT, "registered", CEA, "60000") in await world.book("carry_over_applications")
    figures = ("10000", "40000", "0", "70000", str(VERIFIED_TCO2E - SOLD_TCO2E), "70000")
    row = (DEFICIT, *figures, "", "0", "0", "0")
    assert row in await world.book("carry_over_notices")


async def test_applications_and_runs_are_listed_as_they_stood_at_any_moment(world):
    await noticed(world)
    (number,) = await accepted(apply(world, (CEA, 10)))
    (withdrawn,) = await accepted(apply(world, (CEA, 20)))
    world.clock.set(SPRING + timedelta(hours=1))
    await accepted(withdraw(world, withdrawn))
    world.clock.set(CLOSED)
    (turned_down,) = await run_batch(world)
    world.clock.set(CLOSED + timedelta(hours=1))
    await accepted(decide(world, turned_down.run_no, is_confirmed=False))
    world.clock.set(CLOSED + timedelta(hours=2))
    (run,) = await run_batch(world)
    world.clock.set(CLOSED + timedelta(hours=3))
    await accepted(decide(world, run.run_no))

    async def listed(at, **filters):
        request = pb.ListCarryOverApplicationsRequest(as_of=to_timestamp(at), **filters)
        found = (await reads(world).ListCarryOverApplications(request)).applications
        return {item.application_no: (item.status, item.run_no) for item in found}

    waiting, gone = (pb.CARRY_OVER_STATUS_SUBMITTED, ""), (pb.CARRY_OVER_STATUS_WITHDRAWN, "")
    assert await listed(SPRING) == {number: waiting, withdrawn: waiting}
    assert await listed(SPRING + timedelta(hours=1)) == {number: waiting, withdrawn: gone}
    processing = pb.CARRY_OVER_STATUS_PROCESSING
    assert (await listed(CLOSED))[number] == (processing, "COR-1-1")
    assert (await listed(CLOSED + timedelta(hours=1)))[number] == waiting
    assert (await listed(CLOSED + timedelta(hours=2)))[number] == (processing, "COR-1-2")
    done = (pb.CARRY_OVER_STATUS_REGISTERED, "COR-1-2")
    assert (await listed(CLOSED + timedelta(hours=3)))[number] == done
    only = await listed(
        CLOSED + timedelta(hours=3), status=pb.CARRY_OVER_STATUS_REGISTERED, province_code="37"
    )
    assert only == {number: done}
    assert await listed(CLOSED, credit_code=SURPLUS) == {}

    async def runs(at):
        found = (
            await reads(world).ListCarryOverRuns(pb.ListCarryOverRunsRequest(as_of=to_timestamp(at)))
        ).runs
        return [(item.run_no, item.status, item.decided_by, item.new_units_due_date) for item in found]

    assert await runs(SPRING) == []
    assert await runs(CLOSED) == [("COR-1-1", pb.CARRY_OVER_RUN_STATUS_INITIATED, "", "")]
    assert await runs(CLOSED + timedelta(hours=3)) == [
        ("COR-1-1", pb.CARRY_OVER_RUN_STATUS_REFUSED, "second", ""),
        ("COR-1-2", pb.CARRY_OVER_RUN_STATUS_CONFIRMED, "second", "2026-03-30"),
    ]
    assert (await notice(world, as_of=to_timestamp(SPRING))).applied_tco2e == 30
    with pytest.raises(CarryOverNoticeNotFound):
        await notice(world, as_of=to_timestamp(JANUARY - timedelta(seconds=1)))


async def test_units_that_a_court_released_after_the_end_are_applied_for_late(world):
    await noticed(world)
    frozen = await frozen_by_a_court(world, 500)
    world.clock.set(BATCHES[-1].closes_time + timedelta(days=1))
    assert (await apply(world, (CEA, 1))).results[0].error.reason == "CARRY_OVER_CLOSED"
    await released_by_a_court(world, frozen, 400)
    # What is frozen only now was not withheld from the applications: other units than those, and the same ones.
    await released_by_a_court(world, await frozen_by_a_court(world, 500), 500)
    (number,) = await accepted(apply(world, (CEA, 400)))
    assert (await apply(world, (CEA, 1))).results[0].error.reason == "CARRY_OVER_CLOSED"
    await released_by_a_court(world, frozen, 100)
    await accepted(apply(world, (CEA, 100)))
    (run,) = await run_batch(world, "2026-06-12")
    assert (run.run_no, run.quantity_tco2e, run.recovery_due_date) == ("COR-3-1", 500, "")
    await accepted(decide(world, run.run_no))
    assert (await world.holdings(ACCOUNT))[NEW, "registered"] == 500
    assert number == f"COA-{DEFICIT}-1"


async def frozen_by_a_court(world, quantity):
    """Freeze units by a ruling; give the number of the freeze."""
    changes = Changes(world)
    before = await changes.freezes()
    await changes.carry_out("InitiateFreezes", freezes=[freeze(units(quantity))])
    (number,) = (await changes.freezes()).keys() - before.keys()
    return number


async def released_by_a_court(world, freeze_no, quantity):
    """Release some of the units of a freeze."""
    some = change_pb.FrozenUnits(freeze_no=freeze_no, quantity_tco2e=quantity)
    forms = [change_pb.ReleaseForm(document=RULING, units=[some])]
    await Changes(world).carry_out("InitiateReleases", releases=forms)


async def test_many_at_once_apply_for_no_more_than_the_notice_allows(world):
    await noticed(world)
    answers = await asyncio.gather(*(apply(world, (CEA, 10_000)) for _ in range(9)))
    found = sorted(reasons(answer)[0] for answer in answers)
    assert found == [""] * 7 + ["CARRY_OVER_LIMIT_EXCEEDED"] * 2
    numbers = [answer.results[0].reference for answer in answers if answer.results[0].reference]
    world.clock.set(CLOSED)
    *withdrawn, runs = await asyncio.gather(
        *(withdraw(world, number) for number in numbers), run_batch(world)
    )
    taken = sum(run.application_count for run in runs)
    assert taken + sum(reasons(answer) == [""] for answer in withdrawn) == len(numbers)
    assert (await world.holdings(ACCOUNT)).get((CEA, "pending_carry_over"), 0) == 10_000 * taken
    assert (await notice(world)).applied_tco2e == 10_000 * taken


async def test_everybody_acts_and_reads_within_its_duty(world):
    await noticed(world)
    with pytest.raises(ScopeForbidden):
        await apply(world, (CEA, 1), credit_code=SURPLUS)
    request = pb.DecideCarryOverRunsRequest(
        request_id="x", decisions=[pb.CarryOverRunDecision(run_no="COR-1-1")]
    )
    with pytest.raises(RoleForbidden):
        await commands(world, "ROLE_AUDITOR").DecideCarryOverRuns(request)
    with pytest.raises(ScopeForbidden):
        await reads(world, "ROLE_EMITTER", entities=[SURPLUS]).GetCarryOverNotice(
            pb.GetCarryOverNoticeRequest(credit_code=DEFICIT)
        )
    with pytest.raises(ScopeForbidden):
        await reads(world, "ROLE_PROVINCE", provinces=["37"]).ListCarryOverFindings(
            pb.ListCarryOverFindingsRequest()
        )


async def test_a_province_reads_the_notices_of_its_own_entities(world):
    await noticed(world)
    request = pb.GetCarryOverNoticeRequest(credit_code=DEFICIT, province_code="37")
    found = await reads(world, "ROLE_PROVINCE", provinces=["37"]).GetCarryOverNotice(request)
    assert found.notice.finding.credit_code == DEFICIT
    request.province_code = "11"
    with pytest.raises(CarryOverNoticeNotFound):
        await reads(world, "ROLE_PROVINCE", provinces=["11"]).GetCarryOverNotice(request)


async def test_the_database_itself_keeps_the_limit_of_a_notice(world):
    await noticed(world)
    with pytest.raises(IntegrityError, match="carry_over_notice_is_not_exceeded"):
        async with world.database.begin() as transaction:
            await transaction.connection.execute(
                text("UPDATE carry_over_notice SET applied_tco2e = allowed_tco2e + 1")
            )


async def test_a_carry_over_by_mistake_is_undone_with_its_new_units(world):
    await noticed(world)
    (number,) = await accepted(apply(world, (CEA, 500)))
    world.clock.set(CLOSED)
    (run,) = await run_batch(world)
    await accepted(decide(world, run.run_no))
    before = world.clock.now()
    applied = (await notice(world)).applied_tco2e
    held = await world.holdings(ACCOUNT)
    world.clock.set(before + timedelta(hours=1))
    registration = await Changes(world).correct(f"{number}/1/recovered", f"{number}/issued")
    after = await world.holdings(ACCOUNT)
    assert (after[CEA, "registered"], (NEW, "registered") in after) == (
        held[CEA, "registered"] + 500,
        False,
    )
    now = await notice(world)
    assert (now.applied_tco2e, now.carried_over_tco2e) == (applied - 500, 0)
    then = await notice(world, as_of=to_timestamp(before))
    assert (then.applied_tco2e, then.carried_over_tco2e) == (applied, 500)
    request = pb.ListCarryOverApplicationsRequest(credit_code=DEFICIT)
    (item,) = (await reads(world).ListCarryOverApplications(request)).applications
    assert [(one.line_no, one.change_tco2e) for one in item.corrections] == [(1, -500), (0, -500)]
    (told,) = await world.events(registry_events_pb2.CarryOverCorrected)
    assert (told.application_no, told.change_tco2e) == (number, -500)
    await Changes(world).correct(f"{registration}/1", f"{registration}/2")
    assert (await notice(world)).carried_over_tco2e == 500
    assert await world.holdings(ACCOUNT) == held
