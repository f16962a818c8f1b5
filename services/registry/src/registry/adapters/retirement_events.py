"""Facts of cancellation and carry-over to their messages."""

from collections.abc import Mapping
from typing import Any, Final

from ets.registry.v1 import registry_events_pb2 as pb
from ets_kernel.domain.ids import CreditCode, emitter_account
from ets_kernel.runtime.publication import Published, Told

from registry.adapters.change_events import HOLDINGS
from registry.domain import events
from registry.domain.carry_over_rules import NEW_PRODUCT


def _cancellation_registered(fact: events.VoluntaryCancellationRegistered) -> Told:
    item = fact.application
    message = pb.VoluntaryCancellationRegistered(
        certificate_no=item.certificate_no,
        application_no=item.application_no,
        account_no=item.account_no,
        product=item.product,
        quantity_tco2e=item.quantity_tco2e,
        purpose=item.purpose,
    )
    return Told(aggregate_id=item.account_no, flow_id=item.application_no, message=message)


def _notice_issued(fact: events.CarryOverNoticeIssued) -> Told:
    notice = fact.notice
    number = emitter_account(notice.credit_code)
    message = pb.CarryOverNoticeIssued(
        notice_no=notice.notice_no,
        account_no=number,
        credit_code=notice.credit_code,
        computed_tco2e=notice.computed_tco2e,
        holding_tco2e=notice.holding_tco2e,
        allowed_tco2e=notice.allowed_tco2e,
        taken_over_tco2e=notice.taken_over_tco2e,
    )
    return Told(aggregate_id=number, flow_id=notice.notice_no, message=message)


def _carried_over(fact: events.UnitsCarriedOver) -> Told:
    item = fact.application
    number = emitter_account(item.credit_code)
    message = pb.UnitsCarriedOver(
        application_no=item.application_no,
        account_no=number,
        credit_code=item.credit_code,
        product=NEW_PRODUCT,
        quantity_tco2e=item.quantity_tco2e,
    )
    return Told(aggregate_id=number, flow_id=item.application_no, message=message)


def _cancellation_corrected(fact: events.CancellationCorrected) -> Told:
    item = fact.application
    message = pb.VoluntaryCancellationCorrected(
        registration_no=fact.change.registration_no,
        certificate_no=item.certificate_no,
        application_no=item.application_no,
        account_no=item.account_no,
        product=item.product,
        change_tco2e=fact.record_change.change_tco2e,
    )
    return Told(aggregate_id=item.account_no, flow_id=fact.change.registration_no, message=message)


def _carry_over_corrected(fact: events.CarryOverCorrected) -> Told:
    record = fact.record_change.record
    number = emitter_account(CreditCode(record.credit_code))
    message = pb.CarryOverCorrected(
        registration_no=fact.change.registration_no,
        application_no=record.record_no,
        account_no=number,
        credit_code=record.credit_code,
        change_tco2e=fact.record_change.change_tco2e,
    )
    return Told(aggregate_id=number, flow_id=fact.change.registration_no, message=message)


PUBLISHED: Final[Mapping[type[Any], Published]] = {
    fact: Published(topic=HOLDINGS, aggregate="account", tell=tell)
    for fact, tell in (
        (events.VoluntaryCancellationRegistered, _cancellation_registered),
        (events.CarryOverNoticeIssued, _notice_issued),
        (events.UnitsCarriedOver, _carried_over),
        (events.CancellationCorrected, _cancellation_corrected),
        (events.CarryOverCorrected, _carry_over_corrected),
    )
}
