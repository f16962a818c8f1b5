"""TradingService on gRPC: decode, use case, encode."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from ets.trading.v1 import trading_service_pb2 as api
from ets.trading.v1 import trading_service_pb2_grpc
from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import AccountNo, CreditCode, MarketCode, OrderId, ProductCode
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import item_results
from ets_kernel.runtime.grpc.methods import Context
from google.protobuf.message import Message

from trading.adapters.answers import first_answer
from trading.adapters.encoding import SIDES, parse_date, quote_message
from trading.app.accept_block_deals import DealAcceptance, accept_block_deals
from trading.app.cancel_orders import OrderCancel, cancel_orders
from trading.app.confirm_cash_withdrawals import CashConfirmation, confirm_cash_withdrawals
from trading.app.open_trading_accounts import AccountOpening, open_trading_accounts
from trading.app.place_listed_orders import OrderPlacement, place_listed_orders
from trading.app.ports import Outcome, UnitOfWork
from trading.app.propose_block_deals import BlockDeal, propose_block_deals
from trading.app.record_deposits import record_deposits
from trading.app.request_cash_withdrawals import CashWanted, request_cash_withdrawals
from trading.app.run_market_close import run_market_close
from trading.app.run_settlement import Settlement, run_settlement
from trading.app.set_reference_prices import ReferencePrice, set_reference_prices
from trading.app.take_listed_orders import OrderTake, take_listed_orders
from trading.app.withdraw_units import UnitsWanted, withdraw_units
from trading.domain.movements import BankDeposit
from trading.domain.rules import Markets

R = TypeVar("R", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the commands need."""

    door: Door[UnitOfWork]
    database: Database
    clock: Clock
    calendar: SessionCalendar
    markets: Markets
    settlement: Settlement


