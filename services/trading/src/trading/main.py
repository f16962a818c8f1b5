"""The wiring of trading."""

from pathlib import Path

from ets.trading.v1 import trading_service_pb2, trading_service_pb2_grpc
from ets_kernel.domain.calendars import load_session_calendar
from ets_kernel.runtime.application import Application, run

from trading.adapters.books import BOOKS
from trading.adapters.clients import CcerUnits, RegistryUnits
from trading.adapters.db.tables import metadata
from trading.adapters.db.unit_of_work import beginning, units_of_work
from trading.adapters.events import subscriptions
from trading.adapters.grpc_commands import Desk, TradingServicer
from trading.adapters.grpc_queries import TradingQueryServicer
from trading.app.run_settlement import Settlement
from trading.domain.rules import UnitLeg
from trading.domain.venue_rules import make_markets
from trading.settings import TradingSettings

MIGRATIONS = Path(__file__).parent / "migrations"


async def build(application: Application[TradingSettings]) -> None:
    """Add trading's parts to its application."""
    settings = application.settings
    clock = application.clock
    calendar = load_session_calendar()
    markets = make_markets(venue_block_quantity_min_tco2e=settings.venue_block_quantity_min_tco2e)
    unit_of_work = units_of_work(clock=clock, calendar=calendar)
    door = application.door(unit_of_work)
    settlement = Settlement(
        begin=beginning(application.database, unit_of_work),
        registries={
            UnitLeg.REGISTRY: RegistryUnits(application.channel("registry")),
            UnitLeg.CCER: CcerUnits(application.channel("ccer-bridge")),
        },
        calendar=calendar,
        markets=markets,
        batch_size_max=settings.settlement_batch_size_max,
    )
    services = trading_service_pb2.DESCRIPTOR.services_by_name
    desk = Desk(
        door=door,
        database=application.database,
        clock=clock,
        calendar=calendar,
        markets=markets,
        settlement=settlement,
    )
    application.serve_grpc(
        trading_service_pb2_grpc.add_TradingServiceServicer_to_server,
        TradingServicer(desk),
        services["TradingService"],
    )
    application.serve_grpc(
        trading_service_pb2_grpc.add_TradingQueryServiceServicer_to_server,
        TradingQueryServicer(door=door, clock=clock, calendar=calendar),
        services["TradingQueryService"],
    )
    application.consume(subscriptions(markets), unit_of_work)
    application.books(BOOKS)


def main() -> None:
    """Run the command line of trading."""
    run("trading", TradingSettings, build, metadata, MIGRATIONS)


if __name__ == "__main__":
    main()
