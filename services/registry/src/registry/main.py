"""Composition root of the registration system."""

import json
from pathlib import Path

from ets.registry.v1 import (
    registry_accounts_service_pb2,
    registry_accounts_service_pb2_grpc,
    registry_allocation_service_pb2,
    registry_allocation_service_pb2_grpc,
    registry_cancellation_service_pb2,
    registry_cancellation_service_pb2_grpc,
    registry_carry_over_service_pb2,
    registry_carry_over_service_pb2_grpc,
    registry_change_service_pb2,
    registry_change_service_pb2_grpc,
    registry_disclosure_service_pb2,
    registry_disclosure_service_pb2_grpc,
    registry_history_service_pb2,
    registry_history_service_pb2_grpc,
    registry_journal_service_pb2,
    registry_journal_service_pb2_grpc,
    registry_service_pb2,
    registry_service_pb2_grpc,
    registry_surrender_service_pb2,
    registry_surrender_service_pb2_grpc,
)
from ets_kernel.domain.calendars import load_work_calendar
from ets_kernel.runtime.application import Application, run
from ets_kernel.runtime.db import Transaction
from ets_kernel.runtime.door import Door
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
from registry.adapters.grpc_account_queries import RegistryAccountQueryGrpc
from registry.adapters.grpc_accounts import RegistryAccountGrpc
from registry.adapters.grpc_allocation import RegistryAllocationGrpc, RegistryAllocationQueryGrpc
from registry.adapters.grpc_cancellation import RegistryCancellationGrpc, RegistryCancellationQueryGrpc
from registry.adapters.grpc_carry_over import RegistryCarryOverGrpc, RegistryCarryOverQueryGrpc
from registry.adapters.grpc_changes import RegistryChangeGrpc, RegistryChangeQueryGrpc
from registry.adapters.grpc_commands import RegistryGrpc
from registry.adapters.grpc_disclosure import RegistryDisclosureQueryGrpc
from registry.adapters.grpc_history import RegistryHistoryQueryGrpc
from registry.adapters.grpc_journal import RegistryJournalQueryGrpc
from registry.adapters.grpc_queries import RegistryQueryGrpc
from registry.adapters.grpc_surrender import RegistrySurrenderGrpc
from registry.adapters.grpc_surrender_queries import RegistrySurrenderQueryGrpc
from registry.app.ports import UnitOfWork
from registry.domain.compliance_rules import Sector
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
    application.serve_grpc(
        registry_service_pb2_grpc.add_RegistryQueryServiceServicer_to_server,
        RegistryQueryGrpc(door=door, clock=clock),
        services["RegistryQueryService"],
    )
    application.serve_grpc(
        registry_journal_service_pb2_grpc.add_RegistryJournalQueryServiceServicer_to_server,
        RegistryJournalQueryGrpc(door=door, clock=clock),
        registry_journal_service_pb2.DESCRIPTOR.services_by_name["RegistryJournalQueryService"],
    )
    application.serve_grpc(
        registry_history_service_pb2_grpc.add_RegistryHistoryQueryServiceServicer_to_server,
        RegistryHistoryQueryGrpc(door=door, clock=clock),
        registry_history_service_pb2.DESCRIPTOR.services_by_name["RegistryHistoryQueryService"],
    )
    application.serve_grpc(
        registry_disclosure_service_pb2_grpc.add_RegistryDisclosureQueryServiceServicer_to_server,
        RegistryDisclosureQueryGrpc(door=door, clock=clock, signer=signer),
        registry_disclosure_service_pb2.DESCRIPTOR.services_by_name["RegistryDisclosureQueryService"],
    )
    _serve_accounts(application, door)
    _serve_allocation(application, door)
    _serve_changes(application, door)
    _serve_retirement(application, door)
    surrender = registry_surrender_service_pb2.DESCRIPTOR.services_by_name
    application.serve_grpc(
        registry_surrender_service_pb2_grpc.add_RegistrySurrenderServiceServicer_to_server,
        RegistrySurrenderGrpc(door=door, clock=clock),
        surrender["RegistrySurrenderService"],
    )
    application.serve_grpc(
        registry_surrender_service_pb2_grpc.add_RegistrySurrenderQueryServiceServicer_to_server,
        RegistrySurrenderQueryGrpc(door=door, clock=clock, signer=signer),
        surrender["RegistrySurrenderQueryService"],
    )
    application.http(http_api.make_router(application.verifier, door=door, clock=clock, signer=signer))
    application.consume(Consumed(clock=clock, verifier=verifier).subscriptions(), unit_of_work)
    application.books(BOOKS)


