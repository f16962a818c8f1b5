"""Statements as files: the figures are the journal's, exact, and complete over all pages."""

from io import BytesIO
from urllib.parse import urlencode

import pytest
from ets.registry.v1 import registry_journal_service_pb2 as pb
from ets_kernel.testing.http import serving_http
from ets_kernel.testing.serving import token_for
from openpyxl import load_workbook
from pypdf import PdfReader
from registry.adapters import statements
from registry.domain.reading_errors import StatementTooLong
from registry_messages import CEA, DEFICIT, VERIFIED_TCO2E

ACCOUNT = f"R-E-{DEFICIT}"
EMITTER = token_for("ROLE_EMITTER", entities=[DEFICIT])
STATEMENT = f"/v1/accounts/{ACCOUNT}/statement"
QUERY = urlencode({"credit_code": DEFICIT, "from_date": "2021-10-26", "to_date": "2021-10-26"})


@pytest.fixture
async def busy(world):
    await world.allocate()
    await world.send_to_trading(DEFICIT, 100)
    await world.apply((CEA, 50))
    return world


def rows_of(book, sheet):
    return list(book[sheet].iter_rows(values_only=True))


async def test_a_workbook_opens_again_and_its_changes_sum_to_its_balances(busy, monkeypatch):
    monkeypatch.setattr(statements, "PAGE_SIZE", 2)
    async with serving_http(busy.router) as http:
        answer = await http.fetch(f"{STATEMENT}/statement.xlsx?{QUERY}", EMITTER)
        told = (await http.fetch(f"{STATEMENT}?{QUERY}", EMITTER)).body
    assert (answer.status, answer.content_type) == (
        200,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    book = load_workbook(BytesIO(answer.content))
    about = dict(rows_of(book, "说明 About"))
    assert about["登记账户 Account"] == ACCOUNT
    assert about["起止日期 Period"] == "2021-10-26 – 2021-10-26"
    assert about["数据截至 As recorded by"] == "2021-10-26 09:00:00+08:00"
    head, *balances = rows_of(book, "余额 Balances")
    assert head == statements.BALANCE_HEAD
    assert {(row[1], row[2], row[3]) for row in balances} == {
        ("登记可用 registered", 0, VERIFIED_TCO2E - 150),
        ("交易可用 trading", 0, 100),
        ("待清缴 pending surrender", 0, 50),
    }
    head, *lines = rows_of(book, "明细 Postings")
    assert head == statements.LINE_HEAD
    postings = book["明细 Postings"]
    assert postings.freeze_panes == "A2"
    for column, letter in enumerate("ABCDEFGHIJKLM"):
        longest = max(len(str(line[column] or "").encode("gb18030")) for line in lines)
        assert postings.column_dimensions[letter].width >= min(longest, 54)
    assert [line[0] for line in lines] == [line["entry_no"] for line in told["lines"]]
    for product, bucket, opening, closing in balances:
        changes = [line[6] for line in lines if (line[4], line[5]) == (product, bucket)]
        assert all(isinstance(change, int) for change in changes)
        assert opening + sum(changes) == closing


async def test_paper_shows_the_same(busy):
    async with serving_http(busy.router) as http:
        answer = await http.fetch(f"{STATEMENT}/statement.pdf?{QUERY}", EMITTER)
        again = await http.fetch(f"{STATEMENT}/statement.pdf?{QUERY}", EMITTER)
    assert (answer.status, answer.content_type) == (200, "application/pdf")
    assert again.content == answer.content
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    text = "".join(character for character in text if character.isprintable() and character != " ")
    for shown in ("对账单", ACCOUNT, f"{VERIFIED_TCO2E - 150:,}", "-100", "transfer_to_trading"):
        assert shown in text


async def test_another_account_is_not_stated(busy):
    async with serving_http(busy.router) as http:
        for suffix in ("", "/statement.xlsx", "/statement.pdf"):
            answer = await http.fetch(f"/v1/accounts/R-P-37/statement{suffix}?{QUERY}", EMITTER)
            assert (answer.status, answer.body["reason"]) == (404, "ACCOUNT_NOT_FOUND")


async def test_a_statement_beyond_the_bound_is_refused():
    class Journal:
        """Pages of two lines, without an end."""

        async def GetAccountStatement(self, request, context):  # noqa: N802
            answer = pb.GetAccountStatementResponse(lines=[pb.StatementLine()] * request.page.page_size)
            answer.page.next_page_token = "more"
            return answer

    whole = statements.WholeStatements(Journal(), lines_max=2)
    with pytest.raises(StatementTooLong) as refused:
        await whole.GetAccountStatement(pb.GetAccountStatementRequest(), None)
    assert refused.value.metadata == {"line_count_max": "2"}


def test_a_name_that_looks_like_a_formula_stays_a_name():
    asked = pb.GetAccountStatementRequest(account_no="R-E-1", from_date="2021-10-26", to_date="2021-10-26")
    answer = pb.GetAccountStatementResponse()
    answer.account.name = "=HYPERLINK(1)"
    book = load_workbook(BytesIO(statements.write_workbook(asked, answer)))
    assert book["说明 About"]["B2"].data_type == "s"
