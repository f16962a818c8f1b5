"""Corrections of what entries registered beside moving units: obligations, certificates, credits follow."""

from datetime import timedelta

import pytest
from change_registration_steps import (
    CLOCK,
    A,
    B,
    carried_out,
    confirm,
    correction,
    propose,
    told,
    units,
)
from ets_kernel.domain.clock import FixedClock
from help_steps import offer
from registry.app.answer_surrender_help import AnswerSurrenderHelp, HelpAnswer, answer_surrender_help
from registry.app.run_surrender_registration import run_surrender_registration
from registry.domain.events import (
    ComplianceCertificateIssued,
    ComplianceCertificateWithdrawn,
    HoldingsChanged,
    SurrenderCorrected,
)
from registry.domain.obligation import ComplianceState, state_at
from registry_fakes import NOW, OWED_TCO2E, market, reasons
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS
from surrender_steps import OFFSET, application_no, decide, submit, with_credits

KEY = (DEFICIT, PERIOD)
AFTER_DEADLINE = FixedClock(NOW + timedelta(days=90))


async def registered(uow, *lines):
    """Entity 1 surrenders these; gives the numbers of the entries."""
    (number,) = await submit(uow, (DEFICIT, *lines))
    assert await decide(uow, (number, True)) == [""]
    await run_surrender_registration(uow=uow, clock=CLOCK)
    return [f"{number}/{line_no}/registered" for line_no in range(1, len(lines) + 1)]


def owed(uow):
    return uow.obligations.obligations[KEY]


def sums(uow):
    return owed(uow).surrendered_tco2e, owed(uow).offset_tco2e


@pytest.fixture
async def uow():
    return await market()


async def test_a_wrongly_registered_surrender_comes_back_with_its_count_and_its_certificate(uow):
    (entry,) = await registered(uow, (CEA, OWED_TCO2E))
    first = owed(uow)
    (number,) = await carried_out(uow, correction(units(corrects=entry)))
    assert uow.ledger.held(A)[CEA, "registered"] == 10_000
    assert uow.ledger.entries_by_id[f"{number}/1"].corrects == entry
    assert (sums(uow), owed(uow).completed_time, owed(uow).certificate_no) == ((0, 0), None, "")
    assert state_at(owed(uow), CLOCK.now()) is ComplianceState.OPEN
    (withdrawn,) = uow.told(ComplianceCertificateWithdrawn)
    assert (withdrawn.obligation, withdrawn.change_no) == (first, number)
    (fact,) = uow.told(SurrenderCorrected)
    (change,) = fact.record_changes
    assert (change.record.record_no, change.record.line_no, change.change_tco2e) == (
        application_no(1),
        1,
        -OWED_TCO2E,
    )
    assert [(fact.account_no, fact.changes) for fact in uow.told(HoldingsChanged)] == [
        (A, {(CEA, "registered"): OWED_TCO2E})
    ]
    assert uow.changes.changes[number].province_code == "37"


async def test_a_part_is_taken_back_and_the_entity_surrenders_it_again_with_a_new_certificate(uow):
    (entry,) = await registered(uow, (CEA, OWED_TCO2E))
    await carried_out(uow, correction(units(300, corrects=entry)))
    assert sums(uow) == (OWED_TCO2E - 300, 0)
    (refusal,) = await submit(uow, (DEFICIT, (CEA, 301)))
    assert refusal.reason == "OBLIGATION_EXCEEDED"
    await registered(uow, (CEA, 300))
    assert owed(uow).certificate_no.endswith("-2")


async def test_after_the_deadline_a_correction_leaves_the_entity_overdue(uow):
    (entry,) = await registered(uow, (CEA, OWED_TCO2E))
    await carried_out(uow, correction(units(1, corrects=entry)))
    assert state_at(owed(uow), AFTER_DEADLINE.now()) is ComplianceState.OVERDUE


