"""Change registrations over gRPC: decode, use case behind the door, encode; reads in one snapshot."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

import grpc.aio
from ets.common.v1.error_pb2 import ItemResult
from ets.registry.v1 import registry_change_service_pb2 as pb
from ets.registry.v1.registry_change_service_pb2_grpc import (
    RegistryChangeQueryServiceServicer,
    RegistryChangeServiceServicer,
)
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.auth import current_principal
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import as_of, cut_page, item_results, page_as_of
from google.protobuf.message import Message

from registry.adapters import decoding_changes as decoding
from registry.adapters import encoding_changes as encoding
from registry.adapters.db.change_queries import SqlChangeReader
from registry.adapters.decoding import page_of, province_of
from registry.app.change_queries import ChangeFilter, FreezeFilter
from registry.app.confirm_changes import ConfirmChanges, confirm_changes
from registry.app.file_changes import FileChanges, file_changes
from registry.app.initiate_changes import InitiateChanges, initiate_changes
from registry.app.initiate_filed_changes import InitiateFiledChanges, initiate_filed_changes
from registry.app.ports import UnitOfWork
from registry.app.reject_changes import RejectChanges, reject_changes
from registry.domain.change import ProposedChange

Context = grpc.aio.ServicerContext[Any, Any]
Form = TypeVar("Form")
A_co = TypeVar("A_co", bound=Message, covariant=True)

_KINDS: Final = {value: kind for kind, value in encoding.CHANGE_KINDS.items()}
_STATUSES: Final = {value: status for status, value in encoding.CHANGE_STATUSES.items()}


class Answer(Protocol[A_co]):
    """The response of a batch."""

    def __call__(self, *, results: Sequence[ItemResult]) -> A_co:
        """Make the response of the results."""
        ...


class RegistryChangeGrpc(RegistryChangeServiceServicer):
    """The commands of `RegistryChangeService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def InitiateFreezes(
        self, request: pb.InitiateFreezesRequest, context: Context
    ) -> pb.InitiateFreezesResponse:
        changes = _decoded(request.freezes, decoding.freeze)
        return await self._initiate(request, changes, pb.InitiateFreezesResponse)

    async def InitiateReleases(
        self, request: pb.InitiateReleasesRequest, context: Context
    ) -> pb.InitiateReleasesResponse:
        changes = _decoded(request.releases, decoding.release)
        return await self._initiate(request, changes, pb.InitiateReleasesResponse)

    async def InitiateJudicialTransfers(
        self, request: pb.InitiateJudicialTransfersRequest, context: Context
    ) -> pb.InitiateJudicialTransfersResponse:
        changes = _decoded(request.transfers, decoding.judicial_transfer)
        return await self._initiate(request, changes, pb.InitiateJudicialTransfersResponse)

    async def InitiateRecoveries(
        self, request: pb.InitiateRecoveriesRequest, context: Context
    ) -> pb.InitiateRecoveriesResponse:
        changes = _decoded(request.recoveries, decoding.recovery)
        return await self._initiate(request, changes, pb.InitiateRecoveriesResponse)

    async def InitiateReserves(
        self, request: pb.InitiateReservesRequest, context: Context
    ) -> pb.InitiateReservesResponse:
        changes = _decoded(request.reserves, decoding.reserve)
        return await self._initiate(request, changes, pb.InitiateReservesResponse)

    async def InitiateReserveReleases(
        self, request: pb.InitiateReserveReleasesRequest, context: Context
    ) -> pb.InitiateReserveReleasesResponse:
        changes = _decoded(request.releases, decoding.reserve_release)
        return await self._initiate(request, changes, pb.InitiateReserveReleasesResponse)

    async def InitiateCorrections(
        self, request: pb.InitiateCorrectionsRequest, context: Context
    ) -> pb.InitiateCorrectionsResponse:
        changes = _decoded(request.corrections, decoding.correction)
        return await self._initiate(request, changes, pb.InitiateCorrectionsResponse)

    async def FileMergers(self, request: pb.FileMergersRequest, context: Context) -> pb.FileMergersResponse:
        return await self._file(request, _decoded(request.mergers, decoding.merger), pb.FileMergersResponse)

    async def FileSplits(self, request: pb.FileSplitsRequest, context: Context) -> pb.FileSplitsResponse:
        return await self._file(request, _decoded(request.splits, decoding.split), pb.FileSplitsResponse)

    async def InitiateFiledChanges(
        self, request: pb.InitiateFiledChangesRequest, context: Context
    ) -> pb.InitiateFiledChangesResponse:
        command = InitiateFiledChanges(
            registration_nos=tuple(request.registration_nos), initiated_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.InitiateFiledChangesResponse:
            outcomes = await initiate_filed_changes(command, uow=uow, clock=self._clock)
            return pb.InitiateFiledChangesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def ConfirmChanges(
        self, request: pb.ConfirmChangesRequest, context: Context
    ) -> pb.ConfirmChangesResponse:
        command = ConfirmChanges(
            registration_nos=tuple(request.registration_nos), confirmed_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> pb.ConfirmChangesResponse:
            outcomes = await confirm_changes(command, uow=uow, clock=self._clock)
            return pb.ConfirmChangesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def RejectChanges(
        self, request: pb.RejectChangesRequest, context: Context
    ) -> pb.RejectChangesResponse:
        command = RejectChanges(
            rejections=tuple((one.registration_no, one.reason) for one in request.rejections),
            rejected_by=current_principal().subject,
        )

        async def carry_out(uow: UnitOfWork) -> pb.RejectChangesResponse:
            outcomes = await reject_changes(command, uow=uow, clock=self._clock)
            return pb.RejectChangesResponse(results=item_results(outcomes))

        return await self._door.execute(request, carry_out)

    async def _initiate(
        self, request: Message, changes: tuple[ProposedChange, ...], answer: Answer[A_co]
    ) -> A_co:
        command = InitiateChanges(changes=changes, initiated_by=current_principal().subject)

        async def carry_out(uow: UnitOfWork) -> A_co:
            return answer(results=item_results(await initiate_changes(command, uow=uow, clock=self._clock)))

        return await self._door.execute(request, carry_out)

    async def _file(
        self,
        request: pb.FileMergersRequest | pb.FileSplitsRequest,
        changes: tuple[ProposedChange, ...],
        answer: Answer[A_co],
    ) -> A_co:
        command = FileChanges(
            province_code=request.province_code, changes=changes, filed_by=current_principal().subject
        )

        async def carry_out(uow: UnitOfWork) -> A_co:
            return answer(results=item_results(await file_changes(command, uow=uow, clock=self._clock)))

        return await self._door.execute(request, carry_out)


class RegistryChangeQueryGrpc(RegistryChangeQueryServiceServicer):
    """The reads of `RegistryChangeQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock) -> None:
        self._door = door
        self._clock = clock

    async def ListChanges(self, request: pb.ListChangesRequest, context: Context) -> pb.ListChangesResponse:
        page, at = page_as_of(request, self._clock, str)
        wanted = ChangeFilter(
            province_code=province_of(request.province_code),
            kind=_KINDS.get(request.kind),
            status=_STATUSES.get(request.status),
            account_no=request.account_no,
        )
        rows = await self._door.read(
            lambda connection: SqlChangeReader(connection).changes(wanted, at=at, page=page_of(page))
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.registration_no,))
        return pb.ListChangesResponse(
            changes=[encoding.change_registration(row) for row in shown], page=next_page
        )

    async def GetChange(self, request: pb.GetChangeRequest, context: Context) -> pb.GetChangeResponse:
        at = as_of(request, self._clock)
        change = await self._door.read(
            lambda connection: SqlChangeReader(connection).change(
                request.registration_no, province_code=province_of(request.province_code), at=at
            )
        )
        return pb.GetChangeResponse(change=encoding.change_registration(change))

    async def ListFreezes(self, request: pb.ListFreezesRequest, context: Context) -> pb.ListFreezesResponse:
        page, at = page_as_of(request, self._clock, str)
        wanted = FreezeFilter(
            province_code=province_of(request.province_code),
            credit_code=request.credit_code,
            account_no=request.account_no,
            includes_ended=request.includes_ended,
        )
        rows = await self._door.read(
            lambda connection: SqlChangeReader(connection).freezes(wanted, at=at, page=page_of(page))
        )
        shown, next_page = cut_page(rows, page, lambda row: (row[0].freeze_no,))
        return pb.ListFreezesResponse(
            freezes=[encoding.judicial_freeze(freeze, document) for freeze, document in shown], page=next_page
        )


def _decoded(forms: Sequence[Form], decode: Callable[[Form], ProposedChange]) -> tuple[ProposedChange, ...]:
    return tuple(decode(form) for form in forms)
