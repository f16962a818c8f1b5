"""The sheet of a batch: cash and units loaded once, moved in memory, written once with their journal.

TRD-6  Every posting is double-entry: its legs sum to zero, the outside of trading (bank, registries) included.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import business_date
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo, ProductCode

from trading.domain.accounts import CashMove, Position, TradingAccount, UnitMove
from trading.domain.errors import TradingAccountNotFound
from trading.domain.rules import UnitLeg

BANK: Final = AccountNo("SYS-BANK")
OUTSIDE: Final[Mapping[UnitLeg, AccountNo]] = {leg: AccountNo(f"SYS-{leg}") for leg in UnitLeg}
_SYSTEM: Final = frozenset((BANK, *OUTSIDE.values()))


class Cause(StrEnum):
    """Why cash or units moved."""

    DEPOSIT = "DEPOSIT"
    CASH_WITHDRAWAL_REQUESTED = "CASH_WITHDRAWAL_REQUESTED"
    CASH_WITHDRAWAL_PAID = "CASH_WITHDRAWAL_PAID"
    CASH_WITHDRAWAL_RETURNED = "CASH_WITHDRAWAL_RETURNED"
    TRANSFERRED_IN = "TRANSFERRED_IN"
    WITHDRAWN = "WITHDRAWN"
    WITHDRAWAL_DONE = "WITHDRAWAL_DONE"
    ORDER_PLACED = "ORDER_PLACED"
    ORDER_ENDED = "ORDER_ENDED"
    DEAL_PROPOSED = "DEAL_PROPOSED"
    DEAL_ENDED = "DEAL_ENDED"
    TRADE_AGREED = "TRADE_AGREED"
    TRADE_SETTLED = "TRADE_SETTLED"
    TRADE_FAILED = "TRADE_FAILED"
    SESSION_BEGUN = "SESSION_BEGUN"


@dataclass(frozen=True, slots=True, kw_only=True)
class CashEntry:
    """One leg of a posting of cash in the journal."""

    account_no: AccountNo
    cause: Cause
    reference: str
    move: CashMove


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEntry:
    """One leg of a posting of units in the journal."""

    account_no: AccountNo
    product: ProductCode
    cause: Cause
    reference: str
    move: UnitMove


PositionKey = tuple[AccountNo, ProductCode]


class Sheet:
    """The accounts and positions that one batch may touch. Not a value: it lives as long as its transaction."""

    def __init__(
        self,
        *,
        accounts: Iterable[TradingAccount],
        positions: Iterable[Position],
        calendar: SessionCalendar,
        now: datetime,
    ) -> None:
        self.now = now
        self.cash_entries: list[CashEntry] = []
        self.unit_entries: list[UnitEntry] = []
        self.today: date = business_date(now)
        self.calendar = calendar
        self._accounts = {account.account_no: account for account in accounts}
        self._positions = {(position.account_no, position.product): position for position in positions}
        self._begin_session()

    def _begin_session(self) -> None:
        for (account_no, product), position in list(self._positions.items()):
            move = position.release(self.calendar, self.today)
            if move is not None:
                self.post_units(Cause.SESSION_BEGUN, f"{position.bought_date}", product, {account_no: move})

    def has_account(self, account_no: AccountNo) -> bool:
        """Tell whether the account exists."""
        return account_no in self._accounts

    def account(self, account_no: AccountNo) -> TradingAccount:
        """Give an account as it now is; TRADING_ACCOUNT_NOT_FOUND."""
        account = self._accounts.get(account_no)
        if account is None:
            raise TradingAccountNotFound(f"There is no trading account {account_no}.", account_no=account_no)
        return account

    def position(self, account_no: AccountNo, product: ProductCode) -> Position:
        """Give a position as it now is, empty when there is none."""
        position = self._positions.get((account_no, product))
        return position if position is not None else Position(account_no=account_no, product=product)

    def post_cash(self, cause: Cause, reference: str, legs: Mapping[AccountNo, CashMove]) -> None:
        """Move cash; the legs sum to zero, and whoever calls has checked that there is enough."""
        ensure(sum(move.total_fen for move in legs.values()) == 0, "The legs of a posting sum to zero")
        for account_no, move in legs.items():
            if account_no not in _SYSTEM:
                self._accounts[account_no] = self._accounts[account_no].moved(move)
            self.cash_entries.append(
                CashEntry(account_no=account_no, cause=cause, reference=reference, move=move)
            )

    def post_units(
        self, cause: Cause, reference: str, product: ProductCode, legs: Mapping[AccountNo, UnitMove]
    ) -> None:
        """Move units of a product; the legs sum to zero, and whoever calls has checked that there are enough."""
        ensure(sum(move.total_tco2e for move in legs.values()) == 0, "The legs of a posting sum to zero")
        for account_no, move in legs.items():
            if account_no not in _SYSTEM:
                self._positions[account_no, product] = self.position(account_no, product).moved(move)
            self.unit_entries.append(
                UnitEntry(account_no=account_no, product=product, cause=cause, reference=reference, move=move)
            )

    def changed_accounts(self) -> list[TradingAccount]:
        """Give the accounts whose cash moved, in number order."""
        numbers = {entry.account_no for entry in self.cash_entries} - _SYSTEM
        return [self._accounts[number] for number in sorted(numbers)]

    def changed_positions(self) -> list[Position]:
        """Give the positions that moved, in key order."""
        keys = {
            (entry.account_no, entry.product)
            for entry in self.unit_entries
            if entry.account_no not in _SYSTEM
        }
        return [self._positions[key] for key in sorted(keys)]

    def freeze_cash(self, cause: Cause, reference: str, account_no: AccountNo, quantity_fen: int) -> None:
        """Hold available cash; INSUFFICIENT_CASH."""
        self.account(account_no).require_cash(quantity_fen)
        move = CashMove(available_fen=-quantity_fen, frozen_fen=quantity_fen)
        self.post_cash(cause, reference, {account_no: move})

    def free_cash(self, cause: Cause, reference: str, account_no: AccountNo, quantity_fen: int) -> None:
        """Give held cash free."""
        move = CashMove(available_fen=quantity_fen, frozen_fen=-quantity_fen)
        self.post_cash(cause, reference, {account_no: move})

    def freeze_units(
        self, cause: Cause, reference: str, account_no: AccountNo, product: ProductCode, quantity_tco2e: int
    ) -> None:
        """Hold available units; BOUGHT_TODAY, INSUFFICIENT_POSITION."""
        self.position(account_no, product).require_units(quantity_tco2e)
        move = UnitMove(available_tco2e=-quantity_tco2e, frozen_tco2e=quantity_tco2e)
        self.post_units(cause, reference, product, {account_no: move})

    def free_units(
        self, cause: Cause, reference: str, account_no: AccountNo, product: ProductCode, quantity_tco2e: int
    ) -> None:
        """Give held units free."""
        move = UnitMove(available_tco2e=quantity_tco2e, frozen_tco2e=-quantity_tco2e)
        self.post_units(cause, reference, product, {account_no: move})
