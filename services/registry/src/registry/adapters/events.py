"""Facts to messages (PUBLISHED) and messages to use cases (`Consumed.subscriptions`).

A fact is told on the topic and under the key that its message's comment in the contract names.
"""

from collections.abc import Mapping
from typing import Any, Final

from ets.ccer.v1 import ccer_events_pb2
from ets.common.v1.event_pb2 import EventEnvelope
from ets.mrv.v1 import mrv_events_pb2
from ets.registry.v1 import registry_events_pb2 as pb
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ids import AccountNo, ProductCode, parse_credit_code
from ets_kernel.domain.products import parse_project_no
from ets_kernel.domain.provinces import parse_province_code
from ets_kernel.domain.sealing import Verifier
from ets_kernel.runtime.consumer import Subscription
from ets_kernel.runtime.db import OutgoingEvent
from ets_kernel.runtime.grpc.errors import to_detail
from ets_kernel.runtime.grpc.messages import from_timestamp
from ets_kernel.runtime.publication import Published, Told

from registry.adapters import (
    account_events,
    allocation_events,
    change_events,
    compliance_events,
    decoding,
    encoding,
    retirement_events,
)
from registry.app.answer_transfer import TransferAnswer, answer_transfer
from registry.app.list_entity import list_entity
from registry.app.mark_project import mark_project
from registry.app.match_seal import SealedTable, match_seal
from registry.app.ports import UnitOfWork
from registry.app.receive_allocation_table import receive_allocation_table
from registry.app.return_units import return_units
from registry.app.take_handover import take_handover
from registry.domain import events
from registry.domain.accounts import ListedEntity
from registry.domain.trading import ReturnedUnits

CEA_MARKET: Final = "CEA"
"""Transfers of other markets are for the voluntary-reduction registry."""

TRANSFERS: Final = "ets.registry.transfers.v1"
OFFSETS: Final = "ets.registry.offsets.v1"


def outgoing(fact: events.Fact) -> OutgoingEvent:
    """Put a fact in its message."""
    return PUBLISHED[type(fact)].outgoing(fact)


def _units_sent(fact: events.UnitsTransferredToTrading) -> Told:
    transfer = fact.transfer
    message = pb.UnitsTransferredToTrading(
        transfer_no=transfer.transfer_no,
        account_no=transfer.account_no,
        credit_code=fact.credit_code,
        product=transfer.product,
        quantity_tco2e=transfer.quantity_tco2e,
    )
    return Told(aggregate_id=transfer.account_no, flow_id=transfer.transfer_no, message=message)


def _units_returned(fact: events.UnitsReturnedFromTrading) -> Told:
    returned = fact.returned
    message = pb.UnitsReturnedFromTrading(
        withdrawal_no=returned.withdrawal_no,
        account_no=returned.account_no,
        product=returned.product,
        quantity_tco2e=returned.quantity_tco2e,
    )
    return Told(aggregate_id=returned.account_no, flow_id=returned.withdrawal_no, message=message)


def _handover_acknowledged(fact: events.HandoverAcknowledged) -> Told:
    message = pb.HandoverAcknowledged(
        handover_no=fact.handover_no,
        province_code=fact.province_code,
        rows=[encoding.row_outcome(outcome) for outcome in fact.outcomes],
        error=to_detail(fact.error) if fact.error is not None else None,
        issue_no=fact.issue_no,
    )
    return Told(aggregate_id=fact.province_code, flow_id=fact.handover_no, message=message)


def _credits_created(fact: events.OffsetCreditsCreated) -> Told:
    row = fact.row
    message = pb.OffsetCreditsCreated(
        cancellation_no=row.cancellation_no,
        handover_no=row.handover_no,
        credit_code=row.credit_code,
        province_code=row.province_code,
        product=row.offset_product,
        quantity_tco2e=row.quantity_tco2e,
    )
    return Told(aggregate_id=row.province_code, flow_id=row.offset_application_no, message=message)


PUBLISHED: Final[Mapping[type[Any], Published]] = {
    events.UnitsTransferredToTrading: Published(topic=TRANSFERS, aggregate="account", tell=_units_sent),
    events.UnitsReturnedFromTrading: Published(topic=TRANSFERS, aggregate="account", tell=_units_returned),
    events.HandoverAcknowledged: Published(topic=OFFSETS, aggregate="province", tell=_handover_acknowledged),
    events.OffsetCreditsCreated: Published(topic=OFFSETS, aggregate="province", tell=_credits_created),
    **account_events.PUBLISHED,
    **change_events.PUBLISHED,
    **allocation_events.PUBLISHED,
    **compliance_events.PUBLISHED,
    **retirement_events.PUBLISHED,
}


