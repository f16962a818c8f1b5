"""Accounts: an authority's opened by the registration body, a holder's by application, each told once."""

from datetime import timedelta

import pytest
from accounts_served import LICENCE, emitter_form
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import AccountNotFound
from ets_kernel.domain.ids import make_identity_number
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry.domain.accounts import SYSTEM_ACCOUNTS
from registry_messages import DEFICIT, code, entity_listed, name
from registry_world import ROSTER, START, reasons
from sqlalchemy import text

EMITTER = types_pb.ACCOUNT_KIND_EMITTER
PROVINCIAL = types_pb.ACCOUNT_KIND_PROVINCIAL
NATIONAL = types_pb.ACCOUNT_KIND_NATIONAL
PERSON = make_identity_number("11010519491231002")
ACCOUNT = f"R-E-{DEFICIT}"
SYSTEM = sorted(SYSTEM_ACCOUNTS)


def opening(kind, *, credit_code="", holder="持有人", province_code=""):
    return pb.AccountOpening(kind=kind, credit_code=credit_code, name=holder, province_code=province_code)


def institution(number, **changes):
    kind = types_pb.ACCOUNT_KIND_INSTITUTION
    return emitter_form(number, kind=kind, **({"province_code": ""} | changes))


def person(**changes):
    values = {"kind": types_pb.ACCOUNT_KIND_INDIVIDUAL, "credit_code": PERSON, "name": "张三"} | changes
    return accounts_pb.AccountForm(papers=[LICENCE], **values)


async def open_all(world, *openings, request_id="o"):
    return await world.operator.OpenAccounts(pb.OpenAccountsRequest(request_id=request_id, accounts=openings))


async def listed(world, **filters):
    answer = await world.desk.reads().ListAccounts(accounts_pb.ListAccountsRequest(**filters))
    return [account.account_no for account in answer.accounts]


async def test_accounts_of_every_kind_are_opened_and_told(world):
    await world.tell(ROSTER, entity_listed(1))
    answer = await open_all(world, opening(NATIONAL), opening(PROVINCIAL, province_code="37"))
    assert [result.reference for result in answer.results] == ["R-NATIONAL", "R-P-37"]
    await world.desk.open(emitter_form(1), institution(5), person())
    told = await world.events(registry_events_pb2.AccountOpened)
    assert [event.account.account_no for event in told] == [
        "R-NATIONAL",
        "R-P-37",
        ACCOUNT,
        f"R-I-{code(5)}",
        "R-N-00000001",
    ]
    assert await world.book("accounts") == [
        (ACCOUNT, "emitter", DEFICIT, "37", "open", "1", ""),
        (f"R-I-{code(5)}", "institution", code(5), "", "open", "1", ""),
        ("R-N-00000001", "individual", "", "", "open", "1", ""),
        ("R-NATIONAL", "national", "", "", "open", "1", ""),
        ("R-P-37", "provincial", "", "37", "open", "1", ""),
    ]
    assert await listed(world) == sorted([*(event.account.account_no for event in told), *SYSTEM])
    assert await listed(world, kind=types_pb.ACCOUNT_KIND_SYSTEM) == SYSTEM
    assert await listed(world, province_code="37") == [ACCOUNT, "R-P-37"]


async def test_authorities_accounts_that_may_not_be_are_refused_one_by_one(world):
    answer = await open_all(
        world,
        opening(NATIONAL),
        opening(NATIONAL),
        opening(EMITTER, credit_code=code(1), holder=name(1), province_code="37"),
        opening(types_pb.ACCOUNT_KIND_SYSTEM),
        opening(PROVINCIAL, province_code="00"),
    )
    assert reasons(answer) == [
        "",
        "ACCOUNT_OPEN_ALREADY",
        "ACCOUNT_KIND_WRONG",
        "ACCOUNT_KIND_WRONG",
        "PROVINCE_UNKNOWN",
    ]
    state = await world.state()
    assert reasons(await open_all(world, opening(NATIONAL), request_id="o2")) == ["ACCOUNT_OPEN_ALREADY"]
    assert await world.state() == state


async def test_a_changed_listing_counts(world):
    await world.tell(ROSTER, entity_listed(1), entity_listed(1, province_code="11"))
    answer = await world.desk.apply(emitter_form(1), emitter_form(1, province_code="11"))
    assert reasons(answer) == ["PROVINCE_MISMATCH", ""]


async def test_applications_that_may_not_be_are_refused_one_by_one(world):
    await world.tell(ROSTER, entity_listed(1), entity_listed(2))
    answer = await world.desk.apply(
        emitter_form(1),
        emitter_form(1),
        emitter_form(3),
        emitter_form(2, name="别的企业"),
        emitter_form(2, province_code="11"),
        emitter_form(2, province_code="99"),
        emitter_form(2, credit_code="91370000000000001A"),
        emitter_form(2, kind=PROVINCIAL),
        person(credit_code=PERSON[:-1] + "1"),
        person(province_code="99"),
    )
    assert reasons(answer) == [
        "",
        "ACCOUNT_APPLICATION_PENDING",
        "ENTITY_NOT_LISTED",
        "NAME_MISMATCH",
        "PROVINCE_MISMATCH",
        "PROVINCE_UNKNOWN",
        "CREDIT_CODE_INVALID",
        "ACCOUNT_KIND_WRONG",
        "IDENTITY_NUMBER_INVALID",
        "PROVINCE_UNKNOWN",
    ]


