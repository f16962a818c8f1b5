"""The door: one effect per request id, whatever happens to callers and connections."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from ets_kernel.domain.errors import DatabaseUnavailable, MalformedRequest, Refused, RequestIdReused
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.testing.messages import WriteNote, WriteNoteAnswer
from sqlalchemy import text


class NotesUnitOfWork:
    def __init__(self, transaction):
        self.connection = transaction.connection

    async def write(self, note, words):
        await self.connection.execute(
            text("INSERT INTO note VALUES (:note, :words)"), {"note": note, "words": words}
        )


@pytest.fixture
def door(database):
    return Door(database, NotesUnitOfWork)


async def notes(database: Database) -> dict[str, str]:
    async with database.snapshot() as connection:
        return {row.note: row.words for row in await connection.execute(text("SELECT note, words FROM note"))}


def writing(request):
    async def use_case(uow):
        await uow.write(request.note, request.words)
        return WriteNoteAnswer(receipt=f"wrote {request.words}")

    return use_case


def request(request_id="r-1", note="a", words="one"):
    return WriteNote(request_id=request_id, note=note, words=words)


async def test_a_request_takes_effect_and_is_answered(door, database):
    answer = await door.execute(request(), writing(request()))
    assert answer == WriteNoteAnswer(receipt="wrote one")
    assert await notes(database) == {"a": "one"}


async def test_the_same_request_again_gives_the_first_answer_and_no_second_effect(door, database):
    await door.execute(request(), writing(request()))

    async def other(uow):
        raise AssertionError("must not run")

    assert await door.execute(request(), other) == WriteNoteAnswer(receipt="wrote one")


async def test_the_same_id_with_another_body_is_refused(door, database):
    await door.execute(request(), writing(request()))
    changed = request(words="two")
    with pytest.raises(RequestIdReused) as refusal:
        await door.execute(changed, writing(changed))
    assert refusal.value.metadata == {"request_id": "r-1"}
    assert await notes(database) == {"a": "one"}


async def test_the_same_id_of_another_method_is_another_request(door, database):
    await door.execute(request(), writing(request()))
    other = WriteNoteAnswer(receipt="not a write")
    with pytest.raises(MalformedRequest):
        await door.execute(other, writing(request()))


async def test_a_request_without_id_is_malformed(door):
    with pytest.raises(MalformedRequest) as refusal:
        await door.execute(request(request_id=""), writing(request()))
    assert refusal.value.metadata["field"] == "request_id"


async def test_a_refused_request_leaves_nothing_and_is_decided_again(door, database):
    async def refuse(uow):
        await uow.write("a", "half")
        raise Refused("the market says no")

    with pytest.raises(Refused):
        await door.execute(request(), refuse)
    assert await notes(database) == {}
    await door.execute(request(), writing(request()))
    assert await notes(database) == {"a": "one"}


async def test_the_same_request_twice_at_the_same_time_has_one_effect(door, database):
    runs = 0

    async def use_case(uow):
        nonlocal runs
        runs += 1
        await asyncio.sleep(0)
        return await writing(request())(uow)

    answers = await asyncio.gather(*(door.execute(request(), use_case) for _ in range(5)))
    assert answers == [WriteNoteAnswer(receipt="wrote one")] * 5
    assert runs == 1
    assert await notes(database) == {"a": "one"}


async def test_a_connection_cut_in_the_middle_is_tried_again_with_one_effect(door, database, postgres_url):
    runs = 0
    killer = Database.create(postgres_url)

    async def use_case(uow):
        nonlocal runs
        runs += 1
        answer = await writing(request())(uow)
        if runs == 1:
            pid = (await uow.connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with killer.begin() as transaction:
                await transaction.connection.execute(
                    text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}
                )
        return answer

    assert await door.execute(request(), use_case) == WriteNoteAnswer(receipt="wrote one")
    assert runs == 2
    assert await notes(database) == {"a": "one"}
    await killer.dispose()


async def test_a_deadlock_is_tried_again(door, database):
    await door.execute(request("r-1", "a"), writing(request("r-1", "a")))
    await door.execute(request("r-2", "b"), writing(request("r-2", "b")))
    both_hold_one = asyncio.Barrier(2)
    runs = 0

    async def lock_both(uow, first, second):
        nonlocal runs
        runs += 1
        lock = text("UPDATE note SET words = words || '!' WHERE note = :note")
        await uow.connection.execute(lock, {"note": first})
        if runs <= 2:
            await both_hold_one.wait()
        await uow.connection.execute(lock, {"note": second})
        return WriteNoteAnswer()

    await asyncio.gather(
        door.execute(request("r-3"), lambda uow: lock_both(uow, "a", "b")),
        door.execute(request("r-4"), lambda uow: lock_both(uow, "b", "a")),
    )
    assert runs == 3
    assert await notes(database) == {"a": "one!!", "b": "one!!"}


async def test_a_database_that_cannot_be_reached_is_unavailable(tmp_path):
    away = Database.create(f"postgresql+asyncpg://postgres@/nowhere?host={tmp_path}")
    with pytest.raises(DatabaseUnavailable):
        async with away.begin():
            pass


async def test_a_bug_stays_what_it_is(door):
    async def broken(uow):
        await uow.connection.execute(text("SELECT 1 / 0"))

    with pytest.raises(Exception, match="division by zero"):
        await door.execute(request(), broken)


def deciding(*refused):
    async def use_case(uow, batch):
        outcomes = []
        for one in batch:
            if one.note in refused:
                outcomes.append(Refused("the market says no"))
            else:
                await uow.write(one.note, one.words)
                outcomes.append(WriteNoteAnswer(receipt=f"wrote {one.words}"))
        return outcomes

    return use_case


async def test_a_batch_of_requests_is_one_transaction_with_an_outcome_each(door, database):
    batch = [request(f"r-{name}", name, name.upper()) for name in "cab"]
    outcomes = await door.execute_many(batch, deciding("a"))
    assert outcomes[0] == WriteNoteAnswer(receipt="wrote C")
    assert isinstance(outcomes[1], Refused)
    assert outcomes[2] == WriteNoteAnswer(receipt="wrote B")
    assert await notes(database) == {"b": "B", "c": "C"}
    async with database.snapshot() as connection:
        xmins = await connection.execute(text("SELECT DISTINCT xmin::text FROM note"))
        assert len(xmins.all()) == 1


async def test_a_batch_again_gives_the_first_answers_and_decides_refused_ones_again(door, database):
    batch = [request(f"r-{name}", name, name.upper()) for name in "ab"]
    await door.execute_many(batch, deciding("a"))
    given = []

    async def second(uow, fresh):
        given.extend(fresh)
        return await deciding()(uow, fresh)

    outcomes = await door.execute_many(batch, second)
    assert outcomes == [WriteNoteAnswer(receipt="wrote A"), WriteNoteAnswer(receipt="wrote B")]
    assert given == [batch[0]]
    assert await notes(database) == {"a": "A", "b": "B"}


async def test_one_id_twice_in_a_batch_has_one_effect_and_with_another_body_a_refusal(door, database):
    batch = [request("r-1", "a", "A"), request("r-1", "a", "A"), request("r-1", "b", "B")]
    outcomes = await door.execute_many(batch, deciding())
    assert outcomes[:2] == [WriteNoteAnswer(receipt="wrote A")] * 2
    assert isinstance(outcomes[2], RequestIdReused)
    assert await notes(database) == {"a": "A"}


async def test_an_id_answered_before_for_another_body_is_refused_and_the_rest_of_the_batch_goes_on(
    door, database
):
    await door.execute(request("r-1", "a"), writing(request("r-1", "a")))
    outcomes = await door.execute_many([request("r-1", "b"), request("r-2", "c")], deciding())
    assert isinstance(outcomes[0], RequestIdReused)
    assert outcomes[1] == WriteNoteAnswer(receipt="wrote one")
    assert set(await notes(database)) == {"a", "c"}


async def test_batches_with_the_same_ids_in_another_order_do_not_wait_for_each_other(door, database):
    batch = [request(f"r-{number}", f"{number}") for number in range(20)]
    await asyncio.gather(*(door.execute_many(order, deciding()) for order in (batch, batch[::-1]) * 3))
    assert len(await notes(database)) == 20


async def test_an_empty_batch_has_no_outcomes(door):
    assert await door.execute_many([], deciding()) == []


async def test_a_read_is_of_one_moment(door):
    async def query(connection):
        return (await connection.execute(text("SHOW transaction_isolation"))).scalar_one()

    assert await door.read(query) == "repeatable read"


class CommitLost(Database):
    """A database whose first commit happens without the caller ever hearing of it."""

    def __init__(self, engine):
        super().__init__(engine)
        self.commits = 0

    @asynccontextmanager
    async def begin(self):
        async with super().begin() as transaction:
            yield transaction
        self.commits += 1
        if self.commits == 1:
            raise DatabaseUnavailable("the connection was lost while it committed")


async def test_a_commit_that_was_not_heard_of_has_one_effect_and_its_answer(database):
    lossy = CommitLost(database.engine)
    answer = await Door(lossy, NotesUnitOfWork).execute(request(), writing(request()))
    assert answer == WriteNoteAnswer(receipt="wrote one")
    assert lossy.commits == 2
    assert await notes(database) == {"a": "one"}
