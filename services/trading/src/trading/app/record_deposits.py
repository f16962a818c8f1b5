"""Book cash that arrived at the settlement bank (入金)."""

from collections.abc import Sequence

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.domain.accounts import CashMove
from trading.domain.errors import BankReferenceReused
from trading.domain.movements import BankDeposit
from trading.domain.sheet import BANK, Cause


async def record_deposits(deposits: Sequence[BankDeposit], *, uow: UnitOfWork) -> list[Outcome]:
    """Book deposits; per item the bank's reference or TRADING_ACCOUNT_NOT_FOUND, BANK_REFERENCE_REUSED."""
    known = await uow.movements.known_references({deposit.bank_reference for deposit in deposits})
    sheet = await uow.sheets.load({deposit.account_no for deposit in deposits})
    booked: list[BankDeposit] = []

    def decide(deposit: BankDeposit) -> str:
        sheet.account(deposit.account_no)
        if deposit.bank_reference in known:
            raise BankReferenceReused(
                f"{deposit.bank_reference} was booked.", bank_reference=deposit.bank_reference
            )
        known.add(deposit.bank_reference)
        booked.append(deposit)
        sheet.post_cash(
            Cause.DEPOSIT,
            deposit.bank_reference,
            {
                deposit.account_no: CashMove(available_fen=deposit.quantity_fen),
                BANK: CashMove(available_fen=-deposit.quantity_fen),
            },
        )
        return deposit.bank_reference

    outcomes = decide_each(deposits, decide)
    await uow.movements.add_deposits(booked)
    await uow.sheets.save(sheet)
    return outcomes