async def test_correcting_the_correction_counts_again_since_when_it_did_first(uow):
    (entry,) = await registered(uow, (CEA, OWED_TCO2E))
    before = owed(uow)
    (number,) = await carried_out(uow, correction(units(400, corrects=entry)))
    (again,) = told(await propose(uow, correction(units(corrects=f"{number}/1"))))
    later = FixedClock(AFTER_DEADLINE.now())
    assert told(await confirm(uow, again, clock=later)) == [again]
    assert sums(uow) == (OWED_TCO2E, 0)
    assert owed(uow).completed_time == before.completed_time
    assert (owed(uow).certificate_ordinal, state_at(owed(uow), later.now())) == (
        2,
        ComplianceState.COMPLETED_ON_TIME,
    )
    issued = uow.told(ComplianceCertificateIssued)
    assert [fact.obligation.certificate_ordinal for fact in issued] == [1, 2]
    assert uow.ledger.held("R-SURRENDERED")[CEA, "surrendered"] == OWED_TCO2E


async def test_what_counts_again_in_part_only_completes_when_it_does(uow):
    (entry,) = await registered(uow, (CEA, OWED_TCO2E))
    (number,) = await carried_out(uow, correction(units(400, corrects=entry)))
    await registered(uow, (CEA, 100))
    (again,) = told(await propose(uow, correction(units(block=(101, 400), corrects=f"{number}/1"))))
    later = FixedClock(AFTER_DEADLINE.now())
    assert told(await confirm(uow, again, clock=later)) == [again]
    assert owed(uow).completed_time == later.now()


async def test_nothing_counts_again_beyond_what_is_owed_and_not_applied_for(uow):
    (entry,) = await registered(uow, (CEA, OWED_TCO2E))
    (number,) = await carried_out(uow, correction(units(400, corrects=entry)))
    await submit(uow, (DEFICIT, (CEA, 1)))
    (refusal,) = await propose(uow, correction(units(corrects=f"{number}/1")))
    assert (refusal.reason, refusal.metadata["outstanding_tco2e"]) == ("OBLIGATION_EXCEEDED", "399")
    (fits,) = told(await propose(uow, correction(units(block=(2, 400), corrects=f"{number}/1"))))
    assert told(await confirm(uow, fits)) == [fits]


async def test_credits_of_a_corrected_surrender_are_used_again_once():
    uow = await with_credits()
    _, credited = await registered(uow, (CEA, 100), (OFFSET, 40))
    await carried_out(uow, correction(units(15, corrects=credited)))
    assert sums(uow) == (100, 25)
    (outcome,) = await submit(uow, (DEFICIT, (OFFSET, 26)))
    assert outcome.reason == "OFFSET_LIMIT_EXCEEDED"
    (number,) = await submit(uow, (DEFICIT, (OFFSET, 25)))
    uses = uow.applications.applications[number].lines[0].uses
    assert [tuple(use.serials) for use in uses] == [(1, 15), (41, 50)]


async def test_credits_go_back_to_their_entity_only_and_allowances_may_go_where_they_should_have_stayed():
    uow = await with_credits()
    allowances, credited = await registered(uow, (CEA, 100), (OFFSET, 40))
    (refusal,) = await propose(uow, correction(units(corrects=credited, target_account_no=B)))
    assert refusal.reason == "TRANSFER_INVALID"
    await carried_out(uow, correction(units(corrects=allowances, target_account_no=B)))
    assert (uow.ledger.held(B)[CEA, "registered"], sums(uow)) == (1_100, (0, 40))


async def test_help_goes_back_to_the_enterprise_that_helped(uow):
    number = await offer(uow, (CEA, 200))
    command = AnswerSurrenderHelp(
        answers=(HelpAnswer(credit_code=DEFICIT, application_no=number, is_consented=True),), answered_by="op"
    )
    await answer_surrender_help(command, uow=uow, clock=CLOCK)
    assert await decide(uow, (number, True)) == [""]
    await run_surrender_registration(uow=uow, clock=CLOCK)
    assert uow.ledger.held(B)[CEA, "registered"] == 9_800
    await carried_out(uow, correction(units(corrects=f"{number}/1/registered")))
    assert (uow.ledger.held(B)[CEA, "registered"], sums(uow)) == (10_000, (0, 0))


