"""Steps that most tests of trading begin with."""

from typing import Any

from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from trading_market import CCER, CEA, Market


def account_opened(credit_code: str, prefix: str = "R-E-") -> Any:
    account = registry_types_pb2.Account(account_no=f"{prefix}{credit_code}", credit_code=credit_code)
    return registry_events_pb2.AccountOpened(account=account)


def ccer_account_reviewed(credit_code: str, status: Any = ccer_types_pb2.ACCOUNT_STATUS_OPEN) -> Any:
    account = ccer_types_pb2.CcerAccount(
        account_no=f"C-{credit_code}", credit_code=credit_code, status=status
    )
    return ccer_events_pb2.CcerAccountReviewed(account=account)


def sent_to_trading(transfer_no: str, credit_code: str, quantity: int, **changed: Any) -> Any:
    fields = {
        "transfer_no": transfer_no,
        "account_no": f"R-E-{credit_code}",
        "credit_code": credit_code,
        "product": CEA,
        "quantity_tco2e": quantity,
    }
    return registry_events_pb2.UnitsTransferredToTrading(**{**fields, **changed})


def sent_to_venue(
    transfer_no: str, credit_code: str, quantity: int, venue: str = "BJ", **changed: Any
) -> Any:
    fields = {
        "transfer_no": transfer_no,
        "account_no": f"C-{credit_code}",
        "credit_code": credit_code,
        "venue": venue,
        "product": CCER,
        "quantity_tco2e": quantity,
    }
    return ccer_events_pb2.UnitsTransferredToVenue(**{**fields, **changed})


def opening(market: str, credit_code: str, **changed: Any) -> dict[str, Any]:
    prefix = "R-E-" if market == "CEA" else "C-"
    fields = {
        "market": market,
        "credit_code": credit_code,
        "name": f"entity {credit_code}",
        "holder_account_no": f"{prefix}{credit_code}",
    }
    return {**fields, **changed}


async def open_account(
    market: Market, credit_code: str, *, on: str = "CEA", cash: int = 0, units: int = 0
) -> str:
    """Open an account on a market and put cash and units into it."""
    reviewed = account_opened(credit_code) if on == "CEA" else ccer_account_reviewed(credit_code)
    await market.event(reviewed)
    (account_no,) = await market.batch("OpenTradingAccounts", accounts=[opening(on, credit_code)])
    assert account_no == f"T-{on}-{credit_code}"
    if cash:
        deposit = {
            "account_no": account_no,
            "quantity_fen": cash,
            "bank_reference": f"bank-{account_no}-{cash}",
        }
        await market.batch("RecordDeposits", deposits=[deposit])
    if units:
        number = f"TT-{account_no}-{units}"
        sent = (
            sent_to_trading(number, credit_code, units)
            if on == "CEA"
            else sent_to_venue(number, credit_code, units, on)
        )
        await market.event(sent)
    return account_no


async def set_price(market: Market, price: int = 4265, product: str = CEA, on: str = "CEA") -> None:
    wanted = {"market": on, "product": product, "price_fen_per_tco2e": price}
    assert await market.batch("SetReferencePrices", prices=[wanted]) == [f"{on}/{product}"]


def order(credit_code: str, side: Any, quantity: int, price: int = 4265, **changed: Any) -> dict[str, Any]:
    fields = {
        "market": "CEA",
        "credit_code": credit_code,
        "product": CEA,
        "side": side,
        "price_fen_per_tco2e": price,
        "quantity_tco2e": quantity,
    }
    return {**fields, **changed}


def deal(seller: str, buyer: str, quantity: int, price: int = 4265, **changed: Any) -> dict[str, Any]:
    fields = {
        "market": "CEA",
        "credit_code": seller,
        "buyer_credit_code": buyer,
        "product": CEA,
        "price_fen_per_tco2e": price,
        "quantity_tco2e": quantity,
    }
    return {**fields, **changed}


async def cash_of(market: Market, account_no: str) -> tuple[int, int]:
    rows = await market.rows(
        f"SELECT available_fen, frozen_fen FROM trading_account WHERE account_no = '{account_no}'"
    )
    return rows[0][0], rows[0][1]


async def units_of(market: Market, account_no: str, product: str = CEA) -> tuple[int, ...]:
    """Available, frozen, bought, in transit, incoming."""
    rows = await market.rows(
        "SELECT available_tco2e, frozen_tco2e, bought_tco2e, in_transit_tco2e, incoming_tco2e FROM position"
        f" WHERE account_no = '{account_no}' AND product = '{product}'"
    )
    return tuple(rows[0]) if rows else (0, 0, 0, 0, 0)
