"""Composition root of the voluntary-reduction registry."""

from datetime import timedelta
from pathlib import Path

from ets.ccer.v1 import ccer_service_pb2, ccer_service_pb2_grpc
from ets_kernel.runtime.application import Application, run
from ets_kernel.runtime.db import Transaction
from ets_kernel.runtime.signing import Ed25519Signer, private_key_from_pem

from ccer_bridge.adapters.books import BOOKS
from ccer_bridge.adapters.db.tables import metadata
from ccer_bridge.adapters.db.unit_of_work import SqlUnitOfWork
from ccer_bridge.adapters.events import Consumed
from ccer_bridge.adapters.grpc_commands import CcerGrpc
from ccer_bridge.adapters.grpc_queries import CcerQueryGrpc
from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.domain.handover import CENTRE_KEY_ID
from ccer_bridge.settings import CcerBridgeSettings

SERVICE = "ccer-bridge"
MIGRATIONS = Path(__file__).parent / "migrations"


def unit_of_work(transaction: Transaction) -> UnitOfWork:
    """Make the unit of work of a transaction."""
    return SqlUnitOfWork(transaction)


async def build(application: Application[CcerBridgeSettings]) -> None:
    """Add the parts of the voluntary-reduction registry to its application."""
    settings = application.settings
    clock = application.clock
    signer = Ed25519Signer(CENTRE_KEY_ID, private_key_from_pem(settings.signing_key))
    door = application.door(unit_of_work)
    services = ccer_service_pb2.DESCRIPTOR.services_by_name

    application.serve_grpc(
        ccer_service_pb2_grpc.add_CcerServiceServicer_to_server,
        CcerGrpc(
            door=door,
            clock=clock,
            signer=signer,
            acknowledgement_time=timedelta(hours=settings.acknowledgement_hours),
        ),
        services["CcerService"],
    )
    application.serve_grpc(
        ccer_service_pb2_grpc.add_CcerQueryServiceServicer_to_server,
        CcerQueryGrpc(door=door, clock=clock),
        services["CcerQueryService"],
    )
    application.consume(Consumed(clock=clock).subscriptions(), unit_of_work)
    application.books(BOOKS)


def main() -> None:
    """Run the command line of the service."""
    run(SERVICE, CcerBridgeSettings, build, metadata, MIGRATIONS)


if __name__ == "__main__":
    main()
