"""Hand-overs as a faulty centre would send them: each is rejected with its reason, and no credit comes of it.

The centre's own outbox brings them, so everything but their content is right. Each fault has a province of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import pytest
import pytest_asyncio
from attempts import beijing
from ets.ccer.v1.ccer_events_pb2 import HandoverIssued
from ets.ccer.v1.ccer_service_pb2 import ListCancellationsRequest, ListHandoversRequest
from ets.ccer.v1.ccer_types_pb2 import Cancellation, HandoverManifest, HandoverRow
from ets.common.v1.seal_pb2 import Seal
from ets.common.v1.stream_service_pb2 import ListStreamsRequest, ReadStreamRequest
from ets.registry.v1.registry_events_pb2 import HandoverAcknowledged
from ets.registry.v1.registry_service_pb2 import RunOffsetCreditCreationRequest
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.runtime.db import OutgoingEvent
from ets_kernel.runtime.signing import Ed25519Signer
from simulation.window import world as actors
from simulation.window.barrier import Barrier, set_clocks
from small_plan import brief_plan
from system import Digests, System, digests, running

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("in_process"),
    pytest.mark.slow,
]

PLAYED_TO = date(2021, 10, 28)
FAULTY_DAY = "2021-10-29"
HANDOVERS, ACKNOWLEDGEMENTS = "ets.ccer.handovers.v1", "ets.registry.offsets.v1"
# Books in which a rejected hand-over may leave nothing; the rejection itself and the copies of what was sent may.
UNTOUCHED = ("registry/holdings", "registry/blocks", "registry/offset_credits", "registry/handover_rows",
             "registry/obligations", "registry/journal_totals")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the registry answered, and the books before and after."""

    acknowledged: HandoverAcknowledged
    before: Digests
    after: Digests

    @property
    def row_reasons(self) -> list[str]:
        return [row.error.reason for row in self.acknowledged.rows]


class Centre:
    """Makes hand-overs with the centre's own key."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.barrier = Barrier(system.world)

    async def last_digest(self, province: str) -> bytes:
        answer = await self.system.world.ccer_query().ListHandovers(
            ListHandoversRequest(province_code=province, business_date=PLAYED_TO.isoformat())
        )
        (handover,) = answer.handovers
        return bytes(handover.manifest.manifest_digest)

    async def cancellations(self) -> list[Cancellation]:
        answer = await self.system.world.ccer_query().ListCancellations(ListCancellationsRequest())
        return list(answer.cancellations)

    async def handover(self, province: str, *cancellations: Cancellation) -> HandoverIssued:
        """Make a sound hand-over that follows the province's last one."""
        rows = [
            HandoverRow(row_no=number, cancellation=one, confirmed_tco2e=one.quantity_tco2e * 3)
            for number, one in enumerate(cancellations, start=1)
        ]
        manifest = HandoverManifest(
            handover_no=f"H-{FAULTY_DAY}-{province}",
            business_date=FAULTY_DAY,
            province_code=province,
            row_count=len(rows),
            quantity_tco2e=sum(row.cancellation.quantity_tco2e for row in rows),
            rows_digest=rows_digest(canonical_row(row_values(row)) for row in rows),
            previous_digest=await self.last_digest(province),
        )
        return self.sealed(HandoverIssued(manifest=manifest, rows=rows))

    def sealed(self, handover: HandoverIssued, key: str = "ccer-centre") -> HandoverIssued:
        """Digest the manifest as it stands, and sign it."""
        manifest = handover.manifest
        manifest.manifest_digest = rows_digest([canonical_row(manifest_values(manifest))])
        signer = Ed25519Signer("ccer-centre", self.system.secrets.private_key(key))
        manifest.seal.CopyFrom(
            Seal(
                digest=manifest.manifest_digest,
                signature=signer.sign(manifest.manifest_digest),
                key_id=signer.key_id,
            )
        )
        return handover

    async def send(self, handover: HandoverIssued) -> Answer:
        """Publish a hand-over through the outbox and await the registry's answer."""
        world = self.system.world
        before = await digests(world)
        application = self.system.applications["ccer-bridge"]
        async with application.database.begin() as transaction:
            transaction.publish(
                OutgoingEvent(
                    topic=HANDOVERS,
                    aggregate="handover",
                    aggregate_id=handover.manifest.province_code,
                    message=handover,
                    occurred_time=application.clock.now(),
                )
            )
        await self.barrier.quiesce()
        return Answer(
            acknowledged=(await self.acknowledgements())[handover.manifest.handover_no],
            before=before,
            after=await digests(world),
        )

    async def acknowledgements(self) -> Mapping[str, HandoverAcknowledged]:
        """Read the registry's answers from its streams; of several to one hand-over, the last."""
        streams = self.system.world.streams("registry")
        heads = (await streams.ListStreams(ListStreamsRequest())).produced
        found = {}
        for head in heads:
            after = 0
            while head.stream.startswith(ACKNOWLEDGEMENTS) and after < head.sequence:
                page = await streams.ReadStream(
                    ReadStreamRequest(stream=head.stream, after_sequence=after, limit=1000)
                )
                after = page.events[-1].sequence
                for event in page.events:
                    if event.type == HandoverAcknowledged.DESCRIPTOR.full_name:
                        answer = HandoverAcknowledged.FromString(event.payload)
                        found[answer.handover_no] = answer
        return found


