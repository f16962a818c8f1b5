"""Reject instructions: their commands are never carried out."""

from collections.abc import Sequence

from ets_kernel.domain.clock import Clock

from registry.app.confirm_instructions import Decision, decidable
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.instructions import Instruction, InstructionStatus, decide


async def reject_instructions(decision: Decision, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Reject each instruction that a confirmer may decide on."""
    at = clock.now()
    known = await decidable(decision, uow)
    decided: dict[str, Instruction] = {}
    outcomes: list[ItemOutcome] = []
    for number in decision.instruction_nos:
        refusal = known.refused(number, decision)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        decided[number] = known.instructions[number] = decide(
            known.instructions[number],
            InstructionStatus.REJECTED,
            decided_by=decision.decided_by,
            reference="",
            at=at,
        )
        outcomes.append(number)
    await uow.instructions.save(list(decided.values()))
    return outcomes