class Consumed:
    """Handlers of the events of others: decode, use case."""

    def __init__(self, *, clock: Clock, verifier: Verifier) -> None:
        self._clock = clock
        self._verifier = verifier

    def subscriptions(self) -> list[Subscription[UnitOfWork]]:
        """Give the table of topics, messages and handlers."""
        return [
            Subscription(
                topic="ets.mrv.roster.v1",
                handlers={mrv_events_pb2.EntityListed: self.entity_listed},
            ),
            Subscription(
                topic="ets.mrv.allocation.v1",
                handlers={
                    mrv_events_pb2.AllocationTableTransmitted: self.table_transmitted,
                    mrv_events_pb2.AllocationTableSealed: self.table_sealed,
                },
            ),
            Subscription(
                topic="ets.ccer.projects.v1",
                handlers={ccer_events_pb2.ProjectRegistered: self.project_registered},
            ),
            Subscription(
                topic="ets.ccer.handovers.v1",
                handlers={ccer_events_pb2.HandoverIssued: self.handover_issued},
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

    async def entity_listed(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: mrv_events_pb2.EntityListed
    ) -> None:
        """Put an entity on the registry's copy of the roster."""
        listed = ListedEntity(
            credit_code=parse_credit_code(message.entity.credit_code),
            name=message.entity.name,
            province_code=parse_province_code(message.entity.province_code),
        )
        await list_entity(listed, period=message.entity.period, uow=uow)

    async def table_transmitted(
        self,
        uow: UnitOfWork,
        _envelope: EventEnvelope,
        message: mrv_events_pb2.AllocationTableTransmitted,
    ) -> None:
        """Compute a transmitted table again."""
        table = decoding.transmitted_table(message)
        await receive_allocation_table(table, uow=uow, clock=self._clock)

    async def table_sealed(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: mrv_events_pb2.AllocationTableSealed
    ) -> None:
        """Match a seal."""
        sealed = SealedTable(
            table_no=message.table_no,
            revision=message.revision,
            digest=message.seal.digest,
            signature=message.seal.signature,
            key_id=message.seal.key_id,
        )
        await match_seal(sealed, uow=uow, verifier=self._verifier, clock=self._clock)

    async def project_registered(
        self, uow: UnitOfWork, envelope: EventEnvelope, message: ccer_events_pb2.ProjectRegistered
    ) -> None:
        """Remember a project's mark, and when it was registered."""
        await mark_project(
            parse_project_no(message.project.project_no),
            is_inside_national_market=message.project.is_inside_national_market,
            registered_time=from_timestamp(envelope.occurred_time),
            uow=uow,
        )

    async def handover_issued(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: ccer_events_pb2.HandoverIssued
    ) -> None:
        """Take a hand-over."""
        await take_handover(
            decoding.manifest(message.manifest),
            [decoding.handover_row(row) for row in message.rows],
            # Written before issues were numbered, when each hand-over had one.
            issue_no=message.issue_no or 1,
            uow=uow,
            verifier=self._verifier,
            clock=self._clock,
        )

    async def transfer_accepted(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: trading_events_pb2.TransferInAccepted
    ) -> None:
        """Let units arrive in trading."""
        if message.market == CEA_MARKET:
            await answer_transfer(_answer(message, is_accepted=True), uow=uow, clock=self._clock)

    async def transfer_refused(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: trading_events_pb2.TransferInRefused
    ) -> None:
        """Take units back that trading did not take."""
        if message.market == CEA_MARKET:
            await answer_transfer(_answer(message, is_accepted=False), uow=uow, clock=self._clock)

    async def withdrawal_requested(
        self, uow: UnitOfWork, _envelope: EventEnvelope, message: trading_events_pb2.WithdrawalRequested
    ) -> None:
        """Free units that trading released."""
        if message.market != CEA_MARKET:
            return
        returned = ReturnedUnits(
            withdrawal_no=message.withdrawal_no,
            account_no=AccountNo(message.holder_account_no),
            product=ProductCode(message.product),
            quantity_tco2e=message.quantity_tco2e,
        )
        await return_units(returned, uow=uow, clock=self._clock)


def _answer(
    message: trading_events_pb2.TransferInAccepted | trading_events_pb2.TransferInRefused,
    *,
    is_accepted: bool,
) -> TransferAnswer:
    return TransferAnswer(
        transfer_no=message.transfer_no,
        account_no=message.holder_account_no,
        product=message.product,
        quantity_tco2e=message.quantity_tco2e,
        is_accepted=is_accepted,
    )
