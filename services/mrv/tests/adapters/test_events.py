"""Events: every fact has a topic of the catalogue; every consumed event counts once, and poison is set aside."""

import pytest
from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.registry.v1 import registry_events_pb2
from ets.topics import TOPICS
from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime.signing import Ed25519Verifier
from mrv.adapters.events import PUBLISHED, Consumed
from mrv.domain import events
from mrv_messages import (
    OTHER_PROVINCE_KEY,
    PRE,
    VERIFIED,
    account,
    handover,
    issued,
    obligation_changed,
    project,
    receipt,
    recomputed,
    surrendered,
)
from mrv_world import ACCOUNTS, ALLOCATION, CANCELLATIONS, COMPLIANCE, HANDOVERS, PROJECTS, START
from sqlalchemy import text

EVENTS = {
    "AllocationTableRecomputed": (ALLOCATION, recomputed(PRE)),
    "AllowancesIssued": (ALLOCATION, issued(PRE)),
    "SurrenderRegistered": (
        COMPLIANCE,
        surrendered(1, surrendered=1, offset=0, state="PARTIAL"),
    ),
    "ForcedSurrenderRegistered": (
        COMPLIANCE,
        registry_events_pb2.ForcedSurrenderRegistered(
            status=surrendered(1, surrendered=1, offset=0, state="PARTIAL").status
        ),
    ),
    "ObligationChanged": (COMPLIANCE, obligation_changed(1, 900_000)),
    "SurrenderCorrected": (
        COMPLIANCE,
        registry_events_pb2.SurrenderCorrected(
            status=surrendered(1, surrendered=0, offset=0, state="OPEN").status
        ),
    ),
    "ProjectRegistered": (PROJECTS, project("SOLAR1")),
    "CcerAccountReviewed": (ACCOUNTS, account(5)),
    "CancellationRegistered": (CANCELLATIONS, receipt()),
    "HandoverIssued": (HANDOVERS, handover("2021-10-26", 1_000)),
}
MALFORMED = {
    "AllocationTableRecomputed": (
        ALLOCATION,
        registry_events_pb2.AllocationTableRecomputed(table_no="x"),
        "TABLE_NOT_FOUND",
    ),
    "AllowancesIssued": (
        ALLOCATION,
        registry_events_pb2.AllowancesIssued(table_no="x"),
        "TABLE_NOT_FOUND",
    ),
    "AllowancesIssued of no transmission": (ALLOCATION, issued(PRE, 7), "TRANSMISSION_NOT_FOUND"),
    "SurrenderRegistered": (
        COMPLIANCE,
        registry_events_pb2.SurrenderRegistered(),
        "CREDIT_CODE_INVALID",
    ),
    "ForcedSurrenderRegistered": (
        COMPLIANCE,
        registry_events_pb2.ForcedSurrenderRegistered(),
        "CREDIT_CODE_INVALID",
    ),
    "ObligationChanged": (COMPLIANCE, registry_events_pb2.ObligationChanged(), "CREDIT_CODE_INVALID"),
    "SurrenderCorrected": (COMPLIANCE, registry_events_pb2.SurrenderCorrected(), "CREDIT_CODE_INVALID"),
    "ProjectRegistered": (PROJECTS, ccer_events_pb2.ProjectRegistered(), "PRODUCT_INVALID"),
    "CcerAccountReviewed": (ACCOUNTS, ccer_events_pb2.CcerAccountReviewed(), "CREDIT_CODE_INVALID"),
    "CancellationRegistered": (
        CANCELLATIONS,
        ccer_events_pb2.CancellationRegistered(),
        "MALFORMED_REQUEST",
    ),
    "CancellationRegistered of no application": (CANCELLATIONS, receipt(), "APPLICATION_NOT_FOUND"),
    "HandoverIssued": (HANDOVERS, ccer_events_pb2.HandoverIssued(), "MALFORMED_REQUEST"),
    "HandoverIssued of no province": (
        HANDOVERS,
        ccer_events_pb2.HandoverIssued(manifest=ccer_types_pb2.HandoverManifest(business_date="2021-10-26")),
        "PROVINCE_UNKNOWN",
    ),
}


def test_every_fact_is_told_on_a_topic_of_this_service():
    assert set(PUBLISHED) == set(events.Fact.__args__)
    assert {TOPICS[published.topic].producer for published in PUBLISHED.values()} == {"mrv"}


def test_every_topic_that_the_catalogue_gives_this_service_is_consumed():
    subscriptions = Consumed(clock=FixedClock(START), verifier=Ed25519Verifier({})).subscriptions()
    wanted = {topic.name for topic in TOPICS.values() if "mrv" in topic.consumers}
    assert {subscription.topic for subscription in subscriptions} == wanted
    handled = {message.DESCRIPTOR.name for subscription in subscriptions for message in subscription.handlers}
    assert handled == set(EVENTS)
    assert handled == {name.split()[0] for name in MALFORMED}


