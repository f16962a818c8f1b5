"""Reads over HTTP, for people and for systems without gRPC: the path of each RPC that is mirrored, and the files.

Whom a route admits, what it takes and what it answers is its RPC's, in the contract.

REG-80  Every read of the registry's contract is served over gRPC and over HTTP, with the same answer.
"""

from typing import Final

from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_allocation_service_pb2 as allocation_pb
from ets.registry.v1 import registry_cancellation_service_pb2 as cancellation_pb
from ets.registry.v1 import registry_carry_over_service_pb2 as carry_over_pb
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_disclosure_service_pb2 as disclosure_pb
from ets.registry.v1 import registry_history_service_pb2 as history_pb
from ets.registry.v1 import registry_journal_service_pb2 as journal_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Signer
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.http.contract import ContractRouter
from google.protobuf.descriptor import FileDescriptor, ServiceDescriptor

from registry.adapters import documents, statements
from registry.adapters.grpc_account_queries import RegistryAccountQueryGrpc
from registry.adapters.grpc_allocation import RegistryAllocationQueryGrpc
from registry.adapters.grpc_cancellation import RegistryCancellationQueryGrpc
from registry.adapters.grpc_carry_over import RegistryCarryOverQueryGrpc
from registry.adapters.grpc_changes import RegistryChangeQueryGrpc
from registry.adapters.grpc_disclosure import RegistryDisclosureQueryGrpc
from registry.adapters.grpc_history import RegistryHistoryQueryGrpc
from registry.adapters.grpc_journal import RegistryJournalQueryGrpc
from registry.adapters.grpc_queries import RegistryQueryGrpc
from registry.adapters.grpc_surrender_queries import RegistrySurrenderQueryGrpc
from registry.app.ports import UnitOfWork

