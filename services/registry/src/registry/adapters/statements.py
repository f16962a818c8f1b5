"""Statements of accounts (对账单) as a workbook and on paper: what was held, every posting, what is held.

The figures are the journal's, whole tonnes; times are Beijing time. A statement says of which moment its record is.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from string import ascii_uppercase
from types import MappingProxyType
from typing import Any, Final

from ets.registry.v1 import registry_journal_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.clock import ZONE
from ets_kernel.runtime.http.contract import File
from google.protobuf.timestamp_pb2 import Timestamp

from registry.adapters.grpc_journal import RegistryJournalQueryGrpc
from registry.adapters.paper import Paper
from registry.domain.reading_errors import StatementTooLong

# Ours: either takes some seconds of one processor; whoever needs more reads the JSON page by page.
WORKBOOK_LINES_MAX: Final = 10_000
PAPER_LINES_MAX: Final = 1_000
PAGE_SIZE: Final = 5_000
TITLE: Final = "对账单 Statement of account"
BUCKETS: Final[Mapping[types_pb.Bucket.ValueType, str]] = MappingProxyType(
    {
        types_pb.BUCKET_REGISTERED: "登记可用 registered",
        types_pb.BUCKET_TRADING: "交易可用 trading",
        types_pb.BUCKET_IN_TRANSIT: "划转在途 in transit",
        types_pb.BUCKET_PENDING_SURRENDER: "待清缴 pending surrender",
        types_pb.BUCKET_PENDING_CANCELLATION: "待注销 pending cancellation",
        types_pb.BUCKET_PENDING_CARRY_OVER: "待结转 pending carry-over",
        types_pb.BUCKET_JUDICIALLY_FROZEN: "司法冻结 judicially frozen",
    }
)
BALANCE_HEAD: Final = ("品种 Product", "状态 Bucket", "期初 Opening, tCO2e", "期末 Closing, tCO2e")
LINE_HEAD: Final = (
    "序号 No.",
    "生效时间 Effective",
    "记账时间 Recorded",
    "业务 Kind",
    "品种 Product",
    "状态 Bucket",
    "变动 Change, tCO2e",
    "余额 Balance, tCO2e",
    "对方账户 Counter account",
    "对方状态 Counter bucket",
    "业务编号 Business case",
    "划转编号 Transfer",
    "更正 Corrects",
)
# Of the columns of a workbook: what stands there is seen whole.
ABOUT_CHARACTERS: Final = (26, 60)
BALANCE_CHARACTERS: Final = (24, 32, 24, 24)
LINE_CHARACTERS: Final = (10, 34, 34, 30, 24, 32, 20, 20, 30, 32, 44, 54, 54)
# Of those on paper: parts of the page's.
LINE_WIDTHS: Final = (5, 11, 11, 10, 9, 9, 9, 9, 13, 9, 14, 14, 8)

Cell = str | int


class WholeStatements:
    """A statement with all of its lines at once; beyond the bound STATEMENT_TOO_LONG."""

    def __init__(self, journal: RegistryJournalQueryGrpc, *, lines_max: int) -> None:
        self._journal = journal
        self._lines_max = lines_max

    async def GetAccountStatement(  # noqa: N802  # the contract's name
        self,
        request: pb.GetAccountStatementRequest,
        context: Any,  # noqa: ANN401  # the same that the journal's read ignores
    ) -> pb.GetAccountStatementResponse:
        """Read page by page; every page is of the moment of the first."""
        asked = pb.GetAccountStatementRequest()
        asked.CopyFrom(request)
        asked.page.page_size = min(PAGE_SIZE, self._lines_max)
        whole = await self._journal.GetAccountStatement(asked, context)
        while whole.page.next_page_token:
            if len(whole.lines) >= self._lines_max:
                raise StatementTooLong(
                    f"the statement has more than {self._lines_max} postings; ask for fewer days",
                    line_count_max=self._lines_max,
                )
            asked.page.page_token = whole.page.next_page_token
            more = await self._journal.GetAccountStatement(asked, context)
            whole.lines.extend(more.lines)
            whole.page.CopyFrom(more.page)
        return whole


async def workbook_file(asked: pb.GetAccountStatementRequest, answer: pb.GetAccountStatementResponse) -> File:
    """Write a statement as XLSX."""
    return File(content=await asyncio.to_thread(write_workbook, asked, answer), name=f"{_name(asked)}.xlsx")


async def paper_file(asked: pb.GetAccountStatementRequest, answer: pb.GetAccountStatementResponse) -> File:
    """Write a statement as PDF."""
    return File(content=await asyncio.to_thread(write_paper, asked, answer), name=f"{_name(asked)}.pdf")


def write_workbook(asked: pb.GetAccountStatementRequest, answer: pb.GetAccountStatementResponse) -> bytes:
    """Give the bytes of a workbook with three sheets: about, balances, postings."""
    from openpyxl import Workbook  # noqa: PLC0415  # only statements need it

    book = Workbook(write_only=True)
    for title, widths, head, rows in (
        ("说明 About", ABOUT_CHARACTERS, (), _about(asked, answer)),
        ("余额 Balances", BALANCE_CHARACTERS, BALANCE_HEAD, _balances(answer)),
        ("明细 Postings", LINE_CHARACTERS, LINE_HEAD, _lines(answer)),
    ):
        sheet = book.create_sheet(title)
        for letter, characters in zip(ascii_uppercase, widths, strict=False):
            sheet.column_dimensions[letter].width = characters
        if head:
            sheet.freeze_panes = "A2"
            sheet.append([_cell(sheet, value) for value in head])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def write_paper(asked: pb.GetAccountStatementRequest, answer: pb.GetAccountStatementResponse) -> bytes:
    """Give the bytes of the same on paper."""
    paper = Paper(TITLE, made_time=answer.recorded_by.ToDatetime(tzinfo=UTC), is_wide=True)
    paper.statements(_about(asked, answer))
    paper.table(BALANCE_HEAD, [_texts(row) for row in _balances(answer)], widths=(3, 4, 3, 3))
    paper.table(LINE_HEAD, [_texts(row) for row in _lines(answer)], widths=LINE_WIDTHS)
    return paper.written()


def _about(
    asked: pb.GetAccountStatementRequest, answer: pb.GetAccountStatementResponse
) -> list[tuple[str, str]]:
    return [
        ("登记账户 Account", answer.account.account_no),
        ("户名 Holder", answer.account.name),
        ("起止日期 Period", f"{asked.from_date} – {asked.to_date}"),
        ("数据截至 As recorded by", _moment(answer.recorded_by)),
        ("单位 Unit", "tCO2e"),
    ]


def _balances(answer: pb.GetAccountStatementResponse) -> Iterator[tuple[Cell, ...]]:
    for balance in answer.balances:
        yield balance.product, _bucket(balance.bucket), balance.opening_tco2e, balance.closing_tco2e


def _lines(answer: pb.GetAccountStatementResponse) -> Iterator[tuple[Cell, ...]]:
    for line in answer.lines:
        yield (
            line.entry_no,
            _moment(line.effective_time),
            _moment(line.recorded_time),
            line.kind,
            line.product,
            _bucket(line.bucket),
            line.change_tco2e,
            line.balance_tco2e,
            line.counter_account_no,
            _bucket(line.counter_bucket),
            line.flow_id,
            line.transfer_no,
            line.corrects,
        )


def _cell(sheet: Any, value: Cell) -> Any:  # noqa: ANN401  # of a library that is loaded late
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # A name that begins with "=" is a name.
    return cell


def _texts(row: Sequence[Cell]) -> list[str]:
    return [f"{value:,}" if isinstance(value, int) else value for value in row]


def _bucket(bucket: types_pb.Bucket.ValueType) -> str:
    told = types_pb.Bucket.Name(bucket).removeprefix("BUCKET_").lower().replace("_", " ")
    return BUCKETS.get(bucket, told)


def _moment(at: Timestamp) -> str:
    moment: datetime = at.ToDatetime(tzinfo=UTC)
    return moment.astimezone(ZONE).isoformat(sep=" ")


def _name(asked: pb.GetAccountStatementRequest) -> str:
    return f"{asked.account_no}-{asked.from_date}-{asked.to_date}"
