"""Facts of compliance to messages; part of `registry.adapters.events`."""

from collections.abc import Mapping
from typing import Any, Final

from ets.registry.v1 import registry_events_pb2 as pb
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.publication import Published, Told

from registry.adapters import encoding, encoding_changes, encoding_surrender
from registry.domain import events

COMPLIANCE: Final = "ets.registry.compliance.v1"


def _notice_issued(fact: events.ComplianceNoticeIssued) -> Told:
    owed = fact.obligation
    message = pb.ComplianceNoticeIssued(
        notice_no=owed.notice_no,
        credit_code=owed.credit_code,
        province_code=owed.province_code,
        period=owed.period,
        obligation_tco2e=owed.obligation_tco2e,
        offset_limit_tco2e=owed.offset_limit_tco2e,
        deadline_time=to_timestamp(owed.deadline_time),
        is_through_province=owed.is_through_province,
        parts=encoding.obligation_parts(owed),
        owed_by_credit_code=owed.owed_by,
    )
    return Told(aggregate_id=owed.credit_code, flow_id=owed.notice_no, message=message)


def _surrender_registered(fact: events.SurrenderRegistered) -> Told:
    application = fact.application
    message = pb.SurrenderRegistered(
        application=encoding.surrender_application(application),
        status=encoding.compliance_status(fact.obligation, fact.at),
    )
    return Told(aggregate_id=application.credit_code, flow_id=application.application_no, message=message)


def _certificate_issued(fact: events.ComplianceCertificateIssued) -> Told:
    owed = fact.obligation
    message = pb.ComplianceCertificateIssued(
        certificate_no=owed.certificate_no,
        credit_code=owed.credit_code,
        period=owed.period,
        completed_time=to_timestamp(owed.completed_time or fact.at),
    )
    return Told(aggregate_id=owed.credit_code, flow_id=owed.certificate_no, message=message)


def _certificate_withdrawn(fact: events.ComplianceCertificateWithdrawn) -> Told:
    owed = fact.obligation
    message = pb.ComplianceCertificateWithdrawn(
        certificate_no=owed.certificate_no,
        credit_code=owed.credit_code,
        period=owed.period,
        change_no=fact.change_no,
        withdrawn_time=to_timestamp(fact.at),
    )
    return Told(aggregate_id=owed.credit_code, flow_id=fact.change_no, message=message)


def _obligation_changed(fact: events.ObligationChanged) -> Told:
    message = pb.ObligationChanged(
        change=encoding_surrender.obligation_change(fact.change),
        status=encoding.compliance_status(fact.obligation, fact.at),
    )
    return Told(aggregate_id=fact.change.credit_code, flow_id=fact.change.change_no, message=message)


def _application_returned(fact: events.SurrenderApplicationReturned) -> Told:
    application = fact.application
    message = pb.SurrenderApplicationReturned(application=encoding.surrender_application(application))
    return Told(aggregate_id=application.credit_code, flow_id=application.application_no, message=message)


def _forced_surrender(fact: events.ForcedSurrenderRegistered) -> Told:
    message = pb.ForcedSurrenderRegistered(
        forced_surrender=encoding_surrender.forced_surrender(fact.case),
        status=encoding.compliance_status(fact.obligation, fact.at),
    )
    return Told(aggregate_id=fact.case.credit_code, flow_id=fact.case.case_no, message=message)


def _surrender_corrected(fact: events.SurrenderCorrected) -> Told:
    message = pb.SurrenderCorrected(
        registration_no=fact.change.registration_no,
        document=encoding_changes.document(fact.change.document),
        records=[
            pb.CorrectedRecord(
                record_no=one.record.record_no,
                line_no=one.record.line_no,
                product=one.product,
                change_tco2e=one.change_tco2e,
            )
            for one in fact.record_changes
        ],
        status=encoding.compliance_status(fact.obligation, fact.at),
    )
    flow_id = fact.change.registration_no
    return Told(aggregate_id=fact.obligation.credit_code, flow_id=flow_id, message=message)


PUBLISHED: Final[Mapping[type[Any], Published]] = {
    fact: Published(topic=COMPLIANCE, aggregate="entity", tell=tell)
    for fact, tell in (
        (events.ComplianceNoticeIssued, _notice_issued),
        (events.SurrenderRegistered, _surrender_registered),
        (events.ComplianceCertificateIssued, _certificate_issued),
        (events.ComplianceCertificateWithdrawn, _certificate_withdrawn),
        (events.ObligationChanged, _obligation_changed),
        (events.SurrenderApplicationReturned, _application_returned),
        (events.ForcedSurrenderRegistered, _forced_surrender),
        (events.SurrenderCorrected, _surrender_corrected),
    )
}
