"""A session: orders, takes and block deals on the exchange and the venues, close and settlement."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from ets.trading.v1.trading_service_pb2 import (
    AcceptBlockDealsRequest,
    BlockDealAcceptance,
    BlockDealProposal,
    CashWithdrawal,
    CashWithdrawalConfirmation,
    ConfirmCashWithdrawalsRequest,
    Deposit,
    ListedOrderPlacement,
    ListedOrderTake,
    OpenTradingAccountsRequest,
    PlaceListedOrdersRequest,
    ProposeBlockDealsRequest,
    RecordDepositsRequest,
    ReferencePrice,
    RequestCashWithdrawalsRequest,
    RunMarketCloseRequest,
    RunSettlementRequest,
    SetReferencePricesRequest,
    TakeListedOrdersRequest,
    TradingAccountOpening,
    UnitWithdrawal,
    WithdrawUnitsRequest,
)
from ets.trading.v1.trading_types_pb2 import Side
from ets_kernel.domain.ids import CreditCode, MarketCode, ccer_account, emitter_account, trading_account
from ets_kernel.domain.products import allowance_product

from simulation.population import plan as planned
from simulation.window import world as actors
from simulation.window.batches import send
from simulation.window.world import World

# A registry that does not answer leaves trades open; each run waits for it for a few seconds.
SETTLEMENT_RUNS_MAX: Final = 20


class SettlementIncomplete(Exception):
    """Trades failed or stayed open in a plan that settles all of them."""


class MarketDay:
    """What traders, banks and the exchange do on one date. Request ids start with `prefix`."""

    def __init__(self, world: World, plan: planned.Plan, names: dict[str, str], prefix: str) -> None:
        self._world = world
        self._plan = plan
        self._names = names
        self._prefix = prefix
        self._product = allowance_product(plan.cycle)

    async def open_accounts(self, openings: Sequence[planned.OpenTradingAccount]) -> None:
        """Open trading accounts, each tied to the account where its units lie."""
        await send(
            self._world.trading(actors.EXCHANGE).OpenTradingAccounts,
            lambda request_id, part: OpenTradingAccountsRequest(request_id=request_id, accounts=part),
            [
                TradingAccountOpening(
                    market=opening.market,
                    credit_code=opening.credit_code,
                    name=self._names[opening.credit_code],
                    holder_account_no=holder_account(opening.market, opening.credit_code),
                )
                for opening in openings
            ],
            f"{self._prefix}-trading-accounts",
        )

    async def set_reference_prices(self) -> None:
        """Give every product the close before its first session."""
        prices = [
            ReferencePrice(
                market=planned.CEA_MARKET,
                product=self._product,
                price_fen_per_tco2e=self._plan.previous_close_fen,
            ),
            *(
                ReferencePrice(market=venue, product=product, price_fen_per_tco2e=price)
                for (venue, product), price in self._plan.reference_prices_fen.items()
            ),
        ]
        await send(
            self._world.trading(actors.EXCHANGE).SetReferencePrices,
            lambda request_id, part: SetReferencePricesRequest(request_id=request_id, prices=part),
            prices,
            f"{self._prefix}-reference-prices",
        )

    async def deposit(self, deposits: Sequence[planned.Deposit]) -> None:
        """Let the settlement bank book what arrived."""
        await send(
            self._world.trading(actors.BANK).RecordDeposits,
            lambda request_id, part: RecordDepositsRequest(request_id=request_id, deposits=part),
            [
                Deposit(
                    account_no=trading_account(MarketCode(deposit.market), CreditCode(deposit.credit_code)),
                    quantity_fen=deposit.amount_fen,
                    bank_reference=f"{self._prefix}-{number}",
                )
                for number, deposit in enumerate(deposits)
            ],
            f"{self._prefix}-deposits",
        )

    async def withdraw_cash(self, withdrawals: Sequence[planned.CashWithdrawal]) -> None:
        """Holders ask for cash and the bank pays it out."""
        numbers = await send(
            self._world.trading(actors.AGENTS).RequestCashWithdrawals,
            lambda request_id, part: RequestCashWithdrawalsRequest(request_id=request_id, withdrawals=part),
            [
                CashWithdrawal(market=w.market, credit_code=w.credit_code, quantity_fen=w.amount_fen)
                for w in withdrawals
            ],
            f"{self._prefix}-cash-out",
        )
        await send(
            self._world.trading(actors.BANK).ConfirmCashWithdrawals,
            lambda request_id, part: ConfirmCashWithdrawalsRequest(request_id=request_id, confirmations=part),
            [CashWithdrawalConfirmation(cash_withdrawal_no=number, is_paid=True) for number in numbers],
            f"{self._prefix}-cash-paid",
        )

    async def withdraw_units(
        self, allowances: Sequence[planned.Transfer], ccer: Sequence[planned.CcerTransfer]
    ) -> None:
        """Holders take units out of trading."""
        await send(
            self._world.trading(actors.AGENTS).WithdrawUnits,
            lambda request_id, part: WithdrawUnitsRequest(request_id=request_id, withdrawals=part),
            [
                *(
                    UnitWithdrawal(
                        market=planned.CEA_MARKET,
                        credit_code=transfer.credit_code,
                        product=self._product,
                        quantity_tco2e=transfer.quantity_tco2e,
                    )
                    for transfer in allowances
                ),
                *(
                    UnitWithdrawal(
                        market=transfer.venue,
                        credit_code=transfer.credit_code,
                        product=transfer.product,
                        quantity_tco2e=transfer.quantity_tco2e,
                    )
                    for transfer in ccer
                ),
            ],
            f"{self._prefix}-units-out",
        )

    async def play_round(self, number: int, one: planned.ListedRound) -> None:
        """Place a round's orders, then take them."""
        agents = self._world.trading(actors.AGENTS)
        order_nos = await send(
            agents.PlaceListedOrders,
            lambda request_id, part: PlaceListedOrdersRequest(request_id=request_id, orders=part),
            [
                ListedOrderPlacement(
                    market=order.market,
                    credit_code=order.seller,
                    product=order.product,
                    side=Side.SIDE_SELL,
                    price_fen_per_tco2e=order.price_fen_per_tco2e,
                    quantity_tco2e=order.quantity_tco2e,
                )
                for order in one.orders
            ],
            f"{self._prefix}-round-{number}-orders",
        )
        numbers = dict(zip((order.ref for order in one.orders), order_nos, strict=True))
        await send(
            agents.TakeListedOrders,
            lambda request_id, part: TakeListedOrdersRequest(request_id=request_id, takes=part),
            [
                ListedOrderTake(
                    credit_code=take.buyer,
                    order_no=numbers[take.order_ref],
                    quantity_tco2e=take.quantity_tco2e,
                )
                for take in one.takes
            ],
            f"{self._prefix}-round-{number}-takes",
        )

    async def play_blocks(self, deals: Sequence[planned.BlockDeal]) -> None:
        """Propose block deals, then accept them."""
        agents = self._world.trading(actors.AGENTS)
        proposal_nos = await send(
            agents.ProposeBlockDeals,
            lambda request_id, part: ProposeBlockDealsRequest(request_id=request_id, deals=part),
            [
                BlockDealProposal(
                    market=deal.market,
                    credit_code=deal.seller,
                    buyer_credit_code=deal.buyer,
                    product=deal.product,
                    price_fen_per_tco2e=deal.price_fen_per_tco2e,
                    quantity_tco2e=deal.quantity_tco2e,
                )
                for deal in deals
            ],
            f"{self._prefix}-proposals",
        )
        await send(
            agents.AcceptBlockDeals,
            lambda request_id, part: AcceptBlockDealsRequest(request_id=request_id, acceptances=part),
            [
                BlockDealAcceptance(credit_code=deal.buyer, proposal_no=number)
                for deal, number in zip(deals, proposal_nos, strict=True)
            ],
            f"{self._prefix}-acceptances",
        )

    async def close_and_settle(self, day: date) -> None:
        """Close all markets and settle every trade; raises SettlementIncomplete."""
        scheduler = self._world.trading(actors.SCHEDULER)
        await scheduler.RunMarketClose(
            RunMarketCloseRequest(request_id=f"{self._prefix}-close", trading_date=day.isoformat())
        )
        for run in range(SETTLEMENT_RUNS_MAX):
            answer = await scheduler.RunSettlement(
                RunSettlementRequest(
                    request_id=f"{self._prefix}-settlement-{run}", trading_date=day.isoformat()
                )
            )
            if answer.failed_count:
                raise SettlementIncomplete(f"{day}: {answer.failed_count} trades failed")
            if not answer.open_count:
                return
        raise SettlementIncomplete(f"{day}: {answer.open_count} trades stayed open")


def holder_account(market: str, credit_code: str) -> str:
    """Name the account where a trader's units lie."""
    if market == planned.CEA_MARKET:
        return emitter_account(CreditCode(credit_code))
    return ccer_account(CreditCode(credit_code))
