"""Corrections of forced surrenders, cancellations and carry-overs: what they did beside is undone with them."""

from dataclasses import replace

import pytest
from change_registration_steps import RULING, carried_out, confirm, correction, propose, told, units
from forced_steps import PROVINCE_ACCOUNT, held_by_province
from forced_steps import confirm as confirm_forced
from forced_steps import initiate as initiate_forced
from registry.domain.change import DocumentKind
from registry.domain.earmark import EarmarkKind
from registry.domain.events import (
    AllowancesEarmarked,
    CancellationCorrected,
    CarryOverCorrected,
    ComplianceCertificateWithdrawn,
    SurrenderCorrected,
)
from registry_fakes import NOW, market
from registry_messages import CEA, DEFICIT, PERIOD
from retirement_steps import (
    ACCOUNT,
    applied_no,
    apply,
    ask,
    asked_no,
    check,
    decide,
    noticed,
    register,
    run_batch,
)

CASE = f"FS-{DEFICIT}-1"
RUN = "COR-1-1"


def by_mistake(*lines):
    return replace(correction(*lines), document=replace(RULING, kind=DocumentKind.MISTAKE_REPORT))


def by_letter(*lines):
    return replace(correction(*lines), document=replace(RULING, kind=DocumentKind.PROVINCE_LETTER))


@pytest.fixture
async def forced():
    """The province held 700 t for entity 1, which owed 500 t: 500 t are surrendered and 200 t released."""
    uow = await held_by_province({PERIOD: 500}, {CEA: 700})
    (number,) = await initiate_forced(uow, DEFICIT)
    assert await confirm_forced(uow, number) == [CASE]
    return uow


def earmarked(uow):
    return uow.earmarks.changes[-1].quantity_tco2e


async def test_a_forced_surrender_goes_back_to_the_province_that_held_the_units(forced):
    (number,) = await carried_out(forced, correction(units(120, corrects=f"{CASE}/1")))
    owed = forced.obligations.obligations[DEFICIT, PERIOD]
    assert (owed.surrendered_tco2e, owed.completed_time) == (380, None)
    assert forced.ledger.held(PROVINCE_ACCOUNT) == {(CEA, "registered"): 120}
    last = forced.earmarks.changes[-1]
    assert (last.kind, last.change_tco2e, last.quantity_tco2e, last.reference) == (
        EarmarkKind.CORRECTED,
        120,
        120,
        number,
    )
    assert forced.told(AllowancesEarmarked)[-1].change == last
    assert len(forced.told(SurrenderCorrected)) == len(forced.told(ComplianceCertificateWithdrawn)) == 1


async def test_correcting_that_takes_what_is_held_for_the_entity_again(forced):
    (number,) = await carried_out(forced, correction(units(120, corrects=f"{CASE}/1")))
    await carried_out(forced, correction(units(corrects=f"{number}/1")))
    owed = forced.obligations.obligations[DEFICIT, PERIOD]
    assert (owed.surrendered_tco2e, owed.certificate_ordinal, earmarked(forced)) == (500, 2, 0)
    assert forced.ledger.held(PROVINCE_ACCOUNT) == {}


async def test_what_was_surrendered_by_force_again_meanwhile_is_not_held_any_more(forced):
    (number,) = await carried_out(forced, correction(units(120, corrects=f"{CASE}/1")))
    (case,) = await initiate_forced(forced, DEFICIT)
    await confirm_forced(forced, case)
    (refusal,) = await propose(forced, correction(units(corrects=f"{number}/1")))
    assert refusal.reason == "OBLIGATION_EXCEEDED"


async def test_a_release_is_taken_back_into_what_is_held_for_the_entity(forced):
    await carried_out(forced, correction(units(50, corrects=f"{CASE}/2")))
    assert forced.ledger.held(PROVINCE_ACCOUNT) == {(CEA, "registered"): 50}
    assert (earmarked(forced), forced.ledger.held(ACCOUNT)) == (50, {(CEA, "registered"): 150})


@pytest.fixture
async def cancelled():
    uow = await market(held_tco2e=100)
    await ask(uow, 30)
    await check(uow, (asked_no(1), True))
    await register(uow, (asked_no(1), True))
    return uow


