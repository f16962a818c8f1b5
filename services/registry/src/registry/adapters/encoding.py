"""Domain values to contract messages: one function per message, used by events and by gRPC alike."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from ets.mrv.v1 import mrv_types_pb2
from ets.registry.v1 import registry_events_pb2
from ets.registry.v1 import registry_types_pb2 as pb
from ets_kernel.domain.ids import masked
from ets_kernel.runtime.grpc.errors import to_detail
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_ledger.domain.journal import TreeHead
from ets_ledger.domain.values import Bucket
from google.protobuf.timestamp_pb2 import Timestamp

from registry.domain.accounts import Account, AccountKind, AccountStatus, AccountUse
from registry.domain.allocation_table import Difference, Issuance, IssuanceStatus
from registry.domain.compliance_rules import Sector, rules_of
from registry.domain.corrected_records import RecordCorrection
from registry.domain.handover import RowOutcome
from registry.domain.obligation import ComplianceState, Obligation, parts_of, state_at
from registry.domain.surrender import SurrenderApplication, SurrenderStatus

ACCOUNT_KINDS: Final[Mapping[AccountKind, pb.AccountKind.ValueType]] = {
    AccountKind.NATIONAL: pb.ACCOUNT_KIND_NATIONAL,
    AccountKind.PROVINCIAL: pb.ACCOUNT_KIND_PROVINCIAL,
    AccountKind.EMITTER: pb.ACCOUNT_KIND_EMITTER,
    AccountKind.INSTITUTION: pb.ACCOUNT_KIND_INSTITUTION,
    AccountKind.INDIVIDUAL: pb.ACCOUNT_KIND_INDIVIDUAL,
    AccountKind.SYSTEM: pb.ACCOUNT_KIND_SYSTEM,
}
ACCOUNT_STATUSES: Final[Mapping[AccountStatus, pb.AccountStatus.ValueType]] = {
    AccountStatus.APPLIED: pb.ACCOUNT_STATUS_APPLIED,
    AccountStatus.OPEN: pb.ACCOUNT_STATUS_OPEN,
    AccountStatus.CLOSED: pb.ACCOUNT_STATUS_CLOSED,
}
ACCOUNT_USES: Final[Mapping[AccountUse, pb.AccountUse.ValueType]] = {
    AccountUse.TRANSFER_TO_TRADING: pb.ACCOUNT_USE_TRANSFER_TO_TRADING,
    AccountUse.SURRENDER: pb.ACCOUNT_USE_SURRENDER,
    AccountUse.CANCELLATION: pb.ACCOUNT_USE_CANCELLATION,
    AccountUse.CARRY_OVER: pb.ACCOUNT_USE_CARRY_OVER,
    AccountUse.RECEIPT: pb.ACCOUNT_USE_RECEIPT,
}
BUCKETS: Final[Mapping[str, pb.Bucket.ValueType]] = {
    Bucket.REGISTERED: pb.BUCKET_REGISTERED,
    Bucket.TRADING: pb.BUCKET_TRADING,
    Bucket.IN_TRANSIT: pb.BUCKET_IN_TRANSIT,
    Bucket.PENDING_SURRENDER: pb.BUCKET_PENDING_SURRENDER,
    Bucket.PENDING_CANCELLATION: pb.BUCKET_PENDING_CANCELLATION,
    Bucket.PENDING_CARRY_OVER: pb.BUCKET_PENDING_CARRY_OVER,
    Bucket.JUDICIALLY_FROZEN: pb.BUCKET_JUDICIALLY_FROZEN,
    Bucket.SURRENDERED: pb.BUCKET_SURRENDERED,
    Bucket.RECOVERED: pb.BUCKET_RECOVERED,
    Bucket.ISSUANCE: pb.BUCKET_ISSUANCE,
    Bucket.CANCELLED: pb.BUCKET_CANCELLED,
}
ISSUANCE_STATUSES: Final[Mapping[IssuanceStatus, pb.IssuanceStatus.ValueType]] = {
    IssuanceStatus.DIFFERENT: pb.ISSUANCE_STATUS_DIFFERENT,
    IssuanceStatus.AGREED: pb.ISSUANCE_STATUS_AGREED,
    IssuanceStatus.MATCHED: pb.ISSUANCE_STATUS_MATCHED,
    IssuanceStatus.SEAL_DIFFERENT: pb.ISSUANCE_STATUS_SEAL_DIFFERENT,
    IssuanceStatus.INITIATED: pb.ISSUANCE_STATUS_INITIATED,
    IssuanceStatus.ISSUED: pb.ISSUANCE_STATUS_ISSUED,
}
SURRENDER_STATUSES: Final[Mapping[SurrenderStatus, pb.SurrenderStatus.ValueType]] = {
    SurrenderStatus.SUBMITTED: pb.SURRENDER_STATUS_SUBMITTED,
    SurrenderStatus.CONFIRMED: pb.SURRENDER_STATUS_CONFIRMED,
    SurrenderStatus.REFUSED: pb.SURRENDER_STATUS_REFUSED,
    SurrenderStatus.REGISTERED: pb.SURRENDER_STATUS_REGISTERED,
    SurrenderStatus.OFFERED: pb.SURRENDER_STATUS_OFFERED,
    SurrenderStatus.WITHDRAWN: pb.SURRENDER_STATUS_WITHDRAWN,
    SurrenderStatus.RETURNED: pb.SURRENDER_STATUS_RETURNED,
}
OBLIGATION_SECTORS: Final[Mapping[Sector, pb.ObligationSector.ValueType]] = {
    Sector.POWER: pb.OBLIGATION_SECTOR_POWER,
    Sector.STEEL: pb.OBLIGATION_SECTOR_STEEL,
    Sector.CEMENT: pb.OBLIGATION_SECTOR_CEMENT,
    Sector.ALUMINIUM: pb.OBLIGATION_SECTOR_ALUMINIUM,
}
COMPLIANCE_STATES: Final[Mapping[ComplianceState, pb.ComplianceState.ValueType]] = {
    ComplianceState.OPEN: pb.COMPLIANCE_STATE_OPEN,
    ComplianceState.PARTIAL: pb.COMPLIANCE_STATE_PARTIAL,
    ComplianceState.COMPLETED_ON_TIME: pb.COMPLIANCE_STATE_COMPLETED_ON_TIME,
    ComplianceState.COMPLETED_LATE: pb.COMPLIANCE_STATE_COMPLETED_LATE,
    ComplianceState.OVERDUE: pb.COMPLIANCE_STATE_OVERDUE,
}


def account(value: Account) -> pb.Account:
    """Encode an account; a person's number masked, and without the way to reach the holder."""
    return pb.Account(
        account_no=value.account_no,
        kind=ACCOUNT_KINDS[value.kind],
        credit_code=value.credit_code,
        name=value.name,
        province_code=value.province_code,
        opened_time=moment(value.opened_time),
        status=ACCOUNT_STATUSES[value.status],
        version=value.version,
        restricted_uses=account_uses(value.restricted_uses),
        masked_identity_number=masked(value.identity_number),
        licence_no=value.licence_no,
        is_confirmation_needed=value.is_confirmation_needed,
        closed_time=moment(value.closed_time),
    )


