"""Instructions: a holder's command that one operator initiated and another confirms.

Source: as for `registry.domain.operators`.

REG-29  An instruction is decided once, by a confirmer who did not initiate it; its command is carried out with the
        confirmation, or it still waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from ets_kernel.domain.errors import SamePerson
from ets_kernel.domain.ids import AccountNo

from registry.domain.accounts import Account
from registry.domain.errors import (
    ConfirmationNotNeeded,
    InstructionDecidedAlready,
    InstructionNotFound,
    OperatorDutyMissing,
)
from registry.domain.operators import Duty, Operator, refusal_of_operator

PENDING_INSTRUCTION: Final = "instruction"
"""What an account has pending, in words, while one of it waits."""


class InstructionStatus(StrEnum):
    """Where an instruction stands."""

    INITIATED = "initiated"
    CARRIED_OUT = "carried_out"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A command of one item, kept as the bytes of its message without its holder, who is the account's."""

    instruction_no: str
    account_no: AccountNo
    ordinal: int
    kind: str
    body: bytes
    status: InstructionStatus
    initiated_by: str
    initiated_time: datetime
    decided_by: str = ""
    decided_time: datetime | None = None
    # What the command made.
    reference: str = ""


def account_no_of(instruction_no: str) -> str:
    """Give the number of the account that an instruction is about."""
    return instruction_no.removeprefix("IN-").rpartition("-")[0]


def initiate(
    account: Account,
    operators: Sequence[Operator],
    *,
    kind: str,
    body: bytes,
    last_ordinal: int,
    initiated_by: str,
    at: datetime,
) -> Instruction | ConfirmationNotNeeded | OperatorDutyMissing:
    """Take a command of an open account that a confirmer is to decide on."""
    if not account.is_confirmation_needed:
        return ConfirmationNotNeeded(f"{account.account_no} has no confirmer", account_no=account.account_no)
    refusal = refusal_of_operator(account.account_no, operators, initiated_by, Duty.INITIATOR)
    if refusal is not None:
        return refusal

    # From here on the command waits.
    ordinal = last_ordinal + 1
    return Instruction(
        instruction_no=f"IN-{account.account_no}-{ordinal}",
        account_no=account.account_no,
        ordinal=ordinal,
        kind=kind,
        body=body,
        status=InstructionStatus.INITIATED,
        initiated_by=initiated_by,
        initiated_time=at,
    )


def refusal_of_decision(
    instruction: Instruction, operators: Sequence[Operator], decided_by: str
) -> InstructionDecidedAlready | OperatorDutyMissing | SamePerson | None:
    """Tell why somebody cannot confirm or reject an instruction."""
    if instruction.status is not InstructionStatus.INITIATED:
        return InstructionDecidedAlready(
            f"{instruction.instruction_no} is {instruction.status}",
            instruction_no=instruction.instruction_no,
            status=instruction.status,
        )
    if instruction.initiated_by == decided_by:
        return SamePerson(f"{decided_by} initiated {instruction.instruction_no}", subject=decided_by)
    return refusal_of_operator(instruction.account_no, operators, decided_by, Duty.CONFIRMER)


def decide(
    instruction: Instruction, status: InstructionStatus, *, decided_by: str, reference: str, at: datetime
) -> Instruction:
    """Record the decision."""
    return replace(instruction, status=status, decided_by=decided_by, decided_time=at, reference=reference)


def instruction_not_found(instruction_no: str) -> InstructionNotFound:
    """Refuse an instruction that nobody initiated, or that is another holder's."""
    return InstructionNotFound(f"there is no instruction {instruction_no}", instruction_no=instruction_no)
