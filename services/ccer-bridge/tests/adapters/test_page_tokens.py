"""Page tokens: every list takes its own, and refuses those of other lists and forged ones."""

from ets.ccer.v1 import ccer_service_pb2 as pb
from ets_kernel.testing.page_contract import check_page_tokens


async def test_every_list_takes_its_own_page_tokens_only(world):
    queries = pb.DESCRIPTOR.services_by_name["CcerQueryService"]
    await check_page_tokens(world.served, queries, province_code="37", business_date="2021-10-26")
