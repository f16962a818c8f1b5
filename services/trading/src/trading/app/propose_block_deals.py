"""Propose block deals (大宗协议) to a named buyer; the proposer sells."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import CreditCode, MarketCode, ProductCode, trading_account

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.app.sessions import Session, join_session
from trading.domain.errors import OwnOrder
from trading.domain.numbering import Series, series_of
from trading.domain.orders import Proposal, propose
from trading.domain.quotes import ProductOnMarket, base_price
from trading.domain.rules import Markets, check_price, check_product, check_quantity
from trading.domain.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDeal:
    """One deal to propose: price in fen per tCO2e, quantity in tCO2e."""

    market: MarketCode
    credit_code: CreditCode
    buyer_credit_code: CreditCode
    product: ProductCode
    price_fen_per_tco2e: int
    quantity_tco2e: int


async def propose_block_deals(
    deals: Sequence[BlockDeal],
    *,
    uow: UnitOfWork,
    clock: Clock,
    calendar: SessionCalendar,
    markets: Markets,
) -> list[Outcome]:
    """Propose deals; per item the proposal's number or, in this order, MARKET_CLOSED, OUTSIDE_TRADING_HOURS,
    TRADING_ACCOUNT_NOT_FOUND (seller, then buyer), SALE_STOPPED, OWN_ORDER, PRODUCT_INVALID,
    REFERENCE_PRICE_MISSING, PRICE_OUTSIDE_LIMIT, QUANTITY_OUTSIDE_LIMIT, BOUGHT_TODAY or INSUFFICIENT_POSITION.
    """  # noqa: D205
    session = await join_session(uow, clock=clock, calendar=calendar)
    today = session.today
    series = {
        deal.market: series_of(Series.PROPOSAL, deal.market, today)
        for deal in deals
        if deal.market in markets
    }
    numbering = await uow.numbers.lock(series.values())
    prices = await uow.quotes.base_prices(today, {(deal.market, deal.product) for deal in deals})
    buyers = {trading_account(deal.market, deal.buyer_credit_code) for deal in deals}
    sold = {(trading_account(deal.market, deal.credit_code), deal.product) for deal in deals}
    sheet = await uow.sheets.load(buyers, sold)
    made: list[Proposal] = []

    def decide(deal: BlockDeal) -> str:
        _check(deal, sheet, prices, session=session, markets=markets)
        proposal = Proposal(
            proposal_no=numbering.peek(series[deal.market]),
            market=deal.market,
            trading_date=today,
            seller_account_no=trading_account(deal.market, deal.credit_code),
            buyer_account_no=trading_account(deal.market, deal.buyer_credit_code),
            product=deal.product,
            price_fen_per_tco2e=deal.price_fen_per_tco2e,
            quantity_tco2e=deal.quantity_tco2e,
        )
        propose(sheet, proposal)

        # From here on the proposal stands.
        numbering.take(series[deal.market])
        made.append(proposal)
        return proposal.proposal_no

    outcomes = decide_each(deals, decide)
    await uow.orders.save_proposals(made)
    await uow.sheets.save(sheet)
    await uow.numbers.save(numbering)
    return outcomes


def _check(
    deal: BlockDeal,
    sheet: Sheet,
    prices: dict[ProductOnMarket, int],
    *,
    session: Session,
    markets: Markets,
) -> None:
    known = markets.get(deal.market)
    if known is not None:
        session.trading_date(known.block)
    seller = sheet.account(trading_account(deal.market, deal.credit_code))
    buyer = sheet.account(trading_account(deal.market, deal.buyer_credit_code))
    seller.require_sale()
    if seller.account_no == buyer.account_no:
        raise OwnOrder("Nobody proposes a deal to himself.", account_no=seller.account_no)
    # A market without rules has no accounts, so the lines above have refused it.
    rules = markets[deal.market]
    check_product(rules, deal.product)
    close = base_price(prices, (deal.market, deal.product))
    check_price(rules.block, previous_close_fen=close, price_fen=deal.price_fen_per_tco2e)
    check_quantity(rules.block, deal.quantity_tco2e)
