"""Change registrations and freezes: domain values to contract messages."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from ets.registry.v1 import registry_types_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp

from registry.adapters.encoding import moment
from registry.domain.change import (
    ChangeKind,
    ChangeLine,
    ChangeRegistration,
    ChangeStatus,
    Document,
    DocumentKind,
    Succession,
)
from registry.domain.judicial_freeze import JudicialFreeze

CHANGE_KINDS: Final[Mapping[ChangeKind, pb.ChangeKind.ValueType]] = {
    ChangeKind.FREEZE: pb.CHANGE_KIND_FREEZE,
    ChangeKind.RELEASE: pb.CHANGE_KIND_RELEASE,
    ChangeKind.JUDICIAL_TRANSFER: pb.CHANGE_KIND_JUDICIAL_TRANSFER,
    ChangeKind.MERGER: pb.CHANGE_KIND_MERGER,
    ChangeKind.SPLIT: pb.CHANGE_KIND_SPLIT,
    ChangeKind.RECOVERY: pb.CHANGE_KIND_RECOVERY,
    ChangeKind.RESERVE: pb.CHANGE_KIND_RESERVE,
    ChangeKind.RESERVE_RELEASE: pb.CHANGE_KIND_RESERVE_RELEASE,
    ChangeKind.CORRECTION: pb.CHANGE_KIND_CORRECTION,
}
CHANGE_STATUSES: Final[Mapping[ChangeStatus, pb.ChangeStatus.ValueType]] = {
    ChangeStatus.FILED: pb.CHANGE_STATUS_FILED,
    ChangeStatus.INITIATED: pb.CHANGE_STATUS_INITIATED,
    ChangeStatus.CONFIRMED: pb.CHANGE_STATUS_CONFIRMED,
    ChangeStatus.REJECTED: pb.CHANGE_STATUS_REJECTED,
}
DOCUMENT_KINDS: Final[Mapping[DocumentKind, pb.ChangeDocumentKind.ValueType]] = {
    DocumentKind.COURT_RULING: pb.CHANGE_DOCUMENT_KIND_COURT_RULING,
    DocumentKind.ENFORCEMENT_NOTICE: pb.CHANGE_DOCUMENT_KIND_ENFORCEMENT_NOTICE,
    DocumentKind.PROVINCE_LETTER: pb.CHANGE_DOCUMENT_KIND_PROVINCE_LETTER,
    DocumentKind.MINISTRY_LETTER: pb.CHANGE_DOCUMENT_KIND_MINISTRY_LETTER,
    DocumentKind.SUCCESSION_PROOF: pb.CHANGE_DOCUMENT_KIND_SUCCESSION_PROOF,
    DocumentKind.MISTAKE_REPORT: pb.CHANGE_DOCUMENT_KIND_MISTAKE_REPORT,
}


def change_registration(value: ChangeRegistration) -> pb.ChangeRegistration:
    """Encode a registration."""
    return pb.ChangeRegistration(
        registration_no=value.registration_no,
        kind=CHANGE_KINDS[value.kind],
        status=CHANGE_STATUSES[value.status],
        document=document(value.document),
        account_no=value.account_no,
        survivor_account_no=value.survivor_account_no,
        province_code=value.province_code,
        lines=[_line(line_no, line) for line_no, line in enumerate(value.lines, start=1)],
        expiry_date=_day(value.expiry_date),
        successions=[succession(one) for one in value.successions],
        filed_by=value.filed_by,
        filed_time=moment(value.filed_time),
        initiated_by=value.initiated_by,
        initiated_time=moment(value.initiated_time),
        confirmed_by=value.confirmed_by,
        confirmed_time=moment(value.confirmed_time),
        rejected_by=value.rejected_by,
        rejected_time=moment(value.rejected_time),
        reject_reason=value.reject_reason,
    )


def judicial_freeze(value: JudicialFreeze, rests_on: Document) -> pb.JudicialFreeze:
    """Encode a freeze with the document that it rests on."""
    return pb.JudicialFreeze(
        freeze_no=value.freeze_no,
        registration_no=value.registration_no,
        account_no=value.account_no,
        product=value.product,
        frozen_tco2e=value.frozen_tco2e,
        held_tco2e=value.held_tco2e,
        serials=[pb.FrozenSerials(serial_start=start, serial_end=end) for start, end in value.blocks],
        document=document(rests_on),
        expiry_date=_day(value.expiry_date),
        frozen_time=to_timestamp(value.frozen_time),
    )


def document(value: Document) -> pb.ChangeDocument:
    """Encode a document."""
    return pb.ChangeDocument(
        kind=DOCUMENT_KINDS[value.kind],
        document_no=value.document_no,
        issued_date=value.issued_date.isoformat(),
        authority=value.authority,
        digest=value.digest,
    )


def succession(value: Succession) -> pb.ObligationSuccession:
    """Encode an obligation that was taken over."""
    return pb.ObligationSuccession(
        credit_code=value.credit_code,
        period=value.period,
        successor_credit_code=value.successor_credit_code,
        outstanding_tco2e=value.outstanding_tco2e,
    )


def _line(line_no: int, line: ChangeLine) -> pb.ChangeLine:
    start, end = line.serials or (0, 0)
    return pb.ChangeLine(
        line_no=line_no,
        source_account_no=line.source_account_no,
        target_account_no=line.target_account_no,
        product=line.product,
        quantity_tco2e=line.quantity_tco2e,
        serial_start=start,
        serial_end=end,
        freeze_no=line.freeze_no,
        corrects=line.corrects,
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
