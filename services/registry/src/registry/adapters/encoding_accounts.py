"""What belongs to accounts to contract messages and back: one function per message."""

from collections.abc import Iterable, Mapping
from typing import Final

from ets.registry.v1 import registry_types_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp

from registry.adapters import encoding
from registry.app.account_queries import AccountVersion
from registry.domain.account_applications import (
    AccountApplication,
    ApplicationKind,
    ApplicationStatus,
    Information,
    Paper,
)
from registry.domain.closing import Closing, ClosingReason
from registry.domain.instructions import Instruction, InstructionStatus
from registry.domain.operators import Operator, OperatorChange, OperatorDuties
from registry.domain.restrictions import Restriction

APPLICATION_KINDS: Final[Mapping[ApplicationKind, pb.AccountApplicationKind.ValueType]] = {
    ApplicationKind.OPENING: pb.ACCOUNT_APPLICATION_KIND_OPENING,
    ApplicationKind.INFORMATION: pb.ACCOUNT_APPLICATION_KIND_INFORMATION,
    ApplicationKind.OPERATORS: pb.ACCOUNT_APPLICATION_KIND_OPERATORS,
    ApplicationKind.CLOSING: pb.ACCOUNT_APPLICATION_KIND_CLOSING,
}
APPLICATION_STATUSES: Final[Mapping[ApplicationStatus, pb.AccountApplicationStatus.ValueType]] = {
    ApplicationStatus.SUBMITTED: pb.ACCOUNT_APPLICATION_STATUS_SUBMITTED,
    ApplicationStatus.FIRST_REVIEWED: pb.ACCOUNT_APPLICATION_STATUS_FIRST_REVIEWED,
    ApplicationStatus.PASSED: pb.ACCOUNT_APPLICATION_STATUS_PASSED,
    ApplicationStatus.REFUSED: pb.ACCOUNT_APPLICATION_STATUS_REFUSED,
}
CLOSING_REASONS: Final[Mapping[ClosingReason, pb.ClosingReason.ValueType]] = {
    ClosingReason.MERGED: pb.CLOSING_REASON_MERGED,
    ClosingReason.SPLIT: pb.CLOSING_REASON_SPLIT,
    ClosingReason.DISSOLVED: pb.CLOSING_REASON_DISSOLVED,
    ClosingReason.BANKRUPT: pb.CLOSING_REASON_BANKRUPT,
    ClosingReason.DIED: pb.CLOSING_REASON_DIED,
    ClosingReason.OTHER: pb.CLOSING_REASON_OTHER,
}
INSTRUCTION_STATUSES: Final[Mapping[InstructionStatus, pb.InstructionStatus.ValueType]] = {
    InstructionStatus.INITIATED: pb.INSTRUCTION_STATUS_INITIATED,
    InstructionStatus.CARRIED_OUT: pb.INSTRUCTION_STATUS_CARRIED_OUT,
    InstructionStatus.REJECTED: pb.INSTRUCTION_STATUS_REJECTED,
}
_REASONS: Final = {value: reason for reason, value in CLOSING_REASONS.items()}


def papers_of(messages: Iterable[pb.Paper]) -> tuple[Paper, ...]:
    """Take papers."""
    return tuple(
        Paper(kind=paper.kind, document_no=paper.document_no, digest=paper.digest) for paper in messages
    )


def information_of(message: pb.InformationChange) -> Information:
    """Take information; what is absent is None."""
    return Information(
        **{
            name: getattr(message, name)
            for name in ("name", "province_code", "licence_no", "contact")
            if message.HasField(name)
        }
    )


def operator_change_of(message: pb.OperatorChange) -> OperatorChange:
    """Take a change of operators."""
    return OperatorChange(
        registered=tuple(
            OperatorDuties(
                subject=duties.subject, is_initiator=duties.is_initiator, is_confirmer=duties.is_confirmer
            )
            for duties in message.registered
        ),
        removed_subjects=tuple(message.removed_subjects),
    )


