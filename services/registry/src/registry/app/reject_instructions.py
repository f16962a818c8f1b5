"""Reject instructions: their commands are never carried out."""

from collections.abc import Sequence

from ets_kernel.domain.clock import Clock

from registry.app.confirm_instructions import Decision, decide_each
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.instructions import Instruction, InstructionStatus


async def reject_instructions(decision: Decision, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Reject each instruction that a confirmer may decide on."""
    return await decide_each(
        decision, InstructionStatus.REJECTED, uow=uow, at=clock.now(), carry_out=_carry_out_nothing
    )


async def _carry_out_nothing(instruction: Instruction, holder_no: str, uow: UnitOfWork) -> ItemOutcome:
    del holder_no, uow
    return instruction.instruction_no
