"""What cannot be applied: set aside once, told of, and redriven by hand."""

import pytest
from ets.common.v1.event_pb2 import EventEnvelope
from ets_kernel.domain.errors import Refused
from ets_kernel.runtime.bus.port import Received
from ets_kernel.runtime.dead_letters import DeadLetterNotFound
from ets_kernel.runtime.deliveries import EnvelopeUndecodable
from ets_kernel.testing.messages import NOTES_TOPIC, NoteWritten
from sqlalchemy import text

pytestmark = pytest.mark.usefixtures("topics")


def numbered(*words):
    return list(enumerate(words, start=1))


@pytest.mark.parametrize(
    ("words", "reason"),
    [("refused", "ETS"), ("broken", "HANDLER_FAILED"), ("forbidden", "HANDLER_FAILED")],
)
async def test_a_message_that_cannot_be_applied_is_set_aside_and_the_stream_goes_on(world, words, reason):
    await world.tell("a", words, "c")
    records = await world.records(3)
    await world.consumer.take(records)
    await world.consumer.take(records)
    assert await world.effects() == [(1, "a"), (3, "c")]
    (letter,) = await world.dead_letters()
    assert (letter.topic, letter.sequence, letter.handler) == (NOTES_TOPIC, 2, "on_written")
    assert letter.original == records[1].value
    (event,) = await world.dead_letter_events()
    assert event.reason == letter.reason
    assert letter.reason == (Refused.reason if reason == "ETS" else reason)
    assert (await world.counters()).dead_letter_count == 1


async def test_a_payload_that_is_no_such_message_is_set_aside(world):
    await world.tell("a", "b")
    async with world.notary.begin() as transaction:
        await transaction.connection.execute(
            text("UPDATE kernel_outbox SET payload = '\\xffff' WHERE sequence = 1")
        )
    await world.consumer.take(await world.records(2))
    assert await world.effects() == [(2, "b")]
    (letter,) = await world.dead_letters()
    assert letter.reason == "PAYLOAD_UNDECODABLE"


async def test_garbage_is_set_aside_once_and_moves_no_stream(world):
    garbage = [
        Received(topic=NOTES_TOPIC, partition=1, offset=7, key=b"", value=value)
        for value in (b"\xff\xff", b"", EventEnvelope(stream="elsewhere/0", sequence=1).SerializeToString())
    ]
    await world.consumer.take(garbage)
    await world.consumer.take(garbage)
    letters = await world.dead_letters()
    assert sorted(letter.original for letter in letters) == sorted(record.value for record in garbage)
    assert {letter.reason for letter in letters} == {"ENVELOPE_UNDECODABLE"}
    assert len(await world.dead_letter_events()) == 3


@pytest.mark.parametrize("sequence", [1, 5])
async def test_an_event_that_the_producer_never_published_is_set_aside_and_takes_no_place(world, sequence):
    await world.tell("true", key="n")
    (record,) = await world.records(1)
    forged = EventEnvelope.FromString(record.value)
    forged.sequence = sequence
    forged.payload = NoteWritten(note="n", words="refused").SerializeToString()
    await world.consumer.take(
        [
            Received(
                topic=record.topic,
                partition=record.partition,
                offset=99,
                key=b"n",
                value=forged.SerializeToString(),
            )
        ]
    )
    await world.consumer.take([record])
    assert await world.effects() == numbered("true")
    (letter,) = await world.dead_letters()
    assert (letter.reason, letter.stream) == ("EVENT_UNKNOWN", None)


async def mended(uow, envelope, message):
    message.words = "mended"
    await uow.take(envelope, message)


async def test_a_dead_letter_is_redriven_once_and_told_of(world):
    await world.tell("refused", "b")
    await world.consumer.take(await world.records(2))
    (letter,) = await world.dead_letters()
    with pytest.raises(Refused):
        await world.redrive(letter.dead_letter_id)
    later = world.make_consumer({NoteWritten: mended})
    assert await world.redrive(letter.dead_letter_id, later)
    assert not await world.redrive(letter.dead_letter_id, later)
    assert await world.effects() == numbered("mended", "b")
    (letter,) = await world.dead_letters()
    assert letter.redriven_time == world.clock.now()
    _, redriven = await world.dead_letter_events()
    assert (redriven.dead_letter_id, redriven.topic, redriven.consumer) == (
        str(letter.dead_letter_id),
        NOTES_TOPIC,
        "reader",
    )
    assert (redriven.handler, redriven.redriven_by) == ("mended", "somebody")


async def test_a_redriven_event_takes_effect_while_no_other_of_its_stream_can(world):
    await world.tell("refused")
    await world.consumer.take(await world.records(1))
    (letter,) = await world.dead_letters()
    free = text("SELECT stream FROM kernel_inbox FOR UPDATE SKIP LOCKED")

    async def looking(uow, envelope, message):
        async with world.database.begin() as other:
            assert (await other.connection.execute(free)).all() == []
        await mended(uow, envelope, message)

    assert await world.redrive(letter.dead_letter_id, world.make_consumer({NoteWritten: looking}))
    async with world.database.begin() as other:
        assert len((await other.connection.execute(free)).all()) == 1


async def test_a_dead_letter_that_is_unknown_or_no_event_is_not_redriven(world):
    await world.consumer.take([Received(topic=NOTES_TOPIC, partition=0, offset=1, key=b"", value=b"\xff")])
    (letter,) = await world.dead_letters()
    with pytest.raises(EnvelopeUndecodable):
        await world.redrive(letter.dead_letter_id)
    async with world.database.begin() as transaction:
        await transaction.connection.execute(text("DELETE FROM kernel_dead_letter"))
    with pytest.raises(DeadLetterNotFound):
        await world.redrive(letter.dead_letter_id)
