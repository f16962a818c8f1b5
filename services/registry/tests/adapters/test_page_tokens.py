"""Page tokens: every list takes its own, and refuses those of other lists and forged ones."""

from ets.registry.v1 import registry_service_pb2 as pb
from ets_kernel.testing.page_contract import check_page_tokens
from registry_messages import DEFICIT, PERIOD


async def test_every_list_takes_its_own_page_tokens_only(world):
    await world.allocate()
    queries = pb.DESCRIPTOR.services_by_name["RegistryQueryService"]
    await check_page_tokens(
        world.served,
        queries,
        period=PERIOD,
        account_no=f"R-E-{DEFICIT}",
        credit_code=DEFICIT,
        after_entry_no=1,
    )
