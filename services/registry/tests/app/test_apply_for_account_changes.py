from dataclasses import replace

import pytest
from account_steps import ACCOUNT, PEOPLE, ask
from registry.domain.account_applications import ApplicationKind, Information
from registry.domain.accounts import AccountStatus
from registry.domain.closing import Closing, ClosingReason
from registry.domain.operators import OperatorChange
from registry_fakes import NOW, emitter, market, reasons
from registry_messages import DEFICIT, SURPLUS

CONTACT = Information(contact="new")
CLOSING = Closing(reason=ClosingReason.DISSOLVED, note="")


@pytest.fixture
async def uow():
    return await market()


async def test_one_application_of_each_kind_waits(uow):
    outcomes = await ask(uow, CONTACT, PEOPLE, CLOSING, CONTACT, CLOSING, holder_no=DEFICIT)
    assert outcomes[:3] == [f"AA-{ACCOUNT}-{number}" for number in (1, 2, 3)]
    assert reasons(outcomes)[3:] == ["ACCOUNT_APPLICATION_PENDING"] * 2
    kinds = [one.kind for one in uow.account_applications.applications.values()]
    assert kinds == [ApplicationKind.INFORMATION, ApplicationKind.OPERATORS, ApplicationKind.CLOSING]
    assert not uow.facts
    assert not uow.accounts.steps


async def test_what_changes_nothing_is_refused(uow):
    outcomes = await ask(uow, Information(), OperatorChange(), Information(province_code="99"))
    assert reasons(outcomes) == ["CHANGE_EMPTY", "CHANGE_EMPTY", "PROVINCE_UNKNOWN"]


async def test_operators_that_may_not_be_are_refused_at_once(uow):
    head = PEOPLE.registered[1]
    gone = OperatorChange(removed_subjects=("nobody",))
    nothing = OperatorChange(registered=(replace(head, is_confirmer=False),))
    outcomes = await ask(uow, gone, nothing, OperatorChange(registered=(head,)), PEOPLE)
    assert reasons(outcomes) == ["OPERATOR_NOT_FOUND", "CHANGE_EMPTY", "OPERATORS_INCOMPLETE", ""]


async def test_accounts_that_are_not_there_or_anothers_or_closed_are_refused(uow):
    assert reasons(await ask(uow, CONTACT, account_no="R-E-nobody")) == ["ACCOUNT_NOT_FOUND"]
    assert reasons(await ask(uow, CONTACT, account_no="R-SURRENDERED")) == ["SYSTEM_ACCOUNT"]
    assert reasons(await ask(uow, CONTACT, holder_no=SURPLUS)) == ["ACCOUNT_NOT_FOUND"]
    await uow.accounts.add([emitter(1, status=AccountStatus.CLOSED, closed_time=NOW)])
    assert reasons(await ask(uow, CONTACT)) == ["ACCOUNT_CLOSED"]
    assert not uow.account_applications.applications
