import pytest
from change_registration_steps import (
    CLOCK,
    HELD,
    PROVINCIAL,
    A,
    B,
    blocks_of,
    carried_out,
    confirm,
    correction,
    freeze,
    merger,
    proposal,
    propose,
    release,
    told,
    units,
    with_authorities,
)
from help_steps import offer
from registry.domain.change import ChangeKind, ChangeStatus
from registry.domain.events import HoldingsChanged
from registry.domain.surrender import SurrenderStatus
from registry_fakes import OWED_TCO2E
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS
from surrender_steps import OFFSET, submit, with_credits


@pytest.fixture
async def uow():
    return await with_authorities()


def frozen_in(uow, account_no):
    return blocks_of(uow, account_no, "judicially_frozen")


async def test_a_confirmed_freeze_holds_the_very_units(uow):
    await carried_out(uow, freeze(units(block=(11, 20)), units(5)), freeze(units(8)))
    assert sum(end - start + 1 for start, end in frozen_in(uow, A)) == 23
    held = {number: one.blocks for number, one in uow.changes.judicial_freezes.items()}
    assert held == {
        "CR-000001/1": ((11, 20),),
        "CR-000001/2": ((1, 5),),
        "CR-000002/1": ((6, 10), (21, 23)),
    }
    assert uow.ledger.held(A) == {(CEA, "registered"): HELD - 23, (CEA, "judicially_frozen"): 23}


async def test_entries_carry_the_number_and_each_account_touched_is_told_once(uow):
    proposed = proposal(
        ChangeKind.JUDICIAL_TRANSFER,
        units(10, source_account_no=A, target_account_no=B),
        units(block=(101, 105), source_account_no=A, target_account_no=B),
    )
    (number,) = await carried_out(uow, proposed)
    entries = [entry for entry in uow.ledger.entries_by_id.values() if entry.flow_id == number]
    assert [(entry.transfer_id, entry.kind, entry.group) for entry in entries] == [
        (f"{number}/1", "judicial_transfer", number),
        (f"{number}/2", "judicial_transfer", number),
    ]
    facts = uow.told(HoldingsChanged)
    assert [(fact.account_no, fact.changes) for fact in facts] == [
        (A, {(CEA, "registered"): -15}),
        (B, {(CEA, "registered"): 15}),
    ]
    change = uow.changes.changes[number]
    assert (change.status, change.confirmed_by, change.confirmed_time) == (
        ChangeStatus.CONFIRMED,
        "second",
        CLOCK.now(),
    )
    assert facts[0].change == change


async def test_a_release_takes_units_of_its_freeze_only(uow):
    first, second = await carried_out(uow, freeze(units(100)), freeze(units(50)))
    await carried_out(uow, release(units(30, freeze_no=f"{second}/1")))
    assert frozen_in(uow, A) == [(1, 100), (131, 150)]
    await carried_out(uow, release(units(block=(41, 60), freeze_no=f"{first}/1")))
    assert uow.changes.judicial_freezes[f"{first}/1"].blocks == ((1, 40), (61, 100))
    await carried_out(uow, release(units(freeze_no=f"{first}/1"), units(freeze_no=f"{second}/1")))
    assert frozen_in(uow, A) == []
    assert uow.ledger.held(A) == {(CEA, "registered"): HELD}
    assert told(await propose(uow, release(units(freeze_no=f"{first}/1")))) == ["FREEZE_EXCEEDED"]


async def test_a_judicial_transfer_takes_frozen_units(uow):
    (number,) = await carried_out(uow, freeze(units(100)))
    line = units(40, freeze_no=f"{number}/1", target_account_no=B)
    await carried_out(uow, proposal(ChangeKind.JUDICIAL_TRANSFER, line))
    assert uow.changes.judicial_freezes[f"{number}/1"].blocks == ((41, 100),)
    assert uow.ledger.held(B) == {(CEA, "registered"): HELD + 40}


async def test_units_that_went_meanwhile_leave_the_registration_initiated_and_nothing_moved(uow):
    (number,) = told(await propose(uow, freeze(units(6_000), units(4_000))))
    await uow.put_in_trading(A, CEA, 1, CLOCK.now())
    held = dict(uow.ledger.balances)
    assert told(await confirm(uow, number)) == ["HOLDINGS_IN_PROCESS"]
    assert uow.ledger.balances == held
    assert uow.changes.changes[number].status is ChangeStatus.INITIATED
    assert uow.changes.judicial_freezes == {}
    assert uow.facts == []


async def test_the_cause_of_a_refused_group_is_told(uow):
    proposed = proposal(ChangeKind.RECOVERY, units(block=(1, 10)), units(block=(21, 30)), account_no=A)
    (number,) = told(await propose(uow, proposed))
    await carried_out(uow, freeze(units(block=(25, 26))))
    (refusal,) = await confirm(uow, number)
    assert (refusal.reason, refusal.metadata["missing_serials"]) == ("BLOCKS_NOT_HELD", "25-26")
    assert uow.ledger.held("R-RECOVERED") == {}