def closing_of(message: pb.Closing) -> Closing:
    """Take the wish to close."""
    return Closing(reason=_REASONS[message.reason], note=message.note)


def application(value: AccountApplication) -> pb.AccountApplication:
    """Encode an application."""
    content = value.content
    return pb.AccountApplication(
        application_no=value.application_no,
        account_no=value.account_no,
        kind=APPLICATION_KINDS[value.kind],
        status=APPLICATION_STATUSES[value.status],
        information=_information(content) if isinstance(content, Information) else None,
        operators=_operator_change(content) if isinstance(content, OperatorChange) else None,
        closing=(
            pb.Closing(reason=CLOSING_REASONS[content.reason], note=content.note)
            if isinstance(content, Closing)
            else None
        ),
        papers=[
            pb.Paper(kind=paper.kind, document_no=paper.document_no, digest=paper.digest)
            for paper in value.papers
        ],
        submitted_by=value.submitted_by,
        submitted_time=to_timestamp(value.submitted_time),
        due_date=value.due_date.isoformat() if value.due_date is not None else "",
        first_reviewed_by=value.first_reviewed_by,
        first_reviewed_time=encoding.moment(value.first_reviewed_time),
        second_reviewed_by=value.second_reviewed_by,
        second_reviewed_time=encoding.moment(value.second_reviewed_time),
        review_note=value.review_note,
        first_review_note=value.first_review_note,
    )


def version(value: AccountVersion) -> pb.AccountVersion:
    """Encode a step in the life of an account."""
    return pb.AccountVersion(
        account=encoding.account(value.step.account),
        change=value.step.change,
        document_no=value.step.document_no,
        changed_by=value.step.changed_by,
        recorded_time=to_timestamp(value.recorded_time),
        contact=value.step.account.contact,
    )


def restriction(value: Restriction) -> pb.AccountRestriction:
    """Encode a restriction."""
    return pb.AccountRestriction(
        restriction_no=value.restriction_no,
        account_no=value.account_no,
        uses=encoding.account_uses(value.uses),
        reason=value.reason,
        document_no=value.document_no,
        imposed_by=value.imposed_by,
        imposed_time=to_timestamp(value.imposed_time),
        province_code=value.province_code,
        lifted_by=value.lifted_by,
        lifted_time=encoding.moment(value.lifted_time),
        lifting_reason=value.lifting_reason,
        lifting_document_no=value.lifting_document_no,
    )


def operator(value: Operator) -> pb.AccountOperator:
    """Encode an operator."""
    return pb.AccountOperator(
        account_no=value.account_no,
        duties=_duties(value.duties),
        application_no=value.application_no,
        registered_time=to_timestamp(value.registered_time),
        removed_time=encoding.moment(value.removed_time),
    )


def instruction(value: Instruction) -> pb.Instruction:
    """Encode an instruction."""
    return pb.Instruction(
        instruction_no=value.instruction_no,
        account_no=value.account_no,
        kind=value.kind,
        status=INSTRUCTION_STATUSES[value.status],
        initiated_by=value.initiated_by,
        initiated_time=to_timestamp(value.initiated_time),
        decided_by=value.decided_by,
        decided_time=encoding.moment(value.decided_time),
        reference=value.reference,
    )


def _information(value: Information) -> pb.InformationChange:
    return pb.InformationChange(
        name=value.name,
        province_code=value.province_code,
        licence_no=value.licence_no,
        contact=value.contact,
    )


def _operator_change(value: OperatorChange) -> pb.OperatorChange:
    return pb.OperatorChange(
        registered=[_duties(duties) for duties in value.registered],
        removed_subjects=value.removed_subjects,
    )


def _duties(value: OperatorDuties) -> pb.OperatorDuties:
    return pb.OperatorDuties(
        subject=value.subject, is_initiator=value.is_initiator, is_confirmer=value.is_confirmer
    )
