"""Facts to messages (PUBLISHED) and messages to use cases (`Consumed.subscriptions`).

A fact is told on the topic and under the key that its message's comment in the contract names.
"""

from collections.abc import Mapping
from typing import Any, Final

from ets.ccer.v1 import ccer_events_pb2, ccer_types_pb2
from ets.common.v1.event_pb2 import EventEnvelope
from ets.mrv.v1 import mrv_events_pb2 as pb
from ets.registry.v1 import registry_events_pb2
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import parse_credit_code
from ets_kernel.domain.products import parse_project_no
from ets_kernel.domain.sealing import Verifier
from ets_kernel.runtime.consumer import Subscription
from ets_kernel.runtime.db import OutgoingEvent
from ets_kernel.runtime.grpc.messages import to_timestamp
from ets_kernel.runtime.publication import Published, Told

from mrv.adapters import decoding, encoding
from mrv.app.follow_ccer_account import follow_ccer_account
from mrv.app.follow_compliance import follow_compliance
from mrv.app.mark_project import mark_project
from mrv.app.ports import UnitOfWork
from mrv.app.take_handover import take_handover
from mrv.app.take_issuance import IssuedTable, take_issuance
from mrv.app.take_receipt import take_receipt
from mrv.app.take_recomputation import Recomputation, take_recomputation
from mrv.domain import events
from mrv.domain.offset_application import CcerAccount

ROSTER: Final = "ets.mrv.roster.v1"
ALLOCATION: Final = "ets.mrv.allocation.v1"
APPLICATIONS: Final = "ets.mrv.applications.v1"


def outgoing(fact: events.Fact) -> OutgoingEvent:
    """Put a fact in its message."""
    return PUBLISHED[type(fact)].outgoing(fact)


def _entity_listed(fact: events.EntityListed) -> Told:
    code = fact.entity.credit_code
    message = pb.EntityListed(entity=encoding.entity(fact.entity))
    return Told(aggregate_id=code, flow_id=code, message=message)


def _table_transmitted(fact: events.AllocationTableTransmitted) -> Told:
    table = fact.table
    message = pb.AllocationTableTransmitted(
        table_no=table.table_no,
        province_code=table.province_code,
        period=table.period,
        kind=encoding.KINDS[table.kind],
        revision=table.revision,
        unit_rows=[encoding.unit_row(row) for row in fact.rows.unit_rows],
        entity_rows=[encoding.entity_row(row) for row in fact.rows.entity_rows],
        digest=table.digest,
        transmitted_time=to_timestamp(fact.at),
    )
    return Told(aggregate_id=table.table_no, flow_id=table.table_no, message=message)


def _table_sealed(fact: events.AllocationTableSealed) -> Told:
    table = fact.table
    message = pb.AllocationTableSealed(
        table_no=table.table_no,
        revision=table.revision,
        seal=encoding.seal(table.seal),
        sealed_by=fact.sealed_by,
        sealed_time=to_timestamp(fact.at),
    )
    return Told(aggregate_id=table.table_no, flow_id=table.table_no, message=message)


def _application_submitted(fact: events.OffsetApplicationSubmitted) -> Told:
    number = fact.application.application_no
    message = pb.OffsetApplicationSubmitted(application=encoding.offset_application(fact.application))
    return Told(aggregate_id=number, flow_id=number, message=message)


def _application_decided(fact: events.OffsetApplicationDecided) -> Told:
    number = fact.application.application_no
    message = pb.OffsetApplicationDecided(application=encoding.offset_application(fact.application))
    return Told(aggregate_id=number, flow_id=number, message=message)


def _summary_published(fact: events.WeeklySummaryPublished) -> Told:
    summary = fact.summary
    day = summary.business_date.isoformat()
    message = pb.WeeklySummaryPublished(
        province_code=summary.province_code,
        business_date=day,
        rows=[encoding.summary_row(row) for row in summary.rows],
        confirmed_tco2e=summary.confirmed_tco2e,
    )
    return Told(aggregate_id=summary.province_code, flow_id=f"weekly-summary/{day}", message=message)


PUBLISHED: Final[Mapping[type[Any], Published]] = {
    events.EntityListed: Published(topic=ROSTER, aggregate="entity", tell=_entity_listed),
    events.AllocationTableTransmitted: Published(
        topic=ALLOCATION, aggregate="allocation_table", tell=_table_transmitted
    ),
    events.AllocationTableSealed: Published(
        topic=ALLOCATION, aggregate="allocation_table", tell=_table_sealed
    ),
    events.OffsetApplicationSubmitted: Published(
        topic=APPLICATIONS, aggregate="offset_application", tell=_application_submitted
    ),
    events.OffsetApplicationDecided: Published(
        topic=APPLICATIONS, aggregate="offset_application", tell=_application_decided
    ),
    events.WeeklySummaryPublished: Published(
        topic=APPLICATIONS, aggregate="province", tell=_summary_published
    ),
}


