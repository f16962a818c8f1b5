"""Group commit: many small requests, one transaction, an answer for each."""

import asyncio

import pytest
from ets_kernel.domain.errors import RequestIdReused
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.group_commit import TOGETHER_ITEMS_MAX, GroupCommit
from ets_kernel.testing.messages import WriteNote, WriteNoteAnswer
from sqlalchemy import text


class Writer:
    """Writes the words of each request; an item is a word, its outcome says how many there were before it."""

    def __init__(self, database, broken_word=""):
        self.carried_out = []
        self.broken_word = broken_word
        self.group = GroupCommit(
            Door(database, lambda transaction: transaction.connection),
            items_of=lambda request: request.words.split(),
            carry_out=self.carry_out,
            answer=lambda outcomes: WriteNoteAnswer(receipt=" ".join(outcomes)),
        )

    async def carry_out(self, words, connection):
        self.carried_out.append(list(words))
        for word in words:
            await connection.execute(
                text("INSERT INTO note VALUES (:word, 'written') ON CONFLICT DO NOTHING"), {"word": word}
            )
        if self.broken_word in words:
            raise ZeroDivisionError
        return [f"{index}:{word}" for index, word in enumerate(words)]

    async def write(self, request_id, words):
        answer = await self.group.execute(WriteNote(request_id=request_id, note="n", words=words))
        return answer.receipt


@pytest.fixture
def writer(database):
    return Writer(database)


async def test_requests_at_the_same_time_share_a_transaction_and_are_answered_each_for_itself(writer):
    answers = await asyncio.gather(
        writer.write("r-1", "a b"), writer.write("r-2", "c"), writer.write("r-3", "d e")
    )
    assert writer.carried_out == [["a", "b", "c", "d", "e"]]
    assert answers == ["0:a 1:b", "2:c", "3:d 4:e"]


async def test_a_request_again_gets_its_own_first_answer(writer):
    first = await asyncio.gather(writer.write("r-1", "a"), writer.write("r-2", "b"))
    assert await writer.write("r-2", "b") == first[1]
    assert writer.carried_out == [["a", "b"]]
    with pytest.raises(RequestIdReused):
        await writer.write("r-2", "c")


async def test_a_large_request_fills_a_transaction_of_its_own(writer):
    words = [f"w{number}" for number in range(TOGETHER_ITEMS_MAX + 1)]
    await asyncio.gather(writer.write("r-1", " ".join(words)), writer.write("r-2", "a"))
    assert sorted(writer.carried_out, key=len) == [["a"], words]


async def test_requests_that_fail_together_are_carried_out_one_by_one(database):
    writer = Writer(database, broken_word="b")
    results = await asyncio.gather(writer.write("r-1", "a"), writer.write("r-2", "b"), return_exceptions=True)
    assert results[0] == "0:a"
    assert isinstance(results[1], ZeroDivisionError)
    assert writer.carried_out == [["a", "b"], ["a"], ["b"]]
