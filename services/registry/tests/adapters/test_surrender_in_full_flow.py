"""Surrender beyond the plain way: withdrawals, help, changed obligations, documents, completion by day."""

from datetime import UTC, datetime, timedelta

import pytest
from ets.registry.v1 import registry_events_pb2, registry_types_pb2
from ets.registry.v1 import registry_surrender_service_pb2 as pb
from ets_kernel.domain.errors import MalformedRequest, RoleForbidden, ScopeForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.signing import Ed25519Verifier
from registry.domain.surrender_errors import CertificateNotFound
from registry_messages import CEA, DEFICIT, PERIOD, REGISTRY_KEY, SURPLUS, VERIFIED_TCO2E
from registry_world import START
from surrender_world import Surrender

OFFSET = "OFFSET-WIND1-2015"
OWED = 5_800_000
HOUR = timedelta(hours=1)


@pytest.fixture
async def surrender(world):
    await world.allocate()
    return Surrender(world)


def names(applications):
    status = registry_types_pb2.SurrenderStatus
    return [status.Name(one.status).removeprefix("SURRENDER_STATUS_") for one in applications]


async def own(surrender, credit_code=DEFICIT, **moment):
    request = pb.ListEntitySurrenderApplicationsRequest(credit_code=credit_code, period=PERIOD, **moment)
    answer = await surrender.reads("ROLE_EMITTER", entities=[credit_code]).ListEntitySurrenderApplications(
        request
    )
    return answer.applications


async def test_withdrawn_units_are_free_and_the_history_tells_it(world, surrender):
    before = await world.holdings(f"R-E-{DEFICIT}")
    number = (await world.apply((CEA, 5_000))).reference
    world.clock.set(START + HOUR)
    assert (await surrender.withdraw(number)).reference == number
    assert await world.holdings(f"R-E-{DEFICIT}") == before
    assert (await surrender.withdraw(number)).error.reason == "APPLICATION_ALREADY_DECIDED"
    assert (await world.decide(number)).error.reason == "APPLICATION_ALREADY_DECIDED"
    assert names(await own(surrender)) == ["WITHDRAWN"]
    assert names(await own(surrender, as_of=to_timestamp(START))) == ["SUBMITTED"]


async def test_the_entity_reads_the_words_with_which_the_province_refused(world, surrender):
    number = (await world.apply((CEA, 5_000))).reference
    await world.decide(number, is_confirmed=False, words="use the vintage of 2019-2020")
    [application] = await own(surrender)
    assert (application.words, application.decided_by) == ("use the vintage of 2019-2020", "official")


async def test_help_passes_from_offer_to_consent_to_decision_to_registration(world, surrender):
    number = (await surrender.offer((CEA, 7_000))).reference
    assert (await world.holdings(f"R-E-{SURPLUS}"))[CEA, "pending_surrender"] == 7_000
    assert names(await own(surrender)) == names(await own(surrender, SURPLUS)) == ["OFFERED"]
    assert (await world.decide(number)).error.reason == "HELP_NOT_CONSENTED"
    world.clock.set(START + HOUR)
    assert not (await surrender.answer(number)).HasField("error")
    await world.decide(number)
    await world.register()
    assert (await world.status()).surrendered_tco2e == 7_000
    assert (await world.holdings(f"R-E-{SURPLUS}"))[CEA, "registered"] == VERIFIED_TCO2E - 7_000
    assert names(await own(surrender, as_of=to_timestamp(START))) == ["OFFERED"]
    book = await world.book("surrender_applications")
    assert (number, DEFICIT, "registered", CEA, "7000", PERIOD, f"R-E-{SURPLUS}", "1") in book


