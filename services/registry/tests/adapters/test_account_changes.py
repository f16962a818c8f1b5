"""Applications about accounts: two reviews by two people, every step in history and readable as of any time."""

from datetime import timedelta

import pytest
from accounts_served import LICENCE, emitter_form
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import AccountNotFound, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry_messages import DEFICIT, code, entity_listed, name
from registry_world import ROSTER, START, reasons

ACCOUNT = f"R-E-{DEFICIT}"
HOUR = timedelta(hours=1)


@pytest.fixture
async def opened(world):
    """Entity 1 has an account since nine o'clock."""
    await world.tell(ROSTER, entity_listed(1))
    await world.desk.open(emitter_form(1, licence_no="B-1", contact="old"))
    return world


def information(**values):
    return types_pb.InformationChange(**values)


async def applications(world, **filters):
    request = accounts_pb.ListAccountApplicationsRequest(account_no=ACCOUNT, **filters)
    return (await world.desk.reads().ListAccountApplications(request)).applications


async def test_a_change_passes_two_reviews_and_is_kept_with_its_papers(opened):
    opened.clock.set(START + HOUR)
    number = (await opened.desk.change(ACCOUNT, information=information(contact="new"))).reference
    assert number == f"AA-{ACCOUNT}-2"
    opened.clock.set(START + 2 * HOUR)
    assert reasons(await opened.desk.first(number)) == [""]
    opened.clock.set(START + 3 * HOUR)
    assert reasons(await opened.desk.second(number, note="seen")) == [""]
    told = await opened.events(registry_events_pb2.AccountInformationChanged)
    assert [(event.account.version, event.application_no) for event in told] == [(2, number)]
    stood = [(await applications(opened, as_of=to_timestamp(START + hours * HOUR)))[1:] for hours in range(4)]
    assert [[types_pb.AccountApplicationStatus.Name(one.status)[27:] for one in at] for at in stood] == [
        [],
        ["SUBMITTED"],
        ["FIRST_REVIEWED"],
        ["PASSED"],
    ]
    last = stood[3][0]
    assert (last.submitted_by, last.first_reviewed_by, last.second_reviewed_by) == (
        "first",
        "first",
        "second",
    )
    assert (last.review_note, last.due_date, list(last.papers)) == ("seen", "2021-11-16", [LICENCE])
    assert last.information == information(contact="new")
    assert stood[1][0].review_note == ""


async def test_versions_tell_what_changed_by_whom_and_when(opened):
    opened.clock.set(START + HOUR)
    number = await opened.desk.changed(ACCOUNT, information=information(licence_no="B-2", contact="new"))
    reads = opened.desk.reads("ROLE_EMITTER", entities=[DEFICIT])
    request = accounts_pb.ListAccountVersionsRequest(account_no=ACCOUNT, credit_code=DEFICIT)
    versions = (await reads.ListAccountVersions(request)).versions
    assert [
        (
            one.account.version,
            one.change,
            one.document_no,
            one.changed_by,
            one.account.licence_no,
            one.contact,
        )
        for one in versions
    ] == [
        (1, "opened", f"AA-{ACCOUNT}-1", "second", "B-1", "old"),
        (2, "information", number, "second", "B-2", "new"),
    ]
    request.as_of.CopyFrom(to_timestamp(START))
    assert len((await reads.ListAccountVersions(request)).versions) == 1
    for hours, licence_no in ((0, "B-1"), (1, "B-2")):
        answer = await opened.reads().GetAccount(
            pb.GetAccountRequest(account_no=ACCOUNT, as_of=to_timestamp(START + hours * HOUR))
        )
        assert answer.account.licence_no == licence_no
    with pytest.raises(AccountNotFound):
        await opened.reads().GetAccount(
            pb.GetAccountRequest(account_no=ACCOUNT, as_of=to_timestamp(START - HOUR))
        )


async def test_the_name_of_an_emitter_is_the_rosters(opened):
    refused = await opened.desk.change(ACCOUNT, information=information(name="新名"))
    await opened.desk.first(refused.reference)
    assert reasons(await opened.desk.second(refused.reference)) == ["NAME_MISMATCH"]
    renamed = entity_listed(1)
    renamed.entity.name = "新名"
    await opened.tell(ROSTER, renamed)
    assert reasons(await opened.desk.second(refused.reference)) == [""]
    answer = await opened.reads().GetAccount(pb.GetAccountRequest(account_no=ACCOUNT))
    assert (answer.account.name, answer.account.version) == ("新名", 2)


async def test_reviews_that_may_not_be_are_refused_and_change_nothing(opened):
    number = (await opened.desk.change(ACCOUNT, information=information(contact="new"))).reference
    assert reasons(await opened.desk.second(number, "AA-none-1")) == [
        "REVIEW_OUT_OF_ORDER",
        "APPLICATION_NOT_FOUND",
    ]
    await opened.desk.first(number)
    state = await opened.state()
    assert reasons(await opened.desk.first(number)) == ["REVIEW_OUT_OF_ORDER"]
    assert reasons(await opened.desk.second(number, subject="first")) == ["SAME_PERSON"]
    assert await opened.state() == state
    assert reasons(await opened.desk.second(number, is_passed=False, note="no")) == [""]
    assert reasons(await opened.desk.second(number)) == ["REVIEW_OUT_OF_ORDER"]
    assert [one.review_note for one in await applications(opened)] == ["", "no"]


async def test_changes_that_may_not_be_applied_for_are_refused(opened):
    wanted = information(contact="new")
    results = [
        await opened.desk.change("R-E-nobody", information=wanted),
        await opened.desk.change(ACCOUNT, credit_code=code(2), information=wanted),
        await opened.desk.change(ACCOUNT, information=information()),
        await opened.desk.change(ACCOUNT, operators=types_pb.OperatorChange()),
        await opened.desk.change(ACCOUNT, information=information(province_code="99")),
        await opened.desk.change(ACCOUNT, information=wanted),
        await opened.desk.change(ACCOUNT, information=wanted),
    ]
    assert [result.error.reason for result in results] == [
        "ACCOUNT_NOT_FOUND",
        "ACCOUNT_NOT_FOUND",
        "CHANGE_EMPTY",
        "CHANGE_EMPTY",
        "PROVINCE_UNKNOWN",
        "",
        "ACCOUNT_APPLICATION_PENDING",
    ]


async def test_holders_ask_for_their_own_accounts_only(opened):
    own = opened.desk.commands("ROLE_EMITTER", entities=[DEFICIT], subject="agent")
    wanted = information(contact="new")
    result = await opened.desk.change(ACCOUNT, credit_code=DEFICIT, commands=own, information=wanted)
    assert not result.error.reason
    for credit_code in ("", code(2)):
        with pytest.raises(ScopeForbidden):
            await opened.desk.change(ACCOUNT, credit_code=credit_code, commands=own, information=wanted)


async def test_whoever_was_refused_may_apply_again(world):
    await world.tell(ROSTER, entity_listed(1))
    (first,) = [result.reference for result in (await world.desk.apply(emitter_form(1))).results]
    assert reasons(await world.desk.first(first, is_passed=False, note="no licence")) == [""]
    (second,) = await world.desk.open(emitter_form(1))
    assert (first, second) == (f"AA-{ACCOUNT}-1", f"AA-{ACCOUNT}-2")
    answer = await world.reads().GetAccount(pb.GetAccountRequest(account_no=ACCOUNT))
    assert (answer.account.name, answer.account.version) == (name(1), 1)
    waiting = await applications(world, status=types_pb.ACCOUNT_APPLICATION_STATUS_REFUSED)
    assert [one.application_no for one in waiting] == [first]
