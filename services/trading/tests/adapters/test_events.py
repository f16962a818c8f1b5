"""Every message that trading consumes: applied once, repeated without effect, set aside when it makes no sense."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.common.v1.event_pb2 import EventEnvelope
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from ets.topics import TOPICS
from ets.trading.v1 import trading_events_pb2
from ets.trading.v1 import trading_types_pb2 as types
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.bus.port import Received
from ets_kernel.runtime.consumer import Consumer
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.outbox import partition_of, stream_name
from trading.adapters.events import PUBLISHED, subscriptions
from trading.domain.events import Fact
from trading_market import ANN, BOB, CCER, CEA, TUESDAY
from trading_steps import (
    account_opened,
    ccer_account_reviewed,
    open_account,
    opening,
    order,
    sent_to_trading,
    sent_to_venue,
    set_price,
    units_of,
)

AT = to_timestamp(datetime(2021, 11, 1, tzinfo=UTC))
TOPIC_OF = {
    registry_events_pb2.AccountOpened: "ets.registry.accounts.v1",
    registry_events_pb2.AccountRestricted: "ets.registry.accounts.v1",
    registry_events_pb2.RestrictionLifted: "ets.registry.accounts.v1",
    ccer_events_pb2.CcerAccountReviewed: "ets.ccer.accounts.v1",
    registry_events_pb2.UnitsTransferredToTrading: "ets.registry.transfers.v1",
    registry_events_pb2.UnitsReturnedFromTrading: "ets.registry.transfers.v1",
    ccer_events_pb2.UnitsTransferredToVenue: "ets.ccer.transfers.v1",
    ccer_events_pb2.UnitsReturnedFromVenue: "ets.ccer.transfers.v1",
}


class Producers:
    """The registries' outboxes, and the bus that carries them."""

    def __init__(self):
        self.streams: dict[str, list[EventEnvelope]] = {}

    async def heads(self, producer: str) -> Mapping[str, int]:
        return {
            stream: len(events)
            for stream, events in self.streams.items()
            if TOPICS[stream.rpartition("/")[0]].producer == producer
        }

    async def read(self, stream: str, after_sequence: int, limit: int) -> Sequence[EventEnvelope]:
        return self.streams.get(stream, [])[after_sequence : after_sequence + limit]

    def tell(self, message, payload: bytes | None = None) -> Received:
        topic = TOPIC_OF.get(type(message), "ets.registry.accounts.v1")
        partition = partition_of(topic, "R-E-1")
        stream = stream_name(topic, partition)
        events = self.streams.setdefault(stream, [])
        envelope = EventEnvelope(
            event_id=f"{stream}#{len(events)}",
            type=message.DESCRIPTOR.full_name,
            stream=stream,
            sequence=len(events) + 1,
            aggregate="account",
            aggregate_id="R-E-1",
            occurred_time=AT,
            payload=message.SerializeToString() if payload is None else payload,
            producer=TOPICS[topic].producer,
        )
        events.append(envelope)
        return Received(
            topic=topic,
            partition=partition,
            offset=len(events) - 1,
            key=b"R-E-1",
            value=envelope.SerializeToString(),
        )


@pytest.fixture
def producers() -> Producers:
    return Producers()


@pytest.fixture
def consumer(market, producers) -> Consumer:
    return Consumer(
        service="trading",
        database=market.database,
        bus=MemoryBus(),
        reader=producers,
        clock=market.clock,
        subscriptions=subscriptions(market.desk.markets),
        unit_of_work=market.unit_of_work,
    )


async def dead_letters(market) -> list[str]:
    return [
        reason for (reason,) in await market.rows("SELECT reason FROM kernel_dead_letter ORDER BY sequence")
    ]


async def test_a_registry_account_may_have_a_trading_account_from_then_on(market, consumer, producers):
    assert await market.batch("OpenTradingAccounts", accounts=[opening("CEA", ANN)]) == [
        "HOLDER_ACCOUNT_UNKNOWN"
    ]
    record = producers.tell(account_opened(ANN))
    await consumer.take([record])
    await consumer.take([record])
    assert await market.batch("OpenTradingAccounts", accounts=[opening("CEA", ANN)]) == [f"T-CEA-{ANN}"]


async def test_what_else_is_told_of_registry_accounts_is_passed_over(market, consumer, producers):
    account = account_opened(ANN).account
    for message in (
        registry_events_pb2.AccountInformationChanged(account=account),
        registry_events_pb2.AccountClosed(account=account),
        account_opened(ANN),
    ):
        await consumer.take([producers.tell(message)])
    assert await dead_letters(market) == []
    assert len(await market.rows("SELECT * FROM holder_account")) == 1


