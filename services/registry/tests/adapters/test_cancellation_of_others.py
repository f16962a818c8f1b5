"""Voluntary cancellation by persons and of the authorities' accounts, and by many at once."""

import asyncio

from accounts_served import LICENCE
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_cancellation_service_pb2 as pb
from ets.registry.v1 import registry_cancellation_service_pb2_grpc as pb_grpc
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.ids import make_identity_number
from ets_ledger.domain.commands import Transfer
from ets_ledger.domain.values import Place
from registry.adapters.db.unit_of_work import SqlUnitOfWork
from registry_messages import CEA, DEFICIT
from registry_world import accepted, reasons

ACCOUNT = f"R-E-{DEFICIT}"
PERSON = make_identity_number("11010519491231002")
PERSONS_ACCOUNT = "R-N-00000001"


def commands(world, role="ROLE_REGISTRY_COMPLIANCE", **scopes):
    return pb_grpc.RegistryCancellationServiceStub(world.served.channel(role, **scopes))


def reads(world, role="ROLE_AUDITOR", **scopes):
    return pb_grpc.RegistryCancellationQueryServiceStub(world.served.channel(role, **scopes))


def asked(world, account_no, quantity, credit_code=""):
    form = pb.CancellationForm(
        account_no=account_no,
        credit_code=credit_code,
        product=CEA,
        quantity_tco2e=quantity,
        purpose=pb.CANCELLATION_PURPOSE_EVENT_NEUTRALITY,
        beneficiary="张三的婚礼",
    )
    return pb.SubmitCancellationApplicationsRequest(request_id=world.request_id(), applications=[form])


async def decided(world, *numbers):
    """Let two people check and register; give the certificates."""
    decisions = [pb.CancellationDecision(application_no=number, is_passed=True) for number in numbers]
    first = pb.CheckCancellationApplicationsRequest(request_id=world.request_id(), decisions=decisions)
    await accepted(commands(world, subject="first").CheckCancellationApplications(first))
    second = pb.RegisterCancellationsRequest(request_id=world.request_id(), decisions=decisions)
    return await accepted(commands(world, subject="second").RegisterCancellations(second))


async def given(world, account_no, quantity):
    """Units of entity 1 in another account, for a start."""
    async with world.database.begin() as transaction:
        move = Transfer(
            transfer_id=f"given/{account_no}",
            kind="start",
            product=CEA,
            quantity=quantity,
            source=Place(ACCOUNT, "registered"),
            destination=Place(account_no, "registered"),
        )
        await SqlUnitOfWork(transaction).ledger.post([move], at=world.clock.now())


async def test_what_a_person_cancels_is_published_without_anything_about_the_person(world):
    await world.allocate()
    await world.desk.open(
        accounts_pb.AccountForm(
            kind=types_pb.ACCOUNT_KIND_INDIVIDUAL, credit_code=PERSON, name="张三", papers=[LICENCE]
        )
    )
    await given(world, PERSONS_ACCOUNT, 5)
    holder = commands(world, "ROLE_HOLDER", entities=[PERSON], subject="person")
    (number,) = await accepted(
        holder.SubmitCancellationApplications(asked(world, PERSONS_ACCOUNT, 3, credit_code=PERSON))
    )
    (certificate,) = await decided(world, number)
    (shown,) = (
        await reads(world).ListPublishedCancellations(pb.ListPublishedCancellationsRequest())
    ).cancellations
    assert (shown.certificate_no, shown.quantity_tco2e) == (certificate, 3)
    for secret in ("张三", PERSON, PERSONS_ACCOUNT):
        assert secret not in str(shown)
        assert secret.encode() not in shown.SerializeToString()
    (told,) = await world.events(registry_events_pb2.VoluntaryCancellationRegistered)
    assert PERSON.encode() not in told.SerializeToString()
    own = reads(world, "ROLE_HOLDER", entities=[PERSON])
    request = pb.ListCancellationApplicationsRequest(credit_code=PERSON)
    (mine,) = (await own.ListCancellationApplications(request)).applications
    assert (mine.application_no, mine.credit_code, mine.certificate_no) == (number, "", certificate)


async def test_staff_apply_for_a_provinces_account_and_two_others_decide(world):
    await world.allocate()
    await given(world, "R-P-37", 7)
    staff = commands(world, subject="third")
    (number,) = await accepted(staff.SubmitCancellationApplications(asked(world, "R-P-37", 7)))
    assert await decided(world, number) == ["VC-2021-000001"]
    assert await world.holdings("R-P-37") == {}
    request = pb.ListCancellationApplicationsRequest(province_code="37")
    official = reads(world, "ROLE_PROVINCE", provinces=["37"])
    (shown,) = (await official.ListCancellationApplications(request)).applications
    assert (shown.submitted_by, shown.checked_by, shown.decided_by) == ("third", "first", "second")


async def test_many_at_once_cancel_no_more_than_is_held_and_share_no_certificate(world):
    await world.allocate()
    await given(world, "R-P-37", 10)
    staff = commands(world, subject="third")
    answers = await asyncio.gather(
        *(staff.SubmitCancellationApplications(asked(world, "R-P-37", 3)) for _ in range(6))
    )
    found = [reasons(answer)[0] for answer in answers]
    assert sorted(found) == [""] * 3 + ["INSUFFICIENT_HOLDING"] * 3
    numbers = [answer.results[0].reference for answer in answers if answer.results[0].reference]
    certificates = await asyncio.gather(*(decided(world, number) for number in numbers))
    assert sorted(certificates) == [[f"VC-2021-00000{ordinal}"] for ordinal in (1, 2, 3)]
    assert await world.book("journal_totals") == await world.book("holdings")
