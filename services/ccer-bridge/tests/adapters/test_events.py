"""Events: every fact has a topic of the catalogue; every consumed event counts once, and poison is set aside."""

import pytest
from ccer_bridge.adapters.events import PUBLISHED, Consumed
from ccer_bridge.domain import events
from ccer_messages import acknowledgement, application_no, code, decided, summary, transfer_in, withdrawal
from ccer_world import APPLICATIONS, OFFSETS, START, TRADING
from ets.common.v1.error_pb2 import ErrorDetail
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from ets.registry.v1 import registry_events_pb2
from ets.topics import TOPICS
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.clock import FixedClock

CONFIRMED = mrv_types_pb2.OFFSET_APPLICATION_STATUS_CONFIRMED
REFUSED = mrv_types_pb2.OFFSET_APPLICATION_STATUS_REFUSED
CANCELLED = mrv_types_pb2.OFFSET_APPLICATION_STATUS_CANCELLED

EVENTS = {
    "OffsetApplicationDecided": (APPLICATIONS, decided()),
    "WeeklySummaryPublished": (APPLICATIONS, summary("2021-10-29", (1, CONFIRMED, 10), (2, REFUSED, 0))),
    "HandoverAcknowledged": (OFFSETS, acknowledgement("H-2021-10-26-37")),
    "TransferInAccepted": (
        TRADING,
        transfer_in(trading_events_pb2.TransferInAccepted, "TV-request-7-0", 100),
    ),
    "TransferInRefused": (TRADING, transfer_in(trading_events_pb2.TransferInRefused, "TV-request-7-0", 100)),
    "WithdrawalRequested": (TRADING, withdrawal(10)),
}


def with_error_but_no_reason():
    answer = acknowledgement("H-2021-10-26-37")
    answer.error.CopyFrom(ErrorDetail())
    return answer


MALFORMED = {
    "OffsetApplicationDecided that is none": (
        APPLICATIONS,
        mrv_events_pb2.OffsetApplicationDecided(),
        "MALFORMED_REQUEST",
    ),
    "OffsetApplicationDecided without a number": (
        APPLICATIONS,
        mrv_events_pb2.OffsetApplicationDecided(
            application={"status": CONFIRMED, "credit_code": code(1), "province_code": "37"}
        ),
        "MALFORMED_REQUEST",
    ),
    "OffsetApplicationDecided with another sum": (APPLICATIONS, decided(requested=999), "MALFORMED_REQUEST"),
    "OffsetApplicationDecided with a negative line": (
        APPLICATIONS,
        decided(1, ("WIND1", 2015, -1), ("SOLAR1", 2015, 2)),
        "MALFORMED_REQUEST",
    ),
    "OffsetApplicationDecided of no project": (APPLICATIONS, decided(1, ("a-b", 2015, 1)), "PRODUCT_INVALID"),
    "OffsetApplicationDecided of no province": (
        APPLICATIONS,
        decided(province_code="99"),
        "PROVINCE_UNKNOWN",
    ),
    "WeeklySummaryPublished with another sum": (
        APPLICATIONS,
        summary("2021-10-29", (1, CONFIRMED, 10), total=11),
        "MALFORMED_REQUEST",
    ),
    "WeeklySummaryPublished with one application twice": (
        APPLICATIONS,
        summary("2021-10-29", (1, CONFIRMED, 10), (1, CONFIRMED, 10)),
        "MALFORMED_REQUEST",
    ),
    "WeeklySummaryPublished of no status": (
        APPLICATIONS,
        summary("2021-10-29", (1, 0, 0)),
        "MALFORMED_REQUEST",
    ),
    "WeeklySummaryPublished of no date": (APPLICATIONS, summary("Friday"), "MALFORMED_REQUEST"),
    "HandoverAcknowledged": (OFFSETS, registry_events_pb2.HandoverAcknowledged(), "HANDOVER_NOT_FOUND"),
    "HandoverAcknowledged without a reason": (OFFSETS, with_error_but_no_reason(), "MALFORMED_REQUEST"),
    "TransferInAccepted": (TRADING, trading_events_pb2.TransferInAccepted(), "VENUE_TRANSFER_NOT_FOUND"),
    "TransferInRefused": (TRADING, trading_events_pb2.TransferInRefused(), "VENUE_TRANSFER_NOT_FOUND"),
    "WithdrawalRequested": (TRADING, trading_events_pb2.WithdrawalRequested(), "MALFORMED_REQUEST"),
}


def test_every_fact_is_told_on_a_topic_of_this_service():
    assert set(PUBLISHED) == set(events.Fact.__args__)
    assert {TOPICS[published.topic].producer for published in PUBLISHED.values()} == {"ccer-bridge"}


def test_every_topic_that_the_catalogue_gives_this_service_is_consumed():
    subscriptions = Consumed(clock=FixedClock(START)).subscriptions()
    wanted = {topic.name for topic in TOPICS.values() if "ccer-bridge" in topic.consumers}
    assert {subscription.topic for subscription in subscriptions} == wanted
    handled = {message.DESCRIPTOR.name for subscription in subscriptions for message in subscription.handlers}
    assert handled == set(EVENTS)
    assert handled == {name.split()[0] for name in MALFORMED}


async def prepare(world, name):
    """What has to be true before the event can have an effect."""
    await world.prepare()
    if name == "HandoverAcknowledged":
        await world.hand_over("2021-10-26")
    if name.startswith("TransferIn"):
        world.request_id()
        assert await world.send(100) == "TV-request-7-0"
    if name == "WithdrawalRequested":
        await world.bring_to_venue(10)


@pytest.mark.parametrize("name", EVENTS)
async def test_an_event_takes_effect_once_and_its_duplicate_is_ignored(world, name):
    await prepare(world, name)
    before = await world.effects()
    topic, message = EVENTS[name]
    records = await world.tell(topic, message)
    once = await world.effects()
    assert once != before
    await world.consumer.take(records)
    assert await world.effects() == once
    assert await world.dead_letters() == []


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_event_is_set_aside_with_its_reason_and_changes_nothing(world, name):
    before = await world.state()
    topic, message, reason = MALFORMED[name]
    await world.tell(topic, message)
    assert await world.dead_letters() == [reason]
    assert await world.state() == before


async def test_a_confirmation_told_again_counts_once_and_another_one_is_set_aside(world):
    await world.tell(APPLICATIONS, decided(), decided(), decided(1, ("WIND1", 2015, 999)))
    assert await world.dead_letters() == ["CONFIRMATION_DIFFERS"]
    assert [row[3] for row in await world.book("confirmed_applications")] == ["1000"]


async def test_summaries_are_kept_as_received_also_without_rows(world):
    full = summary("2021-10-29", (1, CONFIRMED, 10), (2, REFUSED, 0), (3, CANCELLED, 5))
    await world.tell(
        APPLICATIONS, full, full, summary("2021-10-29"), summary("2021-10-29", province_code="11")
    )
    assert await world.dead_letters() == ["WEEKLY_SUMMARY_DIFFERS"]
    assert await world.book("weekly_summaries") == [
        ("11", "2021-10-29", "", "0"),
        *sorted(
            ("37", "2021-10-29", application_no(number), confirmed)
            for number, confirmed in ((1, "10"), (2, "0"), (3, "5"))
        ),
    ]
