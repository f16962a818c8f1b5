"""Signed heads, proofs and the export, read from the registry and checked without it."""

import json
from datetime import UTC, datetime

import pytest
from ets.common.v1.page_pb2 import PageRequest
from ets.registry.v1 import registry_journal_service_pb2 as pb
from ets.registry.v1 import registry_service_pb2 as registry_pb
from ets_kernel.domain.errors import AsOfInFuture, MalformedRequest, PageTokenInvalid, RoleForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.signing import Ed25519Verifier
from ets_ledger.domain.proofs import verify_proof
from ets_ledger.domain.verification import verify_export
from registry.domain.errors import TransferNotFound, TreeHeadNotFound
from registry_messages import DEFICIT, REGISTRY_KEY

VERIFIER = Ed25519Verifier({"registry": REGISTRY_KEY.public_key()})


async def signed_days(world) -> list[str]:
    """Allocate, then send units to trading and sign a head on each of three days."""
    await world.allocate()
    days = []
    for day in (1, 2, 3):
        world.clock.set(datetime(2021, 11, day, 2, tzinfo=UTC))
        await world.send_to_trading(DEFICIT, day)
        days.append(f"2021-11-{day:02d}")
        request = registry_pb.RunTreeHeadRequest(request_id=world.request_id(), business_date=days[-1])
        await world.scheduler.RunTreeHead(request)
    return days


async def transfer_nos(world) -> list[str]:
    answer = await world.reads().ListJournalEntries(registry_pb.ListJournalEntriesRequest())
    return list(dict.fromkeys(entry.transfer_no for entry in answer.entries))


async def test_heads_are_listed_by_date_in_pages_and_as_of_a_moment(world):
    days = await signed_days(world)
    reads = world.journal("ROLE_EMITTER", entities=[DEFICIT])

    async def listed(**wanted):
        answer = await reads.ListTreeHeads(pb.ListTreeHeadsRequest(**wanted))
        return [head.business_date for head in answer.tree_heads], answer.page.next_page_token

    assert await listed() == (days, "")
    assert await listed(from_date=days[1], to_date=days[1]) == (days[1:2], "")
    first, token = await listed(page=PageRequest(page_size=2))
    rest = await listed(page=PageRequest(page_size=2, page_token=token))
    assert ([*first, *rest[0]], rest[1]) == (days, "")
    assert await listed(as_of=to_timestamp(datetime(2021, 11, 2, 3, tzinfo=UTC))) == (days[:2], "")
    shown = (await reads.ListTreeHeads(pb.ListTreeHeadsRequest())).tree_heads[0]
    known = await world.reads().GetTreeHead(registry_pb.GetTreeHeadRequest(business_date=days[0]))
    assert shown == known.tree_head
    with pytest.raises(AsOfInFuture):
        await listed(as_of=to_timestamp(datetime(2021, 12, 1, tzinfo=UTC)))
    with pytest.raises(MalformedRequest):
        await listed(from_date=days[1], to_date=days[0])


async def test_two_heads_are_proven_to_be_of_one_history(world):
    days = await signed_days(world)
    reads = world.journal("ROLE_HOLDER")
    request = pb.GetConsistencyProofRequest(from_date=days[0], to_date=days[2])
    proof = await reads.GetConsistencyProof(request)
    assert (proof.from_head.business_date, proof.to_head.business_date) == (days[0], days[2])
    document = json.loads(proof.document)
    assert document["path"] == [node.hex() for node in proof.path]
    assert verify_proof(document, VERIFIER).wrong == []
    same = pb.GetConsistencyProofRequest(from_date=days[1], to_date=days[1])
    assert verify_proof(json.loads((await reads.GetConsistencyProof(same)).document), VERIFIER).is_kept
    with pytest.raises(TreeHeadNotFound):
        await reads.GetConsistencyProof(
            pb.GetConsistencyProofRequest(from_date=days[0], to_date="2021-11-09")
        )
    with pytest.raises(MalformedRequest):
        await reads.GetConsistencyProof(pb.GetConsistencyProofRequest(from_date=days[1], to_date=days[0]))


async def test_a_transfer_is_proven_under_the_first_head_that_covers_it_and_under_every_later_one(world):
    days = await signed_days(world)
    numbers = await transfer_nos(world)
    reads = world.journal()
    for transfer_no, day, shown in (
        (numbers[0], "", days[0]), (numbers[0], days[2], days[2]), (numbers[-1], "", days[2]),
    ):  # fmt: skip
        request = pb.GetInclusionProofRequest(transfer_no=transfer_no, business_date=day)
        proof = await reads.GetInclusionProof(request)
        assert proof.tree_head.business_date == shown
        assert json.loads(proof.leaf)[1] == transfer_no
        document = json.loads(proof.document)
        assert document["leaf"].encode() == proof.leaf
        assert document["batch"]["batch_no"] == proof.batch.batch_no
        assert verify_proof(document, VERIFIER).wrong == []
    await world.send_to_trading(DEFICIT, 4)
    newest = (await transfer_nos(world))[-1]
    for transfer_no, day in (
        (newest, ""),
        (newest, days[2]),
        (numbers[-1], days[0]),
        (numbers[0], "2021-11-09"),
    ):
        request = pb.GetInclusionProofRequest(transfer_no=transfer_no, business_date=day)
        with pytest.raises(TreeHeadNotFound):
            await reads.GetInclusionProof(request)
    with pytest.raises(TransferNotFound):
        await reads.GetInclusionProof(pb.GetInclusionProofRequest(transfer_no="never"))
    with pytest.raises(RoleForbidden):
        await world.journal("ROLE_EMITTER", entities=[DEFICIT]).GetInclusionProof(
            pb.GetInclusionProofRequest(transfer_no=newest)
        )


@pytest.mark.parametrize("page_size", [1, 3, 1_000])
async def test_the_export_is_verified_though_business_went_on_between_its_pages(world, page_size):
    await signed_days(world)
    lines, request = [], pb.ExportJournalRequest(page=PageRequest(page_size=page_size))
    count = len(await transfer_nos(world))
    while True:
        answer = await world.journal("ROLE_CHECKER").ExportJournal(request)
        lines += [json.loads(line) for line in answer.lines]
        if not answer.page.next_page_token:
            break
        request.page.page_token = answer.page.next_page_token
        await world.send_to_trading(DEFICIT, 1)
    report = verify_export(lines, VERIFIER)
    assert report.wrong == []
    assert (report.checked["entries"], report.checked["signed tree heads"]) == (count, 3)


async def test_the_export_is_for_who_may_read_everything(world):
    with pytest.raises(RoleForbidden):
        await world.journal("ROLE_PROVINCE", provinces=["37"]).ExportJournal(pb.ExportJournalRequest())
    with pytest.raises(PageTokenInvalid):
        await world.journal().ExportJournal(pb.ExportJournalRequest(page=PageRequest(page_token="x")))
