"""Commands of holders to their use cases' words: given directly, or confirmed by a second operator."""

from typing import Final

from ets.registry.v1 import registry_cancellation_service_pb2 as cancellation_pb
from ets.registry.v1 import registry_carry_over_service_pb2 as carry_over_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets_ledger.domain.values import SerialRange

from registry.app.offer_surrender_help import HelpForm
from registry.app.submit_carry_over_applications import CarryOverForm
from registry.app.submit_surrender_applications import SurrenderForm
from registry.app.transfer_to_trading import WantedTransfer
from registry.domain.cancellation import CancellationForm, CancellationPurpose
from registry.domain.surrender_help import Helper

PURPOSES: Final = {
    CancellationPurpose.PUBLIC_GOOD: cancellation_pb.CANCELLATION_PURPOSE_PUBLIC_GOOD,
    CancellationPurpose.EVENT_NEUTRALITY: cancellation_pb.CANCELLATION_PURPOSE_EVENT_NEUTRALITY,
    CancellationPurpose.OWN_EMISSIONS: cancellation_pb.CANCELLATION_PURPOSE_OWN_EMISSIONS,
    CancellationPurpose.OTHER: cancellation_pb.CANCELLATION_PURPOSE_OTHER,
}
_PURPOSE_OF: Final = {value: purpose for purpose, value in PURPOSES.items()}


def wanted_transfer(message: pb.TradingTransfer) -> WantedTransfer:
    """Take a transfer to trading."""
    return WantedTransfer(
        credit_code=message.credit_code, product=message.product, quantity_tco2e=message.quantity_tco2e
    )


def surrender_form(message: pb.SurrenderForm) -> SurrenderForm:
    """Take a surrender application."""
    return SurrenderForm(
        credit_code=message.credit_code,
        period=message.period,
        lines=tuple((line.product, line.quantity_tco2e) for line in message.lines),
    )


def help_form(message: surrender_pb.SurrenderHelpOffer) -> HelpForm:
    """Take an offer of help."""
    return HelpForm(
        helper=Helper(credit_code=message.credit_code, account_no=message.account_no),
        credit_code=message.entity_credit_code,
        period=message.period,
        lines=tuple((line.product, line.quantity_tco2e) for line in message.lines),
    )


def cancellation_form(message: cancellation_pb.CancellationForm) -> CancellationForm:
    """Take an application to cancel units."""
    return CancellationForm(
        account_no=message.account_no,
        holder_no=message.credit_code,
        product=message.product,
        quantity_tco2e=message.quantity_tco2e,
        serials=tuple(SerialRange(span.serial_start, span.serial_end) for span in message.serials),
        purpose=_PURPOSE_OF[message.purpose],
        beneficiary=message.beneficiary,
    )


def carry_over_form(message: carry_over_pb.CarryOverForm) -> CarryOverForm:
    """Take an application to carry units over."""
    return CarryOverForm(
        credit_code=message.credit_code,
        lines=tuple((line.product, line.quantity_tco2e) for line in message.lines),
    )
