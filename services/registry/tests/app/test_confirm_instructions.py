import pytest
from account_steps import ACCOUNT, CLOCK, with_operators
from ets_kernel.domain.errors import TooEarly
from registry.app.confirm_instructions import Decision, confirm_instructions
from registry.app.initiate_instructions import InitiateInstructions, InstructionForm, initiate_instructions
from registry.domain.instructions import InstructionStatus
from registry_fakes import market, reasons
from registry_messages import DEFICIT, SURPLUS

FIRST, SECOND = (f"IN-{ACCOUNT}-{number}" for number in (1, 2))


@pytest.fixture
async def uow():
    """Two commands of entity 1 wait."""
    uow = await with_operators(await market())
    forms = tuple(
        InstructionForm(holder_no=DEFICIT, kind="transfer_to_trading", body=body) for body in (b"1", b"2")
    )
    command = InitiateInstructions(forms=forms, initiated_by="clerk")
    await initiate_instructions(command, uow=uow, clock=CLOCK)
    return uow


class Commands:
    """Carries out commands by remembering them."""

    def __init__(self, refusal=None):
        self.refusal = refusal
        self.carried_out = []

    async def __call__(self, instruction, holder_no, uow):
        assert holder_no == DEFICIT
        self.carried_out.append(instruction.body)
        return self.refusal or f"made-{instruction.ordinal}"


async def confirm(uow, *numbers, decided_by="head", holder_no=DEFICIT, commands=None):
    decision = Decision(holder_no=holder_no, instruction_nos=numbers, decided_by=decided_by)
    return await confirm_instructions(decision, uow=uow, clock=CLOCK, carry_out=commands or Commands())


async def test_the_command_is_carried_out_once_with_the_confirmation(uow):
    commands = Commands()
    outcomes = await confirm(uow, SECOND, SECOND, FIRST, commands=commands)
    assert reasons(outcomes) == ["", "INSTRUCTION_DECIDED_ALREADY", ""]
    assert (outcomes[0], commands.carried_out) == ("made-2", [b"2", b"1"])
    decided = uow.instructions.instructions[SECOND]
    assert decided.status is InstructionStatus.CARRIED_OUT
    assert (decided.decided_by, decided.reference, decided.decided_time) == ("head", "made-2", CLOCK.now())
    assert reasons(await confirm(uow, FIRST)) == ["INSTRUCTION_DECIDED_ALREADY"]


async def test_a_refused_command_still_waits(uow):
    assert reasons(await confirm(uow, FIRST, commands=Commands(TooEarly("not yet")))) == ["TOO_EARLY"]
    assert uow.instructions.instructions[FIRST].status is InstructionStatus.INITIATED
    assert reasons(await confirm(uow, FIRST)) == [""]


async def test_nobody_confirms_alone_without_the_duty_or_for_another_holder(uow):
    commands = Commands()
    for person, reason in (("clerk", "SAME_PERSON"), ("stranger", "OPERATOR_DUTY_MISSING")):
        assert reasons(await confirm(uow, FIRST, decided_by=person, commands=commands)) == [reason]
    assert reasons(await confirm(uow, FIRST, holder_no=SURPLUS, commands=commands)) == [
        "INSTRUCTION_NOT_FOUND"
    ]
    assert reasons(await confirm(uow, "IN-none-1", commands=commands)) == ["INSTRUCTION_NOT_FOUND"]
    assert not commands.carried_out
