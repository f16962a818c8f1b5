"""The platform port over the real BookService and StreamService of the kernel."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from consistency_checker.adapters.clients import ROUTES, GrpcPlatform
from consistency_checker.app.ports import Unreadable
from ets.common.v1 import book_service_pb2, stream_service_pb2
from ets.common.v1.book_service_pb2_grpc import BookServiceServicer, add_BookServiceServicer_to_server
from ets.common.v1.event_pb2 import DeadLetter
from ets.common.v1.stream_service_pb2_grpc import add_StreamServiceServicer_to_server
from ets.registry.v1 import registry_events_pb2 as pb
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.runtime.books import Book, BookKeeper
from ets_kernel.runtime.db import Database, OutgoingEvent
from ets_kernel.runtime.grpc.book_service import BookServicer
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.runtime.grpc.stream_service import StreamServicer
from ets_kernel.testing.clock import HandClock
from ets_kernel.testing.serving import Serving, serving
from google.protobuf.message import Message

TRANSFERS = "ets.registry.transfers.v1"
ROW_COUNT = 25_000
BOOK = Book(
    name="holdings",
    columns=("account_no", "quantity_tco2e"),
    sql=f"SELECT 'R-' || n, n FROM generate_series(1, {ROW_COUNT}) AS n",
    quantity_column="quantity_tco2e",
)


def _books(servicer: BookServiceServicer) -> Served:
    return Served(
        add_to_server=add_BookServiceServicer_to_server,
        servicer=servicer,
        descriptor=book_service_pb2.DESCRIPTOR.services_by_name["BookService"],
    )


@pytest_asyncio.fixture
async def peer(database: Database) -> AsyncIterator[Serving]:
    keeper = BookKeeper(database=database, clock=HandClock(), books=[BOOK], consumer="registry")
    streams = Served(
        add_to_server=add_StreamServiceServicer_to_server,
        servicer=StreamServicer(database, consumer="registry", progress=None),
        descriptor=stream_service_pb2.DESCRIPTOR.services_by_name["StreamService"],
    )
    async with serving(_books(BookServicer(keeper)), streams) as running:
        yield running


def _platform(peer: Serving, *roles: str, answer_seconds_max: float = 30.0) -> GrpcPlatform:
    channel = peer.channel(*(roles or ("ROLE_CHECKER",)))
    return GrpcPlatform({"registry": channel}, answer_seconds_max=answer_seconds_max)


async def _publish(database: Database, *messages: Message, topic: str = TRANSFERS) -> None:
    async with database.begin() as transaction:
        for message in messages:
            transaction.publish(
                OutgoingEvent(
                    topic=topic,
                    aggregate="account",
                    aggregate_id="R-1",
                    message=message,
                    occurred_time=HandClock().now(),
                    flow_id="case-1",
                )
            )


async def _stream(platform: GrpcPlatform) -> tuple[str, int]:
    ((stream, head),) = (await platform.heads("registry")).items()
    return stream, head


async def test_a_book_is_fetched_whole_over_several_pages(peer: Serving):
    platform = _platform(peer)
    capture = await platform.capture("registry")
    rows = await platform.rows(capture, "holdings")
    declared = capture.books["holdings"]
    assert len(rows) == declared.row_count == ROW_COUNT
    assert rows_digest(canonical_row(row) for row in rows).hex() == declared.digest_hex
    assert declared.columns == ("account_no", "quantity_tco2e")
    assert capture.business_time == HandClock().now()


async def test_segments_together_are_the_book(peer: Serving):
    platform = _platform(peer)
    capture = await platform.capture("registry")
    segments = [await platform.rows(capture, "holdings", segment=segment) for segment in range(64)]
    assert all(segments)
    assert sorted(row for rows in segments for row in rows) == await platform.rows(capture, "holdings")


async def test_events_are_decoded_by_path(peer: Serving, database: Database):
    acknowledged = pb.HandoverAcknowledged(handover_no="H-1", province_code="37")
    acknowledged.rows.add(row_no=1, cancellation_no="CX-1", is_accepted=True)
    refused = acknowledged.rows.add(row_no=2, cancellation_no="CX-2").error
    refused.reason = "HANDOVER_ROW_DUPLICATE"
    refused.metadata["handover_no"] = "H-0"
    await _publish(database, acknowledged)
    platform = _platform(peer)
    stream, head = await _stream(platform)
    (event,) = await platform.events("registry", stream, after=0, up_to=head)
    assert (event.type, event.flow_id, event.reference) == ("HandoverAcknowledged", "case-1", f"{stream}#1")
    assert event.occurred_time == HandClock().now()
    assert event.text("handover_no") == "H-1"
    assert event.fields["rows.cancellation_no"] == ("CX-1", "CX-2")
    assert event.fields["rows.error.reason"] == ("HANDOVER_ROW_DUPLICATE",)
    assert event.fields["rows.error.metadata.handover_no"] == ("H-0",)
    assert event.text("rows.no_such_field") == ""
    assert event.quantity("rows.row_no") == 1


async def test_a_stretch_of_a_stream_has_its_ends(peer: Serving, database: Database):
    await _publish(
        database, *(pb.UnitsReturnedFromTrading(withdrawal_no=f"W-{number}") for number in range(1, 6))
    )
    platform = _platform(peer)
    stream, _ = await _stream(platform)
    events = await platform.events("registry", stream, after=1, up_to=3)
    assert [event.text("withdrawal_no") for event in events] == ["W-2", "W-3"]
    assert await platform.events("registry", stream, after=5, up_to=5) == []


async def test_an_outbox_that_lacks_events_is_unreadable(peer: Serving, database: Database):
    await _publish(database, pb.UnitsReturnedFromTrading(withdrawal_no="W-1"))
    platform = _platform(peer)
    stream, _ = await _stream(platform)
    with pytest.raises(Unreadable, match="the outbox of registry lacks"):
        await platform.events("registry", stream, after=1, up_to=2)


async def test_dead_letters_are_decoded_without_the_bytes(peer: Serving, database: Database):
    letter = DeadLetter(topic=TRANSFERS, reason="MALFORMED_EVENT", original=b"\xff")
    await _publish(database, letter, topic="ets.registry.dead-letters.v1")
    platform = _platform(peer)
    stream, _ = await _stream(platform)
    (event,) = await platform.events("registry", stream, after=0, up_to=1)
    assert event.text("reason") == "MALFORMED_EVENT"
    assert "original" not in event.fields


async def test_a_type_outside_the_contracts_is_unreadable(peer: Serving, database: Database):
    await _publish(database, book_service_pb2.CaptureBooksRequest())
    platform = _platform(peer)
    stream, _ = await _stream(platform)
    with pytest.raises(Unreadable, match="unknown type"):
        await platform.events("registry", stream, after=0, up_to=1)


async def test_a_refusal_is_unreadable_with_its_reason(peer: Serving):
    with pytest.raises(Unreadable, match="ROLE_FORBIDDEN"):
        await _platform(peer, "ROLE_EMITTER").capture("registry")


async def test_a_service_without_an_address_is_unreadable(peer: Serving):
    with pytest.raises(Unreadable, match="no address"):
        await _platform(peer).capture("mrv")


async def test_a_service_that_is_down_is_unreadable(peer: Serving):
    platform = _platform(peer)
    await peer.server.drain(grace_seconds=0)
    with pytest.raises(Unreadable, match="PEER_UNAVAILABLE"):
        await platform.heads("registry")


class _Broken(BookServiceServicer):
    """Has a bug, or never answers."""

    def __init__(self, *, is_hanging: bool) -> None:
        self._is_hanging = is_hanging

    async def CaptureBooks(self, request: Any, context: Any) -> Any:  # noqa: N802 - the contract's name
        if self._is_hanging:
            await asyncio.Event().wait()
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("is_hanging", "seconds_max", "cause"),
    [(False, 30.0, "INTERNAL"), (True, 0.2, "no answer within 0.2 seconds")],
)
async def test_a_service_with_a_bug_or_without_an_answer_is_unreadable(
    is_hanging: bool, seconds_max: float, cause: str
):
    async with serving(_books(_Broken(is_hanging=is_hanging))) as running:
        with pytest.raises(Unreadable, match=cause):
            await _platform(running, answer_seconds_max=seconds_max).capture("registry")


def test_routes_name_every_consumer_of_the_catalogue():
    by_topic = {route.topic: route for route in ROUTES}
    assert by_topic["ets.ccer.handovers.v1"].producer == "ccer-bridge"
    assert by_topic["ets.ccer.handovers.v1"].consumers == ("registry", "mrv")
