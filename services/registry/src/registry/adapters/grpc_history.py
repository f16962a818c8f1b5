"""Looking up what has happened over gRPC: decode, one snapshot, encode."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import grpc.aio
from ets.registry.v1 import registry_history_service_pb2 as pb
from ets.registry.v1.registry_cancellation_service_pb2 import SerialSpan
from ets.registry.v1.registry_history_service_pb2_grpc import RegistryHistoryQueryServiceServicer
from ets_kernel.domain.clock import Clock, business_time
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import as_of, cut_page, page_as_of, to_timestamp

from registry.adapters import encoding, own
from registry.adapters.db.history_queries import SqlHistoryReader
from registry.adapters.decoding import business_day, page_of, period_of, province_of
from registry.app.account_queries import OfAccounts
from registry.app.history_queries import AllocationView, TransactionSearch, TransactionView, TransferView
from registry.app.ports import UnitOfWork
from registry.domain.allocation_table import TableKind
from registry.domain.trading import TransferState

Context = grpc.aio.ServicerContext[Any, Any]

STATES: Final = {
    TransferState.SENT: pb.TRADING_TRANSFER_STATE_SENT,
    TransferState.ACCEPTED: pb.TRADING_TRANSFER_STATE_ACCEPTED,
    TransferState.REFUSED: pb.TRADING_TRANSFER_STATE_REFUSED,
}
_STATES: Final = {value: state for state, value in STATES.items()}
_INSTANT: Final = timedelta(microseconds=1)


class RegistryHistoryQueryGrpc(RegistryHistoryQueryServiceServicer):
    """The reads of `RegistryHistoryQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def ListTransactions(
        self, request: pb.ListTransactionsRequest, context: Context
    ) -> pb.ListTransactionsResponse:
        page, at = page_as_of(request, self._clock, int)
        # Days begin at midnight: a moment of the first one is behind the last instant before it.
        opening = _midnight(request.from_date, "from_date") if request.from_date else None
        closing = _midnight(request.to_date, "to_date", days=1) if request.to_date else at
        wanted = TransactionSearch(
            of=_of(request),
            kind=request.kind,
            product=request.product,
            flow_id=request.flow_id,
            opening=opening,
        )
        rows = await self._door.read(
            lambda connection: SqlHistoryReader(connection).transactions(
                wanted, recorded_by=min(at, closing), at=at, page=page_of(page)
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.transaction_no,))
        return pb.ListTransactionsResponse(transactions=[_transaction(row) for row in shown], page=next_page)

    async def GetTransaction(
        self, request: pb.GetTransactionRequest, context: Context
    ) -> pb.GetTransactionResponse:
        at = as_of(request, self._clock)
        of = OfAccounts(holder_no=request.credit_code, province_code=province_of(request.province_code))
        view, corrected_by = await self._door.read(
            lambda connection: SqlHistoryReader(connection).transaction(request.transfer_no, of=of, at=at)
        )
        entry = view.entry
        return pb.GetTransactionResponse(
            transaction=_transaction(view),
            serials=[SerialSpan(serial_start=start, serial_end=end) for start, end in entry.serials],
            origin=own.origin(entry.origin, request),
            group=entry.group,
            batch_no=view.batch_no,
            corrected_by_registration_no=corrected_by,
        )

    async def ListTradingTransfers(
        self, request: pb.ListTradingTransfersRequest, context: Context
    ) -> pb.ListTradingTransfersResponse:
        page, at = page_as_of(request, self._clock, str, int)
        of = _of(request)
        rows = await self._door.read(
            lambda connection: SqlHistoryReader(connection).trading_transfers(
                of, state=_STATES.get(request.state), at=at, page=page_of(page)
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.transfer.account_no, row.transfer.ordinal))
        return pb.ListTradingTransfersResponse(transfers=[_transfer(row) for row in shown], page=next_page)

    async def ListObligationVersions(
        self, request: pb.ListObligationVersionsRequest, context: Context
    ) -> pb.ListObligationVersionsResponse:
        page, at = page_as_of(request, self._clock, int)
        rows = await self._door.read(
            lambda connection: SqlHistoryReader(connection).obligation_versions(
                request.credit_code,
                period_of(request.period),
                province_code=province_of(request.province_code),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.version_id,))
        versions = [
            pb.ObligationVersion(
                status=encoding.compliance_status(row.obligation, row.recorded_time),
                recorded_time=to_timestamp(row.recorded_time),
            )
            for row in shown
        ]
        return pb.ListObligationVersionsResponse(versions=versions, page=next_page)

    async def ListEntityAllocations(
        self, request: pb.ListEntityAllocationsRequest, context: Context
    ) -> pb.ListEntityAllocationsResponse:
        page, at = page_as_of(request, self._clock, str, str)
        rows = await self._door.read(
            lambda connection: SqlHistoryReader(connection).allocations(
                credit_code=request.credit_code,
                province_code=province_of(request.province_code),
                table_no=request.table_no,
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.row.credit_code, row.table_no))
        return pb.ListEntityAllocationsResponse(
            allocations=[_allocation(row) for row in shown], page=next_page
        )

    async def ListAllocationDifferences(
        self, request: pb.ListAllocationDifferencesRequest, context: Context
    ) -> pb.ListAllocationDifferencesResponse:
        page, at = page_as_of(request, self._clock, int)
        revision, rows = await self._door.read(
            lambda connection: SqlHistoryReader(connection).differences(
                request.table_no,
                province_code=province_of(request.province_code),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.difference_id,))
        return pb.ListAllocationDifferencesResponse(
            revision=revision,
            differences=[encoding.difference(row.difference) for row in shown],
            page=next_page,
        )


def _allocation(view: AllocationView) -> pb.EntityAllocation:
    row = view.row
    is_pre = view.kind is TableKind.PRE_ALLOCATION
    return pb.EntityAllocation(
        table_no=view.table_no,
        period=view.period,
        credit_code=row.credit_code,
        name=row.name,
        sector=encoding.OBLIGATION_SECTORS[row.sector],
        allocated_tco2e=row.pre_allocated_tco2e if is_pre else row.verified_tco2e,
        allocated_before_tco2e=0 if is_pre else row.pre_allocated_tco2e,
        deducted_tco2e=row.deducted_tco2e,
        returned_tco2e=row.returned_tco2e,
        issued_tco2e=row.issue_tco2e,
        borrowed_tco2e=row.borrowed_tco2e,
        remainder_tco2e=row.remainder_tco2e,
        obligation_tco2e=row.obligation_tco2e,
        is_held_by_province=row.differentiation.is_held_by_province,
        issued_time=to_timestamp(view.issued_time),
    )


def _of(request: pb.ListTransactionsRequest | pb.ListTradingTransfersRequest) -> OfAccounts:
    return OfAccounts(
        account_no=request.account_no,
        holder_no=request.credit_code,
        province_code=province_of(request.province_code),
    )


def _midnight(text: str, field: str, *, days: int = 0) -> datetime:
    begin: datetime = business_time(business_day(text, field), 0).astimezone(UTC)
    return begin + timedelta(days=days) - _INSTANT


def _transaction(view: TransactionView) -> pb.Transaction:
    entry = view.entry
    return pb.Transaction(
        transaction_no=view.transaction_no,
        transfer_no=entry.transfer_id,
        kind=entry.kind,
        product=entry.product,
        quantity_tco2e=entry.quantity,
        source_account_no=entry.source.account,
        source_bucket=encoding.BUCKETS[entry.source.bucket],
        target_account_no=entry.destination.account,
        target_bucket=encoding.BUCKETS[entry.destination.bucket],
        flow_id=entry.flow_id,
        corrects=entry.corrects,
        effective_time=to_timestamp(entry.effective_time),
        recorded_time=to_timestamp(view.recorded_time),
    )


def _transfer(view: TransferView) -> pb.TradingTransferStatus:
    transfer = view.transfer
    return pb.TradingTransferStatus(
        transfer_no=transfer.transfer_no,
        account_no=transfer.account_no,
        product=transfer.product,
        quantity_tco2e=transfer.quantity_tco2e,
        state=STATES[transfer.state],
        sent_time=to_timestamp(view.sent_time),
        answered_time=encoding.moment(view.answered_time),
    )
