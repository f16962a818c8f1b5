"""Steps 5 and 6: cancelled, handed over once, chained, sealed, answered."""

import pytest
from ccer_bridge.adapters.metrics import HANDOVERS_UNACKNOWLEDGED
from ccer_bridge.domain.errors import OutsideHandoverWindow
from ccer_messages import (
    C_PLANT,
    CENTRE_KEY,
    OTHER,
    PLANT,
    PROVINCE,
    WIND,
    acknowledgement,
    application_no,
    decided,
    shanghai,
)
from ccer_world import APPLICATIONS, OFFSETS
from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets_kernel.domain.errors import (
    MalformedRequest,
    RoleForbidden,
    ScopeForbidden,
    TooEarly,
)
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.signing import Ed25519Verifier

FIRST = f"CX-{application_no(1)}-1"
SECOND = f"CX-{application_no(1)}-2"


def of_province(handovers, province_code=PROVINCE):
    return [one.manifest for one in handovers if one.manifest.province_code == province_code]


async def test_a_day_is_handed_over_to_every_province_also_without_rows(world):
    await world.prepare_to_cancel()
    await world.cancel(400)
    answer = await world.hand_over("2021-10-26")
    assert (answer.handover_count, answer.row_count, answer.quantity_tco2e) == (32, 1, 400)
    issued = await world.events(ccer_events_pb2.HandoverIssued)
    assert sorted(one.manifest.province_code for one in issued) == sorted(PROVINCES)
    assert sum(len(one.rows) for one in issued) == 1
    empty = next(one for one in issued if one.manifest.province_code == "11")
    assert (empty.manifest.row_count, empty.manifest.quantity_tco2e, len(empty.rows)) == (0, 0, 0)
    full = next(one for one in issued if one.manifest.province_code == PROVINCE)
    assert full.manifest.handover_no == f"H-2021-10-26-{PROVINCE}"
    row = full.rows[0]
    assert (row.row_no, row.confirmed_tco2e, row.is_inside_national_market) == (1, 1_000, False)
    assert row.cancellation == ccer_types_pb2.Cancellation(
        cancellation_no=FIRST,
        application_no=application_no(1),
        credit_code=PLANT,
        entity_name="Plant 1",
        province_code=PROVINCE,
        account_no=C_PLANT,
        project_no="WIND1",
        project_name="Project WIND1",
        project_type="wind",
        reduction_year=2015,
        blocks=[ccer_types_pb2.CcerBlock(serial_start=1, serial_end=400)],
        quantity_tco2e=400,
        cancelled_time=to_timestamp(shanghai("2021-10-26 09:00")),
    )


async def test_manifests_of_a_province_form_a_chain_and_are_sealed_by_the_centre(world):
    await world.prepare()
    for day in ("2021-10-26", "2021-10-27", "2021-10-28"):
        await world.hand_over(day)
    first, second, third = of_province(await world.handovers())
    assert first.previous_digest == b""
    assert second.previous_digest == first.manifest_digest
    assert third.previous_digest == second.manifest_digest
    verifier = Ed25519Verifier({"ccer-centre": CENTRE_KEY.public_key()})
    for manifest in (first, second, third):
        assert manifest.seal.digest == manifest.manifest_digest
        verifier.verify(manifest.seal.key_id, manifest.seal.digest, manifest.seal.signature)


async def test_what_is_cancelled_at_seventeen_hours_goes_to_the_next_day(world):
    await world.prepare_to_cancel()
    world.clock.set(shanghai("2021-10-26 16:59"))
    await world.cancel(100)
    world.clock.set(shanghai("2021-10-26 17:00"))
    await world.cancel(200)
    assert (await world.run_handover("2021-10-26")).quantity_tco2e == 100
    assert (await world.run_handover("2021-10-26")).handover_count == 0
    assert (await world.hand_over("2021-10-27")).quantity_tco2e == 200
    rows = await world.book("cancellations")
    assert [(row[0], row[-1]) for row in rows] == [
        (FIRST, "H-2021-10-26-37"),
        (SECOND, "H-2021-10-27-37"),
    ]


async def test_a_date_is_run_once(world):
    await world.prepare_to_cancel()
    await world.cancel(100)
    await world.hand_over("2021-10-26")
    before = await world.state()
    answer = await world.run_handover("2021-10-26")
    assert (answer.handover_count, answer.row_count, answer.quantity_tco2e) == (0, 0, 0)
    assert await world.state() == before
    assert len(await world.events(ccer_events_pb2.HandoverIssued)) == 32


