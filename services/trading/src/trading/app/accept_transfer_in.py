"""Take units into a position that a registry sent (转入), or refuse them."""

from dataclasses import dataclass, replace

from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.domain.ids import AccountNo, CreditCode, MarketCode, ProductCode, TransferNo, trading_account

from trading.app.ports import UnitOfWork
from trading.domain.accounts import UnitMove
from trading.domain.errors import TradingAccountNotFound, TransferInDiffers
from trading.domain.events import TransferInAccepted, TransferInRefused
from trading.domain.movements import TransferIn, TransferInState
from trading.domain.rules import Markets, check_product, rules_of
from trading.domain.sheet import OUTSIDE, Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsSent:
    """Units that a registry sent to trading, tCO2e."""

    transfer_no: TransferNo
    market: MarketCode
    credit_code: CreditCode
    holder_account_no: AccountNo
    product: ProductCode
    quantity_tco2e: int


async def accept_transfer_in(sent: UnitsSent, *, uow: UnitOfWork, markets: Markets) -> None:
    """Credit a position with units that a registry sent, or refuse them when there is no trading account.

    Each transfer once. MARKET_UNKNOWN, PRODUCT_INVALID, MALFORMED_REQUEST and TRANSFER_IN_DIFFERS are answers to what
    no registry sends.
    """
    rules = rules_of(markets, sent.market)
    product = check_product(rules, sent.product)
    if sent.quantity_tco2e <= 0:
        raise MalformedRequest("A transfer has units.", field="quantity_tco2e", rule="above zero")
    known = await uow.movements.transfer_in(sent.market, sent.transfer_no)
    account_no = trading_account(sent.market, sent.credit_code)
    sheet = await uow.sheets.load((), {(account_no, product)})
    is_taken = (
        sheet.has_account(account_no)
        and sheet.account(account_no).holder_account_no == sent.holder_account_no
    )
    transfer = TransferIn(
        transfer_no=sent.transfer_no,
        market=sent.market,
        holder_account_no=sent.holder_account_no,
        product=product,
        quantity_tco2e=sent.quantity_tco2e,
        state=TransferInState.ACCEPTED if is_taken else TransferInState.REFUSED,
    )
    if known is not None:
        if replace(known, state=transfer.state) != transfer:
            raise TransferInDiffers(f"{sent.transfer_no} was another transfer.", transfer_no=sent.transfer_no)
        return
    await uow.movements.add_transfer_in(transfer)
    if not is_taken:
        uow.record(TransferInRefused(transfer=transfer, reason=TradingAccountNotFound.reason))
        return
    legs = {
        account_no: UnitMove(available_tco2e=sent.quantity_tco2e),
        OUTSIDE[rules.unit_leg]: UnitMove(available_tco2e=-sent.quantity_tco2e),
    }
    sheet.post_units(Cause.TRANSFERRED_IN, sent.transfer_no, product, legs)
    await uow.sheets.save(sheet)
    uow.record(TransferInAccepted(transfer=transfer))
