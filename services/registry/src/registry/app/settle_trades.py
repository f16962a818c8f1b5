"""Unit leg of settlement (交收): move units between trading holdings, once per trade."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.accounts import AddressedAccounts
from registry.domain.errors import ProductNotTradable
from registry.domain.movements import is_tradable, settlement
from registry.domain.trading import Settlement, refusal_of_repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleTrades:
    """Trades of one date in order."""

    trading_date: date
    trades: tuple[Settlement, ...]


async def settle_trades(command: SettleTrades, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Settle each trade in full or not at all; a trade settled before is accepted again and moves nothing.

    A restriction of receipt stops no trade that was concluded. Only where a trade cannot be settled now is it asked
    whether it was settled before: the journal takes no trade number twice.
    """
    account_nos = {trade.seller_account_no for trade in command.trades}
    account_nos |= {trade.buyer_account_no for trade in command.trades}
    # Accounts are not locked one by one: nobody else moves what lies in trading, and nobody closes them meanwhile.
    await uow.accounts.keep_open()
    open_nos = await uow.accounts.open_among(account_nos)
    others = await uow.accounts.among(account_nos - open_nos)
    refusals = [_refusal(trade, open_nos, others) for trade in command.trades]
    wanted = [trade for trade, refusal in zip(command.trades, refusals, strict=True) if refusal is None]
    posted = iter(await uow.ledger.post([settlement(trade) for trade in wanted], at=clock.now()))
    results = [refusal or next(posted) for refusal in refusals]
    failed = {
        trade.trade_no
        for trade, result in zip(command.trades, results, strict=True)
        if isinstance(result, EtsError)
    }
    settled = dict(await uow.transfers.settled(failed)) if failed else {}
    moved: list[Settlement] = []
    outcomes: list[ItemOutcome] = []
    for trade, result in zip(command.trades, results, strict=True):
        if trade.trade_no in settled:
            outcomes.append(refusal_of_repeat(settled[trade.trade_no], trade) or trade.trade_no)
        elif isinstance(result, EtsError):
            outcomes.append(result)
        else:
            settled[trade.trade_no] = trade
            moved.append(trade)
            outcomes.append(trade.trade_no)
    await uow.transfers.add_settled(moved, trading_date=command.trading_date)
    return outcomes


def _refusal(trade: Settlement, open_nos: Set[str], others: AddressedAccounts) -> EtsError | None:
    for account_no in (trade.seller_account_no, trade.buyer_account_no):
        if account_no not in open_nos and isinstance(account := others.found(account_no), EtsError):
            return account
    if not is_tradable(trade.product):
        return ProductNotTradable(f"{trade.product} is not traded here", product=trade.product)
    return None
