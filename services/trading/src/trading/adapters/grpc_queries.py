"""TradingQueryService on gRPC: decode, query, encode."""

from ets.trading.v1 import trading_service_pb2 as api
from ets.trading.v1 import trading_service_pb2_grpc
from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import AccountNo, CreditCode, MarketCode, ProductCode
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import as_of, cut_page, page_bounds
from ets_kernel.runtime.grpc.methods import Context

from trading.adapters.db.reads import SqlReads
from trading.adapters.encoding import (
    account_message,
    order_message,
    parse_date,
    position_message,
    quote_message,
    trade_message,
)
from trading.app.ports import UnitOfWork
from trading.app.queries import DateRange, get_trading_account


class TradingQueryServicer(trading_service_pb2_grpc.TradingQueryServiceServicer):
    """The reads."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock, calendar: SessionCalendar) -> None:
        self._door = door
        self._clock = clock
        self._calendar = calendar

    async def GetTradingAccount(
        self, request: api.GetTradingAccountRequest, context: Context
    ) -> api.GetTradingAccountResponse:
        at = as_of(request, self._clock)
        view = await self._door.read(
            lambda connection: get_trading_account(
                AccountNo(request.account_no),
                CreditCode(request.credit_code),
                as_of=at,
                reads=SqlReads(connection),
                calendar=self._calendar,
            )
        )
        return api.GetTradingAccountResponse(
            account=account_message(view.account), positions=map(position_message, view.positions)
        )

    async def ListOpenOrders(
        self, request: api.ListOpenOrdersRequest, context: Context
    ) -> api.ListOpenOrdersResponse:
        at = as_of(request, self._clock)
        page = page_bounds(request, str, int, str)
        orders = await self._door.read(
            lambda connection: SqlReads(connection).open_orders(
                MarketCode(request.market), ProductCode(request.product), at, page.after, page.size + 1
            )
        )
        shown, next_page = cut_page(
            orders, page, lambda order: (order.side.value, order.price_fen_per_tco2e, order.order_no)
        )
        return api.ListOpenOrdersResponse(orders=map(order_message, shown), page=next_page)

    async def ListTrades(self, request: api.ListTradesRequest, context: Context) -> api.ListTradesResponse:
        at = as_of(request, self._clock)
        page = page_bounds(request, str)
        wanted = _date_range(request)
        trades = await self._door.read(
            lambda connection: SqlReads(connection).trades(wanted, at, page.after, page.size + 1)
        )
        shown, next_page = cut_page(trades, page, lambda trade: (trade.trade_no,))
        return api.ListTradesResponse(trades=map(trade_message, shown), page=next_page)

    async def ListDailyQuotes(
        self, request: api.ListDailyQuotesRequest, context: Context
    ) -> api.ListDailyQuotesResponse:
        at = as_of(request, self._clock)
        page = page_bounds(request, str, str, str)
        wanted = _date_range(request)
        quotes = await self._door.read(
            lambda connection: SqlReads(connection).quotes(wanted, at, page.after, page.size + 1)
        )
        shown, next_page = cut_page(
            quotes, page, lambda quote: (quote.trading_date.isoformat(), quote.market, quote.product)
        )
        return api.ListDailyQuotesResponse(quotes=map(quote_message, shown), page=next_page)


def _date_range(request: api.ListTradesRequest | api.ListDailyQuotesRequest) -> DateRange:
    return DateRange(
        market=MarketCode(request.market) if request.market else None,
        first=parse_date(request.from_date, "from_date") if request.from_date else None,
        last=parse_date(request.to_date, "to_date") if request.to_date else None,
    )
