"""A hand-over with a broken signature stops its province's chain for weeks; issued again, nothing is lost of it."""

from dataclasses import dataclass
from datetime import date

import pytest
from attempts import beijing
from ets.ccer.v1.ccer_service_pb2 import ListHandoversRequest, ReissueHandoversRequest
from ets.checker.v1.checker_types_pb2 import Verdict
from ets.common.v1.dead_letter_service_pb2 import (
    ListDeadLettersRequest,
    RedriveDeadLetterRequest,
    RedriveOutcome,
)
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.signing import Ed25519Signer
from simulation.window import world as actors
from simulation.window.barrier import Barrier, set_clocks
from small_plan import brief_plan
from system import System, assert_all_kept, digests, module, reconcile, running, verdicts

pytestmark = [pytest.mark.xdist_group("in_process"), pytest.mark.slow]

# One entity cancels on the first date; on the second the centre catches up on all dates in between.
BROKEN_ON = date(2021, 11, 3)
CAUGHT_UP_ON = date(2021, 11, 30)
CHAIN_DAYS = (CAUGHT_UP_ON - BROKEN_ON).days
# The rejections themselves are kept beside what was taken.
REJECTIONS = "registry/handovers"


@dataclass
class Fault:
    """Which of the next signatures comes out broken, counted from 1; 0 for none."""

    broken_turn: int = 0


def unsteady(fault: Fault) -> type[Ed25519Signer]:
    """Make a signer that breaks one signature."""

    class UnsteadySigner(Ed25519Signer):
        def sign(self, digest: bytes) -> bytes:
            fault.broken_turn -= 1
            return super().sign(digest) if fault.broken_turn else bytes(64)

    return UnsteadySigner


def province_that_cancels() -> str:
    """Give the province whose entity cancels on the date of the broken signature."""
    plan = brief_plan()
    (cancellation,) = plan.days[BROKEN_ON].cancellations
    return next(one.province_code for one in plan.entities if one.credit_code == cancellation.credit_code)


async def standing(system: System, province: str) -> list[tuple[int, bool, int, int, str]]:
    """Tell of every hand-over from the broken one on how often it was issued and what was answered."""
    answer = await system.world.ccer_query().ListHandovers(ListHandoversRequest(province_code=province))
    return [
        (one.issue_no, one.is_acknowledged, one.accepted_count, one.rejected_count, one.rejection_reason)
        for one in answer.handovers
        if one.manifest.business_date >= BROKEN_ON.isoformat()
    ]


async def redrive_all(system: System) -> int:
    """Redrive what the province's own platform set aside; the copies are there by now, so nothing changes."""
    letters = system.world.dead_letters("mrv")
    listed = await letters.ListDeadLetters(ListDeadLettersRequest())
    for record in listed.dead_letters:
        request = RedriveDeadLetterRequest(
            request_id=f"redrive-{record.dead_letter_id}", dead_letter_id=record.dead_letter_id
        )
        answer = await letters.RedriveDeadLetter(request)
        assert answer.outcome == RedriveOutcome.REDRIVE_OUTCOME_APPLIED
    return len(listed.dead_letters)


async def test_what_a_broken_signature_stopped_is_taken_when_it_is_issued_again(
    postgres_server, tmp_path, clean, monkeypatch
):
    fault = Fault()
    monkeypatch.setattr(module("ccer-bridge", "main"), "Ed25519Signer", unsteady(fault))
    province = province_that_cancels()
    async with running(postgres_server, tmp_path) as system:
        await system.play(brief_plan(), date(2021, 11, 2))
        fault.broken_turn = list(PROVINCES).index(province) + 1
        await system.play(brief_plan(), CAUGHT_UP_ON)
        rejected = [(1, True, 0, 1, "SEAL_INVALID")] + [(1, True, 0, 0, "HANDOVER_CHAIN_BROKEN")] * CHAIN_DAYS
        assert await standing(system, province) == rejected
        broken = verdicts(await reconcile(system.world, "broken"), Verdict.VERDICT_BROKEN)
        assert {"CHK-47", "CHK-48", "CHK-50", "CHK-54"} <= set(broken)

        await set_clocks(system.world, beijing(11, 30, 20, 0))
        answer = await system.world.ccer(actors.CENTRE).ReissueHandovers(
            ReissueHandoversRequest(
                request_id="again", business_date=BROKEN_ON.isoformat(), province_code=province
            )
        )
        assert (len(answer.handover_nos), answer.row_count) == (1 + CHAIN_DAYS, 1)
        await Barrier(system.world).quiesce()
        taken = [(2, True, 1, 0, "")] + [(2, True, 0, 0, "")] * CHAIN_DAYS
        assert await standing(system, province) == taken

        await system.play(brief_plan())
        books = await digests(system.world)
        assert {name for name in books if books[name] != clean[name]} == {REJECTIONS}
        broken = verdicts(await reconcile(system.world, "end"), Verdict.VERDICT_BROKEN)
        assert set(broken) == {"CHK-54"}
        assert await redrive_all(system) == 1 + CHAIN_DAYS
        assert await digests(system.world) == books
        assert_all_kept(await reconcile(system.world, "redriven"))