async def test_missed_dates_are_run_first_each_with_its_own_cut_off(world):
    await world.prepare_to_cancel()
    await world.cancel(100)
    world.clock.set(shanghai("2021-10-27 12:00"))
    await world.cancel(200)
    world.clock.set(shanghai("2021-10-27 18:00"))
    await world.cancel(300)
    answer = await world.hand_over("2021-10-29")
    assert (answer.handover_count, answer.row_count, answer.quantity_tco2e) == (4 * 32, 3, 600)
    manifests = of_province(await world.handovers(province_code=PROVINCE))
    assert [(one.business_date, one.quantity_tco2e) for one in manifests] == [
        ("2021-10-26", 100),
        ("2021-10-27", 200),
        ("2021-10-28", 300),
        ("2021-10-29", 0),
    ]
    assert [one.previous_digest for one in manifests[1:]] == [one.manifest_digest for one in manifests[:-1]]
    assert (await world.run_handover("2021-10-27")).handover_count == 0


async def test_the_whole_window_has_fifty_one_days(world):
    await world.prepare()
    answer = await world.hand_over("2021-12-15")
    assert answer.handover_count == 51 * 32
    assert len(await world.handovers(province_code=PROVINCE)) == 51


@pytest.mark.parametrize("day", ["2021-10-25", "2021-12-16"])
async def test_a_date_outside_the_window_is_refused(world, day):
    with pytest.raises(OutsideHandoverWindow):
        await world.hand_over(day)
    assert await world.handovers() == []


async def test_a_hand_over_before_seventeen_hours_is_refused(world):
    world.clock.set(shanghai("2021-10-26 16:59"))
    with pytest.raises(TooEarly):
        await world.run_handover("2021-10-26")
    with pytest.raises(MalformedRequest):
        await world.run_handover("2021-10-32")
    assert await world.handovers() == []


async def test_an_answer_is_kept_row_by_row(world):
    await world.prepare_to_cancel()
    await world.cancel(100)
    await world.cancel(200)
    await world.hand_over("2021-10-26")
    before = world.clock.now()
    world.clock.set(shanghai("2021-10-26 17:05"))
    await world.tell(
        OFFSETS, acknowledgement("H-2021-10-26-37", (FIRST, ""), (SECOND, "OFFSET_LIMIT_EXCEEDED"))
    )
    (status,) = await world.handovers(province_code=PROVINCE)
    assert (status.is_acknowledged, status.accepted_count, status.rejected_count) == (True, 1, 1)
    (then,) = await world.handovers(province_code=PROVINCE, as_of=to_timestamp(before))
    assert (then.is_acknowledged, then.accepted_count, then.rejected_count) == (False, 0, 0)
    waiting = await world.handovers(is_unacknowledged_only=True)
    assert len(waiting) == 31
    assert await world.dead_letters() == []


async def test_a_hand_over_rejected_as_a_whole_has_all_its_rows_rejected(world):
    await world.prepare_to_cancel()
    await world.cancel(100)
    await world.hand_over("2021-10-26")
    await world.tell(OFFSETS, acknowledgement("H-2021-10-26-37", error="SEAL_INVALID"))
    (status,) = await world.handovers(province_code=PROVINCE)
    assert (status.is_acknowledged, status.accepted_count, status.rejected_count) == (True, 0, 1)


async def test_an_answer_that_does_not_fit_is_set_aside_and_changes_nothing(world):
    await world.prepare_to_cancel()
    await world.cancel(100)
    await world.hand_over("2021-10-26")
    before = await world.state()
    await world.tell(
        OFFSETS,
        acknowledgement("H-2021-10-27-37"),
        acknowledgement("H-2021-10-26-37", (SECOND, "")),
        acknowledgement("H-2021-10-26-37"),
        acknowledgement("H-2021-10-26-37", (FIRST, ""), province_code="11"),
    )
    assert await world.dead_letters() == ["HANDOVER_NOT_FOUND"] + ["ACKNOWLEDGEMENT_DIFFERS"] * 3
    assert await world.state() == before
    await world.tell(
        OFFSETS,
        acknowledgement("H-2021-10-26-37", (FIRST, "")),
        acknowledgement("H-2021-10-26-37", (FIRST, "")),
        acknowledgement("H-2021-10-26-37", (FIRST, "ENTITY_UNKNOWN")),
    )
    assert (await world.dead_letters())[4:] == ["ACKNOWLEDGEMENT_DIFFERS"]
    (status,) = await world.handovers(province_code=PROVINCE)
    assert (status.accepted_count, status.rejected_count) == (1, 0)


