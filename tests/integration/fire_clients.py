"""Callers of the registry under fire: what each sends at random, and what it was told.

A call is never repeated by itself: what was not answered stays unacknowledged until the fire is over.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import grpc.aio
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.errors import EtsError, Kind
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.testing.serving import token_for
from fire_commands import Commands, stub_of
from fire_market import HOME, LATE, TRADING
from fire_registry import RegistryUnderFire
from google.protobuf.message import Message

CALL_SECONDS_MAX = 30.0
# What PostgreSQL calls a deadlock, a serialization failure, and a lock that was not given in time.
NEVER_TOLD = frozenset({"40P01", "40001", "55P03"})

CALLERS = {
    "emitters": token_for("ROLE_EMITTER", entities=["*"], subject="emitters"),
    "exchange": token_for("ROLE_SERVICE", subject="exchange"),
    "scheduler": token_for("ROLE_SCHEDULER", subject="scheduler"),
    "first": token_for("ROLE_REGISTRY_OPERATOR", subject="first"),
    "second": token_for("ROLE_REGISTRY_OPERATOR", subject="second"),
    **{
        f"province-{code}": token_for("ROLE_PROVINCE", provinces=[code], subject=f"province-{code}")
        for code in (HOME, *LATE)
    },
}


@dataclass
class Sent:
    """A request, and what became of it: an answer, or nothing that the caller knows of."""

    method: str
    caller: str
    request: Any
    answer: Message | None = None


@dataclass
class Callers:
    """All clients of one run: they share what they know of the market."""

    under_fire: RegistryUnderFire
    chance: Random
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[Sent] = field(default_factory=list)
    # Items by method and outcome.
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _channels: dict[str, grpc.aio.Channel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.commands = Commands(self.chance, self.under_fire.producers)

    async def run(self, number: int) -> None:
        """One client: one call after the other until the fire is over."""
        ordinal = 0
        while not self.is_over.is_set():
            ordinal += 1
            method, caller, request = self.commands.draw(f"{number}-{ordinal}")
            request.request_id = f"client-{number}-{ordinal}"
            sent = Sent(method, caller, request)
            self.sent.append(sent)
            sent.answer = await self._attempt(sent)
            if sent.answer is None:
                # Whoever calls a service that is away gets no further than that.
                await self.under_fire.is_up.wait()
            else:
                self._learn(sent)

    async def answer_transfers(self, seconds: float) -> None:
        """Trading: look at what was sent there every few moments, and let most of it arrive."""
        known: set[str] = set()
        while not self.is_over.is_set():
            await self._pause(seconds)
            for one in [one for one in self.sent if one.method == "TransferToTrading"]:
                if one.answer is None or one.request.request_id in known:
                    continue
                known.add(one.request.request_id)
                self._answer(one)

    def _answer(self, sent: Sent) -> None:
        for transfer, result in zip(sent.request.transfers, sent.answer.results, strict=True):
            if result.HasField("error"):
                continue
            values = {
                "transfer_no": result.reference,
                "market": "CEA",
                "holder_account_no": f"R-E-{transfer.credit_code}",
                "product": transfer.product,
                "quantity_tco2e": transfer.quantity_tco2e,
            }
            message = (
                trading_events_pb2.TransferInAccepted(**values)
                if self.chance.random() < 0.9
                else trading_events_pb2.TransferInRefused(**values, reason="TRADING_ACCOUNT_NOT_FOUND")
            )
            self.under_fire.producers.publish(TRADING, message)

    async def strike(self, seconds: tuple[float, float]) -> None:
        """Strike every few seconds."""
        while not self.is_over.is_set():
            await self._pause(self.chance.uniform(*seconds))
            if not self.is_over.is_set():
                await self.under_fire.strike(self.chance)

    async def send_again(self, sent: Sent) -> Message:
        """Send a request once more, with as many attempts as it takes."""
        stub = stub_of(sent.method, self._channel(sent.caller, attempts_max=20))
        return await getattr(stub, sent.method)(sent.request)

    async def send(self, method: str, caller: str, request: Any) -> Message:
        """Send what must be answered, before the fire."""
        sent = Sent(method, caller, request)
        sent.answer = await self.send_again(sent)
        self.sent.append(sent)
        self._learn(sent)
        return sent.answer

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.is_over.wait(), seconds)
        except TimeoutError:
            return

    async def _attempt(self, sent: Sent) -> Message | None:
        stub = stub_of(sent.method, self._channel(sent.caller, attempts_max=1))
        try:
            return await getattr(stub, sent.method)(sent.request)
        except EtsError as refusal:
            # No request is wrong as a whole, and whoever waits for a lock too long is tried again inside.
            if refusal.kind is not Kind.UNAVAILABLE or refusal.metadata.get("sqlstate") in NEVER_TOLD:
                raise
            self.outcomes[sent.method, refusal.reason] += 1
            return None

    def _channel(self, caller: str, *, attempts_max: int) -> grpc.aio.Channel:
        key = f"{caller}/{attempts_max}"
        if key not in self._channels:
            self._channels[key] = connect(
                self.under_fire.target,
                token=CALLERS[caller],
                attempts_max=attempts_max,
                deadline_seconds=CALL_SECONDS_MAX,
            )
        return self._channels[key]

    def _learn(self, sent: Sent) -> None:
        results = getattr(sent.answer, "results", ())
        self.outcomes.update((sent.method, one.error.reason) for one in results)
        if not results:
            self.outcomes[sent.method, ""] += 1
        self.commands.learn(sent.method, [one.reference for one in results if not one.HasField("error")])
