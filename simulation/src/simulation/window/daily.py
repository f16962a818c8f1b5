"""What is noted at the end of each business date, for the report's charts."""

from ets.ccer.v1.ccer_service_pb2 import ListHandoversRequest
from ets.mrv.v1.mrv_service_pb2 import ListComplianceOverviewsRequest
from ets.trading.v1.trading_service_pb2 import ListDailyQuotesRequest

from simulation.population.plan import CEA_MARKET, Day
from simulation.window.world import World


async def record_day(world: World, cycle: str, day: Day) -> dict[str, int | str]:
    """Note a date's completion, hand-overs and quotes."""
    overviews = await world.mrv_query().ListComplianceOverviews(ListComplianceOverviewsRequest(period=cycle))
    handovers = await world.ccer_query().ListHandovers(
        ListHandoversRequest(business_date=day.date.isoformat())
    )
    quotes = await world.trading_query().ListDailyQuotes(
        ListDailyQuotesRequest(
            market=CEA_MARKET, from_date=day.date.isoformat(), to_date=day.date.isoformat()
        )
    )
    quote = quotes.quotes[0] if quotes.quotes else None
    return {
        "date": day.date.isoformat(),
        "completed_entities": sum(one.completed_count for one in overviews.overviews),
        "surrendered_t": sum(one.surrendered_tco2e for one in overviews.overviews),
        "offset_t": sum(one.offset_tco2e for one in overviews.overviews),
        "handed_over_t": sum(one.manifest.quantity_tco2e for one in handovers.handovers),
        "handover_rows": sum(one.manifest.row_count for one in handovers.handovers),
        "listed_t": quote.listed_tco2e if quote else 0,
        "block_t": quote.block_tco2e if quote else 0,
        "close_fen": quote.close_fen_per_tco2e if quote else 0,
    }
