"""The dead letters of a service over gRPC: people look at them, repair what was wrong, and redrive them."""

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import grpc.aio
from ets.common.v1 import dead_letter_service_pb2 as pb
from ets.common.v1.dead_letter_service_pb2_grpc import DeadLetterServiceServicer
from sqlalchemy import Row

from ets_kernel.runtime import dead_letters
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.consumer import Consumer
from ets_kernel.runtime.db import Database, Transaction
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import cut_page, page_bounds, to_timestamp

Context = grpc.aio.ServicerContext[Any, Any]

_IS_REDRIVEN: Final[Mapping[pb.DeadLetterStatus.ValueType, bool | None]] = MappingProxyType(
    {
        pb.DEAD_LETTER_STATUS_UNSPECIFIED: None,
        pb.DEAD_LETTER_STATUS_OPEN: False,
        pb.DEAD_LETTER_STATUS_REDRIVEN: True,
    }
)


class DeadLetterServicer(DeadLetterServiceServicer):
    """Lists what a service's consumer has set aside, and lets it be applied after all."""

    def __init__(self, database: Database, consumer: Consumer[Any]) -> None:
        self._consumer = consumer
        self._door: Door[Transaction] = Door(database, lambda transaction: transaction)

    async def ListDeadLetters(
        self, request: pb.ListDeadLettersRequest, context: Context
    ) -> pb.ListDeadLettersResponse:
        page = page_bounds(request, int, str)
        after_micros, after_id = page.after or (0, "")
        wanted = dead_letters.Wanted(
            topic=request.topic,
            reason=request.reason,
            is_redriven=_IS_REDRIVEN[request.status],
            after_micros=int(after_micros),
            after_id=str(after_id),
            limit=page.size + 1,
        )
        rows = await self._door.read(
            lambda connection: dead_letters.listed(connection, consumer=self._consumer.service, wanted=wanted)
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.recorded_micros, str(row.dead_letter_id)))
        return pb.ListDeadLettersResponse(dead_letters=map(_record, shown), page=next_page)

    async def RedriveDeadLetter(
        self, request: pb.RedriveDeadLetterRequest, context: Context
    ) -> pb.RedriveDeadLetterResponse:
        dead_letter_id, by = uuid.UUID(request.dead_letter_id), current_principal().subject

        async def redrive(transaction: Transaction) -> pb.RedriveDeadLetterResponse:
            is_applied = await self._consumer.redrive(transaction, dead_letter_id, by=by)
            return pb.RedriveDeadLetterResponse(
                outcome=pb.REDRIVE_OUTCOME_APPLIED if is_applied else pb.REDRIVE_OUTCOME_ALREADY_REDRIVEN,
                dead_letter=_record(await dead_letters.get(transaction.connection, dead_letter_id)),
            )

        with dead_letters.bugs_refused(dead_letter_id):
            return await self._door.execute(request, redrive)


def _record(row: Row[Any]) -> pb.DeadLetterRecord:
    is_redriven = row.redriven_time is not None
    return pb.DeadLetterRecord(
        dead_letter_id=str(row.dead_letter_id),
        topic=row.topic,
        partition=row.partition,
        offset=row.record_offset,
        sequence=row.sequence or 0,
        handler=row.handler,
        reason=row.reason,
        message=row.message,
        size_bytes=row.size_bytes,
        occurred_time=to_timestamp(row.recorded_time),
        status=pb.DEAD_LETTER_STATUS_REDRIVEN if is_redriven else pb.DEAD_LETTER_STATUS_OPEN,
        redriven_time=to_timestamp(row.redriven_time) if is_redriven else None,
    )
