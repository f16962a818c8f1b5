"""The events of trading, in two tables: facts that go out, and messages that come in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.common.v1.event_pb2 import EventEnvelope
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.ids import AccountNo, CreditCode, MarketCode, ProductCode, TransferNo
from ets_kernel.runtime.consumer import Handler, Subscription
from ets_kernel.runtime.outbox import OutgoingEvent
from google.protobuf.message import Message

from trading.adapters.encoding import quote_message, trade_message
from trading.app.accept_transfer_in import UnitsSent, accept_transfer_in
from trading.app.finish_unit_withdrawal import UnitsReturned, finish_unit_withdrawal
from trading.app.follow_restriction import follow_restriction
from trading.app.know_holder_account import know_holder_account
from trading.app.ports import UnitOfWork
from trading.domain.accounts import HolderAccount
from trading.domain.events import (
    DailyQuotePublished,
    Fact,
    TradeAgreed,
    TradeFailed,
    TradeSettled,
    TransferInAccepted,
    TransferInRefused,
    WithdrawalRequested,
)
from trading.domain.movements import TransferIn
from trading.domain.rules import Markets
from trading.domain.trading_rules_2021 import NATIONAL_MARKET

TRANSFERS: Final = "ets.trading.transfers.v1"
TRADES: Final = "ets.trading.trades.v1"
QUOTES: Final = "ets.trading.quotes.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """How one kind of fact goes out: its topic, what it is about, the key, the business case, the message."""

    topic: str
    aggregate: str
    aggregate_id: Callable[[Any], str]
    flow_id: Callable[[Any], str]
    message: Callable[[Any], Message]


def _transfer(message_class: Any, transfer: TransferIn, **extra: str) -> Message:  # noqa: ANN401
    message: Message = message_class(
        transfer_no=transfer.transfer_no,
        market=transfer.market,
        holder_account_no=transfer.holder_account_no,
        product=transfer.product,
        quantity_tco2e=transfer.quantity_tco2e,
        **extra,
    )
    return message


def _withdrawal(fact: WithdrawalRequested) -> Message:
    return trading_events_pb2.WithdrawalRequested(
        withdrawal_no=fact.withdrawal.withdrawal_no,
        market=fact.withdrawal.market,
        holder_account_no=fact.withdrawal.holder_account_no,
        product=fact.withdrawal.product,
        quantity_tco2e=fact.withdrawal.quantity_tco2e,
    )


def _of_transfer(message: Callable[[Any], Message]) -> Published:
    return Published(
        topic=TRANSFERS,
        aggregate="holder_account",
        aggregate_id=lambda fact: str(fact.transfer.holder_account_no),
        flow_id=lambda fact: str(fact.transfer.transfer_no),
        message=message,
    )


def _of_trade(message: Callable[[Any], Message]) -> Published:
    return Published(
        topic=TRADES,
        aggregate="trade",
        aggregate_id=lambda fact: str(fact.trade.trade_no),
        flow_id=lambda fact: str(fact.trade.trade_no),
        message=message,
    )


PUBLISHED: Final[Mapping[type[Fact], Published]] = MappingProxyType(
    {
        TransferInAccepted: _of_transfer(
            lambda fact: _transfer(trading_events_pb2.TransferInAccepted, fact.transfer)
        ),
        TransferInRefused: _of_transfer(
            lambda fact: _transfer(trading_events_pb2.TransferInRefused, fact.transfer, reason=fact.reason)
        ),
        WithdrawalRequested: Published(
            topic=TRANSFERS,
            aggregate="holder_account",
            aggregate_id=lambda fact: str(fact.withdrawal.holder_account_no),
            flow_id=lambda fact: str(fact.withdrawal.withdrawal_no),
            message=_withdrawal,
        ),
        TradeAgreed: _of_trade(lambda fact: trading_events_pb2.TradeAgreed(trade=trade_message(fact.trade))),
        TradeSettled: _of_trade(
            lambda fact: trading_events_pb2.TradeSettled(trade=trade_message(fact.trade))
        ),
        TradeFailed: _of_trade(
            lambda fact: trading_events_pb2.TradeFailed(trade=trade_message(fact.trade), reason=fact.reason)
        ),
        DailyQuotePublished: Published(
            topic=QUOTES,
            aggregate="quote",
            aggregate_id=lambda fact: str(fact.quote.product),
            flow_id=lambda fact: f"{fact.quote.market}/{fact.quote.product}/{fact.quote.trading_date}",
            message=lambda fact: trading_events_pb2.DailyQuotePublished(quote=quote_message(fact.quote)),
        ),
    }
)


def outgoing(fact: Fact, at: datetime) -> OutgoingEvent:
    """Make the event of a fact."""
    published = PUBLISHED[type(fact)]
    return OutgoingEvent(
        topic=published.topic,
        aggregate=published.aggregate,
        aggregate_id=published.aggregate_id(fact),
        flow_id=published.flow_id(fact),
        message=published.message(fact),
        occurred_time=at,
    )


async def _account_opened(
    uow: UnitOfWork, _envelope: EventEnvelope, message: registry_events_pb2.AccountOpened
) -> None:
    # National and provincial accounts have no credit code, and nobody trades from them.
    if message.account.credit_code:
        await know_holder_account(_holder(message.account), uow=uow)


async def _account_reviewed(
    uow: UnitOfWork, _envelope: EventEnvelope, message: ccer_events_pb2.CcerAccountReviewed
) -> None:
    if message.account.status == ccer_types_pb2.ACCOUNT_STATUS_OPEN:
        await know_holder_account(_holder(message.account), uow=uow)


async def _restriction_changed(uow: UnitOfWork, _envelope: EventEnvelope, message: Any) -> None:  # noqa: ANN401
    # Both messages tell all that is stopped now, by whatever restrictions.
    account = message.account
    stopped = registry_types_pb2.ACCOUNT_USE_TRANSFER_TO_TRADING in account.restricted_uses
    await follow_restriction(AccountNo(account.account_no), is_sale_stopped=stopped, uow=uow)


def _holder(account: Any) -> HolderAccount:  # noqa: ANN401 - the two registries' messages are alike here
    return HolderAccount(
        account_no=AccountNo(account.account_no), credit_code=CreditCode(account.credit_code)
    )


def consumed(markets: Markets) -> Mapping[str, Mapping[type[Message], Handler[UnitOfWork]]]:
    """Give the handler of every message that trading takes, by topic."""

    async def units_to_trading(
        uow: UnitOfWork, _envelope: EventEnvelope, message: registry_events_pb2.UnitsTransferredToTrading
    ) -> None:
        await accept_transfer_in(_sent(message, NATIONAL_MARKET), uow=uow, markets=markets)

    async def units_to_venue(
        uow: UnitOfWork, _envelope: EventEnvelope, message: ccer_events_pb2.UnitsTransferredToVenue
    ) -> None:
        await accept_transfer_in(_sent(message, MarketCode(message.venue)), uow=uow, markets=markets)

    async def units_returned(uow: UnitOfWork, _envelope: EventEnvelope, message: Any) -> None:  # noqa: ANN401
        returned = UnitsReturned(
            withdrawal_no=message.withdrawal_no,
            holder_account_no=AccountNo(message.account_no),
            product=ProductCode(message.product),
            quantity_tco2e=message.quantity_tco2e,
        )
        await finish_unit_withdrawal(returned, uow=uow, markets=markets)

    return {
        "ets.registry.accounts.v1": {
            registry_events_pb2.AccountOpened: _account_opened,
            registry_events_pb2.AccountRestricted: _restriction_changed,
            registry_events_pb2.RestrictionLifted: _restriction_changed,
        },
        "ets.ccer.accounts.v1": {ccer_events_pb2.CcerAccountReviewed: _account_reviewed},
        "ets.registry.transfers.v1": {
            registry_events_pb2.UnitsTransferredToTrading: units_to_trading,
            registry_events_pb2.UnitsReturnedFromTrading: units_returned,
        },
        "ets.ccer.transfers.v1": {
            ccer_events_pb2.UnitsTransferredToVenue: units_to_venue,
            ccer_events_pb2.UnitsReturnedFromVenue: units_returned,
        },
    }


def _sent(message: Any, market: MarketCode) -> UnitsSent:  # noqa: ANN401 - the two registries' messages are alike here
    return UnitsSent(
        transfer_no=TransferNo(message.transfer_no),
        market=market,
        credit_code=CreditCode(message.credit_code),
        holder_account_no=AccountNo(message.account_no),
        product=ProductCode(message.product),
        quantity_tco2e=message.quantity_tco2e,
    )


def subscriptions(markets: Markets) -> list[Subscription[UnitOfWork]]:
    """Give what trading consumes."""
    return [Subscription(topic=topic, handlers=handlers) for topic, handlers in consumed(markets).items()]
