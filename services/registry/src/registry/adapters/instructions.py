"""Instructions: which commands of holders there are, how each is kept, and by which use case it is carried out.

A command's own gRPC service and this table call the same use case. A new command takes a field in
`InstructionForm.command` and a row in COMMANDS.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ets.registry.v1 import registry_accounts_service_pb2 as pb
from ets.registry.v1 import registry_cancellation_service_pb2 as cancellation_pb
from ets.registry.v1 import registry_carry_over_service_pb2 as carry_over_pb
from ets.registry.v1 import registry_service_pb2 as service_pb
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.runtime.auth import current_principal
from google.protobuf.message import Message

from registry.adapters.holder_commands import (
    cancellation_form,
    carry_over_form,
    help_form,
    surrender_form,
    wanted_transfer,
)
from registry.app.confirm_instructions import CarryOut
from registry.app.initiate_instructions import InstructionForm
from registry.app.offer_surrender_help import OfferSurrenderHelp, offer_surrender_help
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.app.submit_cancellation_applications import (
    SubmitCancellationApplications,
    submit_cancellation_applications,
)
from registry.app.submit_carry_over_applications import (
    SubmitCarryOverApplications,
    submit_carry_over_applications,
)
from registry.app.submit_surrender_applications import (
    SubmitSurrenderApplications,
    submit_surrender_applications,
)
from registry.app.transfer_to_trading import TransferToTrading, transfer_units_to_trading
from registry.domain.instructions import Instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of holders: its message, and the use case with one item."""

    message: type[Message]
    carry_out: Callable[[Any, UnitOfWork, Clock], Awaitable[ItemOutcome]]


async def _transfer(message: service_pb.TradingTransfer, uow: UnitOfWork, clock: Clock) -> ItemOutcome:
    command = TransferToTrading(transfers=(wanted_transfer(message),), is_confirmed=True)
    return (await transfer_units_to_trading(command, uow=uow, clock=clock))[0]


async def _surrender(message: service_pb.SurrenderForm, uow: UnitOfWork, clock: Clock) -> ItemOutcome:
    command = SubmitSurrenderApplications(forms=(surrender_form(message),), is_confirmed=True)
    return (await submit_surrender_applications(command, uow=uow, clock=clock))[0]


async def _cancel(message: cancellation_pb.CancellationForm, uow: UnitOfWork, clock: Clock) -> ItemOutcome:
    command = SubmitCancellationApplications(
        forms=(cancellation_form(message),),
        submitted_by=current_principal().subject,
        is_confirmed=True,
    )
    return (await submit_cancellation_applications(command, uow=uow, clock=clock))[0]


async def _carry_over(message: carry_over_pb.CarryOverForm, uow: UnitOfWork, clock: Clock) -> ItemOutcome:
    command = SubmitCarryOverApplications(forms=(carry_over_form(message),), is_confirmed=True)
    return (await submit_carry_over_applications(command, uow=uow, clock=clock))[0]


async def _help(message: surrender_pb.SurrenderHelpOffer, uow: UnitOfWork, clock: Clock) -> ItemOutcome:
    command = OfferSurrenderHelp(forms=(help_form(message),), is_confirmed=True)
    return (await offer_surrender_help(command, uow=uow, clock=clock))[0]


COMMANDS: Final[Mapping[str, Command]] = {
    "transfer_to_trading": Command(message=service_pb.TradingTransfer, carry_out=_transfer),
    "surrender_application": Command(message=service_pb.SurrenderForm, carry_out=_surrender),
    "cancellation_application": Command(message=cancellation_pb.CancellationForm, carry_out=_cancel),
    "carry_over_application": Command(message=carry_over_pb.CarryOverForm, carry_out=_carry_over),
    "surrender_help": Command(message=surrender_pb.SurrenderHelpOffer, carry_out=_help),
}
"""By the name of the field in `InstructionForm.command`, which is the instruction's kind."""


def form_of(message: pb.InstructionForm) -> InstructionForm:
    """Take a command as its canonical bytes; it names the same holder as the form, so that scopes hold.

    The holder is left out of the bytes: it is the account's, and a person's number is kept nowhere else.
    """
    kind = message.WhichOneof("command") or ""
    command = getattr(message, kind)
    if command.credit_code != message.credit_code:
        raise MalformedRequest(
            "the command is another holder's", field=f"instructions.{kind}.credit_code", rule="same holder"
        )
    kept = type(command)()
    kept.CopyFrom(command)
    kept.ClearField("credit_code")
    return InstructionForm(
        holder_no=message.credit_code, kind=kind, body=kept.SerializeToString(deterministic=True)
    )


def carry_out(clock: Clock) -> CarryOut:
    """Make the function that carries out confirmed instructions."""

    async def carry_out_one(instruction: Instruction, holder_no: str, uow: UnitOfWork) -> ItemOutcome:
        command = COMMANDS[instruction.kind]
        message: Any = command.message.FromString(instruction.body)
        message.credit_code = holder_no
        return await command.carry_out(message, uow, clock)

    return carry_out_one