HOLDINGS: Final = {
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
ACCOUNTS: Final = {
    "ListAccounts": "/v1/accounts",
    "ListAccountVersions": "/v1/accounts/{account_no}/versions",
    "ListAccountApplications": "/v1/account-applications",
    "ListAccountRestrictions": "/v1/account-restrictions",
    "ListAccountOperators": "/v1/accounts/{account_no}/operators",
    "ListInstructions": "/v1/instructions",
}
CHANGES: Final = {
    "ListChanges": "/v1/changes",
    "GetChange": "/v1/changes/{registration_no}",
    "ListFreezes": "/v1/freezes",
}
JOURNAL: Final = {
    "GetAccountStatement": "/v1/accounts/{account_no}/statement",
    "ListTreeHeads": "/v1/tree-heads",
    "GetConsistencyProof": "/v1/consistency-proof",
    "GetInclusionProof": "/v1/inclusion-proof",
    "ExportJournal": "/v1/journal-export",
}
SURRENDER: Final = {
    "GetComplianceNotice": "/v1/periods/{period}/compliance-notices/{credit_code}",
    "GetComplianceCertificate": "/v1/periods/{period}/compliance-certificates/{credit_code}",
    "ListEntitySurrenderApplications": "/v1/periods/{period}/surrender-applications/{credit_code}",
    "ListObligationsTakenOver": "/v1/entities/{credit_code}/obligations-taken-over",
    "ListObligationChanges": "/v1/periods/{period}/obligation-changes",
    "ListForcedSurrenders": "/v1/forced-surrenders",
    "ListProvinceCompletion": "/v1/periods/{period}/province-completion",
}
CANCELLATION: Final = {
    "ListCancellationApplications": "/v1/cancellation-applications",
    "ListPublishedCancellations": "/v1/public/cancellations",
    "GetNationalTotals": "/v1/public/national-totals",
}
CARRY_OVER: Final = {
    "GetCarryOverNotice": "/v1/carry-over-notices/{credit_code}",
    "ListCarryOverFindings": "/v1/carry-over-findings",
    "ListNetSalesDeclarations": "/v1/net-sales-declarations",
    "ListCarryOverApplications": "/v1/carry-over-applications",
    "ListCarryOverRuns": "/v1/carry-over-runs",
}
ALLOCATION: Final = {
    "ListAllocationAdjustments": "/v1/allocation-adjustments",
    "ListEarmarkedAllowances": "/v1/earmarked-allowances",
}
HISTORY: Final = {
    "ListTransactions": "/v1/transactions",
    "GetTransaction": "/v1/transaction",
    "ListTradingTransfers": "/v1/trading-transfers",
    "ListEntityAllocations": "/v1/entity-allocations",
    "ListAllocationDifferences": "/v1/allocation-differences",
    "ListObligationVersions": "/v1/periods/{period}/compliance-statuses/{credit_code}/versions",
}
DISCLOSURE: Final = {
    "GetProvinceOverview": "/v1/periods/{period}/provinces/{province_code}",
    "ListPublishedCompletion": "/v1/public/periods/{period}/completion",
    "ListPublishedChanges": "/v1/public/changes",
    "GetCancellationCertificate": "/v1/cancellation-certificates/{certificate_no}",
}
PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_router(
    verifier: TokenVerifier, *, door: Door[UnitOfWork], clock: Clock, signer: Signer
) -> ContractRouter:
    """Make the registry's routes."""
    router = ContractRouter(verifier)
    _serve_registers(router, door, clock)
    _serve_signed(router, door, clock, signer)
    _serve_journal(router, door, clock)
    return router


def _serve_registers(router: ContractRouter, door: Door[UnitOfWork], clock: Clock) -> None:
    """Serve what is answered as JSON only."""
    for servicer, file, paths, tag in (
        (RegistryQueryGrpc, pb, HOLDINGS, "holdings"),
        (RegistryAccountQueryGrpc, accounts_pb, ACCOUNTS, "accounts"),
        (RegistryAllocationQueryGrpc, allocation_pb, ALLOCATION, "allocation"),
        (RegistryChangeQueryGrpc, change_pb, CHANGES, "changes"),
        (RegistryCancellationQueryGrpc, cancellation_pb, CANCELLATION, "cancellation"),
        (RegistryCarryOverQueryGrpc, carry_over_pb, CARRY_OVER, "carry-over"),
        (RegistryHistoryQueryGrpc, history_pb, HISTORY, "history"),
    ):
        router.serve(servicer(door=door, clock=clock), _reads_of(file.DESCRIPTOR), paths, tag=tag)


def _serve_signed(router: ContractRouter, door: Door[UnitOfWork], clock: Clock, signer: Signer) -> None:
    """Serve what has documents that the registration body signs."""
    surrender = RegistrySurrenderQueryGrpc(door=door, clock=clock, signer=signer)
    disclosure = RegistryDisclosureQueryGrpc(door=door, clock=clock, signer=signer)
    router.serve(surrender, _reads_of(surrender_pb.DESCRIPTOR), SURRENDER, tag="surrender")
    router.serve(disclosure, _reads_of(disclosure_pb.DESCRIPTOR), DISCLOSURE, tag="disclosure")
    for servicer, file, paths, name, write in (
        (surrender, surrender_pb, SURRENDER, "GetComplianceNotice", documents.notice_file),
        (surrender, surrender_pb, SURRENDER, "GetComplianceCertificate", documents.certificate_file),
        (disclosure, disclosure_pb, DISCLOSURE, "GetCancellationCertificate", documents.cancellation_file),
    ):
        method = _reads_of(file.DESCRIPTOR).methods_by_name[name]
        path = f"{paths[name]}/document.pdf"
        router.serve_file(servicer, method, path, tag="documents", media_type=PDF, write=write)


def _serve_journal(router: ContractRouter, door: Door[UnitOfWork], clock: Clock) -> None:
    journal = RegistryJournalQueryGrpc(door=door, clock=clock)
    service = _reads_of(journal_pb.DESCRIPTOR)
    router.serve(journal, service, JOURNAL, tag="journal")
    method = service.methods_by_name["GetAccountStatement"]
    for suffix, media_type, write, lines_max in (
        ("xlsx", XLSX, statements.workbook_file, statements.WORKBOOK_LINES_MAX),
        ("pdf", PDF, statements.paper_file, statements.PAPER_LINES_MAX),
    ):
        router.serve_file(
            statements.WholeStatements(journal, lines_max=lines_max),
            method,
            f"{JOURNAL['GetAccountStatement']}/statement.{suffix}",
            tag="journal",
            media_type=media_type,
            write=write,
        )


def _reads_of(file: FileDescriptor) -> ServiceDescriptor:
    (reads,) = [
        service for service in file.services_by_name.values() if service.name.endswith("QueryService")
    ]
    return reads
