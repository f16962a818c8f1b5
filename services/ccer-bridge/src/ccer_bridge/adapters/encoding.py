"""Domain values to contract messages: one function per message, used by events and by gRPC alike."""

from collections.abc import Mapping
from typing import Final

from ets.ccer.v1 import ccer_types_pb2 as pb
from ets.common.v1 import seal_pb2
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_ledger.domain.values import Bucket

from ccer_bridge.domain.accounts import Account, AccountStatus
from ccer_bridge.domain.cancellation import Cancellation
from ccer_bridge.domain.handover import CENTRE_KEY_ID, HandoverRow, HandoverState, Manifest
from ccer_bridge.domain.projects import Project

ACCOUNT_STATUSES: Final[Mapping[AccountStatus, pb.AccountStatus.ValueType]] = {
    AccountStatus.SUBMITTED: pb.ACCOUNT_STATUS_SUBMITTED,
    AccountStatus.FIRST_REVIEWED: pb.ACCOUNT_STATUS_FIRST_REVIEWED,
    AccountStatus.OPEN: pb.ACCOUNT_STATUS_OPEN,
    AccountStatus.REFUSED: pb.ACCOUNT_STATUS_REFUSED,
}
BUCKETS: Final[Mapping[str, pb.CcerBucket.ValueType]] = {
    Bucket.REGISTERED: pb.CCER_BUCKET_REGISTERED,
    Bucket.TRADING: pb.CCER_BUCKET_TRADING,
    Bucket.IN_TRANSIT: pb.CCER_BUCKET_IN_TRANSIT,
    Bucket.CANCELLED: pb.CCER_BUCKET_CANCELLED,
}


def project(value: Project) -> pb.Project:
    """Encode a project."""
    return pb.Project(
        project_no=value.project_no,
        name=value.name,
        project_type=value.project_type,
        methodology=value.methodology,
        owner_credit_code=value.owner_credit_code,
        is_inside_national_market=value.is_inside_national_market,
    )


def account(value: Account) -> pb.CcerAccount:
    """Encode an account."""
    return pb.CcerAccount(
        account_no=value.account_no,
        credit_code=value.credit_code,
        name=value.name,
        province_code=value.province_code,
        venue=value.venue,
        status=ACCOUNT_STATUSES[value.status],
        first_reviewed_by=value.first_reviewed_by,
        second_reviewed_by=value.second_reviewed_by,
        opened_time=to_timestamp(value.opened_time) if value.opened_time is not None else None,
    )


def cancellation(value: Cancellation) -> pb.Cancellation:
    """Encode a cancellation."""
    return pb.Cancellation(
        cancellation_no=value.cancellation_no,
        application_no=value.application_no,
        credit_code=value.credit_code,
        entity_name=value.entity_name,
        province_code=value.province_code,
        account_no=value.account_no,
        project_no=value.project_no,
        project_name=value.project_name,
        project_type=value.project_type,
        reduction_year=value.reduction_year,
        blocks=[pb.CcerBlock(serial_start=start, serial_end=end) for start, end in value.blocks],
        quantity_tco2e=value.quantity_tco2e,
        cancelled_time=to_timestamp(value.cancelled_time),
    )


def handover_row(value: HandoverRow) -> pb.HandoverRow:
    """Encode a row of a hand-over."""
    return pb.HandoverRow(
        row_no=value.row_no,
        cancellation=cancellation(value.cancellation),
        confirmed_tco2e=value.confirmed_tco2e,
        is_inside_national_market=value.is_inside_national_market,
    )


def manifest(value: Manifest) -> pb.HandoverManifest:
    """Encode a manifest with its seal."""
    return pb.HandoverManifest(
        handover_no=value.handover_no,
        business_date=value.business_date.isoformat(),
        province_code=value.province_code,
        row_count=value.row_count,
        quantity_tco2e=value.quantity_tco2e,
        rows_digest=value.rows_digest,
        previous_digest=value.previous_digest,
        manifest_digest=value.manifest_digest,
        seal=seal_pb2.Seal(digest=value.manifest_digest, signature=value.signature, key_id=CENTRE_KEY_ID),
    )


def handover_status(value: HandoverState) -> pb.HandoverStatus:
    """Encode where a hand-over stands."""
    return pb.HandoverStatus(
        manifest=manifest(value.manifest),
        accepted_count=value.accepted_count,
        rejected_count=value.rejected_count,
        is_acknowledged=value.acknowledged_time is not None,
        is_alarmed=value.alarmed_time is not None,
        issue_no=value.issue_no,
        rejection_reason=value.rejection_reason,
    )