async def test_nobody_offers_answers_or_withdraws_for_another(surrender):
    offer = pb.SurrenderHelpOffer(
        credit_code=SURPLUS,
        account_no=f"R-E-{SURPLUS}",
        entity_credit_code=DEFICIT,
        period=PERIOD,
        lines=[registry_types_pb2.SurrenderLine(product=CEA, quantity_tco2e=1)],
    )
    stranger = surrender.commands("ROLE_EMITTER", entities=[DEFICIT])
    with pytest.raises(ScopeForbidden):
        await stranger.OfferSurrenderHelp(pb.OfferSurrenderHelpRequest(request_id="r-1", offers=[offer]))
    with pytest.raises(RoleForbidden):
        await surrender.commands("ROLE_AUDITOR").OfferSurrenderHelp(
            pb.OfferSurrenderHelpRequest(request_id="r-2", offers=[offer])
        )
    with pytest.raises(ScopeForbidden):
        await own_of_another(surrender)


async def own_of_another(surrender):
    request = pb.ListEntitySurrenderApplicationsRequest(credit_code=SURPLUS, period=PERIOD)
    await surrender.reads("ROLE_EMITTER", entities=[DEFICIT]).ListEntitySurrenderApplications(request)


async def test_a_lowered_obligation_gives_back_what_no_longer_fits_and_completes(world, surrender):
    await surrender.surrender((CEA, 4_000_000))
    pending = (await world.apply((CEA, 1_000_000))).reference
    world.clock.set(START + HOUR)
    number = await surrender.change(4_000_000)
    status = await world.status()
    assert (status.obligation_tco2e, status.offset_limit_tco2e, status.surplus_tco2e) == (
        4_000_000,
        200_000,
        0,
    )
    assert status.certificate_no == f"CC-{PERIOD}-{DEFICIT}"
    assert status.notice_no == f"CN-{PERIOD}-{DEFICIT}-2"
    [returned] = await world.events(registry_events_pb2.SurrenderApplicationReturned)
    assert (returned.application.application_no, returned.application.closed_by) == (pending, number)
    then = await world.status(as_of=to_timestamp(START))
    assert (then.obligation_tco2e, then.surrendered_tco2e, then.certificate_no) == (OWED, 4_000_000, "")
    changes = await surrender.reads().ListObligationChanges(pb.ListObligationChangesRequest(period=PERIOD))
    assert [(one.change_no, one.from_tco2e, one.to_tco2e, one.confirmed_by) for one in changes.changes] == [
        (number, OWED, 4_000_000, "second")
    ]


async def test_ccer_above_the_new_limit_stay_used_and_stop_counting(world, surrender):
    await world.credit(290_000)
    await surrender.surrender((CEA, 5_000_000), (OFFSET, 290_000))
    await surrender.change(5_200_000)
    status = await world.status()
    assert (status.offset_tco2e, status.offset_limit_tco2e, status.excess_offset_tco2e) == (
        290_000,
        260_000,
        30_000,
    )
    assert (await world.apply((OFFSET, 1))).error.reason == "OBLIGATION_EXCEEDED"
    assert status.certificate_no == f"CC-{PERIOD}-{DEFICIT}"
    await surrender.change(5_300_000)
    withdrawn = await world.events(registry_events_pb2.ComplianceCertificateWithdrawn)
    assert [one.certificate_no for one in withdrawn] == [f"CC-{PERIOD}-{DEFICIT}"]
    await surrender.surrender((CEA, 35_000))
    assert (await world.status()).certificate_no == f"CC-{PERIOD}-{DEFICIT}-2"


