"""Looking up what has happened: transactions, transfers to trading, steps of an obligation."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ets.common.v1.page_pb2 import PageRequest
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_history_service_pb2 as pb
from ets.registry.v1 import registry_history_service_pb2_grpc as grpc_pb
from ets.registry.v1 import registry_service_pb2
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.errors import (
    AccountNotFound,
    MalformedRequest,
    PageTokenInvalid,
    ScopeForbidden,
    TableNotFound,
)
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry.domain import movements
from registry.domain.change import ChangeKind
from registry.domain.errors import ObligationNotFound, TransferNotFound
from registry_messages import (
    CEA,
    DEFICIT,
    PERIOD,
    PRE_TCO2E,
    PROVINCE,
    SURPLUS,
    VERIFIED_TCO2E,
    pre_table,
)
from registry_world import ALLOCATION, START, TRADING, accepted
from registry_world_changes import RULING, Changes

ACCOUNT, OTHER = f"R-E-{DEFICIT}", f"R-E-{SURPLUS}"
DAY = timedelta(days=1)
PAST = to_timestamp(START)


def reads(world, *roles, **scopes):
    channel = world.served.channel(*(roles or ("ROLE_AUDITOR",)), **scopes)
    return grpc_pb.RegistryHistoryQueryServiceStub(channel)


def own(world):
    return reads(world, "ROLE_EMITTER", entities=[DEFICIT])


async def transactions(world, caller=None, **filters):
    request = pb.ListTransactionsRequest(**filters)
    return (await (caller or reads(world)).ListTransactions(request)).transactions


@pytest.fixture
async def busy(world):
    """Allocation on 26 October; a transfer to trading each on the 27th and the 28th, a surrender on the 28th."""
    await world.allocate()
    world.clock.set(START + DAY)
    await world.send_to_trading(DEFICIT, 100)
    world.clock.set(START + 2 * DAY)
    await world.send_to_trading(SURPLUS, 7)
    number = (await world.apply((CEA, 50))).reference
    await world.decide(number)
    await world.register()
    return world


async def test_a_holder_finds_the_transactions_of_its_account(busy):
    mine = await transactions(busy, own(busy), credit_code=DEFICIT)
    assert [row.kind for row in mine] == [
        "allocate",
        "allocate",
        "transfer_to_trading",
        "transfer_to_trading_accepted",
        "surrender_pending",
        "surrender",
    ]
    sent = mine[2]
    assert (sent.source_account_no, sent.source_bucket) == (ACCOUNT, types_pb.BUCKET_REGISTERED)
    assert (sent.target_account_no, sent.target_bucket) == (ACCOUNT, types_pb.BUCKET_IN_TRANSIT)
    assert (sent.product, sent.quantity_tco2e, sent.flow_id) == (CEA, 100, sent.transfer_no)
    assert sent.recorded_time == to_timestamp(START + DAY)
    entries = await busy.reads().ListJournalEntries(
        registry_service_pb2.ListJournalEntriesRequest(account_no=ACCOUNT)
    )
    postings = {entry.transfer_no: entry.entry_no for entry in entries.entries}
    assert all((postings[row.transfer_no] + 1) // 2 == row.transaction_no for row in mine)


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"account_no": ACCOUNT}, 6),
        ({"province_code": PROVINCE}, 14),
        ({"province_code": "11"}, 0),
        ({"kind": "surrender"}, 1),
        ({"account_no": OTHER, "kind": "surrender"}, 0),
        ({"product": CEA, "from_date": "2021-10-27", "to_date": "2021-10-27"}, 2),
        ({"account_no": ACCOUNT, "from_date": "2021-10-28"}, 2),
        ({"account_no": ACCOUNT, "to_date": "2021-10-26"}, 2),
        ({"product": "CEA-2021"}, 0),
        ({"flow_id": f"RT-{OTHER}-1"}, 2),
        ({"account_no": ACCOUNT, "as_of": PAST}, 2),
        ({"account_no": ACCOUNT, "as_of": PAST, "to_date": "2021-10-28"}, 2),
    ],
)
async def test_transactions_are_found_by_every_filter(busy, filters, count):
    found = await transactions(busy, **filters)
    assert len(found) == count
    numbers = [row.transaction_no for row in found]
    assert numbers == sorted(set(numbers))


async def test_transactions_are_read_page_by_page_while_more_happen(busy):
    whole = list(await transactions(busy, account_no=ACCOUNT))
    request = pb.ListTransactionsRequest(account_no=ACCOUNT, page=PageRequest(page_size=4))
    first = await reads(busy).ListTransactions(request)
    busy.clock.set(START + 3 * DAY)
    await busy.send_to_trading(DEFICIT, 1)
    request.page.page_token = first.page.next_page_token
    second = await reads(busy).ListTransactions(request)
    assert [*first.transactions, *second.transactions] == whole
    assert second.page.next_page_token == ""


async def test_what_cannot_be_searched_for_is_refused(busy):
    with pytest.raises(AccountNotFound):
        await transactions(busy, account_no="R-E-none")
    with pytest.raises(AccountNotFound):
        await transactions(busy, own(busy), account_no=OTHER, credit_code=DEFICIT)
    with pytest.raises(ScopeForbidden):
        await transactions(busy, own(busy), account_no=ACCOUNT)
    with pytest.raises(MalformedRequest) as refusal:
        await transactions(busy, from_date="2021-10-28", to_date="2021-10-27")
    assert refusal.value.metadata["field"] == "from_date, to_date"
    with pytest.raises(PageTokenInvalid):
        await transactions(busy, page=PageRequest(page_token="none"))


async def test_a_transaction_is_shown_with_its_units_to_those_who_had_part_in_it(busy):
    sent = (await transactions(busy, account_no=ACCOUNT, kind="transfer_to_trading"))[0]
    request = pb.GetTransactionRequest(transfer_no=sent.transfer_no, credit_code=DEFICIT)
    shown = await own(busy).GetTransaction(request)
    assert shown.transaction == sent
    assert [(run.serial_start, run.serial_end) for run in shown.serials] == [(1, 100)]
    assert (shown.origin, shown.corrected_by_registration_no) == ("", "")
    issue = f"{PERIOD}/PRE/{PROVINCE}/{DEFICIT}/issue"
    issued = await reads(busy).GetTransaction(pb.GetTransactionRequest(transfer_no=issue))
    assert (issued.origin, issued.group) == (f"{PERIOD}/PRE/{PROVINCE}/{DEFICIT}", f"{PERIOD}/PRE/{PROVINCE}")
    for refused in (
        pb.GetTransactionRequest(transfer_no="none"),
        pb.GetTransactionRequest(transfer_no=sent.transfer_no, credit_code=SURPLUS),
        pb.GetTransactionRequest(transfer_no=sent.transfer_no, province_code="11"),
        pb.GetTransactionRequest(transfer_no=sent.transfer_no, as_of=PAST),
    ):
        with pytest.raises(TransferNotFound):
            await reads(busy).GetTransaction(refused)


async def test_a_transaction_tells_which_registration_corrected_it(busy):
    wrong = f"{PERIOD}/VERIFIED/{PROVINCE}/{DEFICIT}/allocate"
    before = to_timestamp(busy.clock.now())
    busy.clock.set(START + 3 * DAY)
    entry = change_pb.CorrectedEntry(transfer_no=wrong, quantity_tco2e=1, target_account_no=OTHER)
    form = change_pb.CorrectionForm(document=RULING, entries=[entry])
    number = await Changes(busy).carry_out("InitiateCorrections", corrections=[form])
    shown = await reads(busy).GetTransaction(pb.GetTransactionRequest(transfer_no=wrong))
    assert shown.corrected_by_registration_no == number
    (correction,) = await transactions(busy, flow_id=number)
    assert correction.corrects == wrong
    earlier = await reads(busy).GetTransaction(pb.GetTransactionRequest(transfer_no=wrong, as_of=before))
    assert earlier.corrected_by_registration_no == ""


async def transfers(world, caller=None, **filters):
    request = pb.ListTradingTransfersRequest(**filters)
    answer = await (caller or reads(world)).ListTradingTransfers(request)
    return [
        (row.transfer_no, pb.TradingTransferState.Name(row.state)[23:], row.quantity_tco2e)
        for row in answer.transfers
    ]


async def test_units_sent_to_trading_are_listed_with_the_answer(busy):
    busy.clock.set(START + 3 * DAY)
    numbers = []
    for quantity in (20, 30):
        numbers += await accepted(
            busy.emitters.TransferToTrading(
                registry_service_pb2.TransferToTradingRequest(
                    request_id=busy.request_id(),
                    transfers=[
                        registry_service_pb2.TradingTransfer(
                            credit_code=DEFICIT, product=CEA, quantity_tco2e=quantity
                        )
                    ],
                )
            )
        )
    sent_time = to_timestamp(busy.clock.now())
    busy.clock.set(START + 4 * DAY)
    refusal = trading_events_pb2.TransferInRefused(
        transfer_no=numbers[0], market="CEA", holder_account_no=ACCOUNT, product=CEA, quantity_tco2e=20
    )
    await busy.tell(TRADING, refusal)
    first, second, third = (f"RT-{ACCOUNT}-{number}" for number in (1, 2, 3))
    assert await transfers(busy, own(busy), credit_code=DEFICIT) == [
        (first, "ACCEPTED", 100),
        (second, "REFUSED", 20),
        (third, "SENT", 30),
    ]
    assert await transfers(busy, account_no=ACCOUNT, as_of=sent_time) == [
        (first, "ACCEPTED", 100),
        (second, "SENT", 20),
        (third, "SENT", 30),
    ]
    assert await transfers(busy, province_code=PROVINCE, as_of=PAST) == []
    waiting = pb.TRADING_TRANSFER_STATE_SENT
    assert await transfers(busy, state=waiting) == [(third, "SENT", 30)]
    assert len(await transfers(busy, page=PageRequest(page_size=3))) == 3
    assert len(await transfers(busy)) == 4
    answer = await reads(busy).ListTradingTransfers(pb.ListTradingTransfersRequest(account_no=ACCOUNT))
    assert answer.transfers[1].sent_time == sent_time
    assert answer.transfers[1].answered_time == to_timestamp(START + 4 * DAY)
    assert not answer.transfers[2].HasField("answered_time")


async def test_an_obligation_is_told_step_by_step(busy):
    request = pb.ListObligationVersionsRequest(credit_code=DEFICIT, period=PERIOD)
    steps = (await reads(busy).ListObligationVersions(request)).versions
    assert [(step.recorded_time, step.status.surrendered_tco2e) for step in steps] == [
        (PAST, 0),
        (to_timestamp(START + 2 * DAY), 50),
    ]
    assert steps[-1].status == await busy.status(as_of=steps[-1].recorded_time)
    request.as_of.CopyFrom(PAST)
    assert len((await reads(busy).ListObligationVersions(request)).versions) == 1
    request.as_of.CopyFrom(to_timestamp(datetime(2021, 10, 1, tzinfo=UTC)))
    with pytest.raises(ObligationNotFound):
        await reads(busy).ListObligationVersions(request)
    other_province = pb.ListObligationVersionsRequest(credit_code=DEFICIT, period=PERIOD, province_code="11")
    with pytest.raises(ObligationNotFound):
        await reads(busy, "ROLE_PROVINCE", provinces=["11"]).ListObligationVersions(other_province)


async def test_an_entity_sees_what_each_issued_table_gave_it(busy):
    request = pb.ListEntityAllocationsRequest(credit_code=DEFICIT)
    first, second = (await own(busy).ListEntityAllocations(request)).allocations
    pre, verified = (f"{PERIOD}/{kind}/{PROVINCE}" for kind in ("PRE", "VERIFIED"))
    assert (first.table_no, second.table_no) == (pre, verified)
    assert (first.allocated_tco2e, first.allocated_before_tco2e, first.issued_tco2e) == (
        PRE_TCO2E,
        0,
        PRE_TCO2E,
    )
    assert (second.allocated_tco2e, second.allocated_before_tco2e) == (VERIFIED_TCO2E, PRE_TCO2E)
    assert second.issued_tco2e == VERIFIED_TCO2E - PRE_TCO2E
    assert (first.obligation_tco2e, second.obligation_tco2e) == (0, (await busy.status()).obligation_tco2e)
    assert (second.sector, second.issued_time) == (types_pb.OBLIGATION_SECTOR_POWER, PAST)
    for filters, count in (
        ({}, 4),
        ({"table_no": pre}, 2),
        ({"province_code": "11"}, 0),
        ({"as_of": to_timestamp(START - DAY)}, 0),
    ):
        answer = await reads(busy).ListEntityAllocations(pb.ListEntityAllocationsRequest(**filters))
        assert len(answer.allocations) == count
    with pytest.raises(ScopeForbidden):
        await own(busy).ListEntityAllocations(pb.ListEntityAllocationsRequest(credit_code=SURPLUS))


async def test_a_table_that_waits_gave_nothing_yet(world):
    await world.list_and_open()
    await world.tell(ALLOCATION, pre_table())
    answer = await reads(world).ListEntityAllocations(pb.ListEntityAllocationsRequest())
    assert list(answer.allocations) == []


async def test_what_differs_in_a_transmitted_table_is_told_for_each_transmission(world):
    await world.list_and_open()
    wrong = pre_table()
    wrong.entity_rows[0].issue_tco2e += 1
    await world.tell(ALLOCATION, wrong)
    world.clock.set(START + DAY)
    await world.tell(ALLOCATION, pre_table(revision=2))
    caller = reads(world, "ROLE_PROVINCE", provinces=[PROVINCE])
    request = pb.ListAllocationDifferencesRequest(table_no=wrong.table_no, province_code=PROVINCE)
    now = await caller.ListAllocationDifferences(request)
    assert (now.revision, list(now.differences)) == (2, [])
    request.as_of.CopyFrom(PAST)
    then = await caller.ListAllocationDifferences(request)
    assert (then.revision, [found.column for found in then.differences]) == (1, ["issue_tco2e", "digest"])
    assert (then.differences[0].transmitted_tco2e, then.differences[0].recomputed_tco2e) == (
        PRE_TCO2E + 1,
        PRE_TCO2E,
    )
    request.page.page_size = 1
    first = await caller.ListAllocationDifferences(request)
    request.page.page_token = first.page.next_page_token
    second = await caller.ListAllocationDifferences(request)
    assert [*first.differences, *second.differences] == list(then.differences)
    for table_no, province_code in (("none", ""), (wrong.table_no, "11")):
        with pytest.raises(TableNotFound):
            await reads(world).ListAllocationDifferences(
                pb.ListAllocationDifferencesRequest(table_no=table_no, province_code=province_code)
            )


def test_the_readme_names_what_may_be_done():
    source = Path(movements.__file__).parent
    kinds = {kind for file in source.glob("*.py") for kind in re.findall(r'kind="(\w+)"', file.read_text())}
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (told,) = [part for part in readme.split("\n\n") if part.startswith("What was done (`kind`")]
    assert {kind for kind in kinds | set(ChangeKind) if f"`{kind}`" not in told} == set()
    assert len(kinds) > 8
