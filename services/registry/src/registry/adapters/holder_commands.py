"""Commands of holders to their use cases' words: given directly, or confirmed by a second operator."""

from ets.registry.v1 import registry_service_pb2 as pb

from registry.app.submit_surrender_applications import SurrenderForm
from registry.app.transfer_to_trading import WantedTransfer


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
