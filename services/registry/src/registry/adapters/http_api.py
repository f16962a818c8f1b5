"""Reads over HTTP, for people and for systems without gRPC: the path of each RPC that is mirrored.

Whom a route admits, what it takes and what it answers is its RPC's, in the contract.

REG-80  Every read of the registry's contract is served over gRPC and over HTTP, with the same answer.
"""

from typing import Final

from ets.registry.v1 import registry_service_pb2
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.http.contract import ContractRouter

from registry.adapters.grpc_queries import RegistryQueryGrpc

READS: Final = {
    "GetAccount": "/v1/accounts/{account_no}",
    "ListSerialBlocks": "/v1/accounts/{account_no}/blocks",
    "ListHoldings": "/v1/holdings",
    "ListJournalEntries": "/v1/journal-entries",
    "GetTreeHead": "/v1/tree-heads/{business_date}",
    "ListIssuances": "/v1/periods/{period}/issuances",
    "ListSurrenderApplications": "/v1/periods/{period}/surrender-applications",
    "GetComplianceStatus": "/v1/periods/{period}/compliance-statuses/{credit_code}",
    "ListComplianceStatuses": "/v1/periods/{period}/compliance-statuses",
    "ListEntityOffsetUsages": "/v1/periods/{period}/offset-usages/{credit_code}",
    "ListProvinceOffsetUsages": "/v1/periods/{period}/offset-usages",
}


def make_router(verifier: TokenVerifier, *, queries: RegistryQueryGrpc) -> ContractRouter:
    """Make the registry's routes."""
    services = registry_service_pb2.DESCRIPTOR.services_by_name
    router = ContractRouter(verifier)
    router.serve(queries, services["RegistryQueryService"], READS, tag="reads")
    return router