async def test_one_registration_takes_back_or_counts_again_not_both(uow):
    (entry,) = await registered(uow, (CEA, 400))
    (other,) = await registered(uow, (CEA, 500))
    (number,) = await carried_out(uow, correction(units(corrects=entry)))
    both = correction(units(100, corrects=f"{number}/1"), units(100, corrects=other))
    (refusal,) = await propose(uow, both)
    assert (refusal.reason, refusal.metadata["credit_code"]) == ("TRANSFER_INVALID", DEFICIT)


async def test_an_entry_is_corrected_once_and_by_two_people(uow):
    (entry,) = await registered(uow, (CEA, 400))
    (number,) = told(await propose(uow, correction(units(1, corrects=entry))))
    assert reasons(await confirm(uow, number, person="first")) == ["SAME_PERSON"]
    assert sums(uow) == (400, 0)
    assert told(await confirm(uow, number)) == [number]
    assert told(await confirm(uow, number)) == ["CHANGE_ALREADY_DECIDED"]
    assert told(await propose(uow, correction(units(1, corrects=entry)))) == ["ENTRY_CORRECTED_ALREADY"]
    assert sums(uow) == (399, 0)


async def test_a_closed_or_unknown_account_gets_nothing_back(uow):
    (entry,) = await registered(uow, (CEA, 400))
    del uow.accounts.known[A]
    (refusal,) = await propose(uow, correction(units(corrects=entry)))
    assert refusal.reason == "ACCOUNT_NOT_FOUND"
    await carried_out(uow, correction(units(corrects=entry, target_account_no=B)))
    assert (uow.ledger.held(B)[CEA, "registered"], SURPLUS in B) == (10_400, True)


async def test_an_entry_is_corrected_anew_once_its_correction_was_undone_whole(uow):
    (entry,) = await registered(uow, (CEA, 400))
    (first,) = await carried_out(uow, correction(units(100, corrects=entry)))
    (part,) = await carried_out(uow, correction(units(40, corrects=f"{first}/1")))
    assert told(await propose(uow, correction(units(corrects=entry)))) == ["ENTRY_CORRECTED_ALREADY"]
    await carried_out(uow, correction(units(corrects=f"{part}/1")), correction(units(corrects=f"{first}/1")))
    assert sums(uow) == (400, 0)
    (again,) = await carried_out(uow, correction(units(300, corrects=entry)))
    assert sums(uow) == (100, 0)
    assert told(await propose(uow, correction(units(corrects=f"{first}/1")))) == ["ENTRY_CORRECTED_ALREADY"]
    assert uow.ledger.entries_by_id[f"{again}/1"].corrects == entry


async def test_what_is_owed_refuses_before_what_is_held(uow):
    (entry,) = await registered(uow, (CEA, OWED_TCO2E))
    (number,) = await carried_out(uow, correction(units(400, corrects=entry)))
    await uow.put_in_trading(A, CEA, 9_300, NOW)
    again = correction(units(corrects=f"{number}/1"))
    assert told(await propose(uow, again)) == ["INSUFFICIENT_HOLDING"]
    await submit(uow, (DEFICIT, (CEA, 1)))
    assert told(await propose(uow, again)) == ["OBLIGATION_EXCEEDED"]


async def test_what_was_proposed_is_judged_again_when_it_is_confirmed(uow):
    (entry,) = await registered(uow, (CEA, OWED_TCO2E))
    (number,) = await carried_out(uow, correction(units(400, corrects=entry)))
    (again,) = told(await propose(uow, correction(units(corrects=f"{number}/1"))))
    await submit(uow, (DEFICIT, (CEA, 1)))
    before = owed(uow)
    assert told(await confirm(uow, again)) == ["OBLIGATION_EXCEEDED"]
    assert (owed(uow), uow.changes.record_changes[1:]) == (before, [])
