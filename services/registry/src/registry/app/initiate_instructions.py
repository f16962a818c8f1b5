"""Initiate instructions: a holder's commands that wait for a second operator (发起)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.instructions import Instruction, initiate


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionForm:
    """A command of one item: whose it is, which one, and its message."""

    holder_no: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiateInstructions:
    """Commands in order, and who initiates them."""

    forms: tuple[InstructionForm, ...]
    initiated_by: str


async def initiate_instructions(
    command: InitiateInstructions, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Take each command of an initiator; nothing moves before it is confirmed."""
    at = clock.now()
    accounts = await uow.accounts.lock_of_holders({form.holder_no for form in command.forms})
    account_nos = {account.account_no for account in accounts.values()}
    operators = await uow.operators.of(account_nos)
    ordinals = dict(await uow.instructions.last_ordinals(account_nos))
    taken: list[Instruction] = []
    outcomes: list[ItemOutcome] = []
    for form in command.forms:
        account = accounts.found(form.holder_no)
        if isinstance(account, EtsError):
            outcomes.append(account)
            continue
        decided = initiate(
            account,
            operators.get(account.account_no, ()),
            kind=form.kind,
            body=form.body,
            last_ordinal=ordinals.get(account.account_no, 0),
            initiated_by=command.initiated_by,
            at=at,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        ordinals[account.account_no] = decided.ordinal
        taken.append(decided)
        outcomes.append(decided.instruction_no)
    await uow.instructions.save(taken)
    return outcomes
