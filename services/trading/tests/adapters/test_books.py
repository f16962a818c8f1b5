"""The books: their columns, and the identities that they must show."""

from ets.trading.v1 import trading_types_pb2 as types
from ets_kernel.runtime.books import BookKeeper
from trading.adapters.books import BOOKS
from trading_market import ANN, BOB, CEA, MONDAY
from trading_steps import open_account, order, set_price

COLUMNS = {
    "accounts": "account_no market credit_code holder_account_no",
    "positions": "account_no market holder_account_no product available_tco2e frozen_tco2e bought_today_tco2e"
    " in_transit_tco2e",
    "cash": "account_no available_fen frozen_fen",
    "cash_totals": "kind quantity_fen",
    "cash_journal_totals": "account_no available_fen frozen_fen",
    "orders": "order_no account_no product side price_fen_per_tco2e quantity_tco2e filled_tco2e status",
    "trades": "trade_no market trading_date mode seller_account_no buyer_account_no seller_holder_account_no"
    " buyer_holder_account_no product price_fen_per_tco2e quantity_tco2e turnover_fen status",
    "quotes": "market product trading_date close_fen_per_tco2e listed_tco2e listed_turnover_fen block_tco2e"
    " block_turnover_fen",
    "transfers_in": "transfer_no market holder_account_no product quantity_tco2e state",
    "withdrawals": "withdrawal_no market holder_account_no product quantity_tco2e state",
}


def test_the_books_have_the_columns_that_others_rely_on():
    assert {book.name: " ".join(book.columns) for book in BOOKS if book.name in COLUMNS} == COLUMNS


async def test_the_books_of_a_traded_day_add_up(market):
    ann = await open_account(market, ANN, units=1_000)
    bob = await open_account(market, BOB, cash=10_000_000)
    await set_price(market)
    (order_no,) = await market.batch("PlaceListedOrders", orders=[order(ANN, types.SIDE_SELL, 150)])
    await market.batch(
        "TakeListedOrders", takes=[{"credit_code": BOB, "order_no": order_no, "quantity_tco2e": 100}]
    )
    wanted = [{"market": "CEA", "credit_code": BOB, "quantity_fen": 9_000}]
    (number,) = await market.batch("RequestCashWithdrawals", withdrawals=wanted)
    await market.batch(
        "ConfirmCashWithdrawals", confirmations=[{"cash_withdrawal_no": number, "is_paid": True}]
    )
    market.at(MONDAY, 15)
    await market.call("RunMarketClose", trading_date="2021-11-01")
    await market.call("RunSettlement", trading_date="2021-11-01")
    units = [{"market": "CEA", "credit_code": ANN, "product": CEA, "quantity_tco2e": 200}]
    await market.batch("WithdrawUnits", withdrawals=units)
    keeper = BookKeeper(database=market.database, clock=market.clock, books=BOOKS, consumer="trading")
    capture = await keeper.capture()
    book = {name: [row for _, row in captured.rows()] for name, captured in capture.books.items()}
    assert book["positions"] == [
        [ann, "CEA", f"R-E-{ANN}", CEA, "700", "0", "0", "200"],
        [bob, "CEA", f"R-E-{BOB}", CEA, "0", "0", "100", "0"],
    ]
    totals = {kind: int(quantity) for kind, quantity in book["cash_totals"]}
    assert totals["deposits"] - totals["paid_withdrawals"] == totals["available"] + totals["frozen"]
    assert (totals["bank"], totals["journal"]) == (-(10_000_000 - 9_000), 0)
    customers = [row for row in book["cash_journal_totals"] if not row[0].startswith("SYS-")]
    assert customers == [row for row in book["cash"] if row[1:] != ["0", "0"]]
    assert ["SYS-REGISTRY", CEA, "-1000", "0", "0", "0"] in book["journal_totals"]
    assert [row[-1] for row in book["trades"]] == ["SETTLED"]
    assert [row[-1] for row in book["orders"]] == ["EXPIRED"]
    assert book["quotes"] == [["CEA", CEA, "2021-11-01", "4265", "100", "426500", "0", "0"]]
    assert [row[-1] for row in book["transfers_in"]] == ["ACCEPTED"]
    assert [row[-1] for row in book["withdrawals"]] == ["REQUESTED"]
