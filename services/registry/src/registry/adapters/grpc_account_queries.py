"""Reads about accounts over gRPC: decode, one snapshot, encode."""

from typing import Any, Final, Protocol

import grpc.aio
from ets.registry.v1 import registry_accounts_service_pb2 as pb
from ets.registry.v1.registry_accounts_service_pb2_grpc import RegistryAccountQueryServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import cut_page, page_as_of

from registry.adapters import encoding, encoding_accounts
from registry.adapters.db.account_queries import SqlAccountReader
from registry.adapters.decoding import page_of, province_of
from registry.app.account_queries import OfAccounts
from registry.app.ports import UnitOfWork

Context = grpc.aio.ServicerContext[Any, Any]

_KINDS: Final = {value: kind for kind, value in encoding.ACCOUNT_KINDS.items()}
_STATUSES: Final = {value: status for status, value in encoding.ACCOUNT_STATUSES.items()}
_APPLICATION_STATUSES: Final = {
    value: status for status, value in encoding_accounts.APPLICATION_STATUSES.items()
}
_INSTRUCTION_STATUSES: Final = {
    value: status for status, value in encoding_accounts.INSTRUCTION_STATUSES.items()
}


class _OfHolder(Protocol):
    @property
    def account_no(self) -> str: ...

    @property
    def credit_code(self) -> str: ...


class RegistryAccountQueryGrpc(RegistryAccountQueryServiceServicer):
    """The reads of `RegistryAccountQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def ListAccounts(
        self, request: pb.ListAccountsRequest, context: Context
    ) -> pb.ListAccountsResponse:
        page, at = page_as_of(request, self._clock, str)
        of = OfAccounts(holder_no=request.credit_code, province_code=province_of(request.province_code))
        rows = await self._door.read(
            lambda connection: SqlAccountReader(connection).accounts(
                of,
                kind=_KINDS.get(request.kind),
                status=_STATUSES.get(request.status),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.account_no,))
        return pb.ListAccountsResponse(accounts=[encoding.account(row) for row in shown], page=next_page)

    async def ListAccountVersions(
        self, request: pb.ListAccountVersionsRequest, context: Context
    ) -> pb.ListAccountVersionsResponse:
        page, at = page_as_of(request, self._clock, str, int)
        rows = await self._door.read(
            lambda connection: SqlAccountReader(connection).versions(_of(request), at=at, page=page_of(page))
        )
        shown, next_page = cut_page(
            rows, page, lambda row: (row.step.account.account_no, row.step.account.version)
        )
        versions = [encoding_accounts.version(row) for row in shown]
        return pb.ListAccountVersionsResponse(versions=versions, page=next_page)

    async def ListAccountApplications(
        self, request: pb.ListAccountApplicationsRequest, context: Context
    ) -> pb.ListAccountApplicationsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlAccountReader(connection).applications(
                _of(request), status=_APPLICATION_STATUSES.get(request.status), at=at, page=page_of(page)
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.application_no,))
        applications = [encoding_accounts.application(row) for row in shown]
        return pb.ListAccountApplicationsResponse(applications=applications, page=next_page)

    async def ListAccountRestrictions(
        self, request: pb.ListAccountRestrictionsRequest, context: Context
    ) -> pb.ListAccountRestrictionsResponse:
        page, at = page_as_of(request, self._clock, str)
        of = OfAccounts(
            account_no=request.account_no,
            holder_no=request.credit_code,
            province_code=province_of(request.province_code),
        )
        rows = await self._door.read(
            lambda connection: SqlAccountReader(connection).restrictions(of, at=at, page=page_of(page))
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.restriction_no,))
        restrictions = [encoding_accounts.restriction(row) for row in shown]
        return pb.ListAccountRestrictionsResponse(restrictions=restrictions, page=next_page)

    async def ListAccountOperators(
        self, request: pb.ListAccountOperatorsRequest, context: Context
    ) -> pb.ListAccountOperatorsResponse:
        page, at = page_as_of(request, self._clock, str, int)
        rows = await self._door.read(
            lambda connection: SqlAccountReader(connection).operators(_of(request), at=at, page=page_of(page))
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.account_no, row.operator_no))
        operators = [encoding_accounts.operator(row) for row in shown]
        return pb.ListAccountOperatorsResponse(operators=operators, page=next_page)

    async def ListInstructions(
        self, request: pb.ListInstructionsRequest, context: Context
    ) -> pb.ListInstructionsResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlAccountReader(connection).instructions(
                _of(request), status=_INSTRUCTION_STATUSES.get(request.status), at=at, page=page_of(page)
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.instruction_no,))
        instructions = [encoding_accounts.instruction(row) for row in shown]
        return pb.ListInstructionsResponse(instructions=instructions, page=next_page)


def _of(request: _OfHolder) -> OfAccounts:
    return OfAccounts(account_no=request.account_no, holder_no=request.credit_code)
