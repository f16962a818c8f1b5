"""Trading accounts with their cash, positions with their units, and what each of their moves looks like.

TRD-4  No balance is ever negative: nobody sells what he does not have or spends what he does not have.
TRD-5  Units bought in a session are free when the next session day begins (T+1), not before.
TRD-12 Whose registration account may send nothing to trading sells nothing more, until that restriction is lifted.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo, CreditCode, MarketCode, ProductCode

from trading.domain.errors import BoughtToday, InsufficientCash, InsufficientPosition, SaleStopped


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderAccount:
    """An account in the registry that keeps a market's units, as that registry told of it."""

    account_no: AccountNo
    credit_code: CreditCode
    # Whether a restriction of use (限制使用) in the registry stops transfers to trading.
    is_sale_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMove:
    """A change of an account's cash, fen."""

    available_fen: int = 0
    frozen_fen: int = 0

    @property
    def total_fen(self) -> int:
        """Give what the account has more afterwards."""
        return self.available_fen + self.frozen_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingAccount:
    """A trading account: who holds it, where its units lie, and its cash in fen."""

    account_no: AccountNo
    market: MarketCode
    credit_code: CreditCode
    name: str
    holder_account_no: AccountNo
    available_fen: int = 0
    frozen_fen: int = 0
    # As of the holder's account in the registry.
    is_sale_stopped: bool = False

    def __post_init__(self) -> None:
        ensure(self.available_fen >= 0, f"{self.account_no} has no negative cash")
        ensure(self.frozen_fen >= 0, f"{self.account_no} has no negative frozen cash")

    def require_sale(self) -> None:
        """Refuse to sell for a holder that is restricted: SALE_STOPPED."""
        if self.is_sale_stopped:
            raise SaleStopped(
                f"{self.holder_account_no} is restricted: it sells nothing.",
                holder_account_no=self.holder_account_no,
            )

    def require_cash(self, wanted_fen: int) -> None:
        """Refuse to go on without that much available cash: INSUFFICIENT_CASH."""
        if wanted_fen > self.available_fen:
            raise InsufficientCash(
                f"{self.account_no} has {self.available_fen} fen, not {wanted_fen}.",
                account_no=self.account_no,
                requested_fen=wanted_fen,
                available_fen=self.available_fen,
            )

    def moved(self, move: CashMove) -> Self:
        """Give the account after a move."""
        return replace(
            self,
            available_fen=self.available_fen + move.available_fen,
            frozen_fen=self.frozen_fen + move.frozen_fen,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMove:
    """A change of a position, tCO2e. `incoming` is no unit of the position: it is agreed and not yet settled."""

    available_tco2e: int = 0
    frozen_tco2e: int = 0
    bought_tco2e: int = 0
    in_transit_tco2e: int = 0
    incoming_tco2e: int = 0
    bought_date: date | None = None

    @property
    def total_tco2e(self) -> int:
        """Give what the position has more afterwards."""
        return self.available_tco2e + self.frozen_tco2e + self.bought_tco2e + self.in_transit_tco2e


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Units of one product in a trading account, tCO2e.

    Bought units are settled and wait for the session after `bought_date`; incoming ones are bought and not settled.
    """

    account_no: AccountNo
    product: ProductCode
    available_tco2e: int = 0
    frozen_tco2e: int = 0
    bought_tco2e: int = 0
    bought_date: date | None = None
    in_transit_tco2e: int = 0
    incoming_tco2e: int = 0

    def __post_init__(self) -> None:
        parts = (
            self.available_tco2e,
            self.frozen_tco2e,
            self.bought_tco2e,
            self.in_transit_tco2e,
            self.incoming_tco2e,
        )
        ensure(min(parts) >= 0, f"{self.account_no} has no negative part of {self.product}")
        ensure(self.bought_tco2e == 0 or self.bought_date is not None, "Bought units have their date")

    def require_units(self, wanted_tco2e: int) -> None:
        """Refuse to go on without that many available units: BOUGHT_TODAY, INSUFFICIENT_POSITION."""
        if wanted_tco2e <= self.available_tco2e:
            return
        bought = self.bought_tco2e + self.incoming_tco2e
        refusal = BoughtToday if wanted_tco2e <= self.available_tco2e + bought else InsufficientPosition
        raise refusal(
            f"{self.account_no} has {self.available_tco2e} tCO2e of {self.product} available, and {bought} bought"
            f" in this session, not {wanted_tco2e}.",
            account_no=self.account_no,
            product=self.product,
            requested_tco2e=wanted_tco2e,
            available_tco2e=self.available_tco2e,
            bought_today_tco2e=bought,
        )

    def release(self, calendar: SessionCalendar, today: date) -> UnitMove | None:
        """Give the move that frees bought units on or after the session day behind their date (T+1)."""
        if self.bought_tco2e == 0 or not is_released(calendar, self.bought_date, today):
            return None
        return UnitMove(available_tco2e=self.bought_tco2e, bought_tco2e=-self.bought_tco2e)

    def moved(self, move: UnitMove) -> Self:
        """Give the position after a move."""
        bought = self.bought_tco2e + move.bought_tco2e
        if move.bought_date is not None and self.bought_tco2e:
            ensure(self.bought_date == move.bought_date, "Units of one session at most wait for the next")
        return replace(
            self,
            available_tco2e=self.available_tco2e + move.available_tco2e,
            frozen_tco2e=self.frozen_tco2e + move.frozen_tco2e,
            bought_tco2e=bought,
            bought_date=(move.bought_date or self.bought_date) if bought else None,
            in_transit_tco2e=self.in_transit_tco2e + move.in_transit_tco2e,
            incoming_tco2e=self.incoming_tco2e + move.incoming_tco2e,
        )


def is_released(calendar: SessionCalendar, bought_date: date | None, today: date) -> bool:
    """Tell whether the next session day after a purchase has come."""
    return bought_date is not None and calendar.next(bought_date) <= today


def bought_move(
    calendar: SessionCalendar, *, trading_date: date, today: date, quantity_tco2e: int
) -> UnitMove:
    """Give the move by which settled units reach their buyer: late settlement finds them free at once."""
    if is_released(calendar, trading_date, today):
        return UnitMove(available_tco2e=quantity_tco2e, incoming_tco2e=-quantity_tco2e)
    return UnitMove(bought_tco2e=quantity_tco2e, incoming_tco2e=-quantity_tco2e, bought_date=trading_date)
