"""Values of surrender to contract messages, beside those of `registry.adapters.encoding`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ets.common.v1 import seal_pb2
from ets.registry.v1 import registry_types_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp

from registry.adapters.encoding import OBLIGATION_SECTORS, compliance_status, moment, record_correction
from registry.app.surrender_queries import CompletionView, ObligationTakenOver
from registry.domain.certificates import ComplianceCertificate, ComplianceNotice, Proof
from registry.domain.forced_surrender import ForcedSurrender, ForcedSurrenderStatus
from registry.domain.obligation_change import ObligationChange, ObligationChangeStatus

CHANGE_STATUSES: Final[Mapping[ObligationChangeStatus, pb.ObligationChangeStatus.ValueType]] = {
    ObligationChangeStatus.INITIATED: pb.OBLIGATION_CHANGE_STATUS_INITIATED,
    ObligationChangeStatus.CONFIRMED: pb.OBLIGATION_CHANGE_STATUS_CONFIRMED,
}
FORCED_STATUSES: Final[Mapping[ForcedSurrenderStatus, pb.ForcedSurrenderStatus.ValueType]] = {
    ForcedSurrenderStatus.INITIATED: pb.FORCED_SURRENDER_STATUS_INITIATED,
    ForcedSurrenderStatus.REGISTERED: pb.FORCED_SURRENDER_STATUS_REGISTERED,
}


def obligation_change(value: ObligationChange) -> pb.ObligationChange:
    """Encode a change of an obligation."""
    return pb.ObligationChange(
        change_no=value.change_no,
        credit_code=value.credit_code,
        period=value.period,
        from_tco2e=value.from_tco2e,
        to_tco2e=value.to_tco2e,
        document_no=value.document_no,
        words=value.words,
        status=CHANGE_STATUSES[value.status],
        initiated_by=value.initiated_by,
        initiated_time=to_timestamp(value.initiated_time),
        confirmed_by=value.confirmed_by,
        confirmed_time=moment(value.confirmed_time),
        sector=OBLIGATION_SECTORS[value.sector]
        if value.sector is not None
        else pb.OBLIGATION_SECTOR_UNSPECIFIED,
    )


def taken_over(value: ObligationTakenOver, at: datetime) -> pb.ObligationTakenOver:
    """Encode an obligation that its successor owed at a moment."""
    return pb.ObligationTakenOver(
        status=compliance_status(value.obligation, at),
        registration_no=value.registration_no,
        outstanding_tco2e=value.outstanding_tco2e,
        merged_time=to_timestamp(value.merged_time),
    )


def forced_surrender(value: ForcedSurrender) -> pb.ForcedSurrender:
    """Encode a forced surrender."""
    return pb.ForcedSurrender(
        case_no=value.case_no,
        credit_code=value.credit_code,
        province_code=value.province_code,
        document_no=value.document_no,
        lines=[
            pb.ForcedSurrenderLine(
                period=line.period, product=line.product, quantity_tco2e=line.quantity_tco2e
            )
            for line in value.lines
        ],
        shortfalls=[
            pb.ForcedSurrenderShortfall(period=period, quantity_tco2e=quantity)
            for period, quantity in value.shortfalls
        ],
        status=FORCED_STATUSES[value.status],
        initiated_by=value.initiated_by,
        initiated_time=to_timestamp(value.initiated_time),
        confirmed_by=value.confirmed_by,
        confirmed_time=moment(value.confirmed_time),
        corrections=[record_correction(one) for one in value.corrections],
    )


def notice(value: ComplianceNotice) -> pb.ComplianceNotice:
    """Encode what a notice says."""
    after = value.offset_registered_after
    return pb.ComplianceNotice(
        notice_no=value.notice_no,
        credit_code=value.credit_code,
        entity_name=value.entity_name,
        province_code=value.province_code,
        period=value.period,
        obligation_tco2e=value.obligation_tco2e,
        offset_percent=value.offset_percent,
        offset_limit_tco2e=value.offset_limit_tco2e,
        offset_registered_after=after.isoformat() if after is not None else "",
        usable_vintages=value.usable_vintages,
        deadline_time=to_timestamp(value.deadline_time),
        issued_time=to_timestamp(value.issued_time),
        sectors=value.sectors,
    )


def certificate(value: ComplianceCertificate) -> pb.ComplianceCertificate:
    """Encode what a certificate says."""
    return pb.ComplianceCertificate(
        certificate_no=value.certificate_no,
        credit_code=value.credit_code,
        entity_name=value.entity_name,
        province_code=value.province_code,
        period=value.period,
        obligation_tco2e=value.obligation_tco2e,
        surrendered_tco2e=value.surrendered_tco2e,
        offset_tco2e=value.offset_tco2e,
        is_on_time=value.is_on_time,
        deadline_time=to_timestamp(value.deadline_time),
        completed_time=to_timestamp(value.completed_time),
        issued_time=to_timestamp(value.issued_time),
        lines=[
            pb.SurrenderLine(product=product, quantity_tco2e=quantity) for product, quantity in value.lines
        ],
    )


def seal(value: Proof) -> seal_pb2.Seal:
    """Encode a digest with its signature."""
    return seal_pb2.Seal(digest=value.digest, signature=value.signature, key_id=value.key_id)


def completion(value: CompletionView) -> pb.ProvinceCompletion:
    """Encode how a province stood at the end of a day."""
    return pb.ProvinceCompletion(
        province_code=value.province_code,
        business_date=value.business_date.isoformat(),
        entity_count=value.entity_count,
        completed_count=value.completed_count,
        completed_basis_points=value.completed_basis_points,
        obligation_tco2e=value.obligation_tco2e,
        surrendered_tco2e=value.surrendered_tco2e,
        offset_tco2e=value.offset_tco2e,
    )
