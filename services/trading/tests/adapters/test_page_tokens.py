"""Page tokens: every list takes its own, and refuses those of other lists and forged ones."""

from ets.trading.v1 import trading_service_pb2 as pb
from ets_kernel.testing.page_contract import check_page_tokens


async def test_every_list_takes_its_own_page_tokens_only(market):
    queries = pb.DESCRIPTOR.services_by_name["TradingQueryService"]
    await check_page_tokens(
        market.serving, queries, market="CEA", product="CEA-2019-2020", from_date="2021-11-01"
    )
