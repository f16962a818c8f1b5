"""Trading by itself: cash, turnovers, quotes, journal.

CHK-19  The cash of all accounts is what was deposited less what was paid out.
CHK-20  No cash and no position is negative.
CHK-21  Every position equals the sum of trading's journal of units.
CHK-22  The turnover of a trade is its price times its quantity.
CHK-23  Volumes and turnovers of a quote are those of the day's trades, and the close is the listed average,
        half-up.
CHK-24  Every trading account's holder has an account where the units lie.
CHK-56  The cash of every account equals the sum of trading's journal of cash.
CHK-57  Every position and all cash belong to a trading account of the same holder.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from consistency_checker.domain.books import (
    ACCOUNTS,
    CASH,
    CASH_JOURNAL_TOTALS,
    CASH_TOTALS,
    CCER_ACCOUNTS,
    CCER_UNITS,
    POSITIONS,
    QUOTES,
    REGISTRY_UNITS,
    TRADES,
    TRADING,
    TRADING_ACCOUNTS,
    TRADING_JOURNAL_TOTALS,
)
from consistency_checker.domain.invariants.comparing import Key, evidence, quantity_differences, summed
from consistency_checker.domain.rows import Quote, Trade
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence, Uncheckable

SYSTEM_PREFIX: Final = "SYS-"
"""Accounts for what is outside of trading: the bank, the registries."""


def cash_is_what_was_paid_in(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the cash of all accounts with deposits less paid withdrawals."""
    totals = {row.kind: row.quantity_fen for row in snapshot.rows(CASH_TOTALS)}
    for kind in ("deposits", "paid_withdrawals"):
        if kind not in totals:
            raise Uncheckable(f"{CASH_TOTALS.path} has no row {kind}")
    expected = totals["deposits"] - totals["paid_withdrawals"]
    found = sum(row.available_fen + row.frozen_fen for row in snapshot.rows(CASH))
    if expected != found:
        yield Evidence(
            subject="cash of all accounts",
            expected=f"{expected} fen deposited and not paid out",
            found=f"{found} fen in {CASH.path}",
        )


