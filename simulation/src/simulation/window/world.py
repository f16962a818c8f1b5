"""The outside world's way in: one channel per service and actor, each with the actor's own token."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import grpc.aio
from ets.ccer.v1.ccer_service_pb2_grpc import CcerQueryServiceStub, CcerServiceStub
from ets.checker.v1.checker_service_pb2_grpc import CheckerServiceStub
from ets.common.v1.book_service_pb2_grpc import BookServiceStub
from ets.common.v1.clock_service_pb2_grpc import ClockServiceStub
from ets.common.v1.dead_letter_service_pb2_grpc import DeadLetterServiceStub
from ets.common.v1.stream_service_pb2_grpc import StreamServiceStub
from ets.mrv.v1.mrv_service_pb2_grpc import MrvQueryServiceStub, MrvServiceStub
from ets.registry.v1.registry_accounts_service_pb2_grpc import RegistryAccountServiceStub
from ets.registry.v1.registry_cancellation_service_pb2_grpc import RegistryCancellationServiceStub
from ets.registry.v1.registry_carry_over_service_pb2_grpc import RegistryCarryOverServiceStub
from ets.registry.v1.registry_change_service_pb2_grpc import RegistryChangeServiceStub
from ets.registry.v1.registry_journal_service_pb2_grpc import RegistryJournalQueryServiceStub
from ets.registry.v1.registry_service_pb2_grpc import RegistryQueryServiceStub, RegistryServiceStub
from ets.trading.v1.trading_service_pb2_grpc import TradingQueryServiceStub, TradingServiceStub
from ets_kernel.domain.principal import EVERY, Principal
from ets_kernel.runtime import retries
from ets_kernel.runtime.grpc.client import connect

if TYPE_CHECKING:
    from ets.ccer.v1.ccer_service_pb2_grpc import CcerQueryServiceAsyncStub, CcerServiceAsyncStub
    from ets.checker.v1.checker_service_pb2_grpc import CheckerServiceAsyncStub
    from ets.common.v1.book_service_pb2_grpc import BookServiceAsyncStub
    from ets.common.v1.clock_service_pb2_grpc import ClockServiceAsyncStub
    from ets.common.v1.dead_letter_service_pb2_grpc import DeadLetterServiceAsyncStub
    from ets.common.v1.stream_service_pb2_grpc import StreamServiceAsyncStub
    from ets.mrv.v1.mrv_service_pb2_grpc import MrvQueryServiceAsyncStub, MrvServiceAsyncStub
    from ets.registry.v1.registry_accounts_service_pb2_grpc import RegistryAccountServiceAsyncStub
    from ets.registry.v1.registry_cancellation_service_pb2_grpc import (
        RegistryCancellationServiceAsyncStub,
    )
    from ets.registry.v1.registry_carry_over_service_pb2_grpc import RegistryCarryOverServiceAsyncStub
    from ets.registry.v1.registry_change_service_pb2_grpc import RegistryChangeServiceAsyncStub
    from ets.registry.v1.registry_journal_service_pb2_grpc import RegistryJournalQueryServiceAsyncStub
    from ets.registry.v1.registry_service_pb2_grpc import (
        RegistryQueryServiceAsyncStub,
        RegistryServiceAsyncStub,
    )
    from ets.trading.v1.trading_service_pb2_grpc import TradingQueryServiceAsyncStub, TradingServiceAsyncStub

# A batch of a thousand items on a busy machine may take a while; the services bound their own work.
CALL_SECONDS_MAX: Final = 120.0


def principal(
    subject: str, *roles: str, provinces: Sequence[str] = (), entities: Sequence[str] = ()
) -> Principal:
    """Name an actor with its roles, given without their prefix."""
    return Principal(
        subject=subject,
        roles=frozenset(f"ROLE_{role}" for role in roles),
        provinces=frozenset(provinces),
        entities=frozenset(entities),
    )


# Entities act through agents whom they empowered, so that thousands of them can be played in batches.
AGENTS: Final = principal("agents", "EMITTER", "HOLDER", entities=(EVERY,))
MINISTRY: Final = principal("ministry", "MINISTRY", provinces=(EVERY,))
REGISTRY_FIRST: Final = principal("registry-first", "REGISTRY_OPERATOR")
REGISTRY_SECOND: Final = principal("registry-second", "REGISTRY_OPERATOR")
EXCHANGE: Final = principal("exchange", "EXCHANGE_OPERATOR")
VENUE: Final = principal("venue", "VENUE_OPERATOR")
BANK: Final = principal("bank", "SETTLEMENT_BANK")
CENTRE: Final = principal("ccer-centre", "CCER_CENTRE")
SCHEDULER: Final = principal("scheduler", "SCHEDULER")
OPERATIONS: Final = principal("operations", "OPERATIONS", "CHECKER", provinces=(EVERY,), entities=(EVERY,))


def province(code: str) -> Principal:
    """Name a provincial authority."""
    return principal(f"province-{code}", "PROVINCE", provinces=(code,))


class World:
    """Typed clients of a running platform. Close it when done.

    `attempts_max` bounds the attempts of each call; who plays through restarts of services needs many. `on_call`
    is told the method of each call before it is made.
    """

    def __init__(
        self,
        targets: Mapping[str, str],
        token: Callable[[Principal], str],
        *,
        attempts_max: int = retries.ATTEMPTS_MAX,
        on_call: Callable[[str], None] | None = None,
    ) -> None:
        self._targets = targets
        self._token = token
        self._attempts_max = attempts_max
        self._on_call = on_call
        self._channels: dict[tuple[str, str], grpc.aio.Channel] = {}

    def mrv(self, actor: Principal) -> MrvServiceAsyncStub:
        """Give commands to the management platform."""
        return MrvServiceStub(self._channel("mrv", actor))

    def mrv_query(self, actor: Principal = OPERATIONS) -> MrvQueryServiceAsyncStub:
        """Give reads from the management platform."""
        return MrvQueryServiceStub(self._channel("mrv", actor))

    def registry(self, actor: Principal) -> RegistryServiceAsyncStub:
        """Give commands to the registration system."""
        return RegistryServiceStub(self._channel("registry", actor))

    def registry_cancellation(self, actor: Principal) -> RegistryCancellationServiceAsyncStub:
        """Give commands of voluntary cancellation to the registration system."""
        return RegistryCancellationServiceStub(self._channel("registry", actor))

    def registry_carry_over(self, actor: Principal) -> RegistryCarryOverServiceAsyncStub:
        """Give commands of carry-over to the registration system."""
        return RegistryCarryOverServiceStub(self._channel("registry", actor))

    def registry_changes(self, actor: Principal) -> RegistryChangeServiceAsyncStub:
        """Give commands of change registration to the registration system."""
        return RegistryChangeServiceStub(self._channel("registry", actor))

    def registry_accounts(self, actor: Principal) -> RegistryAccountServiceAsyncStub:
        """Give commands about accounts to the registration system."""
        return RegistryAccountServiceStub(self._channel("registry", actor))

    def registry_query(self, actor: Principal = OPERATIONS) -> RegistryQueryServiceAsyncStub:
        """Give reads from the registration system."""
        return RegistryQueryServiceStub(self._channel("registry", actor))

    def registry_journal(self, actor: Principal = OPERATIONS) -> RegistryJournalQueryServiceAsyncStub:
        """Give reads from the registration system's journal."""
        return RegistryJournalQueryServiceStub(self._channel("registry", actor))

    def trading(self, actor: Principal) -> TradingServiceAsyncStub:
        """Give commands to the trading and settlement systems."""
        return TradingServiceStub(self._channel("trading", actor))

    def trading_query(self, actor: Principal = OPERATIONS) -> TradingQueryServiceAsyncStub:
        """Give reads from the trading and settlement systems."""
        return TradingQueryServiceStub(self._channel("trading", actor))

    def ccer(self, actor: Principal) -> CcerServiceAsyncStub:
        """Give commands to the voluntary-reduction registry."""
        return CcerServiceStub(self._channel("ccer-bridge", actor))

    def ccer_query(self, actor: Principal = OPERATIONS) -> CcerQueryServiceAsyncStub:
        """Give reads from the voluntary-reduction registry."""
        return CcerQueryServiceStub(self._channel("ccer-bridge", actor))

    def checker(self, actor: Principal = OPERATIONS) -> CheckerServiceAsyncStub:
        """Give commands to the consistency checker."""
        return CheckerServiceStub(self._channel("consistency-checker", actor))

    def clock(self, service: str) -> ClockServiceAsyncStub:
        """Give the clock of a service."""
        return ClockServiceStub(self._channel(service, SCHEDULER))

    def streams(self, service: str) -> StreamServiceAsyncStub:
        """Give the event streams of a service."""
        return StreamServiceStub(self._channel(service, OPERATIONS))

    def books(self, service: str) -> BookServiceAsyncStub:
        """Give the books of a service."""
        return BookServiceStub(self._channel(service, OPERATIONS))

    def dead_letters(self, service: str, actor: Principal = OPERATIONS) -> DeadLetterServiceAsyncStub:
        """Give the dead letters of a service that consumes."""
        return DeadLetterServiceStub(self._channel(service, actor))

    @property
    def services(self) -> frozenset[str]:
        """Name the services that can be reached."""
        return frozenset(self._targets)

    async def close(self) -> None:
        """Close every channel."""
        for channel in self._channels.values():
            await channel.close()
        self._channels.clear()

    def _channel(self, service: str, actor: Principal) -> grpc.aio.Channel:
        key = (service, actor.subject)
        if key not in self._channels:
            self._channels[key] = connect(
                self._targets[service],
                token=self._token(actor),
                deadline_seconds=CALL_SECONDS_MAX,
                attempts_max=self._attempts_max,
                on_call=self._on_call,
            )
        return self._channels[key]
