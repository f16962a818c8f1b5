"""Facts to messages (PUBLISHED) and messages to use cases (`Consumed.subscriptions`).

A fact is told on the topic and under the key that its message's comment in the contract names.
"""

from collections.abc import Mapping
from typing import Any, Final

from ets.ccer.v1 import ccer_events_pb2 as pb
from ets.ccer.v1 import ccer_types_pb2 as types_pb
from ets.common.v1.event_pb2 import EventEnvelope
from ets.mrv.v1 import mrv_events_pb2
from ets.registry.v1 import registry_events_pb2
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.clock import Clock
from ets_kernel.runtime.consumer import Subscription
from ets_kernel.runtime.db import OutgoingEvent
from ets_kernel.runtime.publication import Published, Told

from ccer_bridge.adapters import decoding, encoding
from ccer_bridge.app.answer_transfer import answer_transfer
from ccer_bridge.app.confirm_application import confirm_application
from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.receive_weekly_summary import receive_weekly_summary
from ccer_bridge.app.return_units import return_units
from ccer_bridge.app.take_acknowledgement import take_acknowledgement
from ccer_bridge.domain import events
from ccer_bridge.domain.transfers import TransferState

CEA_MARKET: Final = "CEA"
"""Transfers of this market are for the registration system."""

PROJECTS: Final = "ets.ccer.projects.v1"
ACCOUNTS: Final = "ets.ccer.accounts.v1"
TRANSFERS: Final = "ets.ccer.transfers.v1"
CANCELLATIONS: Final = "ets.ccer.cancellations.v1"
HANDOVERS: Final = "ets.ccer.handovers.v1"


def outgoing(fact: events.Fact) -> OutgoingEvent:
    """Put a fact in its message."""
    return PUBLISHED[type(fact)].outgoing(fact)


def _project_registered(fact: events.ProjectRegistered) -> Told:
    number = fact.project.project_no
    message = pb.ProjectRegistered(project=encoding.project(fact.project))
    return Told(aggregate_id=number, flow_id=number, message=message)


def _reductions_issued(fact: events.ReductionsIssued) -> Told:
    issuance = fact.issuance
    message = pb.ReductionsIssued(
        project_no=issuance.project_no,
        product=issuance.product,
        account_no=issuance.account_no,
        block=types_pb.CcerBlock(serial_start=issuance.block.start, serial_end=issuance.block.end),
        quantity_tco2e=issuance.quantity_tco2e,
    )
    return Told(aggregate_id=issuance.project_no, flow_id=issuance.reference, message=message)


def _account_reviewed(fact: events.AccountReviewed) -> Told:
    account = fact.account
    message = pb.CcerAccountReviewed(account=encoding.account(account), reviewed_by=fact.reviewed_by)
    number = account.account_no
    return Told(aggregate_id=number, flow_id=number, message=message, aggregate_version=account.version)


def _units_sent(fact: events.UnitsTransferredToVenue) -> Told:
    transfer = fact.transfer
    message = pb.UnitsTransferredToVenue(
        transfer_no=transfer.transfer_no,
        account_no=transfer.account_no,
        credit_code=transfer.credit_code,
        venue=transfer.venue,
        product=transfer.product,
        quantity_tco2e=transfer.quantity_tco2e,
    )
    return Told(aggregate_id=transfer.account_no, flow_id=transfer.transfer_no, message=message)


def _units_returned(fact: events.UnitsReturnedFromVenue) -> Told:
    returned = fact.returned
    message = pb.UnitsReturnedFromVenue(
        withdrawal_no=returned.withdrawal_no,
        account_no=returned.account_no,
        product=returned.product,
        quantity_tco2e=returned.quantity_tco2e,
    )
    return Told(aggregate_id=returned.account_no, flow_id=returned.withdrawal_no, message=message)


def _cancellation_registered(fact: events.CancellationRegistered) -> Told:
    number = fact.cancellation.application_no
    message = pb.CancellationRegistered(cancellation=encoding.cancellation(fact.cancellation))
    return Told(aggregate_id=number, flow_id=number, message=message)


