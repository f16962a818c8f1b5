"""Holders see what is their own and nothing of others, in lists, pages and statements."""

import pytest
from accounts_served import LICENCE, emitter_form
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_journal_service_pb2 as journal_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import PageTokenInvalid
from ets_kernel.domain.ids import make_identity_number
from registry_messages import CEA, DEFICIT, SURPLUS, entity_listed
from registry_world import ROSTER, accepted
from registry_world_changes import RULING, A, B, Changes, freeze, units

PERSON = make_identity_number("11010519491231002")
PERSONS = "R-N-00000001"


async def test_a_person_sees_its_own_freezes_and_nobody_elses(world):
    await world.allocate()
    await world.desk.open(
        accounts_pb.AccountForm(
            kind=types_pb.ACCOUNT_KIND_INDIVIDUAL, credit_code=PERSON, name="张三", papers=[LICENCE]
        )
    )
    changes = Changes(world)
    inherited = change_pb.JudicialTransferForm(
        document=RULING, account_no=A, target_account_no=PERSONS, units=[units(10)]
    )
    await changes.carry_out("InitiateJudicialTransfers", transfers=[inherited])
    await changes.carry_out("InitiateFreezes", freezes=[freeze(units(4), account_no=PERSONS)])
    await changes.carry_out("InitiateFreezes", freezes=[freeze(units(5), account_no=B)])
    seen = {}
    for holder in (PERSON, SURPLUS, DEFICIT):
        reads = changes.reads("ROLE_HOLDER", entities=[holder])
        found = (await reads.ListFreezes(change_pb.ListFreezesRequest(credit_code=holder))).freezes
        seen[holder] = [(one.account_no, one.held_tco2e) for one in found]
    assert seen == {PERSON: [(PERSONS, 4)], SURPLUS: [(B, 5)], DEFICIT: []}


@pytest.mark.parametrize(
    ("role", "scope", "is_told"),
    [
        ("ROLE_EMITTER", {"credit_code": DEFICIT}, False),
        ("ROLE_PROVINCE", {"province_code": "37"}, False),
        ("ROLE_AUDITOR", {}, True),
    ],
)
async def test_a_statement_tells_with_whom_was_traded_to_nobody_who_sees_its_own_only(
    world, role, scope, is_told
):
    await world.allocate()
    await world.send_to_trading(SURPLUS, 10)
    trade = pb.TradeSettlement(
        trade_no="X-1", seller_account_no=B, buyer_account_no=A, product=CEA, quantity_tco2e=10
    )
    await accepted(
        world.trading.SettleTrades(
            pb.SettleTradesRequest(request_id="settle", trading_date="2021-10-26", trades=[trade])
        )
    )
    request = journal_pb.GetAccountStatementRequest(
        account_no=A, from_date="2021-10-26", to_date="2021-10-26", **scope
    )
    reads = world.journal(role, entities=[DEFICIT], provinces=["37"])
    lines = (await reads.GetAccountStatement(request)).lines
    counters = {line.kind: line.counter_account_no for line in lines}
    assert counters["settlement"] == (B if is_told else "")
    assert all(number for kind, number in counters.items() if kind != "settlement")


async def test_the_page_of_another_list_opens_no_further_page(world):
    await world.tell(ROSTER, entity_listed(1), entity_listed(2))
    await world.desk.open(emitter_form(1), emitter_form(2))
    everybodys = accounts_pb.ListAccountVersionsRequest()
    everybodys.page.page_size = 1
    token = (await world.desk.reads().ListAccountVersions(everybodys)).page.next_page_token
    assert token
    own = accounts_pb.ListAccountVersionsRequest(credit_code=DEFICIT)
    own.page.page_token = token
    with pytest.raises(PageTokenInvalid):
        await world.desk.reads("ROLE_EMITTER", entities=[DEFICIT]).ListAccountVersions(own)
