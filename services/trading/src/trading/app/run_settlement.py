"""Settle agreed trades, trade by trade (逐笔全额): the unit leg in its registry, then the cash, or neither.

Three kinds of step, each a transaction or a call of its own, so that stopping between any two loses nothing:
trades are put into batches and marked SETTLING; the registry is called with a batch under its permanent id; its answer
moves cash and positions. Running again sends every batch without an answer again, and the registry answers the same.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.canonical import canonical_row
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError, Unavailable
from ets_kernel.domain.ids import MarketCode, TradeId

from trading.app.ports import Begin, SettlementBatch, UnitOfWork, UnitRegistry
from trading.domain.errors import MarketNotYetClosed
from trading.domain.events import TradeFailed, TradeSettled
from trading.domain.rules import Markets, UnitLeg
from trading.domain.trades import Trade, fail, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReport:
    """Trades settled and failed by this run, and those still without an answer."""

    settled_count: int
    failed_count: int
    open_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a run needs."""

    begin: Begin
    registries: Mapping[UnitLeg, UnitRegistry]
    calendar: SessionCalendar
    markets: Markets
    batch_size_max: int


async def run_settlement(trading_date: date, *, settlement: Settlement) -> SettlementReport:
    """Settle all trades up to a trading date; MARKET_NOT_YET_CLOSED.

    A registry that does not answer leaves its trades open for the next run.
    """
    async with settlement.begin() as uow:
        await _check_closed(trading_date, uow, settlement.calendar)
        await _put_in_batches(trading_date, uow, settlement.batch_size_max)
    async with settlement.begin() as uow:
        batches = await uow.trades.unanswered_batches(trading_date)
    settled = failed = left = 0
    # A registry gives out serials in the order of settlement, so no batch overtakes one that it did not answer.
    away: set[UnitLeg] = set()
    for batch in batches:
        unit_leg = settlement.markets[batch.market].unit_leg
        if unit_leg in away:
            left += len(batch.trades)
            continue
        try:
            answers = await settlement.registries[unit_leg].settle(batch)
        except Unavailable:
            away.add(unit_leg)
            left += len(batch.trades)
            continue
        ensure(len(answers) == len(batch.trades), "A registry answers every trade of a batch")
        async with settlement.begin() as uow:
            counts = await _apply(batch, answers, uow)
        settled += counts[0]
        failed += counts[1]
    return SettlementReport(settled_count=settled, failed_count=failed, open_count=left)


async def _check_closed(day: date, uow: UnitOfWork, calendar: SessionCalendar) -> None:
    unclosed = await uow.quotes.unclosed_dates(day)
    if calendar.is_session_day(day) and await uow.quotes.closed_day(day) is None:
        unclosed.append(day)
    if unclosed:
        raise MarketNotYetClosed(f"{unclosed[0]} is not yet closed.", trading_date=unclosed[0])


async def _put_in_batches(up_to: date, uow: UnitOfWork, size_max: int) -> None:
    agreed = sorted(
        await uow.trades.lock_agreed(up_to),
        key=lambda trade: (trade.trading_date, trade.market, trade.trade_no),
    )
    batches: list[SettlementBatch] = []
    for (day, market), group in groupby(agreed, key=lambda trade: (trade.trading_date, trade.market)):
        trades = tuple(group)
        starts = range(0, len(trades), size_max)
        batches.extend(_batch(market, day, trades[start : start + size_max]) for start in starts)
    await uow.trades.put_in_batches(batches)


def _batch(market: MarketCode, day: date, trades: tuple[Trade, ...]) -> SettlementBatch:
    content = hashlib.sha256(b"".join(canonical_row([trade.trade_no]) for trade in trades)).hexdigest()
    return SettlementBatch(
        batch_id=f"settle-{market}-{day}-{content[:32]}", market=market, trading_date=day, trades=trades
    )


async def _apply(
    batch: SettlementBatch, answers: Sequence[EtsError | None], uow: UnitOfWork
) -> tuple[int, int]:
    settling = await uow.trades.lock_settling({trade.trade_no for trade in batch.trades})
    parties = {
        (account_no, trade.product)
        for trade in settling.values()
        for account_no in (trade.seller_account_no, trade.buyer_account_no)
    }
    sheet = await uow.sheets.load((), parties)
    done: list[Trade] = []
    reasons: dict[TradeId, str] = {}
    for sent, refusal in zip(batch.trades, answers, strict=True):
        trade = settling.get(sent.trade_no)
        if trade is None:  # Another run was first, with the same answer.
            continue
        if refusal is None:
            settled = settle(sheet, trade)
            done.append(settled)
            uow.record(TradeSettled(trade=settled))
        else:
            failed = fail(sheet, trade)
            done.append(failed)
            reasons[trade.trade_no] = refusal.reason
            uow.record(TradeFailed(trade=failed, reason=refusal.reason))
    await uow.trades.save_results(done, reasons)
    await uow.sheets.save(sheet)
    return len(done) - len(reasons), len(reasons)
