"""Reads from the journal over gRPC: decode, one snapshot, encode."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import grpc.aio
from ets.registry.v1 import registry_journal_service_pb2 as pb
from ets.registry.v1.registry_journal_service_pb2_grpc import RegistryJournalQueryServiceServicer
from ets_kernel.domain.clock import Clock, business_date, business_time
from ets_kernel.domain.errors import AsOfInFuture
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import as_of, cut_page, page_bounds, to_timestamp

from registry.adapters import encoding
from registry.adapters.db.journal_queries import SqlJournalReader
from registry.adapters.decoding import business_day
from registry.app.journal_queries import StatementBalance, StatementLine, StatementPeriod
from registry.app.ports import UnitOfWork
from registry.app.queries import PageOf

Context = grpc.aio.ServicerContext[Any, Any]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT: Final = timedelta(microseconds=1)


class RegistryJournalQueryGrpc(RegistryJournalQueryServiceServicer):
    """The reads of `RegistryJournalQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def GetAccountStatement(
        self, request: pb.GetAccountStatementRequest, context: Context
    ) -> pb.GetAccountStatementResponse:
        # The key of a line is its number, behind the moment of the statement, which all its pages share.
        page = page_bounds(request, int, int)
        recorded_by = as_of(request, self._clock, "recorded_by")
        if page.after:
            recorded_by = _EPOCH + int(page.after[0]) * _INSTANT
        statement = await self._door.read(
            lambda connection: SqlJournalReader(connection).statement(
                request.account_no,
                credit_code=request.credit_code,
                province_code=request.province_code,
                period=self._period(request, recorded_by),
                page=PageOf(size=page.size + 1, after=page.after[1:]),
            )
        )
        moment = (recorded_by - _EPOCH) // _INSTANT
        shown, next_page = cut_page(statement.lines, page, lambda line: (moment, line.posting.entry_no))
        return pb.GetAccountStatementResponse(
            account=encoding.account(statement.account),
            balances=[_balance(balance) for balance in statement.balances],
            lines=[_line(line) for line in shown],
            page=next_page,
            recorded_by=to_timestamp(recorded_by),
        )

    def _period(self, request: pb.GetAccountStatementRequest, recorded_by: datetime) -> StatementPeriod:
        first, last = business_day(request.from_date, "from_date"), business_day(request.to_date, "to_date")
        today = business_date(self._clock.now())
        if last > today:
            raise AsOfInFuture(f"{last} has not begun", field="to_date", business_date=today)
        # Days begin at midnight: a moment of the first one is behind the last instant before it.
        return StatementPeriod(
            opening=business_time(first, 0) - _INSTANT,
            closing=business_time(last + timedelta(days=1), 0) - _INSTANT,
            recorded_by=recorded_by,
        )


def _balance(balance: StatementBalance) -> pb.StatementBalance:
    return pb.StatementBalance(
        product=balance.product,
        bucket=encoding.BUCKETS[balance.bucket],
        opening_tco2e=balance.opening_tco2e,
        closing_tco2e=balance.closing_tco2e,
    )


def _line(line: StatementLine) -> pb.StatementLine:
    posting = line.posting
    return pb.StatementLine(
        entry_no=posting.entry_no,
        effective_time=to_timestamp(posting.effective_time),
        recorded_time=to_timestamp(posting.recorded_time),
        kind=posting.kind,
        transfer_no=posting.transfer_no,
        flow_id=posting.flow_id,
        corrects=line.corrects,
        product=posting.product,
        bucket=encoding.BUCKETS[posting.bucket],
        change_tco2e=posting.change_tco2e,
        balance_tco2e=line.balance_tco2e,
        counter_account_no=line.counter_account_no,
        counter_bucket=encoding.BUCKETS[line.counter_bucket],
    )