async def test_notice_and_certificate_are_signed_and_read_as_they_were(world, surrender):
    verifier = Ed25519Verifier({"registry": REGISTRY_KEY.public_key()})
    entity = surrender.reads("ROLE_EMITTER", entities=[DEFICIT])
    key = {"credit_code": DEFICIT, "period": PERIOD}
    answer = await entity.GetComplianceNotice(pb.GetComplianceNoticeRequest(**key))
    verifier.verify(answer.seal.key_id, answer.seal.digest, answer.seal.signature)
    assert (answer.notice.obligation_tco2e, answer.notice.offset_limit_tco2e) == (OWED, 290_000)
    with pytest.raises(CertificateNotFound):
        await entity.GetComplianceCertificate(pb.GetComplianceCertificateRequest(**key))
    await surrender.change(5_600_000)
    await world.credit(280_000)
    await surrender.surrender((CEA, 1_000_000))
    await surrender.surrender((CEA, 4_320_000), (OFFSET, 280_000))
    issued = world.clock.now()
    world.clock.set(START + HOUR)
    first = await entity.GetComplianceCertificate(pb.GetComplianceCertificateRequest(**key))
    verifier.verify(first.seal.key_id, first.seal.digest, first.seal.signature)
    certificate = first.certificate
    assert [(line.product, line.quantity_tco2e) for line in certificate.lines] == [
        (CEA, 5_320_000),
        (OFFSET, 280_000),
    ]
    assert (certificate.is_on_time, certificate.issued_time) == (True, to_timestamp(issued))
    await surrender.change(5_500_000)
    second = await entity.GetComplianceCertificate(pb.GetComplianceCertificateRequest(**key))
    assert second.certificate.certificate_no == f"CC-{PERIOD}-{DEFICIT}-2"
    assert second.certificate.completed_time == certificate.completed_time
    again = await entity.GetComplianceCertificate(
        pb.GetComplianceCertificateRequest(**key, as_of=to_timestamp(issued))
    )
    assert again == first


async def test_completion_is_told_by_province_and_day_and_as_believed_then(world, surrender):
    await surrender.surrender((CEA, 5_000_000), credit_code=SURPLUS)
    world.clock.set(datetime(2021, 10, 28, 15, 59, tzinfo=UTC))
    await surrender.change(5_400_000)
    await surrender.surrender((CEA, 5_400_000))
    believed = world.clock.now()
    world.clock.set(datetime(2021, 10, 28, 16, 0, tzinfo=UTC))
    await surrender.change(5_900_000)
    days = {"from_date": "2021-10-27", "to_date": "2021-11-30", "province_code": "37", "period": PERIOD}
    province = surrender.reads("ROLE_PROVINCE", provinces=["37"])

    async def listed(**moment):
        request = pb.ListProvinceCompletionRequest(**days, **moment)
        completions = (await province.ListProvinceCompletion(request)).completions
        assert all(one.entity_count == 2 for one in completions)
        return [
            (
                one.business_date[-5:],
                one.completed_count,
                one.completed_basis_points,
                one.obligation_tco2e,
                one.surrendered_tco2e,
            )
            for one in completions
        ]

    rows = [
        ("10-27", 1, 5_000, 10_800_000, 5_000_000),
        ("10-28", 2, 10_000, 10_400_000, 10_400_000),
        ("10-29", 1, 5_000, 10_900_000, 10_400_000),
    ]
    assert await listed() == rows
    told = await province.ListProvinceCompletion(pb.ListProvinceCompletionRequest(**days))
    assert told.target_time == to_timestamp(datetime(2021, 12, 15, 9, 0, tzinfo=UTC))
    assert told.deadline_time == to_timestamp(datetime(2021, 12, 31, 9, 0, tzinfo=UTC))
    assert await listed(as_of=to_timestamp(believed)) == rows[:2]
    with pytest.raises(MalformedRequest):
        await province.ListProvinceCompletion(
            pb.ListProvinceCompletionRequest(**days | {"to_date": "2021-10-26"})
        )


async def test_deductions_are_noted_after_the_deadline(world, surrender):
    one = pb.NonSurrenderDeduction(credit_code=DEFICIT, period=PERIOD, quantity_tco2e=OWED, document_no="D-1")

    async def decide():
        request = pb.DecideNonSurrenderDeductionsRequest(province_code="37", deductions=[one])
        return await surrender.result(
            "DecideNonSurrenderDeductions", request, "ROLE_PROVINCE", provinces=["37"]
        )

    assert (await decide()).error.reason == "DEADLINE_NOT_PASSED"
    world.clock.set(datetime(2021, 12, 31, 9, 0, tzinfo=UTC))
    assert (await decide()).reference == f"{DEFICIT}/2021/1"
    assert (await world.status()).deducted_tco2e == OWED
    assert (await decide()).error.reason == "DEDUCTION_EXCEEDED"
    told = await world.events(registry_events_pb2.AllocationAdjustmentChanged)
    assert [event.adjustment.remainder_tco2e for event in told] == [OWED]
