"""Composition root of the registration system."""

import json
from pathlib import Path

from ets.registry.v1 import (
    registry_journal_service_pb2,
    registry_journal_service_pb2_grpc,
    registry_service_pb2,
    registry_service_pb2_grpc,
)
from ets_kernel.runtime.application import Application, run
from ets_kernel.runtime.db import Transaction
from ets_kernel.runtime.signing import (
    Ed25519Signer,
    Ed25519Verifier,
    private_key_from_pem,
    public_key_from_pem,
)

from registry.adapters import http_api
from registry.adapters.books import BOOKS
from registry.adapters.db.schema import metadata
from registry.adapters.db.unit_of_work import SqlUnitOfWork
from registry.adapters.events import Consumed
from registry.adapters.grpc_commands import RegistryGrpc
from registry.adapters.grpc_journal import RegistryJournalQueryGrpc
from registry.adapters.grpc_queries import RegistryQueryGrpc
from registry.app.ports import UnitOfWork
from registry.settings import RegistrySettings

SERVICE = "registry"
MIGRATIONS = Path(__file__).parent / "migrations"


def unit_of_work(transaction: Transaction) -> UnitOfWork:
    """Make the unit of work of a transaction."""
    return SqlUnitOfWork(transaction)


async def build(application: Application[RegistrySettings]) -> None:
    """Add the registry's parts to its application."""
    settings = application.settings
    clock = application.clock
    keys = {key_id: public_key_from_pem(pem) for key_id, pem in json.loads(settings.seal_keys).items()}
    verifier = Ed25519Verifier(keys)
    signer = Ed25519Signer(settings.signing_key_id, private_key_from_pem(settings.signing_key))
    door = application.door(unit_of_work)
    services = registry_service_pb2.DESCRIPTOR.services_by_name

    application.serve_grpc(
        registry_service_pb2_grpc.add_RegistryServiceServicer_to_server,
        RegistryGrpc(door=door, clock=clock, signer=signer),
        services["RegistryService"],
    )
    queries = RegistryQueryGrpc(door=door, clock=clock)
    application.serve_grpc(
        registry_service_pb2_grpc.add_RegistryQueryServiceServicer_to_server,
        queries,
        services["RegistryQueryService"],
    )
    application.serve_grpc(
        registry_journal_service_pb2_grpc.add_RegistryJournalQueryServiceServicer_to_server,
        RegistryJournalQueryGrpc(door=door, clock=clock),
        registry_journal_service_pb2.DESCRIPTOR.services_by_name["RegistryJournalQueryService"],
    )
    application.http(http_api.make_router(application.verifier, queries=queries))
    application.consume(Consumed(clock=clock, verifier=verifier).subscriptions(), unit_of_work)
    application.books(BOOKS)


def main() -> None:
    """Run the command line of the service."""
    run(SERVICE, RegistrySettings, build, metadata, MIGRATIONS)


if __name__ == "__main__":
    main()