async def test_a_registration_is_carried_out_once_and_by_another_person(uow):
    (number,) = told(await propose(uow, freeze(units(10))))
    assert told(await confirm(uow, number, person="first")) == ["SAME_PERSON"]
    assert told(await confirm(uow, number, number, "CR-9")) == [
        number,
        "CHANGE_ALREADY_DECIDED",
        "CHANGE_NOT_FOUND",
    ]
    assert uow.ledger.held(A)[CEA, "judicially_frozen"] == 10


async def test_later_registrations_of_a_batch_see_what_earlier_ones_did(uow):
    numbers = told(await propose(uow, freeze(units(6_000)), freeze(units(6_000))))
    assert told(await confirm(uow, *numbers)) == [numbers[0], "INSUFFICIENT_HOLDING"]


async def test_recovered_units_are_gone_for_good(uow):
    await carried_out(uow, proposal(ChangeKind.RECOVERY, units(block=(5, 6)), account_no=A))
    assert uow.ledger.held("R-RECOVERED") == {(CEA, "recovered"): 2}
    assert [fact.account_no for fact in uow.told(HoldingsChanged)] == [A]


async def test_reserve_allowances_are_new_units_of_the_nation_until_they_are_released(uow):
    (number,) = await carried_out(uow, proposal(ChangeKind.RESERVE, units(500)))
    assert uow.ledger.held("R-NATIONAL") == {(CEA, "registered"): 500}
    (block,) = uow.ledger.blocks[next(p for p in uow.ledger.blocks if p.account == "R-NATIONAL")]
    assert block.origin == number
    lines = (units(200, target_account_no=PROVINCIAL), units(100, target_account_no=B))
    await carried_out(uow, proposal(ChangeKind.RESERVE_RELEASE, *lines))
    assert uow.ledger.held("R-NATIONAL") == {(CEA, "registered"): 200}
    assert uow.ledger.held(PROVINCIAL) == {(CEA, "registered"): 200}
    assert uow.ledger.held(B) == {(CEA, "registered"): HELD + 100}


async def test_a_split_gives_units_to_each_successor(uow):
    proposed = proposal(
        ChangeKind.SPLIT,
        units(block=(1, 300), target_account_no=B),
        units(50, target_account_no=B),
        account_no=A,
    )
    await carried_out(uow, proposed)
    assert blocks_of(uow, B, "registered") == [(1, 350), (10_001, 20_000)]


async def test_a_merger_empties_the_account_and_hands_over_freezes_and_what_is_unmet(uow):
    (number,) = await carried_out(uow, freeze(units(100)))
    (merged,) = await carried_out(uow, merger())
    assert uow.ledger.held(A) == {}
    assert uow.ledger.held(B) == {(CEA, "registered"): 2 * HELD - 100, (CEA, "judicially_frozen"): 100}
    moved = uow.changes.judicial_freezes[f"{number}/1"]
    assert (moved.account_no, moved.blocks) == (B, ((1, 100),))
    change = uow.changes.changes[merged]
    assert [(line.quantity_tco2e, line.freeze_no) for line in change.lines] == [
        (HELD - 100, ""),
        (100, f"{number}/1"),
    ]
    (taken_over,) = change.successions
    assert (taken_over.credit_code, taken_over.period, taken_over.successor_credit_code) == (
        DEFICIT,
        PERIOD,
        SURPLUS,
    )
    assert taken_over.outstanding_tco2e == OWED_TCO2E
    assert [fact.account_no for fact in uow.told(HoldingsChanged)][-2:] == [A, B]
    assert told(await propose(uow, release(units(freeze_no=f"{number}/1"))))[0].startswith("CR-")


async def test_a_release_proposed_before_a_merger_is_proposed_anew_after_it(uow):
    (number,) = await carried_out(uow, freeze(units(100)))
    (proposed,) = told(await propose(uow, release(units(freeze_no=f"{number}/1"))))
    await carried_out(uow, merger())
    assert told(await confirm(uow, proposed)) == ["FREEZE_NOT_FOUND"]


async def wrong_transfer(uow, *lines):
    """A judicial transfer of 100 t from A to B that should not have been."""
    lines = lines or (units(100, source_account_no=A, target_account_no=B),)
    (number,) = await carried_out(uow, proposal(ChangeKind.JUDICIAL_TRANSFER, *lines))
    return f"{number}/1"