def _handover_issued(fact: events.HandoverIssued) -> Told:
    manifest = fact.handover.manifest
    message = pb.HandoverIssued(
        manifest=encoding.manifest(manifest),
        rows=[encoding.handover_row(row) for row in fact.handover.rows],
        issue_no=fact.handover.issue_no,
    )
    return Told(aggregate_id=manifest.province_code, flow_id=manifest.handover_no, message=message)


def _handover_unacknowledged(fact: events.HandoverUnacknowledged) -> Told:
    message = pb.HandoverUnacknowledged(
        handover_no=fact.handover_no,
        province_code=fact.province_code,
        business_date=fact.business_date.isoformat(),
        issue_no=fact.issue_no,
    )
    return Told(aggregate_id=fact.province_code, flow_id=fact.handover_no, message=message)


PUBLISHED: Final[Mapping[type[Any], Published]] = {
    events.ProjectRegistered: Published(topic=PROJECTS, aggregate="project", tell=_project_registered),
    events.ReductionsIssued: Published(topic=PROJECTS, aggregate="project", tell=_reductions_issued),
    events.AccountReviewed: Published(topic=ACCOUNTS, aggregate="account", tell=_account_reviewed),
    events.UnitsTransferredToVenue: Published(topic=TRANSFERS, aggregate="account", tell=_units_sent),
    events.UnitsReturnedFromVenue: Published(topic=TRANSFERS, aggregate="account", tell=_units_returned),
    events.CancellationRegistered: Published(
        topic=CANCELLATIONS, aggregate="application", tell=_cancellation_registered
    ),
    events.HandoverIssued: Published(topic=HANDOVERS, aggregate="province", tell=_handover_issued),
    events.HandoverUnacknowledged: Published(
        topic=HANDOVERS, aggregate="province", tell=_handover_unacknowledged
    ),
}


class Consumed:
    """Handlers of the events of others: decode, use case."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def subscriptions(self) -> list[Subscription[UnitOfWork]]:
        """Give the table of topics, messages and handlers."""
        return [
            Subscription(
                topic="ets.mrv.applications.v1",
                handlers={
                    mrv_events_pb2.OffsetApplicationDecided: self.application_decided,
                    mrv_events_pb2.WeeklySummaryPublished: self.summary_published,
                },
            ),
            Subscription(
                topic="ets.registry.offsets.v1",
                handlers={registry_events_pb2.HandoverAcknowledged: self.handover_acknowledged},
            ),
            Subscription(
                topic="ets.trading.transfers.v1",
                handlers={
                    trading_events_pb2.TransferInAccepted: self.transfer_accepted,
                    trading_events_pb2.TransferInRefused: self.transfer_refused,
                    trading_events_pb2.WithdrawalRequested: self.withdrawal_requested,
                },
            ),
        ]

    async def application_decided(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: mrv_events_pb2.OffsetApplicationDecided
    ) -> None:
        """Let an entity cancel under its confirmed application; a refused one is not kept."""
        if decoding.is_confirmed(message.application):
            await confirm_application(decoding.confirmed_application(message.application), uow=uow)

    async def summary_published(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: mrv_events_pb2.WeeklySummaryPublished
    ) -> None:
        """Store a weekly summary."""
        await receive_weekly_summary(decoding.weekly_summary(message), uow=uow)

    async def handover_acknowledged(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: registry_events_pb2.HandoverAcknowledged
    ) -> None:
        """Store the registry's answer to a hand-over."""
        await take_acknowledgement(decoding.acknowledgement(message), uow=uow, clock=self._clock)

    async def transfer_accepted(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: trading_events_pb2.TransferInAccepted
    ) -> None:
        """Let units arrive at a venue."""
        if message.market != CEA_MARKET:
            answer = decoding.transfer_answer(message, TransferState.ACCEPTED)
            await answer_transfer(answer, uow=uow, clock=self._clock)

    async def transfer_refused(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: trading_events_pb2.TransferInRefused
    ) -> None:
        """Take units back that trading did not take."""
        if message.market != CEA_MARKET:
            answer = decoding.transfer_answer(message, TransferState.REFUSED)
            await answer_transfer(answer, uow=uow, clock=self._clock)

    async def withdrawal_requested(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: trading_events_pb2.WithdrawalRequested
    ) -> None:
        """Free units that trading released."""
        if message.market != CEA_MARKET:
            await return_units(decoding.returned_units(message), uow=uow, clock=self._clock)
