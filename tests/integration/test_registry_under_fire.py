"""Sixteen clients on a few hot accounts while the registry and PostgreSQL's backends are killed every few seconds.

No unit is lost, doubled or negative; every acknowledged command is there; every other one is whole or absent; no
deadlock reaches a caller. LED-1 to LED-5, REG-2, REG-8 to REG-10, DOR-1, DOR-2.
"""

import asyncio
import os
from random import Random

import pytest
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2
from fire_checks import check_answers, check_effects, check_events, check_journal, check_units, stored_answers
from fire_clients import Callers
from fire_market import HOME, HOT, PERIOD, account_form, publish_roster, publish_tables
from fire_papers import check_papers
from fire_registry import RegistryUnderFire, registry_under_fire

pytestmark = pytest.mark.slow

# How long it burns; `make soak` lets it burn for minutes. See docs/operations.md.
FIRE_SECONDS = float(os.environ.get("ETS_FIRE_SECONDS", "30"))
STRIKE_SECONDS = (1.5, 4.0)
CLIENTS = 16
ANSWER_SECONDS = 0.3
# Of the two dozen kinds of commands, so many are accepted at least, also on a slow machine.
KINDS_MIN = 14
AGAIN_AT_ONCE = 8
AGAIN_OF_ANSWERED = 200


@pytest.mark.xdist_group("processes")
async def test_nothing_is_lost_doubled_or_half_done_under_fire(tmp_path, fault_seed):
    chance = Random(f"fire/{fault_seed}")
    async with registry_under_fire(tmp_path) as under_fire:
        callers = Callers(under_fire, chance)
        try:
            await open_the_market(under_fire, callers)
            await burn(callers)
            await under_fire.consumed_all()
            await check_everything(under_fire, callers)
            await send_again(callers, chance)
            await under_fire.consumed_all()
            await check_everything(under_fire, callers)
        except BaseException as failure:
            failure.add_note(f"struck: {under_fire.struck}")
            failure.add_note(f"again with: pytest --randomly-seed={fault_seed}")
            raise
        finally:
            await callers.close()
        assert len({one.split(" (")[0] for one in under_fire.struck}) >= 2
        assert_work_was_done(callers)


async def open_the_market(under_fire: RegistryUnderFire, callers: Callers) -> None:
    """Accounts, allowances and obligations of the hot entities; the tables of the others wait."""
    publish_roster(under_fire.producers)
    publish_tables(under_fire.producers)
    await under_fire.consumed_all()
    opening = pb.AccountOpening(
        kind=registry_types_pb2.ACCOUNT_KIND_PROVINCIAL, name="山东省", province_code=HOME
    )
    await callers.send("OpenAccounts", "first", pb.OpenAccountsRequest(request_id="open", accounts=[opening]))
    applications = [account_form(credit_code) for credit_code in HOT]
    applied = await callers.send(
        "ApplyForAccounts",
        "emitters",
        accounts_pb.ApplyForAccountsRequest(request_id="apply", applications=applications),
    )
    reviews = [
        accounts_pb.AccountApplicationReview(application_no=result.reference, is_passed=True)
        for result in applied.results
    ]
    await callers.send(
        "FirstReviewAccountApplications",
        "first",
        accounts_pb.FirstReviewAccountApplicationsRequest(request_id="first", reviews=reviews),
    )
    await callers.send(
        "SecondReviewAccountApplications",
        "second",
        accounts_pb.SecondReviewAccountApplicationsRequest(request_id="second", reviews=reviews),
    )
    tables = [f"{PERIOD}/{kind}/{HOME}" for kind in ("PRE", "VERIFIED")]
    await callers.send(
        "InitiateIssuances", "first", pb.InitiateIssuancesRequest(request_id="initiate", table_nos=tables)
    )
    await callers.send(
        "ConfirmIssuances", "second", pb.ConfirmIssuancesRequest(request_id="confirm", table_nos=tables)
    )


async def burn(callers: Callers) -> None:
    """Let the clients run and the strikes fall for as long as it was set."""
    asyncio.get_running_loop().call_later(FIRE_SECONDS, callers.is_over.set)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(callers.strike(STRIKE_SECONDS))
        tasks.create_task(callers.answer_transfers(ANSWER_SECONDS))
        for number in range(CLIENTS):
            tasks.create_task(callers.run(number))


async def check_everything(under_fire: RegistryUnderFire, callers: Callers) -> None:
    """Compare what is there with what was told and asked for, and verify the journal."""
    connection = await under_fire.connect()
    try:
        carried_out = check_answers(callers.sent, await stored_answers(connection))
        await check_effects(connection, carried_out)
        await check_units(connection)
        await check_papers(connection)
        await check_events(connection, callers)
    finally:
        await connection.close()
    await check_journal(under_fire)


async def send_again(callers: Callers, chance: Random) -> None:
    """Send every unacknowledged request again, and some of the others: each gets its one answer."""
    unanswered = [one for one in callers.sent if one.answer is None]
    answered = [one for one in callers.sent if one.answer is not None]
    chance.shuffle(unanswered)
    turns = asyncio.Semaphore(AGAIN_AT_ONCE)

    async def again(sent) -> None:
        async with turns:
            answer = await callers.send_again(sent)
            assert sent.answer in (None, answer), f"{sent.request.request_id} is told otherwise"
            sent.answer = answer

    chosen = chance.sample(answered, min(len(answered), AGAIN_OF_ANSWERED))
    await asyncio.gather(*(again(one) for one in (*unanswered, *chosen)))


def assert_work_was_done(callers: Callers) -> None:
    """Commands of many kinds were accepted: a fire that nobody felt proves nothing."""
    accepted = {method for method, reason in callers.outcomes if not reason}
    assert accepted >= {"TransferToTrading", "SettleTrades", "SubmitSurrenderApplications"}
    assert len(accepted) >= KINDS_MIN
