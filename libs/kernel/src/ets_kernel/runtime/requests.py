"""Requests and their first answers: the same request id never has two effects.

REQ-1  A request is claimed by inserting its row before anything is decided, so the same id sent twice at the
       same time waits for the first one and then reads its answer.
REQ-2  The same id with another body is RequestIdReused. Bodies are compared by SHA-256 of their deterministic
       bytes.
REQ-3  Only a commit leaves a row: a refused request may be sent again and is decided again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import MalformedRequest, RequestIdReused

# Claims are inserted in the order of the array, which is sorted, so two batches cannot wait for each other.
_CLAIM: Final = text("""
INSERT INTO kernel_request (method, request_id, body_hash)
SELECT :method, claim.request_id, claim.body_hash
FROM unnest(CAST(:request_ids AS text[]), CAST(:body_hashes AS bytea[])) AS claim (request_id, body_hash)
ON CONFLICT (method, request_id) DO NOTHING RETURNING request_id
""")
_ANSWERS: Final = text("""
SELECT request_id, body_hash, answer_type, answer FROM kernel_request
WHERE method = :method AND request_id = ANY(CAST(:request_ids AS text[]))
""")
_STORE: Final = text("""
UPDATE kernel_request AS request SET answer_type = given.answer_type, answer = given.answer
FROM unnest(CAST(:request_ids AS text[]), CAST(:answer_types AS text[]), CAST(:answers AS bytea[]))
     AS given (request_id, answer_type, answer)
WHERE request.method = :method AND request.request_id = given.request_id
""")
_RELEASE: Final = text(
    "DELETE FROM kernel_request WHERE method = :method AND request_id = ANY(CAST(:request_ids AS text[]))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Which requests are to be carried out now, the answers of others, and which ids were reused."""

    fresh: frozenset[str]
    answers: Mapping[str, Message]
    reused: Mapping[str, RequestIdReused]


def request_id_of(request: Message) -> str:
    """Give the id of a request; raises MalformedRequest when it has none."""
    request_id = str(getattr(request, "request_id", ""))
    if not request_id:
        raise MalformedRequest("a write needs a request_id", field="request_id", rule="required")
    return request_id


def body_hash(request: Message) -> bytes:
    """Give the SHA-256 of a request's deterministic bytes, 32 bytes."""
    return hashlib.sha256(request.SerializeToString(deterministic=True)).digest()


async def claim(connection: AsyncConnection, requests: Sequence[Message]) -> Claimed:
    """Claim requests of one type with different ids; waits for whoever is carrying one of them out now."""
    method = requests[0].DESCRIPTOR.full_name
    hashes = dict(sorted((request_id_of(request), body_hash(request)) for request in requests))
    ensure(len(hashes) == len(requests), "requests that are claimed together have different ids")
    claimed = await connection.execute(
        _CLAIM, {"method": method, "request_ids": list(hashes), "body_hashes": list(hashes.values())}
    )
    fresh = frozenset(claimed.scalars())
    known = [request_id for request_id in hashes if request_id not in fresh]
    if not known:
        return Claimed(fresh=fresh, answers={}, reused={})
    answers: dict[str, Message] = {}
    others: dict[str, RequestIdReused] = {}
    for row in await connection.execute(_ANSWERS, {"method": method, "request_ids": known}):
        if bytes(row.body_hash) != hashes[row.request_id]:
            others[row.request_id] = reused(row.request_id)
        else:
            answers[row.request_id] = _message(row.answer_type, row.answer)
    ensure(len(answers) + len(others) == len(known), "a request that was not claimed has been answered")
    return Claimed(fresh=fresh, answers=answers, reused=others)


def reused(request_id: str) -> RequestIdReused:
    """Refuse an id that was used for another body."""
    return RequestIdReused("this request id was used for another request", request_id=request_id)


async def store(connection: AsyncConnection, method: str, answers: Mapping[str, Message]) -> None:
    """Store the answers of claimed requests, by request id."""
    await connection.execute(
        _STORE,
        {
            "method": method,
            "request_ids": list(answers),
            "answer_types": [answer.DESCRIPTOR.full_name for answer in answers.values()],
            "answers": [answer.SerializeToString(deterministic=True) for answer in answers.values()],
        },
    )


async def release(connection: AsyncConnection, method: str, request_ids: Sequence[str]) -> None:
    """Give up claims of requests that were refused, so they may be sent again."""
    await connection.execute(_RELEASE, {"method": method, "request_ids": list(request_ids)})


def _message(full_name: str, content: bytes) -> Message:
    descriptor = descriptor_pool.Default().FindMessageTypeByName(full_name)
    message_class: Any = message_factory.GetMessageClass(descriptor)
    return cast("Message", message_class.FromString(content))
