import pytest
from account_steps import ACCOUNT, CLOCK, with_operators
from registry.app.initiate_instructions import InitiateInstructions, InstructionForm, initiate_instructions
from registry.domain.accounts import AccountStatus
from registry.domain.instructions import InstructionStatus
from registry_fakes import NOW, emitter, market, reasons
from registry_messages import DEFICIT, SURPLUS, code


@pytest.fixture
async def uow():
    return await with_operators(await market())


def form(holder_no=DEFICIT):
    return InstructionForm(holder_no=holder_no, kind="transfer_to_trading", body=b"body")


async def initiate(uow, *forms, initiated_by="clerk"):
    command = InitiateInstructions(forms=forms, initiated_by=initiated_by)
    return await initiate_instructions(command, uow=uow, clock=CLOCK)


async def test_a_command_waits_as_it_was_given(uow):
    assert await initiate(uow, form(), form()) == [f"IN-{ACCOUNT}-1", f"IN-{ACCOUNT}-2"]
    waiting = uow.instructions.instructions[f"IN-{ACCOUNT}-1"]
    assert (waiting.kind, waiting.body, waiting.status) == (
        "transfer_to_trading",
        b"body",
        InstructionStatus.INITIATED,
    )
    assert (waiting.initiated_by, waiting.initiated_time) == ("clerk", CLOCK.now())


async def test_each_refusal_leaves_the_other_items_alone(uow):
    await uow.accounts.add([emitter(3, status=AccountStatus.CLOSED, closed_time=NOW)])
    outcomes = await initiate(uow, form("nobody"), form(code(3)), form(SURPLUS), form())
    assert reasons(outcomes) == ["ACCOUNT_NOT_FOUND", "ACCOUNT_CLOSED", "CONFIRMATION_NOT_NEEDED", ""]
    for person in ("head", "stranger"):
        assert reasons(await initiate(uow, form(), initiated_by=person)) == ["OPERATOR_DUTY_MISSING"]
    assert len(uow.instructions.instructions) == 1
