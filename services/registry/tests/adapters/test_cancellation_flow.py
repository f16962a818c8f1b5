"""Voluntary cancellation: application, two people, certificate, publication, national total."""

from datetime import UTC, datetime, timedelta

import grpc
import pytest
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_cancellation_service_pb2 as pb
from ets.registry.v1 import registry_cancellation_service_pb2_grpc as pb_grpc
from ets.registry.v1 import registry_disclosure_service_pb2 as disclosure_pb
from ets.registry.v1 import registry_disclosure_service_pb2_grpc as disclosure_grpc
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import RoleForbidden, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from registry.domain.reading_errors import CancellationCertificateNotFound
from registry_messages import CEA, DEFICIT, SURPLUS, VERIFIED_TCO2E, name
from registry_world import accepted
from registry_world_changes import Changes
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

ACCOUNT = f"R-E-{DEFICIT}"
PUBLIC_GOOD = pb.CANCELLATION_PURPOSE_PUBLIC_GOOD


def commands(world, role="ROLE_EMITTER", **scopes):
    channel = world.served.channel(role, **(scopes or {"entities": [DEFICIT], "subject": "owner"}))
    return pb_grpc.RegistryCancellationServiceStub(channel)


def staff(world, subject):
    return commands(world, "ROLE_REGISTRY_COMPLIANCE", subject=subject)


def reads(world, role="ROLE_AUDITOR", **scopes):
    return pb_grpc.RegistryCancellationQueryServiceStub(world.served.channel(role, **scopes))


def submit(world, quantity, *, caller=None, account_no=ACCOUNT, credit_code=DEFICIT, product=CEA, serials=()):
    form = pb.CancellationForm(
        account_no=account_no,
        credit_code=credit_code,
        product=product,
        quantity_tco2e=quantity,
        serials=[pb.SerialSpan(serial_start=start, serial_end=end) for start, end in serials],
        purpose=PUBLIC_GOOD,
        beneficiary="城市公园",
    )
    request = pb.SubmitCancellationApplicationsRequest(request_id=world.request_id(), applications=[form])
    return (caller or commands(world)).SubmitCancellationApplications(request)


def check(world, number, *, is_passed=True, by="first"):
    decisions = [pb.CancellationDecision(application_no=number, is_passed=is_passed, note="no proof")]
    request = pb.CheckCancellationApplicationsRequest(request_id=world.request_id(), decisions=decisions)
    return staff(world, by).CheckCancellationApplications(request)


def register(world, number, *, by="second"):
    decisions = [pb.CancellationDecision(application_no=number, is_passed=True)]
    request = pb.RegisterCancellationsRequest(request_id=world.request_id(), decisions=decisions)
    return staff(world, by).RegisterCancellations(request)


def withdraw(world, number):
    withdrawal = pb.CancellationWithdrawal(application_no=number, credit_code=DEFICIT)
    request = pb.WithdrawCancellationApplicationsRequest(
        request_id=world.request_id(), withdrawals=[withdrawal]
    )
    return commands(world).WithdrawCancellationApplications(request)


async def published(world, **more):
    # Nobody's token: everybody may read it.
    channel = grpc.aio.insecure_channel(world.served.target)
    stub = pb_grpc.RegistryCancellationQueryServiceStub(channel)
    answer = await stub.ListPublishedCancellations(pb.ListPublishedCancellationsRequest(**more))
    await channel.close()
    return answer.cancellations


async def totals(world, **moment):
    answer = await reads(world).GetNationalTotals(pb.GetNationalTotalsRequest(**moment))
    return {total.product: total for total in answer.totals}


async def test_units_wait_are_cancelled_by_two_people_and_published_without_a_token(world):
    await world.allocate()
    issued = (await totals(world))[CEA].issued_tco2e
    (number,) = await accepted(submit(world, 1_000, serials=[(11, 510), (1_001, 1_500)]))
    assert number == f"VC-{ACCOUNT}-1"
    assert (await world.holdings(ACCOUNT))[CEA, "pending_cancellation"] == 1_000
    await accepted(check(world, number))
    assert await published(world) == []
    (certificate,) = await accepted(register(world, number))
    assert certificate == "VC-2021-000001"
    assert await world.holdings(ACCOUNT) == {(CEA, "registered"): VERIFIED_TCO2E - 1_000}
    assert ("R-CANCELLED", CEA, "cancelled", "1000") in await world.book("holdings")
    (told,) = await world.events(registry_events_pb2.VoluntaryCancellationRegistered)
    assert (told.certificate_no, told.account_no, told.quantity_tco2e, told.purpose) == (
        certificate,
        ACCOUNT,
        1_000,
        "public_good",
    )
    (shown,) = await published(world)
    assert (shown.certificate_no, shown.holder_name, shown.beneficiary) == (certificate, name(1), "城市公园")
    assert [(span.serial_start, span.serial_end) for span in shown.serials] == [(11, 510), (1_001, 1_500)]
    total = (await totals(world))[CEA]
    assert (total.issued_tco2e, total.cancelled_tco2e) == (issued, 1_000)
    assert total.outstanding_tco2e == issued - 1_000
    assert await world.book("cancellation_applications") == [
        (number, ACCOUNT, "registered", CEA, "1000", certificate)
    ]