def row_values(row: HandoverRow) -> list[str | int]:
    one = row.cancellation
    blocks = ",".join(f"{block.serial_start}-{block.serial_end}" for block in one.blocks)
    return [row.row_no, one.cancellation_no, one.application_no, one.credit_code, one.entity_name, one.account_no,
            one.project_no, one.reduction_year, blocks, one.quantity_tco2e, row.confirmed_tco2e]  # fmt: skip


def manifest_values(manifest: HandoverManifest) -> list[str | int]:
    return [manifest.handover_no, manifest.business_date, manifest.province_code, manifest.row_count,
            manifest.quantity_tco2e, manifest.rows_digest.hex(), manifest.previous_digest.hex()]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(postgres_server, tmp_path_factory):
    async with running(postgres_server, tmp_path_factory.mktemp("handover_faults")) as system:
        await system.play(brief_plan(), PLAYED_TO)
        await set_clocks(system.world, beijing(10, 29, 17, 30))
        yield Centre(system)


def wrong_sum(centre: Centre, handover: HandoverIssued) -> None:
    handover.manifest.quantity_tco2e += 1
    centre.sealed(handover)


def wrong_count(centre: Centre, handover: HandoverIssued) -> None:
    handover.manifest.row_count += 1
    centre.sealed(handover)


def wrong_rows_digest(centre: Centre, handover: HandoverIssued) -> None:
    handover.manifest.rows_digest = bytes(32)
    centre.sealed(handover)


def broken_signature(_centre: Centre, handover: HandoverIssued) -> None:
    handover.manifest.seal.signature = bytes(64)


def somebody_else_s_signature(centre: Centre, handover: HandoverIssued) -> None:
    centre.sealed(handover, key="registry")


def earlier_day(centre: Centre, handover: HandoverIssued) -> None:
    handover.manifest.business_date = "2021-10-26"
    handover.manifest.handover_no = f"H-2021-10-26-{handover.manifest.province_code}"
    centre.sealed(handover)


def missing_day_before(centre: Centre, handover: HandoverIssued) -> None:
    handover.manifest.previous_digest = bytes(32)
    centre.sealed(handover)


FAULTS: list[tuple[str, Callable[[Centre, HandoverIssued], None], str]] = [
    ("11", wrong_sum, "HANDOVER_SUM_WRONG"),
    ("12", wrong_count, "HANDOVER_COUNT_WRONG"),
    ("13", wrong_rows_digest, "HANDOVER_DIGEST_WRONG"),
    ("14", broken_signature, "SEAL_INVALID"),
    ("15", somebody_else_s_signature, "SEAL_INVALID"),
    ("21", earlier_day, "HANDOVER_OUT_OF_ORDER"),
    ("22", missing_day_before, "HANDOVER_CHAIN_BROKEN"),
]


@pytest.mark.parametrize(("province", "spoil", "reason"), FAULTS, ids=[fault[1].__name__ for fault in FAULTS])
async def test_a_faulty_hand_over_is_rejected_as_a_whole(centre, province, spoil, reason):
    handover = await centre.handover(province)
    spoil(centre, handover)
    answer = await centre.send(handover)
    assert answer.acknowledged.error.reason == reason
    assert {book: answer.after[book] for book in UNTOUCHED} == {
        book: answer.before[book] for book in UNTOUCHED
    }


async def test_a_hand_over_that_follows_a_rejected_one_is_taken(centre):
    handover = await centre.handover("23")
    wrong_sum(centre, handover)
    assert (await centre.send(handover)).acknowledged.HasField("error")
    answer = await centre.send(await centre.handover("23"))
    assert not answer.acknowledged.HasField("error")


async def test_a_row_that_was_handed_over_the_day_before_is_rejected(centre):
    late = {one.province_code for one in await late_cancellations(centre)}
    early = next(one for one in await centre.cancellations() if one.province_code not in late)
    answer = await centre.send(await centre.handover(early.province_code, early))
    assert not answer.acknowledged.HasField("error")
    assert answer.row_reasons == ["HANDOVER_ROW_DUPLICATE"]
    assert answer.after["registry/offset_credits"] == answer.before["registry/offset_credits"]


async def test_a_row_that_is_repeated_makes_credits_once(centre):
    late = (await late_cancellations(centre))[0]
    answer = await centre.send(await centre.handover(late.province_code, late, late))
    assert not answer.acknowledged.HasField("error")
    assert answer.row_reasons == ["", "HANDOVER_ROW_DUPLICATE"]
    created = [
        await centre.system.world.registry(actors.SCHEDULER).RunOffsetCreditCreation(
            RunOffsetCreditCreationRequest(request_id=f"credits-{number}", business_date=FAULTY_DAY)
        )
        for number in range(2)
    ]
    assert [one.quantity_tco2e for one in created] == [late.quantity_tco2e, 0]


async def late_cancellations(centre: Centre) -> list[Cancellation]:
    """Give what was cancelled after the hand-over of the last played day."""
    forms = {one.application_ref: one for one in brief_plan().days[PLAYED_TO].late_cancellations}
    numbers = {centre.system.progress().references[ref] for ref in forms}
    return [one for one in await centre.cancellations() if one.application_no in numbers]
