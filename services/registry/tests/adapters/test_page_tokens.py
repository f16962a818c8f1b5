"""Page tokens: every list takes its own, and refuses those of other lists and forged ones."""

import pytest
from ets.registry.v1 import registry_journal_service_pb2 as journal_pb
from ets_kernel.domain.errors import PageTokenInvalid
from ets_kernel.runtime.grpc.messages import next_token, page_bounds
from ets_kernel.testing.page_contract import check_page_tokens
from registry_contract import services
from registry_messages import DEFICIT, PERIOD, PROVINCE

# Keys of these are dates and places of the export: not every text and number is one.
JOURNAL = "RegistryJournalQueryService"
READS = [name for name in services() if name.endswith("QueryService") and name != JOURNAL]


@pytest.mark.parametrize("service", READS)
async def test_every_list_takes_its_own_page_tokens_only(world, service):
    await world.allocate()
    await check_page_tokens(
        world.served,
        services()[service][0],
        period=PERIOD,
        account_no=f"R-E-{DEFICIT}",
        credit_code=DEFICIT,
        table_no=f"{PERIOD}/PRE/{PROVINCE}",
        after_entry_no=1,
        from_date="2021-10-26",
        to_date="2021-10-26",
    )


async def test_a_forged_date_of_a_head_is_refused(world):
    request = journal_pb.ListTreeHeadsRequest()
    for forged in ("龘", "9999-12-31"):
        request.page.page_token = next_token(page_bounds(journal_pb.ListTreeHeadsRequest(), str), (forged,))
        with pytest.raises(PageTokenInvalid):
            await world.journal().ListTreeHeads(request)
