"""Book what the bank did with cash on its way out: paid, or given back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.domain.accounts import CashMove
from trading.domain.errors import CashWithdrawalAlreadyConfirmed, CashWithdrawalNotFound
from trading.domain.movements import CashWithdrawal, CashWithdrawalStatus
from trading.domain.sheet import BANK, Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class CashConfirmation:
    """What the bank did."""

    cash_withdrawal_no: str
    is_paid: bool


async def confirm_cash_withdrawals(
    confirmations: Sequence[CashConfirmation], *, uow: UnitOfWork
) -> list[Outcome]:
    """Book confirmations; per item the cash withdrawal's number or CASH_WITHDRAWAL_NOT_FOUND,
    CASH_WITHDRAWAL_ALREADY_CONFIRMED.
    """  # noqa: D205
    known = await uow.movements.lock_cash_withdrawals({item.cash_withdrawal_no for item in confirmations})
    sheet = await uow.sheets.load({withdrawal.account_no for withdrawal in known.values()})
    changed: dict[str, CashWithdrawal] = {}

    def decide(item: CashConfirmation) -> str:
        number = item.cash_withdrawal_no
        withdrawal = changed.get(number) or known.get(number)
        if withdrawal is None:
            raise CashWithdrawalNotFound(f"There is no {number}.", cash_withdrawal_no=number)
        if withdrawal.status is not CashWithdrawalStatus.REQUESTED:
            raise CashWithdrawalAlreadyConfirmed(
                f"{number} is {withdrawal.status}.", cash_withdrawal_no=number, status=withdrawal.status
            )
        quantity = withdrawal.quantity_fen
        if item.is_paid:
            legs = {
                withdrawal.account_no: CashMove(frozen_fen=-quantity),
                BANK: CashMove(available_fen=quantity),
            }
            sheet.post_cash(Cause.CASH_WITHDRAWAL_PAID, number, legs)
        else:
            sheet.free_cash(Cause.CASH_WITHDRAWAL_RETURNED, number, withdrawal.account_no, quantity)
        status = CashWithdrawalStatus.PAID if item.is_paid else CashWithdrawalStatus.RETURNED
        changed[number] = replace(withdrawal, status=status)
        return number

    outcomes = decide_each(confirmations, decide)
    await uow.movements.save_cash_withdrawals(list(changed.values()))
    await uow.sheets.save(sheet)
    return outcomes
