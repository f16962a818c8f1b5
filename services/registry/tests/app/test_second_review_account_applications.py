import pytest
from account_steps import ACCOUNT, CLOCK, PEOPLE, apply, ask, first, form, pass_both, second
from registry.app.restrict_accounts import RestrictAccounts, restrict_accounts
from registry.domain.account_applications import ApplicationStatus, Information
from registry.domain.accounts import AccountChange, AccountKind, AccountStatus, AccountUse, ListedEntity
from registry.domain.closing import Closing, ClosingReason
from registry.domain.events import AccountClosed, AccountInformationChanged, AccountOpened
from registry.domain.operators import OperatorChange, OperatorDuties
from registry.domain.restrictions import RestrictionOrder
from registry_fakes import market, reasons, with_roster
from registry_messages import DEFICIT, PERIOD, code, name

CLOSING = Closing(reason=ClosingReason.BANKRUPT, note="")


@pytest.fixture
async def uow():
    return await with_roster()


@pytest.fixture
async def opened(uow):
    """Entity 1 has an empty account and owes nothing."""
    await pass_both(uow, *await apply(uow, form(contact="old")))
    uow.facts.clear()
    uow.accounts.steps.clear()
    return uow


async def test_an_opening_opens_the_account_and_is_told(uow):
    (number,) = await apply(uow, form())
    await first(uow, number)
    assert await second(uow, number) == [number]
    account = uow.accounts.accounts[ACCOUNT]
    assert (account.version, account.opened_time, account.name) == (1, CLOCK.now(), name(1))
    (step,) = uow.accounts.steps
    assert (step.change, step.document_no, step.changed_by) == (AccountChange.OPENED, number, "second")
    assert uow.facts == [AccountOpened(account=account, at=CLOCK.now())]
    assert uow.account_applications.applications[number].status is ApplicationStatus.PASSED


async def test_a_change_of_information_leaves_the_rest(opened):
    (number,) = await ask(opened, Information(licence_no="B-2"))
    assert await pass_both(opened, number) == [number]
    account = opened.accounts.accounts[ACCOUNT]
    assert (account.version, account.licence_no, account.contact) == (2, "B-2", "old")
    assert opened.facts == [AccountInformationChanged(account=account, application_no=number, at=CLOCK.now())]


async def test_operators_are_registered_and_not_told(opened):
    await pass_both(opened, *await ask(opened, PEOPLE))
    assert opened.accounts.accounts[ACCOUNT].is_confirmation_needed
    change = OperatorChange(
        registered=(
            OperatorDuties(subject="clerk", is_initiator=True, is_confirmer=True),
            OperatorDuties(subject="new", is_initiator=True, is_confirmer=False),
        ),
        removed_subjects=("head",),
    )
    await pass_both(opened, *await ask(opened, change))
    spans = list(opened.operators.spans.values())
    assert [(one.duties.subject, one.duties.is_confirmer, one.removed_time is None) for one in spans] == [
        ("clerk", False, False),
        ("head", True, False),
        ("clerk", True, True),
        ("new", False, True),
    ]
    assert not opened.facts


async def test_an_empty_account_is_closed_with_its_operators(opened):
    await pass_both(opened, *await ask(opened, PEOPLE))
    (number,) = await ask(opened, CLOSING)
    await pass_both(opened, number)
    account = opened.accounts.known[ACCOUNT]
    assert (account.status, account.closed_time) == (AccountStatus.CLOSED, CLOCK.now())
    assert not account.is_confirmation_needed
    assert all(span.removed_time for span in opened.operators.spans.values())
    assert opened.told(AccountClosed) == [
        AccountClosed(account=account, application_no=number, reason=ClosingReason.BANKRUPT, at=CLOCK.now())
    ]


async def test_a_closed_account_opens_again_at_its_next_version(opened):
    await pass_both(opened, *await ask(opened, CLOSING))
    (number,) = await apply(opened, form())
    assert number == f"AA-{ACCOUNT}-3"
    await pass_both(opened, number)
    account = opened.accounts.accounts[ACCOUNT]
    assert (account.version, account.closed_time) == (3, None)


async def test_an_account_that_opens_again_is_as_restricted_as_before(opened):
    order = RestrictionOrder(account_no=ACCOUNT, uses=frozenset(), reason="r", document_no="d")
    command = RestrictAccounts(orders=(order,), province_code="", imposed_by="ministry")
    await restrict_accounts(command, uow=opened, clock=CLOCK)
    await pass_both(opened, *await ask(opened, CLOSING))
    await pass_both(opened, *await apply(opened, form()))
    assert opened.accounts.accounts[ACCOUNT].restricted_uses == set(AccountUse)


async def test_reviews_that_may_not_be_are_refused_in_order(uow):
    (number,) = await apply(uow, form())
    assert reasons(await second(uow, number, "AA-none-1")) == ["REVIEW_OUT_OF_ORDER", "APPLICATION_NOT_FOUND"]
    await first(uow, number)
    assert reasons(await second(uow, number, reviewed_by="first")) == ["SAME_PERSON"]
    assert not uow.accounts.accounts
    assert await second(uow, number, is_passed=False) == [number]
    assert reasons(await second(uow, number)) == ["REVIEW_OUT_OF_ORDER"]
    assert not uow.facts


async def test_what_cannot_be_carried_out_still_waits(uow):
    emitter_no, institution_no = await apply(uow, form(), form(kind=AccountKind.INSTITUTION))
    await first(uow, emitter_no, institution_no)
    renamed = ListedEntity(credit_code=DEFICIT, name="新名", province_code="37")
    await uow.roster.put(renamed, period=PERIOD)
    assert reasons(await second(uow, emitter_no, institution_no)) == ["NAME_MISMATCH", ""]
    await uow.roster.put(ListedEntity(credit_code=DEFICIT, name=name(1), province_code="37"), period=PERIOD)
    assert reasons(await second(uow, emitter_no)) == ["ACCOUNT_OPEN_ALREADY"]
    assert list(uow.accounts.accounts) == [f"R-I-{code(1)}"]


async def test_a_closing_waits_for_units():
    uow = await market()
    (number,) = await ask(uow, CLOSING)
    await first(uow, number)
    assert reasons(await second(uow, number)) == ["ACCOUNT_NOT_EMPTY"]


async def test_a_closing_waits_for_what_is_pending(opened):
    waiting, closing = await ask(opened, Information(contact="new"), CLOSING)
    await first(opened, closing)
    (refusal,) = await second(opened, closing)
    assert (refusal.reason, refusal.metadata["pending"]) == ("ACCOUNT_BUSY", "application")
    assert await first(opened, waiting, is_passed=False) == [waiting]
    assert await second(opened, closing) == [closing]