def nothing_in_trading_is_negative(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for cash and positions below zero."""
    for cash in snapshot.rows(CASH):
        if min(cash.available_fen, cash.frozen_fen) < 0:
            yield evidence((cash.account_no,), "0 fen or more", f"{cash[1:]} in {CASH.path}")
    for row in snapshot.rows(POSITIONS):
        if min(row[4:]) < 0:
            yield evidence((row.account_no, row.product), "0 tCO2e or more", f"{row[4:]} in {POSITIONS.path}")


def positions_equal_journal(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare positions with the sums of trading's journal of units."""
    expected: dict[Key, int] = {
        (row.account_no, row.product, part): getattr(row, part)
        for row in snapshot.rows(TRADING_JOURNAL_TOTALS)
        if not row.account_no.startswith(SYSTEM_PREFIX)
        for part in row._fields[2:]
    }
    found: dict[Key, int] = {
        (row.account_no, row.product, part): getattr(row, part)
        for row in snapshot.rows(POSITIONS)
        for part in row._fields[4:]
    }
    yield from quantity_differences(
        expected, found, expected_in=TRADING_JOURNAL_TOTALS.path, found_in=POSITIONS.path, keys_max=2
    )
    totals = summed(((row.product,), sum(row[2:])) for row in snapshot.rows(TRADING_JOURNAL_TOTALS))
    for key, total in sorted(totals.items()):
        yield evidence(key, "0, the outside included", f"{total} in {TRADING_JOURNAL_TOTALS.path}")


def cash_equals_journal(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the cash of every account with the sums of trading's journal of cash."""
    expected: dict[Key, int] = {
        (row.account_no, part): getattr(row, part)
        for row in snapshot.rows(CASH_JOURNAL_TOTALS)
        if not row.account_no.startswith(SYSTEM_PREFIX)
        for part in row._fields[1:]
    }
    found: dict[Key, int] = {
        (row.account_no, part): getattr(row, part) for row in snapshot.rows(CASH) for part in row._fields[1:]
    }
    yield from quantity_differences(
        expected, found, expected_in=CASH_JOURNAL_TOTALS.path, found_in=CASH.path, keys_max=1
    )
    total = sum(row.available_fen + row.frozen_fen for row in snapshot.rows(CASH_JOURNAL_TOTALS))
    if total:
        yield Evidence(
            subject="all entries of cash",
            expected="0 fen, the bank included",
            found=f"{total} fen in {CASH_JOURNAL_TOTALS.path}",
        )


def turnovers_are_price_times_quantity(snapshot: Snapshot) -> Iterator[Evidence]:
    """Recompute the turnover of every trade."""
    for row in snapshot.rows(TRADES):
        expected = row.price_fen_per_tco2e * row.quantity_tco2e
        if row.turnover_fen != expected:
            yield evidence((row.trade_no,), f"{expected} fen", f"{row.turnover_fen} fen in {TRADES.path}")


def quotes_follow_from_trades(snapshot: Snapshot) -> Iterator[Evidence]:
    """Recompute volumes, turnovers and closes of every closed day; the close is the listed average, half-up."""
    trades: defaultdict[Key, list[Trade]] = defaultdict(list)
    for trade in snapshot.rows(TRADES):
        trades[trade.market, trade.product, trade.trading_date].append(trade)
    quotes = {(row.market, row.product, row.trading_date): row for row in snapshot.rows(QUOTES)}
    days = {row.trading_date for row in quotes.values()}
    firsts: dict[Key, str] = {}
    for market, product, day in sorted(quotes):
        firsts.setdefault((market, product), day)
    wanted = {(*key, day) for key, first in firsts.items() for day in days if day > first}
    wanted |= {key for key in trades if key[2] in days}
    for key in sorted(wanted - quotes.keys()):
        yield evidence(key, "a quote, as the day is closed", f"none in {QUOTES.path}")
    by_product: defaultdict[Key, list[Quote]] = defaultdict(list)
    for key in sorted(quotes):
        by_product[key[:2]].append(quotes[key])
    for sequence in by_product.values():
        for before, quote in pairwise([None, *sequence]):
            if quote is not None:
                yield from _quote_faults(
                    quote, before, trades.get((quote.market, quote.product, quote.trading_date), [])
                )


def holders_have_accounts(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for trading accounts whose holder has no open account where the units lie."""
    snapshot.join(TRADING, REGISTRY_UNITS.service, CCER_UNITS.service)
    known = {row.account_no for row in snapshot.rows(ACCOUNTS)}
    known |= {row.account_no for row in snapshot.rows(CCER_ACCOUNTS) if row.status == "OPEN"}
    for row in snapshot.rows(TRADING_ACCOUNTS):
        if row.holder_account_no not in known:
            yield evidence((row.holder_account_no,), "an open account", f"only {row.account_no} in trading")


def what_is_held_belongs_to_an_account(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for positions and cash without a trading account, or of another holder than the account's."""
    accounts = {row.account_no: row for row in snapshot.rows(TRADING_ACCOUNTS)}
    for position in snapshot.rows(POSITIONS):
        account = accounts.get(position.account_no)
        holder = (account.market, account.holder_account_no) if account is not None else None
        if holder != (position.market, position.holder_account_no):
            yield evidence(
                (position.account_no,),
                f"an account of {position.holder_account_no} on {position.market}",
                f"{holder or 'none'} in {TRADING_ACCOUNTS.path}",
            )
    for cash in snapshot.rows(CASH):
        if cash.account_no not in accounts:
            yield evidence((cash.account_no,), "a trading account", f"only {CASH.path}")


def _quote_faults(quote: Quote, before: Quote | None, trades: list[Trade]) -> Iterator[Evidence]:
    listed = [trade for trade in trades if trade.mode == "LISTED"]
    block = [trade for trade in trades if trade.mode != "LISTED"]
    volume, turnover = _volume(listed), _turnover(listed)
    close = before.close_fen_per_tco2e if before is not None else quote.close_fen_per_tco2e
    if volume > 0:
        close = (2 * turnover + volume) // (2 * volume)  # Half-up to whole fen.
    expected = (close, volume, turnover, _volume(block), _turnover(block))
    if quote[3:] != expected:
        yield Evidence(
            subject=f"{quote.market} {quote.product} {quote.trading_date}",
            expected=f"{_figures(expected)} from {TRADES.path}",
            found=f"{_figures(quote[3:])} in {QUOTES.path}",
            keys=(quote.market, quote.product, quote.trading_date),
        )


def _figures(values: tuple[int, ...]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(Quote._fields[3:], values, strict=True))


def _volume(trades: list[Trade]) -> int:
    return sum(trade.quantity_tco2e for trade in trades)


def _turnover(trades: list[Trade]) -> int:
    return sum(trade.price_fen_per_tco2e * trade.quantity_tco2e for trade in trades)
