"""The further gRPC services of the registry as tests serve them."""

from ets.registry.v1 import (
    registry_allocation_service_pb2,
    registry_allocation_service_pb2_grpc,
    registry_cancellation_service_pb2,
    registry_cancellation_service_pb2_grpc,
    registry_carry_over_service_pb2,
    registry_carry_over_service_pb2_grpc,
    registry_disclosure_service_pb2,
    registry_disclosure_service_pb2_grpc,
    registry_history_service_pb2,
    registry_history_service_pb2_grpc,
    registry_surrender_service_pb2,
    registry_surrender_service_pb2_grpc,
)
from ets_kernel.runtime.grpc.server import Served
from registry.adapters.grpc_allocation import RegistryAllocationGrpc, RegistryAllocationQueryGrpc
from registry.adapters.grpc_cancellation import RegistryCancellationGrpc, RegistryCancellationQueryGrpc
from registry.adapters.grpc_carry_over import RegistryCarryOverGrpc, RegistryCarryOverQueryGrpc
from registry.adapters.grpc_disclosure import RegistryDisclosureQueryGrpc
from registry.adapters.grpc_history import RegistryHistoryQueryGrpc
from registry.adapters.grpc_surrender import RegistrySurrenderGrpc
from registry.adapters.grpc_surrender_queries import RegistrySurrenderQueryGrpc
from registry.domain.compliance_rules import Sector


def allocation_served(door, clock) -> list[Served]:
    """Deductions and earmarked allowances."""
    services = registry_allocation_service_pb2.DESCRIPTOR.services_by_name
    return [
        Served(
            add_to_server=registry_allocation_service_pb2_grpc.add_RegistryAllocationServiceServicer_to_server,
            servicer=RegistryAllocationGrpc(door=door, clock=clock),
            descriptor=services["RegistryAllocationService"],
        ),
        Served(
            add_to_server=registry_allocation_service_pb2_grpc.add_RegistryAllocationQueryServiceServicer_to_server,
            servicer=RegistryAllocationQueryGrpc(door=door, clock=clock),
            descriptor=services["RegistryAllocationQueryService"],
        ),
    ]


def surrender_served(door, clock, signer) -> list[Served]:
    """Commands and reads of surrender."""
    services = registry_surrender_service_pb2.DESCRIPTOR.services_by_name
    return [
        Served(
            add_to_server=registry_surrender_service_pb2_grpc.add_RegistrySurrenderServiceServicer_to_server,
            servicer=RegistrySurrenderGrpc(door=door, clock=clock),
            descriptor=services["RegistrySurrenderService"],
        ),
        Served(
            add_to_server=registry_surrender_service_pb2_grpc.add_RegistrySurrenderQueryServiceServicer_to_server,
            servicer=RegistrySurrenderQueryGrpc(door=door, clock=clock, signer=signer),
            descriptor=services["RegistrySurrenderQueryService"],
        ),
    ]


def retirement_served(door, clock) -> list[Served]:
    """Cancellation and carry-over over gRPC, each base 10,000 t."""
    cancellation = registry_cancellation_service_pb2.DESCRIPTOR.services_by_name
    carry_over = registry_carry_over_service_pb2.DESCRIPTOR.services_by_name
    bases = dict.fromkeys(Sector, 10_000)
    return [
        Served(
            add_to_server=registry_cancellation_service_pb2_grpc.add_RegistryCancellationServiceServicer_to_server,
            servicer=RegistryCancellationGrpc(door=door, clock=clock),
            descriptor=cancellation["RegistryCancellationService"],
        ),
        Served(
            add_to_server=registry_cancellation_service_pb2_grpc.add_RegistryCancellationQueryServiceServicer_to_server,
            servicer=RegistryCancellationQueryGrpc(door=door, clock=clock),
            descriptor=cancellation["RegistryCancellationQueryService"],
        ),
        Served(
            add_to_server=registry_carry_over_service_pb2_grpc.add_RegistryCarryOverServiceServicer_to_server,
            servicer=RegistryCarryOverGrpc(door=door, clock=clock, bases=bases),
            descriptor=carry_over["RegistryCarryOverService"],
        ),
        Served(
            add_to_server=registry_carry_over_service_pb2_grpc.add_RegistryCarryOverQueryServiceServicer_to_server,
            servicer=RegistryCarryOverQueryGrpc(door=door, clock=clock),
            descriptor=carry_over["RegistryCarryOverQueryService"],
        ),
    ]


def disclosure_served(door, clock, signer) -> list[Served]:
    """Overview and publication."""
    services = registry_disclosure_service_pb2.DESCRIPTOR.services_by_name
    return [
        Served(
            add_to_server=registry_disclosure_service_pb2_grpc.add_RegistryDisclosureQueryServiceServicer_to_server,
            servicer=RegistryDisclosureQueryGrpc(door=door, clock=clock, signer=signer),
            descriptor=services["RegistryDisclosureQueryService"],
        ),
    ]


def history_served(door, clock) -> list[Served]:
    """Looking up what has happened."""
    services = registry_history_service_pb2.DESCRIPTOR.services_by_name
    return [
        Served(
            add_to_server=registry_history_service_pb2_grpc.add_RegistryHistoryQueryServiceServicer_to_server,
            servicer=RegistryHistoryQueryGrpc(door=door, clock=clock),
            descriptor=services["RegistryHistoryQueryService"],
        ),
    ]
