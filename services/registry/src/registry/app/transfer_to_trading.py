"""Send units from registered to trading (登记系统→交易系统)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, ProductCode

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import Account, AccountUse, refusal_of_use
from registry.domain.errors import ProductNotTradable
from registry.domain.events import UnitsTransferredToTrading
from registry.domain.movements import is_tradable, transfer_to_trading
from registry.domain.operators import refusal_of_command
from registry.domain.trading import TradingTransfer, TransferState, transfer_no


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTransfer:
    """Units that an entity wants to sell, tCO2e."""

    credit_code: str
    product: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferToTrading:
    """Transfers in order; `is_confirmed` where a second operator confirmed them."""

    transfers: tuple[WantedTransfer, ...]
    is_confirmed: bool = False


async def transfer_units_to_trading(
    command: TransferToTrading, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Send what each account holds; the units are in transit until trading answers."""
    at = clock.now()
    holder_nos = {wanted.credit_code for wanted in command.transfers}
    accounts = await uow.accounts.lock_of_holders(holder_nos)
    ordinals = dict(await uow.transfers.last_ordinals({account.account_no for account in accounts.values()}))
    decided: list[TradingTransfer | EtsError] = []
    for wanted in command.transfers:
        account = accounts.found(wanted.credit_code)
        if isinstance(account, EtsError):
            decided.append(account)
            continue
        refusal = _refusal(wanted, account, is_confirmed=command.is_confirmed)
        if refusal is not None:
            decided.append(refusal)
            continue
        account_no = account.account_no
        ordinals[account_no] = ordinals.get(account_no, 0) + 1
        decided.append(
            TradingTransfer(
                transfer_no=transfer_no(account_no, ordinals[account_no]),
                ordinal=ordinals[account_no],
                account_no=account_no,
                product=ProductCode(wanted.product),
                quantity_tco2e=wanted.quantity_tco2e,
                state=TransferState.SENT,
            )
        )
    planned = [transfer for transfer in decided if isinstance(transfer, TradingTransfer)]
    results = await uow.ledger.post([transfer_to_trading(transfer) for transfer in planned], at=at)
    refusals = {
        transfer.transfer_no: result
        for transfer, result in zip(planned, results, strict=True)
        if isinstance(result, EtsError)
    }
    sent = [transfer for transfer in planned if transfer.transfer_no not in refusals]
    await uow.transfers.add(sent)
    credit_codes = {account.account_no: account.credit_code for account in accounts.values()}
    for transfer in sent:
        credit_code = CreditCode(credit_codes[transfer.account_no])
        uow.record(UnitsTransferredToTrading(transfer=transfer, credit_code=credit_code, at=at))
    return [
        outcome if isinstance(outcome, EtsError) else refusals.get(outcome.transfer_no, outcome.transfer_no)
        for outcome in decided
    ]


def _refusal(wanted: WantedTransfer, account: Account, *, is_confirmed: bool) -> EtsError | None:
    refusal = refusal_of_command(account, is_confirmed=is_confirmed) or refusal_of_use(
        account, AccountUse.TRANSFER_TO_TRADING
    )
    if refusal is not None:
        return refusal
    if not is_tradable(wanted.product):
        return ProductNotTradable(f"{wanted.product} is not traded here", product=wanted.product)
    return None