async def test_a_cancellation_by_mistake_is_back_in_the_national_total(cancelled):
    entry = f"{asked_no(1)}/registered"
    (number,) = await carried_out(cancelled, by_mistake(units(corrects=entry)))
    assert cancelled.ledger.held(ACCOUNT) == {(CEA, "registered"): 100}
    assert cancelled.ledger.held("R-CANCELLED") == {}
    (fact,) = cancelled.told(CancellationCorrected)
    assert (fact.application.certificate_no, fact.record_change.change_tco2e) == ("VC-2021-000001", -30)
    await carried_out(cancelled, correction(units(corrects=f"{number}/1")))
    assert cancelled.ledger.held("R-CANCELLED") == {(CEA, "cancelled"): 30}
    assert cancelled.told(CancellationCorrected)[-1].record_change.change_tco2e == 30


async def test_a_cancellation_is_final_but_for_a_mistake_and_corrected_whole(cancelled):
    entry = f"{asked_no(1)}/registered"
    (refusal,) = await propose(cancelled, by_letter(units(corrects=entry)))
    assert (refusal.reason, refusal.metadata["way"]) == ("ENTRY_NOT_CORRECTABLE", "mistake_report")
    (refusal,) = await propose(cancelled, by_mistake(units(29, corrects=entry)))
    assert (refusal.reason, refusal.metadata["record_no"]) == ("CORRECTION_NOT_WHOLE", asked_no(1))


@pytest.fixture
async def carried():
    """500 t of two vintages are carried over."""
    uow = await noticed()
    await uow.issue(ACCOUNT, "CEA-2021", 100, NOW)
    await apply(uow, (DEFICIT, (CEA, 400), ("CEA-2021", 100)))
    await run_batch(uow)
    assert await decide(uow, (RUN, True)) == [""]
    return uow


def of_carry_over(*steps):
    return by_mistake(*(units(corrects=f"{applied_no(1)}/{step}") for step in steps))


WHOLE = ("1/recovered", "2/recovered", "issued")


async def test_a_carry_over_is_undone_with_its_new_units_and_its_notice_has_room_again(carried):
    applied = carried.carry_overs.kept_notices[DEFICIT].applied_tco2e
    (number,) = await carried_out(carried, of_carry_over(*WHOLE))
    held = carried.ledger.held(ACCOUNT)
    assert (held[CEA, "registered"], held["CEA-2021", "registered"]) == (120_000, 100)
    assert ("CEA-2025", "registered") not in held
    assert carried.ledger.held("R-CARRIED-OVER") == {}
    assert carried.ledger.held("R-RECOVERED") == {("CEA-2025", "recovered"): 500}
    assert carried.carry_overs.kept_notices[DEFICIT].applied_tco2e == applied - 500
    (fact,) = carried.told(CarryOverCorrected)
    assert (fact.record_change.record.record_no, fact.record_change.change_tco2e) == (applied_no(1), -500)
    again = correction(*(units(corrects=f"{number}/{line_no}") for line_no in (1, 2, 3)))
    await carried_out(carried, again)
    assert carried.ledger.held(ACCOUNT)["CEA-2025", "registered"] == 500
    assert carried.carry_overs.kept_notices[DEFICIT].applied_tco2e == applied


@pytest.mark.parametrize("steps", [WHOLE[:1], WHOLE[:2], WHOLE[2:]])
async def test_a_carry_over_is_corrected_with_all_its_entries(carried, steps):
    (refusal,) = await propose(carried, of_carry_over(*steps))
    assert (refusal.reason, refusal.metadata["record_no"]) == ("CORRECTION_NOT_WHOLE", applied_no(1))


async def test_a_carry_over_counts_again_only_while_the_notice_has_room(carried):
    (number,) = await carried_out(carried, of_carry_over(*WHOLE))
    notice = carried.carry_overs.kept_notices[DEFICIT]
    full = replace(notice, applied_tco2e=notice.allowed_tco2e - 499)
    carried.carry_overs.kept_notices[DEFICIT] = full
    again = correction(*(units(corrects=f"{number}/{line_no}") for line_no in (1, 2, 3)))
    (refusal,) = await propose(carried, again)
    assert refusal.reason == "CARRY_OVER_LIMIT_EXCEEDED"
    carried.carry_overs.kept_notices[DEFICIT] = replace(full, applied_tco2e=notice.allowed_tco2e - 500)
    (fits,) = told(await propose(carried, again))
    assert told(await confirm(carried, fits)) == [fits]