async def sell(market) -> list[str]:
    return await market.batch("PlaceListedOrders", orders=[order(ANN, types.SIDE_SELL, 1)])


async def test_a_restriction_stops_sales_until_it_is_lifted(market, consumer, producers):
    await open_account(market, ANN)
    await consumer.take([producers.tell(sent_to_trading("T1", ANN, 500))])
    await set_price(market)
    stopped = account_opened(ANN).account
    stopped.restricted_uses.append(registry_types_pb2.ACCOUNT_USE_SURRENDER)
    await consumer.take([producers.tell(registry_events_pb2.AccountRestricted(account=stopped))])
    assert (await sell(market))[0].startswith("O-")
    stopped.restricted_uses.append(registry_types_pb2.ACCOUNT_USE_TRANSFER_TO_TRADING)
    record = producers.tell(registry_events_pb2.AccountRestricted(account=stopped))
    await consumer.take([record])
    await consumer.take([record])
    assert await sell(market) == ["SALE_STOPPED"]
    # A restriction that is lifted while another one stops the same use stops nothing less.
    await consumer.take([producers.tell(registry_events_pb2.RestrictionLifted(account=stopped))])
    assert await sell(market) == ["SALE_STOPPED"]
    await consumer.take(
        [producers.tell(registry_events_pb2.RestrictionLifted(account=account_opened(ANN).account))]
    )
    assert (await sell(market))[0].startswith("O-")


async def test_accounts_of_authorities_do_not_trade(market, consumer, producers):
    message = account_opened("")
    message.account.account_no = "R-P-37"
    await consumer.take([producers.tell(message)])
    assert await market.rows("SELECT * FROM holder_account") == []


async def test_a_ccer_account_may_trade_when_both_reviews_are_done(market, consumer, producers):
    first = ccer_account_reviewed(ANN, ccer_types_pb2.ACCOUNT_STATUS_FIRST_REVIEWED)
    await consumer.take([producers.tell(first)])
    assert await market.batch("OpenTradingAccounts", accounts=[opening("SH", ANN)]) == [
        "HOLDER_ACCOUNT_UNKNOWN"
    ]
    record = producers.tell(ccer_account_reviewed(ANN))
    await consumer.take([record])
    await consumer.take([record])
    assert await market.batch("OpenTradingAccounts", accounts=[opening("SH", ANN)]) == [f"T-SH-{ANN}"]


@pytest.mark.parametrize(("on", "product"), [("CEA", CEA), ("BJ", CCER)])
async def test_units_that_were_sent_are_taken_once(market, consumer, producers, on, product):
    account_no = await open_account(market, ANN, on=on)
    message = sent_to_trading("T1", ANN, 500) if on == "CEA" else sent_to_venue("T1", ANN, 500)
    record = producers.tell(message)
    await consumer.take([record])
    await consumer.take([record])
    # The same transfer in another event is the same transfer.
    await consumer.take([producers.tell(message)])
    assert await units_of(market, account_no, product) == (500, 0, 0, 0, 0)
    assert await market.published("TransferInAccepted") == 1
    assert await dead_letters(market) == []


@pytest.mark.parametrize("on", ["CEA", "BJ"])
async def test_units_without_a_trading_account_are_refused_and_move_nothing(market, consumer, producers, on):
    message = sent_to_trading("T1", BOB, 500) if on == "CEA" else sent_to_venue("T1", BOB, 500)
    record = producers.tell(message)
    await consumer.take([record])
    await consumer.take([record])
    assert await market.rows("SELECT * FROM position") == []
    assert await market.published("TransferInRefused") == 1
    rows = await market.rows(
        "SELECT payload FROM kernel_outbox WHERE type = 'ets.trading.v1.TransferInRefused'"
    )
    refused = trading_events_pb2.TransferInRefused.FromString(rows[0][0])
    assert (refused.transfer_no, refused.reason) == ("T1", "TRADING_ACCOUNT_NOT_FOUND")


