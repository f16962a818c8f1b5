"""A handler with a bug: its event is set aside, the bug is mended, and the event is redriven by the people who may."""

import pytest
from ets.common.v1.dead_letter_service_pb2 import (
    DEAD_LETTER_STATUS_OPEN,
    REDRIVE_OUTCOME_APPLIED,
    ListDeadLettersRequest,
    RedriveDeadLetterRequest,
)
from ets.mrv.v1.mrv_service_pb2 import RegisterEntitiesRequest
from ets.mrv.v1.mrv_types_pb2 import Entity
from ets.registry.v1.registry_accounts_service_pb2 import ApplyForAccountsRequest
from ets_kernel.domain.ids import make_credit_code
from ets_kernel.runtime.dead_letters import HandlerFailed
from simulation.window import world as actors
from simulation.window.barrier import Barrier
from simulation.window.registry_accounts import emitter_form
from system import assert_all_kept, module, reconcile, running

pytestmark = [pytest.mark.xdist_group("in_process"), pytest.mark.slow]

PROVINCE = "37"
FIRST, SECOND = (make_credit_code(f"913700000000000{digit}0") for digit in "12")


async def list_entities(world, request_id, *codes):
    """Let the province list entities, and wait until every service has heard of them."""
    entities = [
        Entity(credit_code=code, name="试验", province_code=PROVINCE, period="2019-2020") for code in codes
    ]
    request = RegisterEntitiesRequest(request_id=request_id, entities=entities)
    await world.mrv(actors.province(PROVINCE)).RegisterEntities(request)
    await Barrier(world).quiesce()


async def apply_for_account(world, request_id, credit_code):
    """Give what came of an entity's application for an account: its number, or the reason of the refusal."""
    request = ApplyForAccountsRequest(
        request_id=request_id, applications=[emitter_form(credit_code, "试验", PROVINCE)]
    )
    (result,) = (await world.registry_accounts(actors.AGENTS).ApplyForAccounts(request)).results
    return result.error.reason or result.reference


async def test_what_a_bug_set_aside_takes_effect_when_it_is_redriven(postgres_server, tmp_path, monkeypatch):
    async with running(postgres_server, tmp_path) as system:
        world = system.world
        events = module("registry", "adapters.events")
        sound = events.list_entity

        async def broken(listed, **where):
            if listed.credit_code == FIRST:
                raise ZeroDivisionError("a bug")
            await sound(listed, **where)

        monkeypatch.setattr(events, "list_entity", broken)
        await list_entities(world, "list", FIRST, SECOND)
        assert await apply_for_account(world, "apply-first", FIRST) == "ENTITY_NOT_LISTED"
        assert await apply_for_account(world, "apply-second", SECOND) == f"AA-R-E-{SECOND}-1"
        run = await reconcile(world, "with the letter")
        assert "CHK-54" in {finding.invariant_id for finding in run.findings if finding.evidence}

        desk = world.dead_letters("registry")
        waiting = ListDeadLettersRequest(status=DEAD_LETTER_STATUS_OPEN)
        (letter,) = (await desk.ListDeadLetters(waiting)).dead_letters
        assert (letter.reason, letter.topic) == ("HANDLER_FAILED", "ets.mrv.roster.v1")
        request = RedriveDeadLetterRequest(request_id="redrive", dead_letter_id=letter.dead_letter_id)
        with pytest.raises(HandlerFailed):
            await desk.RedriveDeadLetter(request)
        monkeypatch.setattr(events, "list_entity", sound)
        assert (await desk.RedriveDeadLetter(request)).outcome == REDRIVE_OUTCOME_APPLIED
        assert not (await desk.ListDeadLetters(waiting)).dead_letters
        assert await apply_for_account(world, "apply-first-again", FIRST) == f"AA-R-E-{FIRST}-1"
        await Barrier(world).quiesce()
        assert_all_kept(await reconcile(world, "with the letter redriven"))
