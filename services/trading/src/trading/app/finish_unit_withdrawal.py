"""End a withdrawal of units: their registry has them back."""

from dataclasses import dataclass, replace

from ets_kernel.domain.ids import AccountNo, ProductCode

from trading.app.ports import UnitOfWork
from trading.domain.accounts import UnitMove
from trading.domain.errors import UnitWithdrawalDiffers, UnitWithdrawalNotFound
from trading.domain.movements import UnitWithdrawalState
from trading.domain.rules import Markets
from trading.domain.sheet import OUTSIDE, Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsReturned:
    """Units that a registry has back, tCO2e."""

    withdrawal_no: str
    holder_account_no: AccountNo
    product: ProductCode
    quantity_tco2e: int


async def finish_unit_withdrawal(returned: UnitsReturned, *, uow: UnitOfWork, markets: Markets) -> None:
    """Take units out of transit that their registry has back; once.

    UNIT_WITHDRAWAL_NOT_FOUND, UNIT_WITHDRAWAL_DIFFERS for what trading never sent.
    """
    number = returned.withdrawal_no
    withdrawal = (await uow.movements.lock_unit_withdrawals({number})).get(number)
    if withdrawal is None:
        raise UnitWithdrawalNotFound(f"There is no withdrawal {number}.", withdrawal_no=number)
    sent = (withdrawal.holder_account_no, withdrawal.product, withdrawal.quantity_tco2e)
    if sent != (returned.holder_account_no, returned.product, returned.quantity_tco2e):
        raise UnitWithdrawalDiffers(f"{number} was another withdrawal.", withdrawal_no=number)
    if withdrawal.state is UnitWithdrawalState.DONE:
        return
    sheet = await uow.sheets.load((), {(withdrawal.account_no, withdrawal.product)})
    legs = {
        withdrawal.account_no: UnitMove(in_transit_tco2e=-withdrawal.quantity_tco2e),
        OUTSIDE[markets[withdrawal.market].unit_leg]: UnitMove(available_tco2e=withdrawal.quantity_tco2e),
    }
    sheet.post_units(Cause.WITHDRAWAL_DONE, number, withdrawal.product, legs)
    await uow.movements.save_unit_withdrawals([replace(withdrawal, state=UnitWithdrawalState.DONE)])
    await uow.sheets.save(sheet)