async def test_units_of_another_account_of_the_holder_are_refused(market, consumer, producers):
    await open_account(market, ANN)
    await consumer.take([producers.tell(sent_to_trading("T1", ANN, 500, account_no="R-E-OTHER"))])
    assert await market.published("TransferInRefused") == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"product": "GOLD"}, "PRODUCT_INVALID"),
        ({"quantity_tco2e": 0}, "MALFORMED_REQUEST"),
        ({"quantity_tco2e": -5}, "MALFORMED_REQUEST"),
        ({"transfer_no": "KNOWN", "quantity_tco2e": 499}, "TRANSFER_IN_DIFFERS"),
    ],
)
async def test_a_transfer_that_makes_no_sense_is_set_aside(market, consumer, producers, changed, reason):
    account_no = await open_account(market, ANN)
    await consumer.take([producers.tell(sent_to_trading("KNOWN", ANN, 500))])
    message = sent_to_trading("T2", ANN, 500)
    for field, value in changed.items():
        setattr(message, field, value)
    await consumer.take([producers.tell(message)])
    assert await dead_letters(market) == [reason]
    # The stream goes on behind it.
    await consumer.take([producers.tell(sent_to_trading("T3", ANN, 1))])
    assert await units_of(market, account_no) == (501, 0, 0, 0, 0)


async def test_units_sent_to_a_market_that_is_none_are_set_aside(market, consumer, producers):
    await consumer.take([producers.tell(sent_to_venue("T1", ANN, 500, venue="XX"))])
    assert await dead_letters(market) == ["MARKET_UNKNOWN"]


def returned_message(on: str, number: str, holder: str, product: str, quantity: int):
    message = (
        registry_events_pb2.UnitsReturnedFromTrading
        if on == "CEA"
        else ccer_events_pb2.UnitsReturnedFromVenue
    )
    return message(withdrawal_no=number, account_no=holder, product=product, quantity_tco2e=quantity)


@pytest.mark.parametrize(("on", "product"), [("CEA", CEA), ("BJ", CCER)])
async def test_units_that_are_back_leave_their_position_once(market, consumer, producers, on, product):
    account_no = await open_account(market, ANN, on=on, units=100)
    market.at(TUESDAY, 10)
    wanted = {"market": on, "credit_code": ANN, "product": product, "quantity_tco2e": 70}
    (number,) = await market.batch("WithdrawUnits", withdrawals=[wanted])
    holder = opening(on, ANN)["holder_account_no"]
    message = returned_message(on, number, holder, product, 70)
    record = producers.tell(message)
    await consumer.take([record])
    await consumer.take([record, producers.tell(message)])
    assert await units_of(market, account_no, product) == (30, 0, 0, 0, 0)
    assert await market.rows("SELECT state FROM unit_withdrawal") == [("DONE",)]
    assert await dead_letters(market) == []


async def test_units_back_from_no_withdrawal_of_ours_are_set_aside(market, consumer, producers):
    await open_account(market, ANN, units=100)
    wanted = {"market": "CEA", "credit_code": ANN, "product": CEA, "quantity_tco2e": 70}
    (number,) = await market.batch("WithdrawUnits", withdrawals=[wanted])
    await consumer.take([producers.tell(returned_message("CEA", "W-CEA-000009", f"R-E-{ANN}", CEA, 70))])
    await consumer.take([producers.tell(returned_message("CEA", number, f"R-E-{ANN}", CEA, 71))])
    assert await dead_letters(market) == ["UNIT_WITHDRAWAL_NOT_FOUND", "UNIT_WITHDRAWAL_DIFFERS"]
    assert await market.rows("SELECT state FROM unit_withdrawal") == [("REQUESTED",)]


@pytest.mark.parametrize("message", TOPIC_OF)
async def test_bytes_that_are_no_message_are_set_aside(market, consumer, producers, message):
    await consumer.take([producers.tell(message(), payload=b"\xff\xff\xff")])
    assert await dead_letters(market) == ["PAYLOAD_UNDECODABLE"]
    topic = TOPIC_OF[message]
    garbage = Received(topic=topic, partition=0, offset=7, key=b"", value=b"no envelope")
    await consumer.take([garbage])
    assert sorted(await dead_letters(market)) == ["ENVELOPE_UNDECODABLE", "PAYLOAD_UNDECODABLE"]


def test_every_fact_has_an_event():
    assert set(PUBLISHED) == set(Fact.__args__)
    for published in PUBLISHED.values():
        assert TOPICS[published.topic].producer == "trading"


def test_every_topic_of_the_catalogue_for_trading_is_consumed(market):
    mine = {topic.name for topic in TOPICS.values() if "trading" in topic.consumers}
    consumed = subscriptions(market.desk.markets)
    assert {subscription.topic for subscription in consumed} == mine
    assert {message for subscription in consumed for message in subscription.handlers} == set(TOPIC_OF)
