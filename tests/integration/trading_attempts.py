"""What the exchange must refuse. 4 November 2021 is a session, 6 November a Saturday."""

from typing import Any

from attempts import ALLOWANCE, Act, Attempt, Bench, beijing, entity_of
from ets.trading.v1.trading_service_pb2 import (
    BlockDealProposal,
    ListedOrderPlacement,
    PlaceListedOrdersRequest,
    ProposeBlockDealsRequest,
    UnitWithdrawal,
    WithdrawUnitsRequest,
)
from ets.trading.v1.trading_types_pb2 import Side
from ets_kernel.domain.quantities import price_bound
from simulation.window import world as actors
from small_plan import small_scenario

SELL, BUY = Side.SIDE_SELL, Side.SIDE_BUY
CLOSE_FEN = small_scenario()["november_close_fen"]
OPEN = beijing(11, 4, 10)
AFTERNOON = beijing(11, 4, 13, 30)
AFTER_HOURS = beijing(11, 4, 15)
LUNCH = beijing(11, 4, 11, 30)
SATURDAY = beijing(11, 6, 10)


def order(
    side: Side.ValueType, quantity_tco2e: int, price_fen: int = CLOSE_FEN, *, kind: str = "RESERVE"
) -> Act:
    """Place a listed order."""

    async def act(bench: Bench) -> Any:
        placement = ListedOrderPlacement(
            market="CEA", credit_code=entity_of(kind).credit_code, product=ALLOWANCE, side=side,
            price_fen_per_tco2e=price_fen, quantity_tco2e=quantity_tco2e,
        )  # fmt: skip
        return await bench.world.trading(actors.AGENTS).PlaceListedOrders(
            PlaceListedOrdersRequest(request_id=bench.request_id(), orders=[placement])
        )

    return act


def block(quantity_tco2e: int, price_fen: int = CLOSE_FEN) -> Act:
    """Propose a block deal."""

    async def act(bench: Bench) -> Any:
        proposal = BlockDealProposal(
            market="CEA", credit_code=entity_of("RESERVE").credit_code,
            buyer_credit_code=entity_of("BUYER").credit_code, product=ALLOWANCE,
            price_fen_per_tco2e=price_fen, quantity_tco2e=quantity_tco2e,
        )  # fmt: skip
        return await bench.world.trading(actors.AGENTS).ProposeBlockDeals(
            ProposeBlockDealsRequest(request_id=bench.request_id(), deals=[proposal])
        )

    return act


async def withdraw_above_position(bench: Bench) -> Any:
    withdrawal = UnitWithdrawal(
        market="CEA", credit_code=entity_of("RESERVE").credit_code, product=ALLOWANCE, quantity_tco2e=10**9
    )
    return await bench.world.trading(actors.AGENTS).WithdrawUnits(
        WithdrawUnitsRequest(request_id=bench.request_id(), withdrawals=[withdrawal])
    )


LISTED_HIGH = price_bound(CLOSE_FEN, 10, upper=True)
LISTED_LOW = price_bound(CLOSE_FEN, 10, upper=False)
BLOCK_HIGH = price_bound(CLOSE_FEN, 30, upper=True)
BLOCK_LOW = price_bound(CLOSE_FEN, 30, upper=False)

TRADING_ATTEMPTS = [
    Attempt(
        "listed order a fen above the limit", OPEN, order(BUY, 1, LISTED_HIGH + 1), "PRICE_OUTSIDE_LIMIT"
    ),
    Attempt("listed order a fen below the limit", OPEN, order(BUY, 1, LISTED_LOW - 1), "PRICE_OUTSIDE_LIMIT"),
    Attempt("listed order of a block's size", OPEN, order(BUY, 100_000), "QUANTITY_OUTSIDE_LIMIT"),
    Attempt("order over position", OPEN, order(SELL, 99_999), "INSUFFICIENT_POSITION"),
    Attempt("order over cash", OPEN, order(BUY, 99_999), "INSUFFICIENT_CASH"),
    Attempt(
        "order of somebody without an account", OPEN, order(BUY, 1, kind="PLAIN"), "TRADING_ACCOUNT_NOT_FOUND"
    ),
    Attempt("units out over position", OPEN, withdraw_above_position, "INSUFFICIENT_POSITION"),
    Attempt("block deal in the morning", OPEN, block(100_000), "OUTSIDE_TRADING_HOURS"),
    Attempt("listed order at the lunch break", LUNCH, order(BUY, 1), "OUTSIDE_TRADING_HOURS"),
    Attempt(
        "block deal a fen above the limit", AFTERNOON, block(100_000, BLOCK_HIGH + 1), "PRICE_OUTSIDE_LIMIT"
    ),
    Attempt(
        "block deal a fen below the limit", AFTERNOON, block(100_000, BLOCK_LOW - 1), "PRICE_OUTSIDE_LIMIT"
    ),
    Attempt("block deal of a listed order's size", AFTERNOON, block(99_999), "QUANTITY_OUTSIDE_LIMIT"),
    Attempt("block deal over position", AFTERNOON, block(10_000_000), "INSUFFICIENT_POSITION"),
    Attempt("order at the close", AFTER_HOURS, order(BUY, 1), "OUTSIDE_TRADING_HOURS"),
    Attempt("order on a closed day", SATURDAY, order(BUY, 1), "MARKET_CLOSED"),
]
