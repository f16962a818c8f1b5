"""Overview of a province and publication over gRPC: decode, one snapshot, encode.

REG-82  What is public names no person, no account, and nothing that anybody holds.
"""

from typing import Any

import grpc.aio
from ets.common.v1.seal_pb2 import Seal
from ets.registry.v1 import registry_disclosure_service_pb2 as pb
from ets.registry.v1.registry_cancellation_service_pb2 import SerialSpan
from ets.registry.v1.registry_disclosure_service_pb2_grpc import RegistryDisclosureQueryServiceServicer
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.provinces import parse_province_code
from ets_kernel.domain.sealing import Signer
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import as_of, cut_page, page_as_of, to_timestamp

from registry.adapters import encoding, encoding_surrender
from registry.adapters.db.disclosure_queries import SqlDisclosureReader
from registry.adapters.decoding import page_of, period_of, province_of
from registry.adapters.encoding_changes import CHANGE_KINDS
from registry.adapters.holder_commands import PURPOSES
from registry.app.disclosure_queries import ProvinceOverview, PublishedChange
from registry.app.ports import UnitOfWork
from registry.domain.cancellation_certificate import CancellationCertificate
from registry.domain.certificates import proof_of

Context = grpc.aio.ServicerContext[Any, Any]


class RegistryDisclosureQueryGrpc(RegistryDisclosureQueryServiceServicer):
    """The reads of `RegistryDisclosureQueryService`."""

    def __init__(self, *, door: Door[UnitOfWork], clock: Clock, signer: Signer) -> None:
        self._door = door
        self._clock = clock
        self._signer = signer

    async def GetProvinceOverview(
        self, request: pb.GetProvinceOverviewRequest, context: Context
    ) -> pb.GetProvinceOverviewResponse:
        at = as_of(request, self._clock)
        province_code = parse_province_code(request.province_code)
        view = await self._door.read(
            lambda connection: SqlDisclosureReader(connection).overview(
                province_code=province_code,
                period=period_of(request.period),
                at=at,
                is_now=not request.HasField("as_of"),
            )
        )
        answer = _overview(view)
        answer.province_code = province_code
        answer.period = request.period
        answer.as_of.CopyFrom(to_timestamp(at))
        return answer

    async def GetCancellationCertificate(
        self, request: pb.GetCancellationCertificateRequest, context: Context
    ) -> pb.GetCancellationCertificateResponse:
        at = as_of(request, self._clock)
        certificate = await self._door.read(
            lambda connection: SqlDisclosureReader(connection).cancellation_certificate(
                request.certificate_no,
                holder_no=request.credit_code,
                province_code=province_of(request.province_code),
                at=at,
            )
        )
        proof = proof_of(certificate, self._signer)
        return pb.GetCancellationCertificateResponse(
            certificate=_certificate(certificate),
            seal=Seal(digest=proof.digest, signature=proof.signature, key_id=proof.key_id),
        )

    async def ListPublishedCompletion(
        self, request: pb.ListPublishedCompletionRequest, context: Context
    ) -> pb.ListPublishedCompletionResponse:
        at = as_of(request, self._clock)
        rows = await self._door.read(
            lambda connection: SqlDisclosureReader(connection).completion(
                province_code="", period=period_of(request.period), at=at
            )
        )
        return pb.ListPublishedCompletionResponse(
            provinces=[encoding_surrender.completion(row) for row in rows], as_of=to_timestamp(at)
        )

    async def ListPublishedChanges(
        self, request: pb.ListPublishedChangesRequest, context: Context
    ) -> pb.ListPublishedChangesResponse:
        page, at = page_as_of(request, self._clock, str)
        rows = await self._door.read(
            lambda connection: SqlDisclosureReader(connection).published_changes(
                province_code=province_of(request.province_code),
                at=at,
                page=page_of(page),
            )
        )
        shown, next_page = cut_page(rows, page, lambda row: (row.registration_no,))
        return pb.ListPublishedChangesResponse(changes=[_change(row) for row in shown], page=next_page)


def _overview(view: ProvinceOverview) -> pb.GetProvinceOverviewResponse:
    return pb.GetProvinceOverviewResponse(
        accounts=[
            pb.OpenAccountCount(kind=encoding.ACCOUNT_KINDS[kind], account_count=count)
            for kind, count in sorted(view.open_accounts.items())
        ],
        holdings=[
            pb.HeldTotal(product=product, bucket=encoding.BUCKETS[bucket], quantity_tco2e=quantity)
            for (product, bucket), quantity in sorted(view.holdings.items())
        ],
        issued_table_count=view.issued_table_count,
        issued_tco2e=view.issued_tco2e,
        completion=(encoding_surrender.completion(view.completion) if view.completion is not None else None),
    )


def _certificate(certificate: CancellationCertificate) -> pb.CancellationCertificate:
    return pb.CancellationCertificate(
        certificate_no=certificate.certificate_no,
        holder_name=certificate.holder_name,
        product=certificate.product,
        quantity_tco2e=certificate.quantity_tco2e,
        purpose=PURPOSES[certificate.purpose],
        beneficiary=certificate.beneficiary,
        issued_time=to_timestamp(certificate.issued_time),
        serials=[SerialSpan(serial_start=start, serial_end=end) for start, end in certificate.serials],
    )


def _change(view: PublishedChange) -> pb.PublishedChange:
    return pb.PublishedChange(
        registration_no=view.registration_no,
        kind=CHANGE_KINDS[view.kind],
        province_code=view.province_code,
        holder_name=view.holder_name,
        successor_names=view.successor_names,
        registered_time=to_timestamp(view.registered_time),
    )