def _serve_accounts(application: Application[RegistrySettings], door: Door[UnitOfWork]) -> None:
    services = registry_accounts_service_pb2.DESCRIPTOR.services_by_name
    clock = application.clock
    application.serve_grpc(
        registry_accounts_service_pb2_grpc.add_RegistryAccountServiceServicer_to_server,
        RegistryAccountGrpc(door=door, clock=clock, calendar=load_work_calendar()),
        services["RegistryAccountService"],
    )
    application.serve_grpc(
        registry_accounts_service_pb2_grpc.add_RegistryAccountQueryServiceServicer_to_server,
        RegistryAccountQueryGrpc(door=door, clock=clock),
        services["RegistryAccountQueryService"],
    )


def _serve_allocation(application: Application[RegistrySettings], door: Door[UnitOfWork]) -> None:
    services = registry_allocation_service_pb2.DESCRIPTOR.services_by_name
    clock = application.clock
    application.serve_grpc(
        registry_allocation_service_pb2_grpc.add_RegistryAllocationServiceServicer_to_server,
        RegistryAllocationGrpc(door=door, clock=clock),
        services["RegistryAllocationService"],
    )
    application.serve_grpc(
        registry_allocation_service_pb2_grpc.add_RegistryAllocationQueryServiceServicer_to_server,
        RegistryAllocationQueryGrpc(door=door, clock=clock),
        services["RegistryAllocationQueryService"],
    )


def _serve_retirement(application: Application[RegistrySettings], door: Door[UnitOfWork]) -> None:
    settings = application.settings
    clock = application.clock
    bases = {
        Sector.POWER: settings.carry_over_base_power_tco2e,
        Sector.STEEL: settings.carry_over_base_steel_tco2e,
        Sector.CEMENT: settings.carry_over_base_cement_tco2e,
        Sector.ALUMINIUM: settings.carry_over_base_aluminium_tco2e,
    }
    cancellation = registry_cancellation_service_pb2.DESCRIPTOR.services_by_name
    carry_over = registry_carry_over_service_pb2.DESCRIPTOR.services_by_name
    application.serve_grpc(
        registry_cancellation_service_pb2_grpc.add_RegistryCancellationServiceServicer_to_server,
        RegistryCancellationGrpc(door=door, clock=clock),
        cancellation["RegistryCancellationService"],
    )
    application.serve_grpc(
        registry_cancellation_service_pb2_grpc.add_RegistryCancellationQueryServiceServicer_to_server,
        RegistryCancellationQueryGrpc(door=door, clock=clock),
        cancellation["RegistryCancellationQueryService"],
    )
    application.serve_grpc(
        registry_carry_over_service_pb2_grpc.add_RegistryCarryOverServiceServicer_to_server,
        RegistryCarryOverGrpc(door=door, clock=clock, bases=bases),
        carry_over["RegistryCarryOverService"],
    )
    application.serve_grpc(
        registry_carry_over_service_pb2_grpc.add_RegistryCarryOverQueryServiceServicer_to_server,
        RegistryCarryOverQueryGrpc(door=door, clock=clock),
        carry_over["RegistryCarryOverQueryService"],
    )


def _serve_changes(application: Application[RegistrySettings], door: Door[UnitOfWork]) -> None:
    clock = application.clock
    changes = registry_change_service_pb2.DESCRIPTOR.services_by_name
    application.serve_grpc(
        registry_change_service_pb2_grpc.add_RegistryChangeServiceServicer_to_server,
        RegistryChangeGrpc(door=door, clock=clock),
        changes["RegistryChangeService"],
    )
    application.serve_grpc(
        registry_change_service_pb2_grpc.add_RegistryChangeQueryServiceServicer_to_server,
        RegistryChangeQueryGrpc(door=door, clock=clock),
        changes["RegistryChangeQueryService"],
    )


def main() -> None:
    """Run the command line of the service."""
    run(SERVICE, RegistrySettings, build, metadata, MIGRATIONS)


if __name__ == "__main__":
    main()
