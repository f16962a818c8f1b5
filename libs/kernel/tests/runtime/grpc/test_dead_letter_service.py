"""DeadLetterService over a real server: what was set aside is listed, and redriven once by whoever may."""

import uuid
from datetime import timedelta

import pytest
import pytest_asyncio
from ets.common.v1 import dead_letter_service_pb2 as pb
from ets.common.v1.dead_letter_service_pb2_grpc import (
    DeadLetterServiceStub,
    add_DeadLetterServiceServicer_to_server,
)
from ets.common.v1.page_pb2 import PageRequest
from ets_kernel.domain.errors import MalformedRequest, Refused, RequestIdReused, RoleForbidden
from ets_kernel.runtime.bus.port import Received
from ets_kernel.runtime.dead_letters import DeadLetterNotFound, HandlerFailed
from ets_kernel.runtime.deliveries import EnvelopeUndecodable
from ets_kernel.runtime.grpc.dead_letter_service import DeadLetterServicer
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.testing.messages import NOTES_TOPIC, SPARE_TOPIC, NoteWritten
from ets_kernel.testing.page_contract import check_page_tokens
from ets_kernel.testing.serving import serving

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["DeadLetterService"]
OPEN, REDRIVEN = pb.DEAD_LETTER_STATUS_OPEN, pb.DEAD_LETTER_STATUS_REDRIVEN


class Desk:
    """The service of "reader", whose handler applies everything once it is repaired."""

    def __init__(self, world):
        self.world = world
        self.is_repaired = False
        self.consumer = world.make_consumer({NoteWritten: self.on_written})
        self.running = None

    async def on_written(self, uow, envelope, message):
        if self.is_repaired:
            message.words = f"{message.words}, repaired"
        await uow.take(envelope, message)

    def served(self):
        return Served(
            add_to_server=add_DeadLetterServiceServicer_to_server,
            servicer=DeadLetterServicer(self.world.database, self.consumer),
            descriptor=DESCRIPTOR,
        )

    def stub(self, role="ROLE_OPERATIONS", subject="li.wei"):
        return DeadLetterServiceStub(self.running.channel(role, subject=subject))

    async def set_aside(self, *words):
        await self.world.tell(*words)
        await self.consumer.take(await self.world.records(len(words)))
        return [letter.dead_letter_id for letter in await self.letters(status=OPEN)]

    async def letters(self, **wanted):
        answer = await self.stub().ListDeadLetters(pb.ListDeadLettersRequest(**wanted))
        return list(answer.dead_letters)

    async def redrive(self, dead_letter_id, request_id="r-1"):
        request = pb.RedriveDeadLetterRequest(request_id=request_id, dead_letter_id=dead_letter_id)
        return await self.stub().RedriveDeadLetter(request)


@pytest_asyncio.fixture
async def desk(world):
    desk = Desk(world)
    async with serving(desk.served()) as desk.running:
        yield desk


async def test_a_repaired_letter_is_redriven_and_its_effect_is_there(desk, world):
    (letter,) = await desk.set_aside("a", "refused")
    desk.is_repaired = True
    answer = await desk.redrive(letter)
    assert answer.outcome == pb.REDRIVE_OUTCOME_APPLIED
    assert answer.dead_letter.redriven_time == to_timestamp(world.clock.now())
    assert await world.effects() == [(1, "a"), (2, "refused, repaired")]
    _, redriven = await world.dead_letter_events()
    assert (redriven.dead_letter_id, redriven.redriven_by) == (letter, "li.wei")


async def test_the_same_request_gives_the_first_answer_and_another_one_finds_it_done(desk, world):
    (letter,) = await desk.set_aside("refused")
    desk.is_repaired = True
    first = await desk.redrive(letter)
    assert await desk.redrive(letter) == first
    again = await desk.redrive(letter, "r-2")
    assert again.outcome == pb.REDRIVE_OUTCOME_ALREADY_REDRIVEN
    assert again.dead_letter == first.dead_letter
    assert len(await world.effects()) == 1
    with pytest.raises(RequestIdReused):
        await desk.redrive(str(uuid.uuid5(uuid.NAMESPACE_OID, "another")))