@pytest.mark.parametrize("is_passed", [True, False])
async def test_what_both_reviewers_said_is_read_as_of_any_time(world, is_passed):
    await world.tell(ROSTER, entity_listed(1))
    (applied,) = (await world.desk.apply(emitter_form(1))).results
    world.clock.set(START + timedelta(hours=1))
    await world.desk.first(applied.reference, note="complete")
    world.clock.set(START + timedelta(hours=2))
    await world.desk.second(applied.reference, is_passed=is_passed, note="the seal")
    world.clock.set(START + timedelta(hours=3))
    told = []
    for hours in range(4):
        request = accounts_pb.ListAccountApplicationsRequest(
            as_of=to_timestamp(START + timedelta(hours=hours))
        )
        (found,) = (await world.desk.reads().ListAccountApplications(request)).applications
        told.append((found.first_review_note, found.review_note))
    assert told == [("", ""), ("complete", "complete"), ("complete", "the seal"), ("complete", "the seal")]


async def test_a_holder_has_one_open_account_of_whatever_kind(world):
    await world.tell(ROSTER, entity_listed(1))
    both = await world.desk.apply(emitter_form(1), institution(1))
    numbers = [result.reference for result in both.results]
    await world.desk.first(*numbers)
    assert reasons(await world.desk.second(*numbers)) == ["", "ACCOUNT_OPEN_ALREADY"]
    assert reasons(await world.desk.apply(institution(1))) == ["ACCOUNT_OPEN_ALREADY"]


async def test_an_account_that_was_only_applied_for_is_nobodys_yet(world):
    await world.tell(ROSTER, entity_listed(1))
    await world.desk.apply(emitter_form(1))
    assert await listed(world) == SYSTEM
    assert await world.book("accounts") == []
    with pytest.raises(AccountNotFound):
        await world.reads().GetAccount(pb.GetAccountRequest(account_no=ACCOUNT))


async def initiate_for_the_person(world):
    """Let an operator of the person's account initiate a command, and another confirm it."""
    duties = types_pb.OperatorDuties(subject="clerk", is_initiator=True)
    head = types_pb.OperatorDuties(subject="head", is_confirmer=True)
    change = types_pb.OperatorChange(registered=[duties, head])
    await world.desk.changed("R-N-00000001", operators=change)
    command = pb.TradingTransfer(credit_code=PERSON, product="CEA-2019-2020", quantity_tco2e=1)
    form = accounts_pb.InstructionForm(credit_code=PERSON, transfer_to_trading=command)
    clerk = world.desk.commands("ROLE_HOLDER", entities=[PERSON], subject="clerk")
    waiting = await clerk.InitiateInstructions(
        accounts_pb.InitiateInstructionsRequest(request_id="i", instructions=[form])
    )
    confirmed = await world.desk.commands(
        "ROLE_HOLDER", entities=[PERSON], subject="head"
    ).ConfirmInstructions(
        accounts_pb.ConfirmInstructionsRequest(
            request_id="c", credit_code=PERSON, instruction_nos=[waiting.results[0].reference]
        )
    )
    assert reasons(confirmed) == ["INSUFFICIENT_HOLDING"]


async def test_a_persons_number_shows_nowhere(world):
    (application_no,) = await world.desk.open(person(contact="010-1"))
    await initiate_for_the_person(world)
    async with world.database.snapshot() as connection:
        tables = [
            row.table_name
            for row in await connection.execute(
                text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            )
        ]
        places = []
        for table in sorted(tables):
            rows = await connection.execute(text(f"SELECT t::text AS row FROM {table} AS t"))
            places += [table for row in rows if PERSON in row.row or PERSON.encode().hex() in row.row]
    assert places == ["account"]
    assert application_no == "AA-R-N-00000001-1"
    told = await world.events(registry_events_pb2.AccountOpened)
    assert PERSON.encode() not in told[0].SerializeToString()
    assert told[0].account.masked_identity_number == "**************002X"
    assert "010-1" not in str(told[0])
    answer = await world.reads("ROLE_HOLDER", entities=[PERSON]).GetAccount(
        pb.GetAccountRequest(account_no="R-N-00000001", credit_code=PERSON)
    )
    assert answer.account.masked_identity_number == "**************002X"


async def test_system_accounts_are_shown_and_nobody_touches_them(world):
    answer = await world.reads().GetAccount(pb.GetAccountRequest(account_no="R-SURRENDERED"))
    assert answer.account.kind == types_pb.ACCOUNT_KIND_SYSTEM
    closing = types_pb.Closing(reason=types_pb.CLOSING_REASON_OTHER)
    assert (await world.desk.change("R-SURRENDERED", closing=closing)).error.reason == "SYSTEM_ACCOUNT"
    order = accounts_pb.RestrictionOrder(account_no="R-SURRENDERED", reason="r", document_no="d")
    restricted = await world.desk.staff().RestrictAccounts(
        accounts_pb.RestrictAccountsRequest(request_id="r", orders=[order])
    )
    assert reasons(restricted) == ["SYSTEM_ACCOUNT"]


async def test_accounts_are_listed_page_by_page(world):
    await world.tell(ROSTER, entity_listed(1))
    await world.desk.open(emitter_form(1), institution(5))
    reads = world.desk.reads()
    seen, token = [], ""
    while True:
        request = accounts_pb.ListAccountsRequest()
        request.page.page_size = 1
        request.page.page_token = token
        answer = await reads.ListAccounts(request)
        seen += [account.account_no for account in answer.accounts]
        token = answer.page.next_page_token
        if not token:
            break
    assert seen == sorted([ACCOUNT, f"R-I-{code(5)}", *SYSTEM])
    own = await world.desk.reads("ROLE_EMITTER", entities=[DEFICIT]).ListAccounts(
        accounts_pb.ListAccountsRequest(credit_code=DEFICIT)
    )
    assert [account.opened_time for account in own.accounts] == [to_timestamp(START)]
