"""A market in memory for tests of use cases: traders with cash and units, a price, and what came of a batch."""

from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ets_kernel.domain.clock import business_time
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import AccountNo, trading_account
from trading.app.ports import DayClosed, Outcome
from trading.domain.accounts import Position, TradingAccount
from trading.domain.venue_rules import make_markets
from trading_fakes import CALENDAR, FakeUnitOfWork, at
from trading_market import CCER, CEA

SATURDAY, MONDAY, TUESDAY, WEDNESDAY = (date(2021, 10, 30), *(date(2021, 11, day) for day in (1, 2, 3)))
MARKETS = make_markets()
UseCase = Callable[..., Awaitable[Sequence[Outcome]]]
NOBODY = "91370100000000009X"
PRICE = 4265


def floor(day: date = MONDAY, hour: int = 14, minute: int = 0) -> FakeUnitOfWork:
    """Give an empty market at a moment, with the price of allowances."""
    made = at(business_time(day, hour, minute))
    made.state["references_fen"]["CEA", CEA] = PRICE
    return made


def trader(uow: FakeUnitOfWork, who: str, *, market: str = "CEA", cash: int = 0, **parts: Any) -> AccountNo:
    """Open an account with cash and with the parts of a position."""
    number = trading_account(market, who)
    holder = f"R-E-{who}" if market == "CEA" else f"C-{who}"
    uow.state["accounts"][number] = TradingAccount(
        account_no=number, market=market, credit_code=who, name="n", holder_account_no=holder, available_fen=cash
    )  # fmt: skip
    if parts:
        product = CEA if market == "CEA" else CCER
        uow.state["positions"][number, product] = Position(account_no=number, product=product, **parts)
    return number


def session(uow: FakeUnitOfWork) -> dict[str, Any]:
    """Give what a use case of the session takes beside its items."""
    return {"uow": uow, "clock": uow.clock, "calendar": CALENDAR, "markets": MARKETS}


def closed(uow: FakeUnitOfWork, *days: date) -> None:
    """Let these days, and no others, be closed."""
    uow.state["closed"] = {day: DayClosed(trading_date=day, expired_count=0) for day in days}


def cash_of(uow: FakeUnitOfWork, account_no: str) -> tuple[int, int]:
    """Available and frozen."""
    account = uow.state["accounts"][account_no]
    return account.available_fen, account.frozen_fen


def units_of(uow: FakeUnitOfWork, account_no: str, product: str = CEA) -> tuple[int, ...]:
    """Available, frozen, bought, in transit, incoming."""
    held = uow.state["positions"].get((account_no, product), Position(account_no=account_no, product=product))
    parts = (held.available_tco2e, held.frozen_tco2e, held.bought_tco2e)
    return (*parts, held.in_transit_tco2e, held.incoming_tco2e)


def told(outcomes: Sequence[Outcome]) -> list[str]:
    """Give the numbers of a batch, and the reasons of what was refused."""
    return [outcome.reason if isinstance(outcome, EtsError) else outcome for outcome in outcomes]


async def judged(uow: FakeUnitOfWork, use_case: UseCase, item: Any, /, **beside: Any) -> str:
    """Give the number of an item, or the reason why it was refused, and check that then it changed nothing.

    Without more, the use case is one of the session.
    """
    before = kept(uow)
    (outcome,) = await use_case([item], **(beside or session(uow)))
    if isinstance(outcome, EtsError):
        assert kept(uow) == before
        return outcome.reason
    return outcome


async def judged_in_order(
    uow: FakeUnitOfWork,
    use_case: UseCase,
    item: Any,
    steps: Sequence[tuple[str, dict[str, Any], datetime | None]],
) -> Any:
    """See an item refused for one reason after another; each is mended in it, or by the clock. Give it mended."""
    for reason, mended, moment in steps:
        assert await judged(uow, use_case, item) == reason
        item = replace(item, **mended)
        if moment is not None:
            uow.clock.set(moment)
    return item


def kept(uow: FakeUnitOfWork) -> dict[str, Any]:
    """Give all that is stored; a series that was begun and gave no number is nothing."""
    state = deepcopy(uow.state)
    return {**state, "ordinals": {name: last for name, last in state["ordinals"].items() if last}}
