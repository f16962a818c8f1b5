"""The books of a service over gRPC."""

from typing import Any

import grpc.aio
from ets.common.v1 import book_service_pb2 as pb
from ets.common.v1.book_service_pb2_grpc import BookServiceServicer
from ets.common.v1.page_pb2 import PageResponse

from ets_kernel.runtime.books import BookKeeper, CapturedBook
from ets_kernel.runtime.grpc.messages import next_token, page_bounds, to_timestamp
from ets_kernel.runtime.grpc.stream_service import to_positions

Context = grpc.aio.ServicerContext[Any, Any]


class BookServicer(BookServiceServicer):
    """Captures books and lists their rows."""

    def __init__(self, keeper: BookKeeper) -> None:
        self._keeper = keeper

    async def CaptureBooks(
        self, request: pb.CaptureBooksRequest, context: Context
    ) -> pb.CaptureBooksResponse:
        capture = await self._keeper.capture()
        return pb.CaptureBooksResponse(
            capture_id=capture.capture_id,
            business_time=to_timestamp(capture.business_time),
            produced=to_positions(capture.produced),
            consumed=to_positions(capture.consumed),
            books=[_to_digest(book) for book in capture.books.values()],
        )

    async def ListBookRows(
        self, request: pb.ListBookRowsRequest, context: Context
    ) -> pb.ListBookRowsResponse:
        page = page_bounds(request, int)
        rows, last = await self._keeper.rows(
            capture_id=request.capture_id,
            book=request.book,
            segment=request.segment,
            after=int(page.after[0]) if page.after else 0,
            limit=page.size,
        )
        return pb.ListBookRowsResponse(
            rows=[pb.BookRow(values=row) for row in rows],
            page=PageResponse(next_page_token=next_token(page, (last,)) if last else ""),
        )


def _to_digest(captured: CapturedBook) -> pb.BookDigest:
    return pb.BookDigest(
        book=captured.book.name,
        columns=captured.book.columns,
        row_count=captured.row_count,
        quantity_sum=captured.quantity_sum,
        digest=captured.digest,
        segment_digests=captured.segment_digests,
    )