def account_uses(values: Iterable[AccountUse]) -> list[pb.AccountUse.ValueType]:
    """Encode uses, in the contract's order."""
    return sorted(ACCOUNT_USES[use] for use in values)


def moment(at: datetime | None) -> Timestamp | None:
    """Encode a moment that may be absent."""
    return to_timestamp(at) if at is not None else None


def difference(value: Difference) -> mrv_types_pb2.AllocationDifference:
    """Encode a figure that differs."""
    return mrv_types_pb2.AllocationDifference(
        credit_code=value.credit_code,
        unit_no=value.unit_no,
        year=value.year,
        column=value.column,
        transmitted_tco2e=value.transmitted_tco2e,
        recomputed_tco2e=value.recomputed_tco2e,
    )


def issuance(value: Issuance, *, matched_time: datetime | None, due: date | None) -> pb.Issuance:
    """Encode where a table stands, when its seal matched and by when it is to be issued."""
    return pb.Issuance(
        table_no=value.table_no,
        revision=value.revision,
        province_code=value.province_code,
        period=value.period,
        status=ISSUANCE_STATUSES[value.status],
        issue_tco2e=value.issue_tco2e,
        entity_count=value.entity_count,
        difference_count=value.difference_count,
        initiated_by=value.initiated_by,
        confirmed_by=value.confirmed_by,
        matched_time=moment(matched_time),
        issue_due_date=due.isoformat() if due is not None else "",
        initiated_time=moment(value.initiated_time),
        confirmed_time=moment(value.confirmed_time),
    )