async def check(world):
    answer = await world.scheduler.RunAcknowledgementCheck(
        pb.RunAcknowledgementCheckRequest(request_id=world.request_id())
    )
    return list(answer.handover_nos)


async def test_a_hand_over_without_an_answer_is_alarmed_once_when_its_time_is_over(world):
    await world.prepare()
    await world.hand_over("2021-10-26")
    await world.tell(OFFSETS, acknowledgement("H-2021-10-26-37"))
    world.clock.set(shanghai("2021-10-27 16:59"))
    assert await check(world) == []
    world.clock.set(shanghai("2021-10-27 17:00"))
    counted = HANDOVERS_UNACKNOWLEDGED.collect()[0].samples[0].value
    alarmed = await check(world)
    assert len(alarmed) == 31
    assert HANDOVERS_UNACKNOWLEDGED.collect()[0].samples[0].value == counted + 31
    assert "H-2021-10-26-37" not in alarmed
    assert await check(world) == []
    told = await world.events(ccer_events_pb2.HandoverUnacknowledged)
    assert sorted(one.handover_no for one in told) == alarmed
    assert (told[0].business_date, told[0].handover_no[-2:]) == ("2021-10-26", told[0].province_code)
    statuses = await world.handovers()
    assert [one.is_alarmed for one in statuses if one.manifest.province_code != PROVINCE] == [True] * 31
    earlier = await world.handovers(as_of=to_timestamp(shanghai("2021-10-27 16:59")))
    assert not any(one.is_alarmed for one in earlier)


async def test_hand_overs_are_listed_by_date_and_province_page_by_page(world):
    await world.prepare()
    await world.hand_over("2021-10-27")
    found, token = [], ""
    while True:
        answer = await world.reads().ListHandovers(
            pb.ListHandoversRequest(page={"page_size": 30, "page_token": token})
        )
        found += [(one.manifest.business_date, one.manifest.province_code) for one in answer.handovers]
        token = answer.page.next_page_token
        if not token:
            break
    assert found == [(day, code) for day in ("2021-10-26", "2021-10-27") for code in sorted(PROVINCES)]
    of_day = await world.handovers(business_date="2021-10-27")
    assert len(of_day) == 32
    assert await world.handovers(as_of=to_timestamp(shanghai("2021-10-26 09:00"))) == []


async def test_a_date_that_is_none_is_refused(world):
    await world.prepare()
    await world.hand_over("2021-10-26")
    with pytest.raises(MalformedRequest):
        await world.reads().ListHandovers(pb.ListHandoversRequest(business_date="2021-10-32"))


async def test_a_province_reads_its_own_cancellations_and_hand_overs_only(world):
    await world.prepare_to_cancel()
    await world.sell(50, buyer=OTHER)
    await world.tell(APPLICATIONS, decided(2, ("WIND1", 2015, 50), province_code="11"))
    await world.cancel(100)
    await world.cancel(50, credit_code=OTHER, application_no=application_no(2))
    shandong = world.reads("ROLE_PROVINCE", provinces=[PROVINCE])
    answer = await shandong.ListCancellations(pb.ListCancellationsRequest(province_code=PROVINCE))
    assert [one.cancellation_no for one in answer.cancellations] == [FIRST]
    for province_code in ("11", ""):
        with pytest.raises(ScopeForbidden):
            await shandong.ListCancellations(pb.ListCancellationsRequest(province_code=province_code))
    everything = await world.reads().ListCancellations(pb.ListCancellationsRequest())
    assert [one.quantity_tco2e for one in everything.cancellations] == [100, 50]
    before = pb.ListCancellationsRequest(as_of=to_timestamp(shanghai("2021-10-26 08:59")))
    assert not (await world.reads().ListCancellations(before)).cancellations


async def test_only_the_scheduler_and_the_centre_hand_over(world):
    for call in (
        world.holders.RunDailyHandover(
            pb.RunDailyHandoverRequest(request_id="r", business_date="2021-10-26")
        ),
        world.venue.RunAcknowledgementCheck(pb.RunAcknowledgementCheckRequest(request_id="r")),
    ):
        with pytest.raises(RoleForbidden):
            await call


async def test_units_handed_over_are_those_of_the_block_book(world):
    await world.prepare_to_cancel()
    await world.cancel(400)
    await world.cancel(600)
    blocks = [row for row in await world.book("blocks") if row[4] == "C-CANCELLED"]
    assert blocks == [(WIND, "1", "1000", "WIND1/2015-01-01/2015-12-31", "C-CANCELLED", "cancelled")]
    assert [row[6] for row in await world.book("cancellations")] == ["1-400", "401-1000"]
