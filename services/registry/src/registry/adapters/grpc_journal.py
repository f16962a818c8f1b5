"""Reads from the journal over gRPC: decode, one snapshot, encode."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import grpc.aio
from ets.common.v1.page_pb2 import PageResponse
from ets.registry.v1 import registry_journal_service_pb2 as pb
from ets.registry.v1.registry_journal_service_pb2_grpc import RegistryJournalQueryServiceServicer
from ets_kernel.domain.clock import Clock, business_date, business_time
from ets_kernel.domain.errors import AsOfInFuture, PageTokenInvalid
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import cut_page, next_token, page_as_of, page_bounds, to_timestamp
from ets_ledger.domain.export import Line, to_text
from ets_ledger.domain.journal import BatchRecord
from ets_ledger.domain.proofs import consistency_line, inclusion_line
from ets_ledger.runtime.export import EXPORT_SECTIONS, ExportCursor, export_page

from registry.adapters import encoding, own
from registry.adapters.db import tables
from registry.adapters.db.journal_queries import SqlJournalReader
from registry.adapters.db.unit_of_work import LEDGER_NAME
from registry.adapters.decoding import business_day, page_of, province_of
from registry.app.journal_queries import StatementBalance, StatementLine, StatementPeriod
from registry.app.ports import UnitOfWork
from registry.app.queries import Key

Context = grpc.aio.ServicerContext[Any, Any]

_INSTANT: Final = timedelta(microseconds=1)


class RegistryJournalQueryGrpc(RegistryJournalQueryServiceServicer):
    """The reads of `RegistryJournalQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def GetAccountStatement(
        self, request: pb.GetAccountStatementRequest, context: Context
    ) -> pb.GetAccountStatementResponse:
        page, recorded_by = page_as_of(request, self._clock, int, field="recorded_by")
        statement = await self._door.read(
            lambda connection: SqlJournalReader(connection).statement(
                request.account_no,
                credit_code=request.credit_code,
                province_code=province_of(request.province_code),
                period=self._period(request, recorded_by),
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(statement.lines, page, lambda line: (line.posting.entry_no,))
        return pb.GetAccountStatementResponse(
            account=encoding.account(statement.account),
            balances=[_balance(balance) for balance in statement.balances],
            lines=[_line(line, request) for line in shown],
            page=next_page,
            recorded_by=to_timestamp(recorded_by),
        )

    async def ListTreeHeads(
        self, request: pb.ListTreeHeadsRequest, context: Context
    ) -> pb.ListTreeHeadsResponse:
        page, signed_by = page_as_of(request, self._clock, str)
        first = business_day(request.from_date, "from_date") if request.from_date else date.min
        if page.after:
            first = _after(str(page.after[0]))
        last = business_day(request.to_date, "to_date") if request.to_date else date.max
        heads = await self._door.read(
            lambda connection: SqlJournalReader(connection).tree_heads(
                first=first, last=last, signed_by=signed_by, size=page.size + 1
            )
        )
        shown, next_page = cut_page(heads, page, lambda sealed: (sealed[0].business_date.isoformat(),))
        return pb.ListTreeHeadsResponse(
            tree_heads=[encoding.tree_head(*sealed) for sealed in shown], page=next_page
        )

    async def GetConsistencyProof(
        self, request: pb.GetConsistencyProofRequest, context: Context
    ) -> pb.GetConsistencyProofResponse:
        first = business_day(request.from_date, "from_date")
        last = business_day(request.to_date, "to_date")
        found = await self._door.read(
            lambda connection: SqlJournalReader(connection).consistency(first, last)
        )
        line = consistency_line(found.path, old=found.smaller[0], new=found.larger[0])
        return pb.GetConsistencyProofResponse(
            from_head=encoding.tree_head(*found.smaller),
            to_head=encoding.tree_head(*found.larger),
            path=found.path,
            document=_document(line),
        )

    async def GetInclusionProof(
        self, request: pb.GetInclusionProofRequest, context: Context
    ) -> pb.GetInclusionProofResponse:
        day = business_day(request.business_date) if request.business_date else None
        found = await self._door.read(
            lambda connection: SqlJournalReader(connection).inclusion(request.transfer_no, day)
        )
        proof = found.proof
        return pb.GetInclusionProofResponse(
            batch=_batch(proof.batch),
            leaf=found.leaf,
            entry_index=proof.entry_index,
            entry_path=proof.entry_path,
            batch_path=proof.batch_path,
            tree_head=encoding.tree_head(*found.head),
            document=_document(inclusion_line(proof, leaf=found.leaf, head=found.head[0])),
        )

    async def ExportJournal(
        self, request: pb.ExportJournalRequest, context: Context
    ) -> pb.ExportJournalResponse:
        page = page_bounds(request, int, str, int, str, str, str)
        cursor = _cursor(page.after) if page.after else None
        export = await self._door.read(
            lambda connection: export_page(
                connection, tables.ledger, ledger=LEDGER_NAME, cursor=cursor, page_size=page.size
            )
        )
        token = next_token(page, tuple(export.following)) if export.following else ""
        return pb.ExportJournalResponse(lines=to_text(export.lines), page=PageResponse(next_page_token=token))

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


def _after(text: str) -> date:
    try:
        return date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise PageTokenInvalid("page_token has no date of a head") from error


def _document(line: Line) -> str:
    (text,) = to_text([line])
    return text


def _cursor(key: Key) -> ExportCursor:
    last_batch_no, section, batch_no, account, product, bucket = key
    if section not in EXPORT_SECTIONS:
        raise PageTokenInvalid("page_token has no part of the export")
    return ExportCursor(
        int(last_batch_no),
        str(section),
        int(batch_no),
        AccountNo(str(account)),
        ProductCode(str(product)),
        str(bucket),
    )


def _batch(record: BatchRecord) -> pb.JournalBatch:
    return pb.JournalBatch(
        batch_no=record.batch_no,
        prev_hash=record.prev_hash,
        merkle_root=record.merkle_root,
        entry_count=record.entry_count,
        recorded_time=to_timestamp(record.recorded_time),
    )


def _balance(balance: StatementBalance) -> pb.StatementBalance:
    return pb.StatementBalance(
        product=balance.product,
        bucket=encoding.BUCKETS[balance.bucket],
        opening_tco2e=balance.opening_tco2e,
        closing_tco2e=balance.closing_tco2e,
    )


def _line(line: StatementLine, reading: own.Reading) -> pb.StatementLine:
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
        counter_account_no=own.counter_account(posting.kind, line.counter_account_no, reading),
        counter_bucket=encoding.BUCKETS[line.counter_bucket],
    )
