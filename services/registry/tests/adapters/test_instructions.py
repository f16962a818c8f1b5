"""Operators: where a confirmer is registered, one operator initiates a command and another confirms it."""

import asyncio
from datetime import timedelta

import pytest
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import MalformedRequest, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS
from registry_world import START, accepted, reasons

ACCOUNT = f"R-E-{DEFICIT}"


def duties(subject, *, initiator=False, confirmer=False):
    return types_pb.OperatorDuties(subject=subject, is_initiator=initiator, is_confirmer=confirmer)


def transfer(quantity=10, credit_code=DEFICIT):
    command = pb.TradingTransfer(credit_code=credit_code, product=CEA, quantity_tco2e=quantity)
    return accounts_pb.InstructionForm(credit_code=DEFICIT, transfer_to_trading=command)


def surrender(quantity=10):
    line = types_pb.SurrenderLine(product=CEA, quantity_tco2e=quantity)
    command = pb.SurrenderForm(credit_code=DEFICIT, period=PERIOD, lines=[line])
    return accounts_pb.InstructionForm(credit_code=DEFICIT, surrender_application=command)


class Operators:
    """The people of entity 1."""

    def __init__(self, world):
        self.world = world

    def _as(self, subject):
        return self.world.desk.commands("ROLE_EMITTER", entities=[DEFICIT], subject=subject)

    async def initiate(self, *forms, subject="clerk"):
        request = accounts_pb.InitiateInstructionsRequest(
            request_id=self.world.request_id(), instructions=forms
        )
        return await self._as(subject).InitiateInstructions(request)

    async def confirm(self, *numbers, subject="head"):
        request = accounts_pb.ConfirmInstructionsRequest(
            request_id=self.world.request_id(), credit_code=DEFICIT, instruction_nos=numbers
        )
        return await self._as(subject).ConfirmInstructions(request)

    async def reject(self, *numbers, subject="head"):
        request = accounts_pb.RejectInstructionsRequest(
            request_id=self.world.request_id(), credit_code=DEFICIT, instruction_nos=numbers
        )
        return await self._as(subject).RejectInstructions(request)


@pytest.fixture
async def people(world):
    """Both entities have allowances; of the first, "clerk" initiates, "head" confirms and "both" does both."""
    await world.allocate()
    registered = [
        duties("clerk", initiator=True),
        duties("head", confirmer=True),
        duties("both", initiator=True, confirmer=True),
    ]
    await world.desk.changed(ACCOUNT, operators=types_pb.OperatorChange(registered=registered))
    return Operators(world)


async def test_commands_are_carried_out_when_the_second_operator_confirms_them(people):
    before = await people.world.holdings(ACCOUNT)
    first, second = await accepted(people.initiate(transfer(), surrender(7)))
    assert (first, second) == (f"IN-{ACCOUNT}-1", f"IN-{ACCOUNT}-2")
    assert await people.world.holdings(ACCOUNT) == before
    made = await accepted(people.confirm(first, second))
    assert made == [f"RT-{ACCOUNT}-1", f"SA-{PERIOD}-{DEFICIT}-1"]
    held = await people.world.holdings(ACCOUNT)
    assert (held[CEA, "in_transit"], held[CEA, "pending_surrender"]) == (10, 7)


async def test_the_commands_themselves_ask_for_confirmation(people):
    command = pb.TradingTransfer(credit_code=DEFICIT, product=CEA, quantity_tco2e=1)
    request = pb.TransferToTradingRequest(request_id="t", transfers=[command])
    assert reasons(await people.world.emitters.TransferToTrading(request)) == ["CONFIRMATION_NEEDED"]
    assert (await people.world.apply((CEA, 1))).error.reason == "CONFIRMATION_NEEDED"
    await people.world.send_to_trading(SURPLUS, 1)


async def test_what_is_refused_for_its_own_reason_still_waits(people):
    (number,) = await accepted(people.initiate(transfer(quantity=10**12)))
    assert reasons(await people.confirm(number)) == ["INSUFFICIENT_HOLDING"]
    assert reasons(await people.reject(number)) == [""]
    assert reasons(await people.confirm(number)) == ["INSTRUCTION_DECIDED_ALREADY"]


async def test_nobody_confirms_alone_or_without_the_duty(people):
    number, own = await accepted(people.initiate(transfer(), transfer()))
    (of_both,) = await accepted(people.initiate(transfer(), subject="both"))
    state = await people.world.state()
    assert reasons(await people.confirm(number, subject="clerk")) == ["SAME_PERSON"]
    assert reasons(await people.confirm(number, subject="stranger")) == ["OPERATOR_DUTY_MISSING"]
    assert reasons(await people.confirm(of_both, subject="both")) == ["SAME_PERSON"]
    assert reasons(await people.initiate(transfer(), subject="head")) == ["OPERATOR_DUTY_MISSING"]
    assert reasons(await people.confirm("IN-none-1")) == ["INSTRUCTION_NOT_FOUND"]
    assert await people.world.state() == state
    assert reasons(await people.confirm(number, number, subject="both")) == [
        "",
        "INSTRUCTION_DECIDED_ALREADY",
    ]
    assert reasons(await people.confirm(own, of_both)) == ["", ""]


NOBODY = types_pb.OperatorChange(removed_subjects=["clerk", "head", "both"])


