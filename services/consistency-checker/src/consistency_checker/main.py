"""Composition root of the consistency checker."""

from pathlib import Path

from ets.checker.v1 import checker_service_pb2, checker_service_pb2_grpc
from ets_kernel.runtime.application import Application, run
from ets_kernel.runtime.db import Transaction

from consistency_checker.adapters.clients import GrpcPlatform
from consistency_checker.adapters.db.tables import metadata
from consistency_checker.adapters.db.unit_of_work import SqlUnitOfWork
from consistency_checker.adapters.examinations import Examinations
from consistency_checker.adapters.grpc_api import CheckerGrpc, CheckerQueryGrpc
from consistency_checker.app.ports import UnitOfWork
from consistency_checker.app.run_reconciliation import examine
from consistency_checker.app.take_snapshot import Limits
from consistency_checker.domain.books import SERVICES
from consistency_checker.settings import CheckerSettings

SERVICE = "consistency-checker"
MIGRATIONS = Path(__file__).parent / "migrations"


def unit_of_work(transaction: Transaction) -> UnitOfWork:
    """Make the unit of work of a transaction."""
    return SqlUnitOfWork(transaction)


async def build(application: Application[CheckerSettings]) -> None:
    """Add the checker's parts to its application."""
    settings = application.settings
    clock = application.clock
    door = application.door(unit_of_work)
    services = checker_service_pb2.DESCRIPTOR.services_by_name
    platform = GrpcPlatform(
        {service: application.channel(service) for service in SERVICES},
        answer_seconds_max=settings.answer_seconds_max,
    )
    limits = Limits(
        recaptures_max=settings.recaptures_max,
        looks_max=settings.looks_max,
        in_flight_events_max=settings.in_flight_events_max,
        trace_events_max=settings.trace_events_max,
    )
    examinations = Examinations(lambda: examine(platform, clock=clock, limits=limits))

    application.serve_grpc(
        checker_service_pb2_grpc.add_CheckerServiceServicer_to_server,
        CheckerGrpc(door=door, clock=clock, examinations=examinations),
        services["CheckerService"],
    )
    application.serve_grpc(
        checker_service_pb2_grpc.add_CheckerQueryServiceServicer_to_server,
        CheckerQueryGrpc(door=door),
        services["CheckerQueryService"],
    )


def main() -> None:
    """Run the command line of the service."""
    run(SERVICE, CheckerSettings, build, metadata, MIGRATIONS)


if __name__ == "__main__":
    main()