def row_outcome(value: RowOutcome) -> registry_events_pb2.HandoverRowOutcome:
    """Encode what became of a row."""
    return registry_events_pb2.HandoverRowOutcome(
        row_no=value.row.row_no,
        cancellation_no=value.row.cancellation_no,
        is_accepted=value.error is None,
        error=to_detail(value.error) if value.error is not None else None,
    )


def record_correction(value: RecordCorrection) -> pb.RecordCorrection:
    """Encode what a correction did to a line of an application or case."""
    return pb.RecordCorrection(
        registration_no=value.registration_no,
        line_no=value.line_no,
        product=value.product,
        change_tco2e=value.change_tco2e,
        corrected_time=to_timestamp(value.corrected_time),
    )


def surrender_application(value: SurrenderApplication) -> pb.SurrenderApplication:
    """Encode an application."""
    return pb.SurrenderApplication(
        application_no=value.application_no,
        credit_code=value.credit_code,
        province_code=value.province_code,
        period=value.period,
        lines=[
            pb.SurrenderLine(product=line.product, quantity_tco2e=line.quantity_tco2e) for line in value.lines
        ],
        status=SURRENDER_STATUSES[value.status],
        submitted_time=to_timestamp(value.submitted_time),
        registered_time=moment(value.registered_time),
        decided_time=moment(value.decided_time),
        decided_by=value.decided_by,
        words=value.words,
        helper_credit_code=value.helper_credit_code,
        helper_account_no=value.helper_account_no,
        consented_time=moment(value.consented_time),
        closed_time=moment(value.closed_time),
        closed_by=value.closed_by,
        corrections=[record_correction(one) for one in value.corrections],
    )


def compliance_status(value: Obligation, at: datetime) -> pb.ComplianceStatus:
    """Encode how an entity stood at a moment, given what was registered by then."""
    return pb.ComplianceStatus(
        credit_code=value.credit_code,
        province_code=value.province_code,
        period=value.period,
        obligation_tco2e=value.obligation_tco2e,
        surrendered_tco2e=value.surrendered_tco2e,
        offset_tco2e=value.offset_tco2e,
        state=COMPLIANCE_STATES[state_at(value, at)],
        completed_time=moment(value.completed_time),
        notice_no=value.notice_no,
        certificate_no=value.certificate_no,
        offset_limit_tco2e=value.offset_limit_tco2e,
        excess_offset_tco2e=value.excess_offset_tco2e,
        surplus_tco2e=value.surplus_tco2e,
        deducted_tco2e=value.deducted_tco2e,
        deadline_time=to_timestamp(value.deadline_time),
        parts=obligation_parts(value),
        is_through_province=value.is_through_province,
        owed_by_credit_code=value.owed_by,
    )


def obligation_parts(value: Obligation) -> list[pb.ObligationPart]:
    """Encode what is owed for each sector."""
    return [
        pb.ObligationPart(
            sector=OBLIGATION_SECTORS[part.sector],
            obligation_tco2e=part.obligation_tco2e,
            offset_limit_tco2e=part.offset_limit_tco2e,
        )
        for part in parts_of(value, rules_of(value.period))
    ]


def tree_head(value: TreeHead, batch_hash: bytes) -> pb.TreeHead:
    """Encode a signed head."""
    return pb.TreeHead(
        business_date=value.business_date.isoformat(),
        entry_count=value.tree_size,
        root=bytes(value.root),
        batch_hash=batch_hash,
        signature=bytes(value.signature),
        key_id=value.key_id,
        signed_time=to_timestamp(value.signed_time),
    )