async def test_an_account_without_operators_acts_directly(people):
    await people.world.desk.changed(ACCOUNT, operators=NOBODY)
    assert reasons(await people.initiate(transfer())) == ["CONFIRMATION_NOT_NEEDED"]
    await people.world.send_to_trading(DEFICIT, 1)


async def test_changes_of_operators_that_may_not_be_are_refused(people):
    desk = people.world.desk
    for change, reason in (
        (types_pb.OperatorChange(removed_subjects=["nobody"]), "OPERATOR_NOT_FOUND"),
        (types_pb.OperatorChange(registered=[duties("x")]), "CHANGE_EMPTY"),
        (types_pb.OperatorChange(removed_subjects=["head", "both"]), "OPERATORS_INCOMPLETE"),
        (types_pb.OperatorChange(removed_subjects=["clerk", "both"]), "OPERATORS_INCOMPLETE"),
    ):
        assert (await desk.change(ACCOUNT, operators=change)).error.reason == reason
    assert (await desk.change(f"R-E-{SURPLUS}", operators=ONE)).error.reason == "OPERATORS_INCOMPLETE"


ONE = types_pb.OperatorChange(registered=[duties("head", confirmer=True)])


async def test_the_last_operators_do_not_go_while_an_instruction_waits_for_one(people):
    (number,) = await accepted(people.initiate(transfer()))
    desk = people.world.desk
    change = (await desk.change(ACCOUNT, operators=NOBODY)).reference
    await desk.first(change)
    (refused,) = (await desk.second(change)).results
    assert (refused.error.reason, refused.error.metadata["pending"]) == ("ACCOUNT_BUSY", "instruction")
    assert reasons(await people.reject(number)) == [""]
    assert reasons(await desk.second(change)) == [""]


async def test_an_instruction_is_the_holders_own(people):
    with pytest.raises(MalformedRequest):
        await people.initiate(transfer(credit_code=SURPLUS))
    other = people.world.desk.commands("ROLE_EMITTER", entities=[SURPLUS], subject="head")
    request = accounts_pb.ConfirmInstructionsRequest(
        request_id="c", credit_code=DEFICIT, instruction_nos=[f"IN-{ACCOUNT}-1"]
    )
    with pytest.raises(ScopeForbidden):
        await other.ConfirmInstructions(request)
    await accepted(people.initiate(transfer()))
    request = accounts_pb.ConfirmInstructionsRequest(
        request_id="c", credit_code=SURPLUS, instruction_nos=[f"IN-{ACCOUNT}-1"]
    )
    assert reasons(await other.ConfirmInstructions(request)) == ["INSTRUCTION_NOT_FOUND"]


async def test_a_repeated_confirmation_is_answered_once(people):
    (number,) = await accepted(people.initiate(transfer()))
    request = accounts_pb.ConfirmInstructionsRequest(
        request_id="once", credit_code=DEFICIT, instruction_nos=[number]
    )
    head = people.world.desk.commands("ROLE_EMITTER", entities=[DEFICIT], subject="head")
    first = await head.ConfirmInstructions(request)
    assert await head.ConfirmInstructions(request) == first
    assert (await people.world.holdings(ACCOUNT))[CEA, "in_transit"] == 10


async def test_many_confirmations_at_a_time_carry_it_out_once(people):
    (number,) = await accepted(people.initiate(transfer()))
    answers = await asyncio.gather(
        *(people.confirm(number, subject=subject) for subject in ("head", "both") * 4)
    )
    outcomes = sorted(reasons(answer)[0] for answer in answers)
    assert outcomes == ["", *["INSTRUCTION_DECIDED_ALREADY"] * 7]
    assert (await people.world.holdings(ACCOUNT))[CEA, "in_transit"] == 10


async def test_operators_and_instructions_are_read_as_of_any_time(people):
    (number,) = await accepted(people.initiate(transfer()))
    people.world.clock.set(START + timedelta(hours=1))
    await people.confirm(number)
    change = types_pb.OperatorChange(removed_subjects=["both"])
    await people.world.desk.changed(ACCOUNT, operators=change)
    reads = people.world.desk.reads()
    for hours, status, reference, removed in ((0, 1, "", 0), (1, 2, f"RT-{ACCOUNT}-1", 1)):
        moment = {"account_no": ACCOUNT, "as_of": to_timestamp(START + timedelta(hours=hours))}
        (found,) = (await reads.ListInstructions(accounts_pb.ListInstructionsRequest(**moment))).instructions
        assert (found.status, found.reference, found.initiated_by) == (status, reference, "clerk")
        operators = (
            await reads.ListAccountOperators(accounts_pb.ListAccountOperatorsRequest(**moment))
        ).operators
        assert [one.duties.subject for one in operators] == ["clerk", "head", "both"]
        assert sum(one.HasField("removed_time") for one in operators) == removed


async def test_a_waiting_instruction_keeps_the_account_open(world):
    await world.list_and_open()
    registered = [duties("clerk", initiator=True), duties("head", confirmer=True)]
    await world.desk.changed(ACCOUNT, operators=types_pb.OperatorChange(registered=registered))
    people = Operators(world)
    await accepted(people.initiate(transfer()))
    closing = types_pb.Closing(reason=types_pb.CLOSING_REASON_OTHER)
    number = (await world.desk.change(ACCOUNT, closing=closing)).reference
    await world.desk.first(number)
    assert reasons(await world.desk.second(number)) == ["ACCOUNT_BUSY"]
