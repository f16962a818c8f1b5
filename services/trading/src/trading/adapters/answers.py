"""First answers to requests whose use case takes several transactions, so that the door cannot carry it out whole."""

from ets_kernel.runtime import requests
from ets_kernel.runtime.db import Database
from google.protobuf.message import Message


async def first_answer(database: Database, request: Message) -> Message | None:
    """Give the answer that a request had before, None for a new one; REQUEST_ID_REUSED for another body."""
    async with database.begin() as transaction:
        claimed = await requests.claim(transaction.connection, [request])
        request_id = requests.request_id_of(request)
        if claimed.reused:
            raise claimed.reused[request_id]
        if not claimed.fresh:
            return claimed.answers[request_id]
        # Nothing is decided yet, so nothing may stay.
        await requests.release(transaction.connection, request.DESCRIPTOR.full_name, [request_id])
    return None
