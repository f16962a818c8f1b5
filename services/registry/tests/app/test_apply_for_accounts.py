import pytest
from account_steps import ACCOUNT, CLOCK, DUE_DATE, PAPERS, PERSON, apply, form
from ets_kernel.domain.ids import make_identity_number
from registry.domain.account_applications import ApplicationKind, ApplicationStatus
from registry.domain.accounts import AccountKind, AccountStatus
from registry_fakes import emitter, reasons, with_roster
from registry_messages import code


@pytest.fixture
async def uow():
    return await with_roster()


async def test_an_application_waits_with_its_papers_and_the_account_is_not_open(uow):
    assert await apply(uow, form(licence_no="B-1", contact="010")) == [f"AA-{ACCOUNT}-1"]
    (application,) = uow.account_applications.applications.values()
    assert (application.kind, application.status) == (ApplicationKind.OPENING, ApplicationStatus.SUBMITTED)
    assert (application.submitted_by, application.submitted_time) == ("agent", CLOCK.now())
    assert (application.due_date, application.papers) == (DUE_DATE, PAPERS)
    assert (application.content.licence_no, application.content.contact) == ("B-1", "010")
    assert uow.accounts.known[ACCOUNT].status is AccountStatus.APPLIED
    assert not uow.accounts.accounts
    assert not uow.facts


async def test_institutions_and_persons_need_no_roster(uow):
    institution = form(7, kind=AccountKind.INSTITUTION, province_code="")
    person = form(kind=AccountKind.INDIVIDUAL, holder_no=PERSON, name="张三", province_code="")
    other = form(
        kind=AccountKind.INDIVIDUAL, holder_no=make_identity_number("11010519491231003"), name="李四"
    )
    assert await apply(uow, institution, person, other) == [
        f"AA-R-I-{code(7)}-1",
        "AA-R-N-00000001-1",
        "AA-R-N-00000002-1",
    ]
    assert uow.accounts.known["R-N-00000001"].identity_number == PERSON
    assert PERSON not in repr(uow.accounts.known)


async def test_each_refusal_leaves_the_other_items_alone(uow):
    outcomes = await apply(
        uow,
        form(holder_no="x"),
        form(province_code="99"),
        form(9),
        form(name="别的企业", province_code="11"),
        form(province_code="11"),
        form(kind=AccountKind.PROVINCIAL),
        form(kind=AccountKind.SYSTEM),
        form(kind=AccountKind.INDIVIDUAL, holder_no=code(1)),
        form(),
        form(),
    )
    assert reasons(outcomes) == [
        "CREDIT_CODE_INVALID",
        "PROVINCE_UNKNOWN",
        "ENTITY_NOT_LISTED",
        "NAME_MISMATCH",
        "PROVINCE_MISMATCH",
        "ACCOUNT_KIND_WRONG",
        "ACCOUNT_KIND_WRONG",
        "IDENTITY_NUMBER_INVALID",
        "",
        "ACCOUNT_APPLICATION_PENDING",
    ]
    assert list(uow.accounts.known) == [ACCOUNT]


async def test_a_holder_with_an_open_account_applies_for_no_other(uow):
    await uow.accounts.add([emitter(1)])
    outcomes = await apply(uow, form(), form(kind=AccountKind.INSTITUTION))
    assert [(one.reason, one.metadata["account_no"]) for one in outcomes] == [
        ("ACCOUNT_OPEN_ALREADY", ACCOUNT)
    ] * 2