async def effects(world):
    """Everything that the platform stores, its outbox included, without the inbox's own counters."""
    found = {}
    async with world.database.snapshot() as connection:
        names = await connection.execute(
            text(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'kernel_inbox'"
            )
        )
        for name in names.scalars().all():
            rows = await connection.execute(text(f"SELECT md5(t::text) FROM {name} AS t ORDER BY 1"))
            found[name] = rows.scalars().all()
    return found


async def prepare(world, name):
    """What has to be true before the event can have an effect."""
    if name in ("AllocationTableRecomputed", "AllowancesIssued"):
        await world.list_all()
        await world.compute("PRE_ALLOCATION")
        await world.transmit(PRE)
    elif name == "CancellationRegistered":
        await world.allocate()
        await world.confirmed(1_000)


@pytest.mark.parametrize("name", EVENTS)
async def test_an_event_takes_effect_once_and_its_duplicate_is_ignored(world, name):
    await prepare(world, name)
    before = await effects(world)
    topic, message = EVENTS[name]
    records = await world.tell(topic, message)
    once = await effects(world)
    assert once != before
    await world.consumer.take(records)
    assert await effects(world) == once
    assert await world.dead_letters() == []


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_event_is_set_aside_with_its_reason_and_changes_nothing(world, name):
    await prepare(world, "AllowancesIssued")
    before = await world.state()
    topic, message, reason = MALFORMED[name]
    await world.tell(topic, message)
    assert await world.dead_letters() == [reason]
    assert await world.state() == before


async def test_events_that_concern_others_are_passed_over(world):
    await world.tell("ets.registry.offsets.v1", registry_events_pb2.OffsetCreditsCreated())
    await world.tell(HANDOVERS, ccer_events_pb2.HandoverUnacknowledged())
    await world.tell(COMPLIANCE, registry_events_pb2.ComplianceNoticeIssued())
    assert await world.dead_letters() == []


async def test_a_hand_over_is_taken_only_whole_sealed_and_in_its_chain(world):
    first = handover("2021-10-26", 400)
    follows = first.manifest.manifest_digest
    wrong = [
        handover("2021-10-26", 400, row_count=2),
        handover("2021-10-26", 400, quantity_tco2e=401),
        handover("2021-10-26", 400, rows_digest=b"x" * 32),
        handover("2021-10-26", 400, manifest_digest=b"x" * 32),
        handover("2021-10-26", 400, province_code="32"),
        handover("2021-10-26", 400, key=OTHER_PROVINCE_KEY),
        handover("2021-10-26", 400, previous=follows),
    ]
    await world.tell(HANDOVERS, *wrong)
    assert await world.dead_letters() == [*["HANDOVER_COPY_WRONG"] * 5, "SEAL_INVALID", "HANDOVER_COPY_WRONG"]
    assert await world.book("handovers") == []
    empty = handover("2021-10-27", previous=follows)
    await world.tell(HANDOVERS, first, handover("2021-10-26", 399), empty)
    assert (await world.dead_letters())[len(wrong) :] == ["HANDOVER_COPY_WRONG"]
    assert await world.book("handovers") == [
        ("H-2021-10-26-37", "37", "1", "400", follows.hex()),
        ("H-2021-10-27-37", "37", "0", "0", empty.manifest.manifest_digest.hex()),
    ]


async def test_a_hand_over_issued_again_is_stored_when_its_first_issue_was_refused_and_once_otherwise(world):
    first = handover("2021-10-26", 400)
    second = handover("2021-10-27", previous=first.manifest.manifest_digest)
    await world.tell(HANDOVERS, handover("2021-10-26", 400, key=OTHER_PROVINCE_KEY), second)
    assert await world.dead_letters() == ["SEAL_INVALID", "HANDOVER_COPY_WRONG"]
    again = [handover("2021-10-26", 400), handover("2021-10-27", previous=first.manifest.manifest_digest)]
    for message in again:
        message.issue_no = 2
    await world.tell(HANDOVERS, *again)
    stored = await world.book("handovers")
    assert [row[0] for row in stored] == ["H-2021-10-26-37", "H-2021-10-27-37"]
    await world.tell(HANDOVERS, first, second)
    assert await world.book("handovers") == stored
    assert len(await world.dead_letters()) == 2


async def test_a_recomputation_after_the_issuance_changes_nothing_but_the_findings(world):
    await world.allocate()
    await world.tell(ALLOCATION, recomputed(VERIFIED))
    assert {row[2] for row in await world.book("allocation_tables")} == {"issued"}
