"""Take units out of trading (转出): in transit until the registry that keeps them has them back."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.ids import CreditCode, MarketCode, ProductCode, trading_account

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.domain.accounts import UnitMove
from trading.domain.events import WithdrawalRequested
from trading.domain.movements import UnitWithdrawal, UnitWithdrawalState
from trading.domain.numbering import Series, series_of
from trading.domain.rules import Markets
from trading.domain.sheet import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsWanted:
    """Units to take out, tCO2e."""

    market: MarketCode
    credit_code: CreditCode
    product: ProductCode
    quantity_tco2e: int


async def withdraw_units(
    wanted: Sequence[UnitsWanted], *, uow: UnitOfWork, markets: Markets
) -> list[Outcome]:
    """Send units back; per item "W-<market>-<ordinal>" or TRADING_ACCOUNT_NOT_FOUND, BOUGHT_TODAY,
    INSUFFICIENT_POSITION.
    """  # noqa: D205
    series = {
        item.market: series_of(Series.UNIT_WITHDRAWAL, item.market)
        for item in wanted
        if item.market in markets
    }
    numbering = await uow.numbers.lock(series.values())
    keys = {(trading_account(item.market, item.credit_code), item.product) for item in wanted}
    sheet = await uow.sheets.load((), keys)
    made: list[UnitWithdrawal] = []

    def decide(item: UnitsWanted) -> str:
        account = sheet.account(trading_account(item.market, item.credit_code))
        sheet.position(account.account_no, item.product).require_units(item.quantity_tco2e)

        # From here on the withdrawal succeeds.
        number = numbering.peek(series[item.market])
        numbering.take(series[item.market])
        move = UnitMove(available_tco2e=-item.quantity_tco2e, in_transit_tco2e=item.quantity_tco2e)
        sheet.post_units(Cause.WITHDRAWN, number, item.product, {account.account_no: move})
        withdrawal = UnitWithdrawal(
            withdrawal_no=number,
            market=item.market,
            account_no=account.account_no,
            holder_account_no=account.holder_account_no,
            product=item.product,
            quantity_tco2e=item.quantity_tco2e,
            state=UnitWithdrawalState.REQUESTED,
        )
        made.append(withdrawal)
        uow.record(WithdrawalRequested(withdrawal=withdrawal))
        return number

    outcomes = decide_each(wanted, decide)
    await uow.movements.save_unit_withdrawals(made)
    await uow.sheets.save(sheet)
    await uow.numbers.save(numbering)
    return outcomes
