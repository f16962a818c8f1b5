"""Ask to take cash out (出金); it is frozen until the bank confirms."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.ids import CreditCode, MarketCode, trading_account

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.domain.movements import CashWithdrawal, CashWithdrawalStatus
from trading.domain.numbering import Series, series_of
from trading.domain.rules import Markets
from trading.domain.sheet import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class CashWanted:
    """Cash to take out, fen."""

    market: MarketCode
    credit_code: CreditCode
    quantity_fen: int


async def request_cash_withdrawals(
    wanted: Sequence[CashWanted], *, uow: UnitOfWork, markets: Markets
) -> list[Outcome]:
    """Freeze cash to be paid out; per item "CW-<market>-<ordinal>" or TRADING_ACCOUNT_NOT_FOUND, INSUFFICIENT_CASH."""
    series = {
        item.market: series_of(Series.CASH_WITHDRAWAL, item.market)
        for item in wanted
        if item.market in markets
    }
    numbering = await uow.numbers.lock(series.values())
    sheet = await uow.sheets.load({trading_account(item.market, item.credit_code) for item in wanted})
    made: list[CashWithdrawal] = []

    def decide(item: CashWanted) -> str:
        account = sheet.account(trading_account(item.market, item.credit_code))
        number = numbering.peek(series[item.market])
        sheet.freeze_cash(Cause.CASH_WITHDRAWAL_REQUESTED, number, account.account_no, item.quantity_fen)
        numbering.take(series[item.market])
        made.append(
            CashWithdrawal(
                cash_withdrawal_no=number,
                account_no=account.account_no,
                quantity_fen=item.quantity_fen,
                status=CashWithdrawalStatus.REQUESTED,
            )
        )
        return number

    outcomes = decide_each(wanted, decide)
    await uow.movements.save_cash_withdrawals(made)
    await uow.sheets.save(sheet)
    await uow.numbers.save(numbering)
    return outcomes
