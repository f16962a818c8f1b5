"""Confirm instructions (确认): the command is carried out with the confirmation."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import AccountNotFound, EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import AddressedAccounts
from registry.domain.instructions import (
    Instruction,
    InstructionStatus,
    account_no_of,
    decide,
    instruction_not_found,
    refusal_of_decision,
)
from registry.domain.operators import Operator

CarryOut = Callable[[Instruction, str, UnitOfWork], Awaitable[ItemOutcome]]
"""Carries out an instruction's command for its holder, by its own use case, as one that is confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Instructions of one holder in order, and who decides on them."""

    holder_no: str
    instruction_nos: tuple[str, ...]
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decidable:
    """What is known of the instructions that are decided on, with the decisions of the same call."""

    accounts: AddressedAccounts
    instructions: dict[str, Instruction]
    operators: Mapping[str, Sequence[Operator]]

    def refused(self, instruction_no: str, decision: Decision) -> EtsError | None:
        """Tell why nobody, or not this person, decides on an instruction."""
        instruction = self.instructions.get(instruction_no)
        if instruction is None:
            return instruction_not_found(instruction_no)
        account = self.accounts.found(instruction.account_no, holder_no=decision.holder_no)
        if isinstance(account, AccountNotFound):
            return instruction_not_found(instruction_no)
        if isinstance(account, EtsError):
            return account
        return refusal_of_decision(
            instruction, self.operators.get(account.account_no, ()), decision.decided_by
        )


async def confirm_instructions(
    decision: Decision, *, uow: UnitOfWork, clock: Clock, carry_out: CarryOut
) -> Sequence[ItemOutcome]:
    """Carry out each command that a confirmer may decide on; one that is refused for its own reason still waits."""
    return await decide_each(
        decision, InstructionStatus.CARRIED_OUT, uow=uow, at=clock.now(), carry_out=carry_out
    )


async def decide_each(
    decision: Decision, status: InstructionStatus, *, uow: UnitOfWork, at: datetime, carry_out: CarryOut
) -> Sequence[ItemOutcome]:
    """Decide on each instruction that this person may decide on, if what follows from the decision can be."""
    known = await _decidable(decision, uow)
    decided: dict[str, Instruction] = {}
    outcomes: list[ItemOutcome] = []
    for number in decision.instruction_nos:
        refusal = known.refused(number, decision)
        if refusal is not None:
            outcomes.append(refusal)
            continue
        instruction = known.instructions[number]
        outcome = await carry_out(instruction, decision.holder_no, uow)
        outcomes.append(outcome)
        if not isinstance(outcome, EtsError):
            decided[number] = known.instructions[number] = decide(
                instruction,
                status,
                decided_by=decision.decided_by,
                reference=outcome if status is InstructionStatus.CARRIED_OUT else "",
                at=at,
            )
    await uow.instructions.save(list(decided.values()))
    return outcomes


async def _decidable(decision: Decision, uow: UnitOfWork) -> Decidable:
    """Lock the accounts of instructions, and give all that deciding needs."""
    accounts = await uow.accounts.lock({account_no_of(number) for number in decision.instruction_nos})
    return Decidable(
        accounts=accounts,
        instructions=dict(await uow.instructions.get(decision.instruction_nos)),
        operators=await uow.operators.of(accounts.keys()),
    )