class Consumed:
    """Handlers of the events of others: decode, use case."""

    def __init__(self, *, clock: Clock, verifier: Verifier) -> None:
        self._clock = clock
        self._verifier = verifier

    def subscriptions(self) -> list[Subscription[UnitOfWork]]:
        """Give the table of topics, messages and handlers; messages that are not named are passed over."""
        return [
            Subscription(
                topic="ets.registry.allocation.v1",
                handlers={
                    registry_events_pb2.AllocationTableRecomputed: self.table_recomputed,
                    registry_events_pb2.AllowancesIssued: self.allowances_issued,
                },
            ),
            # Acknowledgements and credits are for the centre and the entity; the platform only keeps its place.
            Subscription(topic="ets.registry.offsets.v1", handlers={}),
            Subscription(
                topic="ets.registry.compliance.v1",
                handlers={
                    registry_events_pb2.SurrenderRegistered: self.surrender_registered,
                    registry_events_pb2.ForcedSurrenderRegistered: self.surrender_registered,
                    registry_events_pb2.ObligationChanged: self.surrender_registered,
                    registry_events_pb2.SurrenderCorrected: self.surrender_registered,
                },
            ),
            Subscription(
                topic="ets.ccer.projects.v1",
                handlers={ccer_events_pb2.ProjectRegistered: self.project_registered},
            ),
            Subscription(
                topic="ets.ccer.accounts.v1",
                handlers={ccer_events_pb2.CcerAccountReviewed: self.account_reviewed},
            ),
            Subscription(
                topic="ets.ccer.cancellations.v1",
                handlers={ccer_events_pb2.CancellationRegistered: self.cancellation_registered},
            ),
            Subscription(
                topic="ets.ccer.handovers.v1",
                handlers={ccer_events_pb2.HandoverIssued: self.handover_issued},
            ),
        ]

    async def table_recomputed(
        self,
        uow: UnitOfWork,
        _envelope: EventEnvelope,
        message: registry_events_pb2.AllocationTableRecomputed,
    ) -> None:
        """Learn whether the registry agrees with a table."""
        found = Recomputation(
            table_no=message.table_no,
            revision=message.revision,
            differences=tuple(decoding.difference(difference) for difference in message.differences),
        )
        await take_recomputation(found, uow=uow, clock=self._clock)

    async def allowances_issued(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: registry_events_pb2.AllowancesIssued
    ) -> None:
        """Close a table."""
        issued = IssuedTable(table_no=message.table_no, revision=message.revision)
        await take_issuance(issued, uow=uow, clock=self._clock)

    async def surrender_registered(
        self,
        uow: UnitOfWork,
        _envelope: EventEnvelope,
        message: registry_events_pb2.SurrenderRegistered
        | registry_events_pb2.ForcedSurrenderRegistered
        | registry_events_pb2.ObligationChanged
        | registry_events_pb2.SurrenderCorrected,
    ) -> None:
        """Follow an entity's compliance, and what it owes."""
        await follow_compliance(decoding.compliance_status(message.status), uow=uow, clock=self._clock)

    async def project_registered(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: ccer_events_pb2.ProjectRegistered
    ) -> None:
        """Remember a project's mark."""
        await mark_project(
            parse_project_no(message.project.project_no),
            is_inside_national_market=message.project.is_inside_national_market,
            uow=uow,
        )

    async def account_reviewed(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: ccer_events_pb2.CcerAccountReviewed
    ) -> None:
        """Remember whether an account is open."""
        account = CcerAccount(
            account_no=message.account.account_no,
            credit_code=parse_credit_code(message.account.credit_code),
            is_open=message.account.status == ccer_types_pb2.ACCOUNT_STATUS_OPEN,
        )
        await follow_ccer_account(account, uow=uow)

    async def cancellation_registered(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: ccer_events_pb2.CancellationRegistered
    ) -> None:
        """Take the receipt of a cancellation."""
        await take_receipt(decoding.receipt(message.cancellation), uow=uow, clock=self._clock)

    async def handover_issued(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: ccer_events_pb2.HandoverIssued
    ) -> None:
        """Take the province's copy of a hand-over."""
        await take_handover(
            decoding.manifest(message.manifest),
            [decoding.handover_row(row) for row in message.rows],
            uow=uow,
            verifier=self._verifier,
            clock=self._clock,
        )