async def test_a_correction_names_the_entry_and_brings_its_very_units_back(uow):
    entry = await wrong_transfer(uow)
    (number,) = await carried_out(uow, correction(units(corrects=entry, product="")))
    assert uow.ledger.entries_by_id[f"{number}/1"].corrects == entry
    assert uow.ledger.held(A) == uow.ledger.held(B) == {(CEA, "registered"): HELD}
    assert blocks_of(uow, A, "registered")[0][0] == 1
    assert told(await propose(uow, correction(units(corrects=entry)))) == ["ENTRY_CORRECTED_ALREADY"]


async def test_a_correction_may_be_of_a_part_and_to_where_the_units_should_have_gone(uow):
    entry = await wrong_transfer(uow)
    await carried_out(uow, correction(units(30, corrects=entry, target_account_no=PROVINCIAL)))
    assert blocks_of(uow, PROVINCIAL, "registered") == [(1, 30)]


async def test_recovered_units_come_back_only_by_a_correction(uow):
    (number,) = await carried_out(uow, proposal(ChangeKind.RECOVERY, units(20), account_no=A))
    (back,) = await carried_out(uow, correction(units(corrects=f"{number}/1")))
    assert uow.ledger.held(A) == {(CEA, "registered"): HELD}
    await carried_out(uow, correction(units(corrects=f"{back}/1")))
    assert uow.ledger.held("R-RECOVERED") == {(CEA, "recovered"): 20}


async def test_a_correction_says_which_units_are_not_there_any_more(uow):
    entry = await wrong_transfer(uow)
    line = units(block=(41, 45), source_account_no=B, target_account_no=A)
    await carried_out(uow, proposal(ChangeKind.JUDICIAL_TRANSFER, line))
    (refusal,) = await propose(uow, correction(units(corrects=entry)))
    assert (refusal.reason, refusal.metadata["missing_serials"]) == ("BLOCKS_NOT_HELD", "41-45")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"quantity": 101}, "TRANSFER_INVALID"),
        ({"block": (100, 101)}, "TRANSFER_INVALID"),
        ({"quantity": 100, "target_account_no": B}, "TRANSFER_INVALID"),
        ({"quantity": 100, "target_account_no": "R-E-none"}, "ACCOUNT_NOT_FOUND"),
    ],
)
async def test_a_correction_is_of_units_of_the_entry_and_goes_somewhere_else(uow, line, reason):
    entry = await wrong_transfer(uow)
    assert told(await propose(uow, correction(units(corrects=entry, **line)))) == [reason]


async def test_one_entry_is_corrected_once_in_a_registration_too(uow):
    entry = await wrong_transfer(uow)
    twice = correction(units(1, corrects=entry), units(1, corrects=entry))
    assert told(await propose(uow, twice)) == ["ENTRY_CORRECTED_ALREADY"]


async def test_what_did_more_than_move_units_is_not_corrected_and_the_way_back_is_named(uow):
    (number,) = await carried_out(uow, freeze(units(10)))
    (refusal,) = await propose(uow, correction(units(corrects=f"{number}/1")))
    assert (refusal.reason, refusal.metadata["kind"], refusal.metadata["way"]) == (
        "ENTRY_NOT_CORRECTABLE",
        "freeze",
        "release",
    )
    (refusal,) = await propose(uow, correction(units(corrects=f"start/{A}/{CEA}")))
    assert (refusal.reason, refusal.metadata["way"]) == ("ENTRY_NOT_CORRECTABLE", "recovery")


async def test_the_survivor_of_a_merger_surrenders_for_what_it_took_over_without_asking(uow):
    await carried_out(uow, merger())
    assert (await offer(uow, (CEA, OWED_TCO2E - 1))).startswith("SA-")
    (application,) = uow.applications.applications.values()
    assert (application.status, application.helper_credit_code) == (SurrenderStatus.SUBMITTED, SURPLUS)
    assert await offer(uow, (CEA, 2)) == "OBLIGATION_EXCEEDED"


async def test_others_still_ask_the_entity(uow):
    assert (await offer(uow, (CEA, OWED_TCO2E))).startswith("SA-")
    (application,) = uow.applications.applications.values()
    assert application.status is SurrenderStatus.OFFERED


async def test_credits_that_were_taken_back_are_used_by_nobody_until_that_is_corrected():
    uow = await with_credits()
    taken = proposal(ChangeKind.RECOVERY, units(block=(21, 35), product=OFFSET), account_no=A)
    (number,) = await carried_out(uow, taken)
    (outcome,) = await submit(uow, (DEFICIT, (OFFSET, 36)))
    assert outcome.reason == "INSUFFICIENT_HOLDING"
    await carried_out(uow, correction(units(5, corrects=f"{number}/1")))
    (outcome,) = await submit(uow, (DEFICIT, (OFFSET, 40)))
    uses = uow.applications.applications[outcome].lines[0].uses
    assert [tuple(use.serials) for use in uses] == [(1, 25), (36, 50)]
