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
    known = await uow.transfers.lock_settled({trade.trade_no for trade in command.trades})
    planned: dict[str, Settlement] = {}
    outcomes: list[ItemOutcome] = []
    for trade in command.trades:
        settled = known.get(trade.trade_no) or planned.get(trade.trade_no)
        refusal = refusal_of_repeat(settled, trade) if settled else _refusal(trade, accounts)
        outcomes.append(refusal or trade.trade_no)
        if settled is None and refusal is None:
            planned[trade.trade_no] = trade
    results = await uow.ledger.post([settlement(trade) for trade in planned.values()], at=clock.now())
    refused = {
        trade_no: result
        for trade_no, result in zip(planned, results, strict=True)
        if isinstance(result, EtsError)
    }
    moved = [trade for trade in planned.values() if trade.trade_no not in refused]
    await uow.transfers.add_settled(moved, trading_date=command.trading_date)
    return [
        outcome if isinstance(outcome, EtsError) else refused.get(outcome, outcome) for outcome in outcomes
    ]


def _refusal(trade: Settlement, accounts: Mapping[str, Account]) -> EtsError | None:
    for account_no in (trade.seller_account_no, trade.buyer_account_no):
        refusal = refusal_of_use(accounts.get(account_no), account_no)
        if refusal is not None:
            return refusal
    return refusal_of_product(trade.product, trade.seller_account_no, trade.quantity_tco2e)
