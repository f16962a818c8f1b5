"""Accept block deals: the trades are agreed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ets_kernel.domain.calendars import SessionCalendar
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EntityMismatch
from ets_kernel.domain.ids import CreditCode, TradeId, trading_account

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.app.sessions import join_session
from trading.domain.errors import ProposalNotFound
from trading.domain.events import TradeAgreed
from trading.domain.numbering import Series, series_of
from trading.domain.orders import Proposal, ProposalStatus
from trading.domain.rules import Markets
from trading.domain.trades import Trade, accept


@dataclass(frozen=True, slots=True, kw_only=True)
class DealAcceptance:
    """One deal to accept."""

    credit_code: CreditCode
    proposal_no: str


async def accept_block_deals(
    acceptances: Sequence[DealAcceptance],
    *,
    uow: UnitOfWork,
    clock: Clock,
    calendar: SessionCalendar,
    markets: Markets,
) -> list[Outcome]:
    """Accept deals; per item the trade's number or, in this order, PROPOSAL_NOT_FOUND, ENTITY_MISMATCH, MARKET_CLOSED,
    OUTSIDE_TRADING_HOURS, PROPOSAL_NOT_OPEN, INSUFFICIENT_CASH.
    """  # noqa: D205
    session = await join_session(uow, clock=clock, calendar=calendar)
    today = session.today
    markets_taken = {m for m in markets for item in acceptances if item.proposal_no.startswith(f"B-{m}-")}
    series = {market: series_of(Series.TRADE, market, today) for market in markets_taken}
    numbering = await uow.numbers.lock(series.values())
    proposals = await uow.orders.lock_proposals({item.proposal_no for item in acceptances})
    parties = {
        (account_no, proposal.product)
        for proposal in proposals.values()
        for account_no in (proposal.seller_account_no, proposal.buyer_account_no)
    }
    sheet = await uow.sheets.load((), parties)
    changed: dict[str, Proposal] = {}
    made: list[Trade] = []

    def decide(item: DealAcceptance) -> str:
        proposal = changed.get(item.proposal_no) or proposals.get(item.proposal_no)
        if proposal is None:
            raise ProposalNotFound(f"There is no {item.proposal_no}.", proposal_no=item.proposal_no)
        if proposal.buyer_account_no != trading_account(proposal.market, item.credit_code):
            raise EntityMismatch(
                f"{item.proposal_no} is offered to another buyer.",
                proposal_no=item.proposal_no,
                credit_code=item.credit_code,
            )
        proposal.require_open(session.trading_date(markets[proposal.market].block))
        trade = accept(sheet, proposal, TradeId(numbering.peek(series[proposal.market])))

        # From here on the trade stands.
        numbering.take(series[proposal.market])
        changed[item.proposal_no] = replace(proposal, status=ProposalStatus.ACCEPTED)
        made.append(trade)
        uow.record(TradeAgreed(trade=trade))
        return trade.trade_no

    outcomes = decide_each(acceptances, decide)
    await uow.orders.save_proposals(list(changed.values()))
    await uow.trades.add(made)
    await uow.sheets.save(sheet)
    await uow.numbers.save(numbering)
    return outcomes
