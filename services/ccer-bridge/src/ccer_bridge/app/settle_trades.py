"""Unit leg of settlement at the venues (交收): move units between holdings there, once per trade."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.results import ItemOutcome
from ccer_bridge.domain.accounts import Account, refusal_of_use
from ccer_bridge.domain.movements import settlement
from ccer_bridge.domain.projects import refusal_of_product
from ccer_bridge.domain.transfers import Settlement, refusal_of_repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleTrades:
    """Trades of one date in order."""

    trading_date: date
    trades: tuple[Settlement, ...]


async def settle_trades(command: SettleTrades, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Settle each trade in full or not at all; a trade settled before is accepted again and moves nothing."""
    accounts = await uow.accounts.among(
        {trade.seller_account_no for trade in command.trades}
        | {trade.buyer_account_no for trade in command.trades}
    )
    settled = dict(await uow.transfers.lock_settled({trade.trade_no for trade in command.trades}))
    refusals = [_refusal(trade, accounts) for trade in command.trades]
    wanted = [trade for trade, refusal in zip(command.trades, refusals, strict=True) if refusal is None]
    posted = iter(await uow.ledger.post([settlement(trade) for trade in wanted], at=clock.now()))
    results = [refusal or next(posted) for refusal in refusals]
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


def _refusal(trade: Settlement, accounts: Mapping[str, Account]) -> EtsError | None:
    for account_no in (trade.seller_account_no, trade.buyer_account_no):
        refusal = refusal_of_use(accounts.get(account_no), account_no)
        if refusal is not None:
            return refusal
    return refusal_of_product(trade.product, trade.seller_account_no, trade.quantity_tco2e)
