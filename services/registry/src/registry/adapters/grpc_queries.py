"""Reads over gRPC: decode, one snapshot, encode."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import grpc.aio
from ets.common.v1 import page_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets.registry.v1.registry_service_pb2_grpc import RegistryQueryServiceServicer
from ets_kernel.domain.calendars import load_work_calendar
from ets_kernel.domain.clock import Clock, business_date
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import (
    Page,
    as_of,
    cut_page,
    page_as_of,
    to_timestamp,
)

from registry.adapters import encoding, own
from registry.adapters.db.queries import SqlReader
from registry.adapters.decoding import business_day, page_of, period_of, province_of
from registry.app.ports import UnitOfWork
from registry.app.queries import BlockView, HoldingView, PageOf, PostingView, UsageView
from registry.domain.allocation_table import Issuance
from registry.domain.issuing import issue_due_date

Context = grpc.aio.ServicerContext[Any, Any]

_Bitemporal = pb.GetAccountRequest | pb.ListHoldingsRequest | pb.ListSerialBlocksRequest
_STATUSES: Final = {value: status for status, value in encoding.SURRENDER_STATUSES.items()}


class RegistryQueryGrpc(RegistryQueryServiceServicer):
    """The reads of `RegistryQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def GetAccount(self, request: pb.GetAccountRequest, context: Context) -> pb.GetAccountResponse:
        at = as_of(request, self._clock)
        recorded_by = self._recorded_by(request)
        is_now = recorded_by is None and not request.HasField("as_of")
        number = request.account_no
        account, holdings = await self._door.read(
            lambda connection: SqlReader(connection).account_with_holdings(
                number,
                credit_code=request.credit_code,
                province_code=province_of(request.province_code),
                at=min(at, recorded_by or at),
                effective=None if is_now else at,
                recorded_by=recorded_by,
            )
        )
        return pb.GetAccountResponse(
            account=encoding.account(account), holdings=[_holding(holding) for holding in holdings]
        )

    async def ListHoldings(
        self, request: pb.ListHoldingsRequest, context: Context
    ) -> pb.ListHoldingsResponse:
        page, at = page_as_of(request, self._clock, str, str, str)
        recorded_by = self._recorded_by(request, page)
        rows = await self._door.read(
            lambda connection: SqlReader(connection).holdings(
                province_code=province_of(request.province_code),
                at=min(at, recorded_by or at),
                effective=at if request.HasField("as_of") else None,
                recorded_by=recorded_by,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.account_no, row.product, row.bucket))
        return pb.ListHoldingsResponse(holdings=[_holding(row) for row in shown], page=next_page)

    async def ListSerialBlocks(
        self, request: pb.ListSerialBlocksRequest, context: Context
    ) -> pb.ListSerialBlocksResponse:
        page, at = page_as_of(request, self._clock, str, int)
        recorded_by = self._recorded_by(request, page)
        rows = await self._door.read(
            lambda connection: SqlReader(connection).blocks(
                request.account_no,
                credit_code=request.credit_code,
                province_code=province_of(request.province_code),
                at=min(at, recorded_by or at),
                effective=at if request.HasField("as_of") else None,
                recorded_by=recorded_by,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.product, row.serial_start))
        blocks = [_block(row, own.origin(row.origin, request)) for row in shown]
        return pb.ListSerialBlocksResponse(blocks=blocks, page=next_page)

    async def ListJournalEntries(
        self, request: pb.ListJournalEntriesRequest, context: Context
    ) -> pb.ListJournalEntriesResponse:
        page, at = page_as_of(request, self._clock, int)
        after = int(page.after[0]) if page.after else request.after_entry_no
        rows = await self._door.read(
            lambda connection: SqlReader(connection).postings(
                request.account_no, after=after, at=at, size=page.size + 1
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.entry_no,))
        return pb.ListJournalEntriesResponse(entries=[_posting(row) for row in shown], page=next_page)

    async def GetTreeHead(self, request: pb.GetTreeHeadRequest, context: Context) -> pb.GetTreeHeadResponse:
        day = business_day(request.business_date)
        head, last_hash = await self._door.read(lambda connection: SqlReader(connection).tree_head(day))
        return pb.GetTreeHeadResponse(tree_head=encoding.tree_head(head, last_hash))

    async def ListIssuances(
        self, request: pb.ListIssuancesRequest, context: Context
    ) -> pb.ListIssuancesResponse:
        page, at = page_as_of(request, self._clock, str)
        is_now = not page.after and not request.HasField("as_of")
        rows, matched = await self._door.read(
            lambda connection: _tables(
                SqlReader(connection),
                province_code=province_of(request.province_code),
                period=period_of(request.period),
                page=page_of(page),
                at=at,
                is_now=is_now,
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.table_no,))
        return pb.ListIssuancesResponse(
            issuances=[_issuance(row, matched.get((row.table_no, row.revision))) for row in shown],
            page=next_page,
        )

    async def ListSurrenderApplications(
        self, request: pb.ListSurrenderApplicationsRequest, context: Context
    ) -> pb.ListSurrenderApplicationsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlReader(connection).applications(
                province_code=province_of(request.province_code),
                period=period_of(request.period),
                status=_STATUSES.get(request.status),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.application_no,))
        return pb.ListSurrenderApplicationsResponse(
            applications=[encoding.surrender_application(row) for row in shown], page=next_page
        )

    async def GetComplianceStatus(
        self, request: pb.GetComplianceStatusRequest, context: Context
    ) -> pb.GetComplianceStatusResponse:
        at = as_of(request, self._clock)
        obligation = await self._door.read(
            lambda connection: SqlReader(connection).obligation(
                request.credit_code,
                period_of(request.period),
                province_code=province_of(request.province_code),
                at=at,
            )
        )
        return pb.GetComplianceStatusResponse(status=encoding.compliance_status(obligation, at))

    async def ListComplianceStatuses(
        self, request: pb.ListComplianceStatusesRequest, context: Context
    ) -> pb.ListComplianceStatusesResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlReader(connection).obligations(
                province_code=province_of(request.province_code),
                period=period_of(request.period),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.credit_code,))
        return pb.ListComplianceStatusesResponse(
            statuses=[encoding.compliance_status(row, at) for row in shown], page=next_page
        )

    async def ListEntityOffsetUsages(
        self, request: pb.ListEntityOffsetUsagesRequest, context: Context
    ) -> pb.ListEntityOffsetUsagesResponse:
        usages, next_page = await self._usages(request, credit_code=request.credit_code, province_code="")
        return pb.ListEntityOffsetUsagesResponse(usages=usages, page=next_page)

    async def ListProvinceOffsetUsages(
        self, request: pb.ListProvinceOffsetUsagesRequest, context: Context
    ) -> pb.ListProvinceOffsetUsagesResponse:
        usages, next_page = await self._usages(
            request, credit_code="", province_code=province_of(request.province_code)
        )
        return pb.ListProvinceOffsetUsagesResponse(usages=usages, page=next_page)

    async def _usages(
        self,
        request: pb.ListEntityOffsetUsagesRequest | pb.ListProvinceOffsetUsagesRequest,
        *,
        credit_code: str,
        province_code: str,
    ) -> tuple[list[types_pb.OffsetUsage], page_pb2.PageResponse]:
        page, at = page_as_of(request, self._clock, str, int)
        rows = await self._door.read(
            lambda connection: SqlReader(connection).usages(
                credit_code=credit_code,
                province_code=province_code,
                period=period_of(request.period),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.cancellation_no, row.block_no))
        return [_usage(row) for row in shown], next_page

    def _recorded_by(self, request: _Bitemporal, page: Page | None = None) -> datetime | None:
        """Tell until when what was recorded counts; None for everything, which is what a first page is of."""
        if request.HasField("recorded_by"):
            return as_of(request, self._clock, "recorded_by")
        return page.moment if page is not None and page.after else None


def _holding(view: HoldingView) -> types_pb.Holding:
    return types_pb.Holding(
        account_no=view.account_no,
        product=view.product,
        bucket=encoding.BUCKETS[view.bucket],
        quantity_tco2e=view.quantity_tco2e,
    )


async def _tables(
    reader: SqlReader, *, province_code: str, period: str, page: PageOf, at: datetime, is_now: bool
) -> tuple[Sequence[Issuance], Mapping[tuple[str, int], datetime]]:
    rows = await reader.issuances(
        province_code=province_code, period=period, at=None if is_now else at, page=page
    )
    return rows, await reader.matched_times([row.table_no for row in rows], at=at)


def _issuance(row: Issuance, matched_time: datetime | None) -> types_pb.Issuance:
    due = None
    if matched_time is not None:
        due = issue_due_date(business_date(matched_time), load_work_calendar())
    return encoding.issuance(row, matched_time=matched_time, due=due)


def _block(view: BlockView, origin: str) -> types_pb.SerialBlock:
    return types_pb.SerialBlock(
        product=view.product,
        serial_start=view.serial_start,
        serial_end=view.serial_end,
        origin=origin,
        account_no=view.account_no,
        bucket=encoding.BUCKETS[view.bucket],
    )


def _posting(view: PostingView) -> types_pb.JournalEntry:
    return types_pb.JournalEntry(
        entry_no=view.entry_no,
        batch_no=view.batch_no,
        kind=view.kind,
        transfer_no=view.transfer_no,
        flow_id=view.flow_id,
        account_no=view.account_no,
        product=view.product,
        bucket=encoding.BUCKETS[view.bucket],
        change_tco2e=view.change_tco2e,
        effective_time=to_timestamp(view.effective_time),
        recorded_time=to_timestamp(view.recorded_time),
        corrects=view.corrects,
    )


def _usage(view: UsageView) -> types_pb.OffsetUsage:
    return types_pb.OffsetUsage(
        cancellation_no=view.cancellation_no,
        handover_no=view.handover_no,
        offset_application_no=view.offset_application_no,
        credit_code=view.credit_code,
        province_code=view.province_code,
        product=view.product,
        serial_start=view.serial_start,
        serial_end=view.serial_end,
        credited_tco2e=view.credited_tco2e,
        used_tco2e=view.used_tco2e,
        surrender_application_nos=list(view.surrender_application_nos),
    )
