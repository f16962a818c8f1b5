"""Composition root of the management platform."""

import json
from pathlib import Path

from ets.mrv.v1 import mrv_service_pb2, mrv_service_pb2_grpc
from ets_kernel.runtime.application import Application, run
from ets_kernel.runtime.db import Transaction
from ets_kernel.runtime.signing import Ed25519Verifier, public_key_from_pem

from mrv.adapters.books import BOOKS
from mrv.adapters.db.tables import metadata
from mrv.adapters.db.unit_of_work import SqlUnitOfWork
from mrv.adapters.events import Consumed
from mrv.adapters.grpc_commands import MrvGrpc
from mrv.adapters.grpc_queries import MrvQueryGrpc
from mrv.app.ports import UnitOfWork
from mrv.settings import MrvSettings

SERVICE = "mrv"
MIGRATIONS = Path(__file__).parent / "migrations"


def unit_of_work(transaction: Transaction) -> UnitOfWork:
    """Make the unit of work of a transaction."""
    return SqlUnitOfWork(transaction)


async def build(application: Application[MrvSettings]) -> None:
    """Add the platform's parts to its application."""
    clock = application.clock
    seal_keys = json.loads(application.settings.seal_keys)
    verifier = Ed25519Verifier({key_id: public_key_from_pem(pem) for key_id, pem in seal_keys.items()})
    door = application.door(unit_of_work)
    services = mrv_service_pb2.DESCRIPTOR.services_by_name

    application.serve_grpc(
        mrv_service_pb2_grpc.add_MrvServiceServicer_to_server,
        MrvGrpc(door=door, clock=clock, verifier=verifier),
        services["MrvService"],
    )
    application.serve_grpc(
        mrv_service_pb2_grpc.add_MrvQueryServiceServicer_to_server,
        MrvQueryGrpc(door=door, clock=clock),
        services["MrvQueryService"],
    )
    application.consume(Consumed(clock=clock, verifier=verifier).subscriptions(), unit_of_work)
    application.books(BOOKS)


def main() -> None:
    """Run the command line of the service."""
    run(SERVICE, MrvSettings, build, metadata, MIGRATIONS)


if __name__ == "__main__":
    main()
