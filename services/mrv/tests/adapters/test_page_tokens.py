"""Page tokens: every list takes its own, and refuses those of other lists and forged ones."""

from ets.mrv.v1 import mrv_service_pb2 as pb
from ets_kernel.testing.page_contract import check_page_tokens
from mrv_messages import PERIOD, PROVINCE


async def test_every_list_takes_its_own_page_tokens_only(world):
    await world.allocate()
    queries = pb.DESCRIPTOR.services_by_name["MrvQueryService"]
    await check_page_tokens(world.served, queries, period=PERIOD, province_code=PROVINCE, table_no="none")
