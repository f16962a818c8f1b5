"""Callers at once: locks make what each decides on true until it is stored."""

import asyncio

from ets.mrv.v1 import mrv_events_pb2
from mrv_messages import LIMIT_TCO2E, PERIOD, PRE, entity, form, line
from mrv_world import outcomes


async def test_applications_at_once_share_the_five_percent(world):
    await world.allocate()
    half = LIMIT_TCO2E // 2
    answers = await asyncio.gather(*(world.apply(form(line(half))) for _ in range(6)))
    assert [answer for (answer,) in answers].count("OFFSET_LIMIT_EXCEEDED") == 4
    rows = await world.book("offset_applications")
    assert sum(int(row[4]) for row in rows) == 2 * half


async def test_decisions_at_once_are_made_once(world):
    await world.allocate()
    (number,) = await world.apply()
    answers = await asyncio.gather(*(world.decide(number) for _ in range(4)))
    assert sorted(answer for (answer,) in answers) == ["APPLICATION_ALREADY_DECIDED"] * 3 + [number]
    assert len(await world.events(mrv_events_pb2.OffsetApplicationDecided)) == 1


async def test_summaries_at_once_are_published_once(world):
    answers = await asyncio.gather(*(world.summarise("2021-10-22") for _ in range(4)))
    assert set(answers) == {(32, 0)}
    assert len(await world.events(mrv_events_pb2.WeeklySummaryPublished)) == 32


async def test_an_entity_listed_at_once_is_listed_once(world):
    answers = await asyncio.gather(*(world.register(entity(1)) for _ in range(4)))
    assert [outcomes(answer) for answer in answers] == [[entity(1).credit_code]] * 4
    assert len(await world.events(mrv_events_pb2.EntityListed)) == 1


async def test_computations_at_once_have_numbers_of_their_own(world):
    await world.list_all()
    await asyncio.gather(*(world.compute("PRE_ALLOCATION") for _ in range(4)))
    revisions = await asyncio.gather(*(world.transmit(PRE) for _ in range(3)))
    assert sorted(answer.revision for answer in revisions) == [1, 2, 3]
    assert [row[0] for row in await world.book("allocation_tables")] == [f"{PERIOD}/PRE/37"]
