"""Unit leg of settlement (交收): move units between trading holdings, once per trade."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import AccountNotFound, EtsError
from ets_ledger.domain.errors import TransferIdReused

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.errors import ProductNotTradable
from registry.domain.movements import is_tradable, settlement
from registry.domain.trading import Settlement, refusal_of_repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleTrades:
    """Trades of one date in order."""

    trading_date: date
    trades: tuple[Settlement, ...]


async def settle_trades(command: SettleTrades, *, uow: UnitOfWork, clock: Clock) -> Sequence[ItemOutcome]:
    """Settle each trade in full or not at all; a trade settled before is accepted again and moves nothing."""
    open_nos = await uow.accounts.open_among(
        {trade.seller_account_no for trade in command.trades}
        | {trade.buyer_account_no for trade in command.trades}
    )
    known = dict(await uow.transfers.settled({trade.trade_no for trade in command.trades}))
    planned: dict[str, Settlement] = {}
    outcomes: list[ItemOutcome] = []
    for trade in command.trades:
        settled = known.get(trade.trade_no) or planned.get(trade.trade_no)
        refusal = refusal_of_repeat(settled, trade) if settled else _refusal(trade, open_nos)
        outcomes.append(refusal or trade.trade_no)
        if settled is None and refusal is None:
            planned[trade.trade_no] = trade
    results = await uow.ledger.post([settlement(trade) for trade in planned.values()], at=clock.now())
    refused: dict[str, ItemOutcome] = {
        trade_no: result
        for trade_no, result in zip(planned, results, strict=True)
        if isinstance(result, EtsError)
    }
    moved = [trade for trade in planned.values() if trade.trade_no not in refused]
    refused |= await _answers_of_overtaken(planned, refused, uow)
    await uow.transfers.add_settled(moved, trading_date=command.trading_date)
    return [
        outcome if isinstance(outcome, EtsError) else refused.get(outcome, outcome) for outcome in outcomes
    ]


async def _answers_of_overtaken(
    planned: Mapping[str, Settlement], refused: Mapping[str, ItemOutcome], uow: UnitOfWork
) -> dict[str, ItemOutcome]:
    """Answer trades that another batch settled after this one had looked, and before it held the balances."""
    overtaken = [trade_no for trade_no, refusal in refused.items() if isinstance(refusal, TransferIdReused)]
    if not overtaken:
        return {}
    known = await uow.transfers.settled(overtaken)
    return {
        trade_no: refusal_of_repeat(known[trade_no], planned[trade_no]) or trade_no for trade_no in overtaken
    }


def _refusal(trade: Settlement, open_nos: Set[str]) -> EtsError | None:
    for account_no in (trade.seller_account_no, trade.buyer_account_no):
        if account_no not in open_nos:
            return AccountNotFound(f"{account_no} is not open", account_no=account_no)
    if not is_tradable(trade.product):
        return ProductNotTradable(f"{trade.product} is not traded here", product=trade.product)
    return None
