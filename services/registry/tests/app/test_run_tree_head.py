from datetime import date

from ets_kernel.runtime.signing import Ed25519Signer
from registry.app.run_tree_head import run_tree_head
from registry_fakes import market
from registry_messages import CEA, DEFICIT, REGISTRY_KEY
from surrender_steps import CLOCK, submit

SIGNER = Ed25519Signer("registry", REGISTRY_KEY)


async def sign(uow, day):
    return await run_tree_head(date(2021, 11, day), uow=uow, signer=SIGNER, clock=CLOCK)


async def test_the_head_of_the_journal_is_signed_for_a_date():
    uow = await market()
    head, _ = await sign(uow, 1)
    assert (head.business_date, head.key_id, head.signed_time) == (date(2021, 11, 1), "registry", CLOCK.now())
    assert head.tree_size == len(uow.ledger.transfer_ids)
    assert uow.facts == []


async def test_a_date_is_signed_once_and_the_next_one_covers_what_came_since():
    uow = await market()
    first = await sign(uow, 1)
    await submit(uow, (DEFICIT, (CEA, 1)))
    assert await sign(uow, 1) == first
    head, _ = await sign(uow, 2)
    assert head.tree_size > first[0].tree_size
