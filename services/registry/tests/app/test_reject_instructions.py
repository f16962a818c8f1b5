import pytest
from account_steps import ACCOUNT, CLOCK, with_operators
from registry.app.confirm_instructions import Decision
from registry.app.initiate_instructions import InitiateInstructions, InstructionForm, initiate_instructions
from registry.app.reject_instructions import reject_instructions
from registry.domain.instructions import InstructionStatus
from registry_fakes import market, reasons
from registry_messages import DEFICIT

NUMBER = f"IN-{ACCOUNT}-1"


@pytest.fixture
async def uow():
    """A command of entity 1 waits."""
    uow = await with_operators(await market())
    form = InstructionForm(holder_no=DEFICIT, kind="transfer_to_trading", body=b"body")
    command = InitiateInstructions(forms=(form,), initiated_by="clerk")
    await initiate_instructions(command, uow=uow, clock=CLOCK)
    return uow


async def reject(uow, *numbers, decided_by="head"):
    decision = Decision(holder_no=DEFICIT, instruction_nos=numbers, decided_by=decided_by)
    return await reject_instructions(decision, uow=uow, clock=CLOCK)


async def test_a_rejected_command_is_over(uow):
    outcomes = await reject(uow, NUMBER, NUMBER)
    assert reasons(outcomes) == ["", "INSTRUCTION_DECIDED_ALREADY"]
    rejected = uow.instructions.instructions[NUMBER]
    assert (rejected.status, rejected.decided_by) == (InstructionStatus.REJECTED, "head")
    assert rejected.reference == ""


async def test_nobody_rejects_alone_or_without_the_duty(uow):
    assert reasons(await reject(uow, NUMBER, decided_by="clerk")) == ["SAME_PERSON"]
    assert reasons(await reject(uow, NUMBER, decided_by="stranger")) == ["OPERATOR_DUTY_MISSING"]
    assert reasons(await reject(uow, "IN-none-1")) == ["INSTRUCTION_NOT_FOUND"]
    assert uow.instructions.instructions[NUMBER].status is InstructionStatus.INITIATED