async def test_cancelled_units_never_move_again(world):
    await world.allocate()
    (number,) = await accepted(submit(world, 10))
    await accepted(check(world, number))
    await accepted(register(world, number))
    assert (await register(world, number)).results[0].error.reason == "APPLICATION_ALREADY_DECIDED"
    assert (await withdraw(world, number)).results[0].error.reason == "APPLICATION_ALREADY_DECIDED"
    assert ("R-CANCELLED", CEA, "cancelled", "10") in await world.book("journal_totals")


async def test_withdrawn_and_refused_units_are_back(world):
    await world.allocate()
    before = await world.holdings(ACCOUNT)
    (first,) = await accepted(submit(world, 10))
    (second,) = await accepted(submit(world, 20))
    await accepted(withdraw(world, first))
    await accepted(check(world, second, is_passed=False))
    assert await world.holdings(ACCOUNT) == before
    assert await published(world) == []


async def test_applications_are_listed_as_they_stood_at_any_moment(world):
    await world.allocate()
    start = world.clock.now()
    (number,) = await accepted(submit(world, 10))
    world.clock.set(start + timedelta(hours=1))
    await accepted(check(world, number))
    world.clock.set(start + timedelta(hours=2))
    await accepted(register(world, number))

    async def listed(at, **filters):
        request = pb.ListCancellationApplicationsRequest(as_of=to_timestamp(at), **filters)
        found = (await reads(world).ListCancellationApplications(request)).applications
        return [(item.status, item.checked_by, item.decided_by, item.certificate_no) for item in found]

    assert await listed(start - timedelta(seconds=1)) == []
    assert await listed(start) == [(pb.CANCELLATION_STATUS_SUBMITTED, "", "", "")]
    checked = (pb.CANCELLATION_STATUS_CHECKED, "first", "", "")
    assert await listed(start + timedelta(hours=1)) == [checked]
    done = (pb.CANCELLATION_STATUS_REGISTERED, "first", "second", "VC-2021-000001")
    assert await listed(start + timedelta(hours=2), credit_code=DEFICIT, province_code="37") == [done]
    assert await listed(start + timedelta(hours=2), credit_code=SURPLUS) == []
    assert await listed(start + timedelta(hours=2), province_code="11") == []
    assert await listed(start, status=pb.CANCELLATION_STATUS_REGISTERED) == []
    assert await published(world, as_of=to_timestamp(start)) == []
    assert (await totals(world, as_of=to_timestamp(start)))[CEA].cancelled_tco2e == 0


async def test_lists_go_on_page_by_page(world):
    await world.allocate()
    for _ in range(3):
        (number,) = await accepted(submit(world, 1))
        await accepted(check(world, number))
        await accepted(register(world, number))
    request = pb.ListPublishedCancellationsRequest(product=CEA)
    request.page.page_size = 2
    first = await reads(world).ListPublishedCancellations(request)
    request.page.page_token = first.page.next_page_token
    second = await reads(world).ListPublishedCancellations(request)
    numbers = [item.certificate_no for item in (*first.cancellations, *second.cancellations)]
    assert numbers == [f"VC-2021-00000{ordinal}" for ordinal in (1, 2, 3)]
    assert second.page.next_page_token == ""


async def test_holders_act_for_themselves_and_staff_for_the_authorities(world):
    await world.allocate()
    with pytest.raises(ScopeForbidden):
        await submit(world, 1, credit_code=SURPLUS, account_no=f"R-E-{SURPLUS}")
    foreign = await submit(world, 1, account_no=f"R-E-{SURPLUS}")
    assert foreign.results[0].error.reason == "ACCOUNT_NOT_FOUND"
    by_staff = await submit(world, 1, caller=staff(world, "first"))
    assert by_staff.results[0].error.reason == "SCOPE_FORBIDDEN"
    with pytest.raises(RoleForbidden):
        await submit(world, 1, caller=commands(world, "ROLE_AUDITOR"))
    province = await submit(world, 1, caller=staff(world, "first"), account_no="R-P-37", credit_code="")
    assert province.results[0].error.reason == "INSUFFICIENT_HOLDING"