class TradingServicer(trading_service_pb2_grpc.TradingServiceServicer):
    """The commands."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def _batch(
        self,
        request: Message,
        response: type[R],
        decide: Callable[[UnitOfWork], Awaitable[list[Outcome]]],
    ) -> R:
        async def use_case(uow: UnitOfWork) -> R:
            return response(results=item_results(await decide(uow)))

        return await self._desk.door.execute(request, use_case)

    async def OpenTradingAccounts(
        self, request: api.OpenTradingAccountsRequest, context: Context
    ) -> api.OpenTradingAccountsResponse:
        openings = [
            AccountOpening(
                market=MarketCode(item.market),
                credit_code=item.credit_code,
                name=item.name,
                holder_account_no=AccountNo(item.holder_account_no),
            )
            for item in request.accounts
        ]
        return await self._batch(
            request,
            api.OpenTradingAccountsResponse,
            lambda uow: open_trading_accounts(openings, uow=uow, markets=self._desk.markets),
        )

    async def RecordDeposits(
        self, request: api.RecordDepositsRequest, context: Context
    ) -> api.RecordDepositsResponse:
        deposits = [
            BankDeposit(
                bank_reference=item.bank_reference,
                account_no=AccountNo(item.account_no),
                quantity_fen=item.quantity_fen,
            )
            for item in request.deposits
        ]
        return await self._batch(
            request, api.RecordDepositsResponse, lambda uow: record_deposits(deposits, uow=uow)
        )

    async def RequestCashWithdrawals(
        self, request: api.RequestCashWithdrawalsRequest, context: Context
    ) -> api.RequestCashWithdrawalsResponse:
        wanted = [
            CashWanted(
                market=MarketCode(item.market),
                credit_code=CreditCode(item.credit_code),
                quantity_fen=item.quantity_fen,
            )
            for item in request.withdrawals
        ]
        return await self._batch(
            request,
            api.RequestCashWithdrawalsResponse,
            lambda uow: request_cash_withdrawals(wanted, uow=uow, markets=self._desk.markets),
        )

    async def ConfirmCashWithdrawals(
        self, request: api.ConfirmCashWithdrawalsRequest, context: Context
    ) -> api.ConfirmCashWithdrawalsResponse:
        confirmations = [
            CashConfirmation(cash_withdrawal_no=item.cash_withdrawal_no, is_paid=item.is_paid)
            for item in request.confirmations
        ]
        return await self._batch(
            request,
            api.ConfirmCashWithdrawalsResponse,
            lambda uow: confirm_cash_withdrawals(confirmations, uow=uow),
        )

    async def WithdrawUnits(
        self, request: api.WithdrawUnitsRequest, context: Context
    ) -> api.WithdrawUnitsResponse:
        wanted = [
            UnitsWanted(
                market=MarketCode(item.market),
                credit_code=CreditCode(item.credit_code),
                product=ProductCode(item.product),
                quantity_tco2e=item.quantity_tco2e,
            )
            for item in request.withdrawals
        ]
        return await self._batch(
            request,
            api.WithdrawUnitsResponse,
            lambda uow: withdraw_units(wanted, uow=uow, markets=self._desk.markets),
        )

    async def SetReferencePrices(
        self, request: api.SetReferencePricesRequest, context: Context
    ) -> api.SetReferencePricesResponse:
        prices = [
            ReferencePrice(
                market=MarketCode(item.market),
                product=ProductCode(item.product),
                price_fen_per_tco2e=item.price_fen_per_tco2e,
            )
            for item in request.prices
        ]
        return await self._batch(
            request,
            api.SetReferencePricesResponse,
            lambda uow: set_reference_prices(prices, uow=uow, markets=self._desk.markets),
        )

    async def PlaceListedOrders(
        self, request: api.PlaceListedOrdersRequest, context: Context
    ) -> api.PlaceListedOrdersResponse:
        desk = self._desk
        placements = [
            OrderPlacement(
                market=MarketCode(item.market),
                credit_code=CreditCode(item.credit_code),
                product=ProductCode(item.product),
                side=SIDES[item.side],
                price_fen_per_tco2e=item.price_fen_per_tco2e,
                quantity_tco2e=item.quantity_tco2e,
            )
            for item in request.orders
        ]
        return await self._batch(
            request,
            api.PlaceListedOrdersResponse,
            lambda uow: place_listed_orders(
                placements, uow=uow, clock=desk.clock, calendar=desk.calendar, markets=desk.markets
            ),
        )

    async def TakeListedOrders(
        self, request: api.TakeListedOrdersRequest, context: Context
    ) -> api.TakeListedOrdersResponse:
        desk = self._desk
        takes = [
            OrderTake(
                credit_code=CreditCode(item.credit_code),
                order_no=OrderId(item.order_no),
                quantity_tco2e=item.quantity_tco2e,
            )
            for item in request.takes
        ]
        return await self._batch(
            request,
            api.TakeListedOrdersResponse,
            lambda uow: take_listed_orders(
                takes, uow=uow, clock=desk.clock, calendar=desk.calendar, markets=desk.markets
            ),
        )

    async def CancelOrders(
        self, request: api.CancelOrdersRequest, context: Context
    ) -> api.CancelOrdersResponse:
        cancels = [
            OrderCancel(credit_code=CreditCode(item.credit_code), order_no=OrderId(item.order_no))
            for item in request.cancels
        ]
        return await self._batch(
            request,
            api.CancelOrdersResponse,
            lambda uow: cancel_orders(cancels, uow=uow, clock=self._desk.clock),
        )

    async def ProposeBlockDeals(
        self, request: api.ProposeBlockDealsRequest, context: Context
    ) -> api.ProposeBlockDealsResponse:
        desk = self._desk
        deals = [
            BlockDeal(
                market=MarketCode(item.market),
                credit_code=CreditCode(item.credit_code),
                buyer_credit_code=CreditCode(item.buyer_credit_code),
                product=ProductCode(item.product),
                price_fen_per_tco2e=item.price_fen_per_tco2e,
                quantity_tco2e=item.quantity_tco2e,
            )
            for item in request.deals
        ]
        return await self._batch(
            request,
            api.ProposeBlockDealsResponse,
            lambda uow: propose_block_deals(
                deals, uow=uow, clock=desk.clock, calendar=desk.calendar, markets=desk.markets
            ),
        )

    async def AcceptBlockDeals(
        self, request: api.AcceptBlockDealsRequest, context: Context
    ) -> api.AcceptBlockDealsResponse:
        desk = self._desk
        acceptances = [
            DealAcceptance(credit_code=CreditCode(item.credit_code), proposal_no=item.proposal_no)
            for item in request.acceptances
        ]
        return await self._batch(
            request,
            api.AcceptBlockDealsResponse,
            lambda uow: accept_block_deals(
                acceptances, uow=uow, clock=desk.clock, calendar=desk.calendar, markets=desk.markets
            ),
        )

    async def RunMarketClose(
        self, request: api.RunMarketCloseRequest, context: Context
    ) -> api.RunMarketCloseResponse:
        desk = self._desk
        trading_date = parse_date(request.trading_date, "trading_date")

        async def use_case(uow: UnitOfWork) -> api.RunMarketCloseResponse:
            closed = await run_market_close(
                trading_date, uow=uow, clock=desk.clock, calendar=desk.calendar, markets=desk.markets
            )
            return api.RunMarketCloseResponse(
                quotes=map(quote_message, closed.quotes), expired_count=closed.expired_count
            )

        return await desk.door.execute(request, use_case)

    async def RunSettlement(
        self, request: api.RunSettlementRequest, context: Context
    ) -> api.RunSettlementResponse:
        trading_date = parse_date(request.trading_date, "trading_date")
        answered = await first_answer(self._desk.database, request)
        if answered is not None:
            return cast("api.RunSettlementResponse", answered)
        report = await run_settlement(trading_date, settlement=self._desk.settlement)
        response = api.RunSettlementResponse(
            settled_count=report.settled_count,
            failed_count=report.failed_count,
            open_count=report.open_count,
        )
        if report.open_count:
            # Not finished, so the same request goes on where this one stopped.
            return response

        async def use_case(_uow: UnitOfWork) -> api.RunSettlementResponse:
            return response

        return await self._desk.door.execute(request, use_case)