@pytest.mark.parametrize(
    ("words", "refusal"), [("refused", Refused), ("broken", HandlerFailed), ("forbidden", HandlerFailed)]
)
async def test_a_letter_redriven_too_early_stays_open_and_the_same_request_may_come_again(
    desk, world, words, refusal
):
    (letter,) = await desk.set_aside(words)
    with pytest.raises(refusal):
        await desk.redrive(letter)
    assert await world.effects() == []
    assert [found.status for found in await desk.letters()] == [OPEN]
    desk.is_repaired = True
    assert (await desk.redrive(letter)).outcome == pb.REDRIVE_OUTCOME_APPLIED


async def test_what_is_no_letter_or_no_event_is_refused(desk):
    with pytest.raises(DeadLetterNotFound):
        await desk.redrive("00000000-0000-5000-8000-000000000000")
    with pytest.raises(MalformedRequest):
        await desk.redrive("the first one")
    await desk.consumer.take([Received(topic=NOTES_TOPIC, partition=0, offset=1, key=b"", value=b"\xff")])
    (garbage,) = await desk.letters()
    assert (garbage.reason, garbage.sequence, garbage.size_bytes) == ("ENVELOPE_UNDECODABLE", 0, 1)
    with pytest.raises(EnvelopeUndecodable):
        await desk.redrive(garbage.dead_letter_id)


@pytest.mark.parametrize("role", ["ROLE_SERVICE", "ROLE_SCHEDULER", "ROLE_MINISTRY"])
async def test_only_operations_see_and_redrive_letters(desk, role):
    with pytest.raises(RoleForbidden):
        await desk.stub(role).ListDeadLetters(pb.ListDeadLettersRequest())
    request = pb.RedriveDeadLetterRequest(
        request_id="r-1", dead_letter_id="00000000-0000-5000-8000-000000000000"
    )
    with pytest.raises(RoleForbidden):
        await desk.stub(role).RedriveDeadLetter(request)


async def test_letters_are_listed_in_the_order_of_setting_aside_by_status_topic_and_reason(desk, world):
    (first,) = await desk.set_aside("refused")
    world.clock.set(world.clock.now() + timedelta(seconds=1))
    second = (await desk.set_aside("broken"))[-1]
    desk.is_repaired = True
    await desk.redrive(first)
    found = await desk.letters()
    assert [letter.dead_letter_id for letter in found] == [first, second]
    assert [(letter.sequence, letter.handler) for letter in found] == [
        (1, "Desk.on_written"),
        (2, "Desk.on_written"),
    ]
    assert [letter.status for letter in found] == [REDRIVEN, OPEN]
    assert [found[1]] == await desk.letters(status=OPEN) == await desk.letters(reason="HANDLER_FAILED")
    assert [found[0]] == await desk.letters(status=REDRIVEN)
    assert await desk.letters(topic=NOTES_TOPIC) == found
    assert await desk.letters(topic=SPARE_TOPIC) == []


async def test_letters_of_one_moment_are_listed_page_by_page_with_the_lists_own_tokens_only(desk):
    letters = await desk.set_aside("refused", "broken", "refused")
    found, token = [], ""
    while True:
        page = PageRequest(page_size=2, page_token=token)
        answer = await desk.stub().ListDeadLetters(pb.ListDeadLettersRequest(page=page))
        found += [letter.dead_letter_id for letter in answer.dead_letters]
        token = answer.page.next_page_token
        if not token:
            break
    assert found == letters == sorted(letters)
    await check_page_tokens(desk.running, DESCRIPTOR, status=OPEN, topic=NOTES_TOPIC, reason="HANDLER_FAILED")