async def test_where_an_account_has_a_confirmer_a_second_operator_confirms_the_application(world):
    await world.allocate()
    people = [
        types_pb.OperatorDuties(subject="clerk", is_initiator=True),
        types_pb.OperatorDuties(subject="head", is_confirmer=True),
    ]
    await world.desk.changed(ACCOUNT, operators=types_pb.OperatorChange(registered=people))
    assert (await submit(world, 10)).results[0].error.reason == "CONFIRMATION_NEEDED"
    form = pb.CancellationForm(
        account_no=ACCOUNT, credit_code=DEFICIT, product=CEA, quantity_tco2e=10, purpose=PUBLIC_GOOD
    )
    clerk, head = (
        world.desk.commands("ROLE_EMITTER", entities=[DEFICIT], subject=subject)
        for subject in ("clerk", "head")
    )
    (instruction,) = await accepted(
        clerk.InitiateInstructions(
            accounts_pb.InitiateInstructionsRequest(
                request_id="initiate",
                instructions=[
                    accounts_pb.InstructionForm(credit_code=DEFICIT, cancellation_application=form)
                ],
            )
        )
    )
    (number,) = await accepted(
        head.ConfirmInstructions(
            accounts_pb.ConfirmInstructionsRequest(
                request_id="confirm", credit_code=DEFICIT, instruction_nos=[instruction]
            )
        )
    )
    assert number == f"VC-{ACCOUNT}-1"
    assert (await world.holdings(ACCOUNT))[CEA, "pending_cancellation"] == 10
    assert (await check(world, number, by="head")).results[0].error.reason == "SAME_PERSON"


async def test_the_database_itself_keeps_one_person_from_registering_alone(world):
    await world.allocate()
    await accepted(submit(world, 10))
    with pytest.raises(IntegrityError, match="cancellation_by_two_people"):
        async with world.database.begin() as transaction:
            await transaction.connection.execute(
                text(
                    "UPDATE cancellation_application SET status = 'registered', certificate_no = 'VC-2021-000001',"
                    " checked_by = 'first', decided_by = 'first'"
                )
            )


async def test_a_repeated_request_is_answered_once(world):
    await world.allocate()
    world.clock.set(datetime(2021, 11, 1, tzinfo=UTC))
    form = pb.CancellationForm(
        account_no=ACCOUNT, credit_code=DEFICIT, product=CEA, quantity_tco2e=5, purpose=PUBLIC_GOOD
    )
    request = pb.SubmitCancellationApplicationsRequest(request_id="same", applications=[form])
    caller = commands(world)
    first = await caller.SubmitCancellationApplications(request)
    assert await caller.SubmitCancellationApplications(request) == first
    assert (await world.holdings(ACCOUNT))[CEA, "pending_cancellation"] == 5


async def test_a_cancellation_stays_published_under_the_name_that_is_certified(world):
    await world.allocate()
    (number,) = await accepted(submit(world, 5))
    await accepted(check(world, number))
    await accepted(register(world, number))
    world.clock.set(datetime(2021, 11, 1, tzinfo=UTC))
    await world.desk.listed_anew(1, name="改名后")
    (cancelled,) = await published(world)
    assert cancelled.holder_name == name(1)


async def certificate_of(world, number, **moment):
    stub = disclosure_grpc.RegistryDisclosureQueryServiceStub(world.served.channel("ROLE_AUDITOR"))
    request = disclosure_pb.GetCancellationCertificateRequest(certificate_no=number, **moment)
    return (await stub.GetCancellationCertificate(request)).certificate


async def test_a_cancellation_by_mistake_is_corrected_in_public(world):
    await world.allocate()
    issued = (await totals(world))[CEA].issued_tco2e
    (number,) = await accepted(submit(world, 1_000))
    await accepted(check(world, number))
    (certificate_no,) = await accepted(register(world, number))
    before = world.clock.now()
    world.clock.set(before + timedelta(hours=1))
    registration = await Changes(world).correct(f"{number}/registered")
    assert await world.holdings(ACCOUNT) == {(CEA, "registered"): VERIFIED_TCO2E}
    total = (await totals(world))[CEA]
    assert (total.cancelled_tco2e, total.outstanding_tco2e) == (0, issued)
    (shown,) = await published(world)
    assert shown.corrected_time == to_timestamp(world.clock.now())
    (then,) = await published(world, as_of=to_timestamp(before))
    assert not then.HasField("corrected_time")
    with pytest.raises(CancellationCertificateNotFound):
        await certificate_of(world, certificate_no)
    assert (await certificate_of(world, certificate_no, as_of=to_timestamp(before))).quantity_tco2e == 1_000
    (told,) = await world.events(registry_events_pb2.VoluntaryCancellationCorrected)
    assert (told.registration_no, told.certificate_no, told.change_tco2e) == (
        registration,
        certificate_no,
        -1_000,
    )
    await Changes(world).correct(f"{registration}/1")
    assert (await certificate_of(world, certificate_no)).certificate_no == certificate_no
    (again,) = await published(world)
    assert not again.HasField("corrected_time")
