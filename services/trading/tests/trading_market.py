"""A whole trading service in one process for tests: real gRPC, real PostgreSQL, stand-ins for the two registries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from ets.trading.v1 import trading_service_pb2 as api
from ets.trading.v1 import trading_service_pb2_grpc
from ets_kernel.domain.calendars import load_session_calendar
from ets_kernel.domain.clock import FixedClock, business_time
from ets_kernel.domain.errors import EtsError, Kind, PeerUnavailable
from ets_kernel.domain.ids import make_credit_code
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.testing.serving import Serving
from sqlalchemy import text
from trading.adapters.db.unit_of_work import beginning, units_of_work
from trading.adapters.events import consumed
from trading.adapters.grpc_commands import Desk, TradingServicer
from trading.adapters.grpc_queries import TradingQueryServicer
from trading.app.ports import SettlementBatch, UnitOfWork
from trading.app.run_settlement import Settlement
from trading.domain.rules import UnitLeg
from trading.domain.venue_rules import make_markets

MONDAY = date(2021, 11, 1)
TUESDAY = date(2021, 11, 2)
SATURDAY = date(2021, 11, 6)
CEA = "CEA-2019-2020"
CCER = "CCER-WIND01-2016"
ANN, BOB, CAT = (make_credit_code(f"9137010000000000{n}") for n in "123")


class FakeRegistry:
    """A registry that settles what it is told, as a real one would: a batch once, its answer kept."""

    def __init__(self) -> None:
        self.moved: dict[str, SettlementBatch] = {}
        self.answers: dict[str, list[EtsError | None]] = {}
        self.calls: list[str] = []
        self.refuse: Callable[[str], EtsError | None] = lambda _trade_no: None
        self.fail_before: list[Exception] = []
        self.fail_after: list[Exception] = []

    async def settle(self, batch: SettlementBatch) -> list[EtsError | None]:
        self.calls.append(batch.batch_id)
        if self.fail_before:
            raise self.fail_before.pop(0)
        known = self.answers.get(batch.batch_id)
        if known is None:
            known = self.answers[batch.batch_id] = [self.refuse(trade.trade_no) for trade in batch.trades]
            self.moved[batch.batch_id] = batch
        assert self.moved[batch.batch_id].trades == batch.trades
        if self.fail_after:
            raise self.fail_after.pop(0)
        return known


def insufficient_holding() -> EtsError:
    """Give what a registry answers when the seller's units are not there."""
    return EtsError.rebuild(Kind.REFUSED, "INSUFFICIENT_HOLDING", "too few", {})


def unavailable() -> PeerUnavailable:
    return PeerUnavailable("the registry is away", peer="registry")


@dataclass
class Market:
    """What a test speaks through."""

    database: Database
    clock: FixedClock
    registry: FakeRegistry
    ccer: FakeRegistry
    desk: Desk
    serving: Serving | None = None
    commands: Any = None
    queries: Any = None
    _requests: int = 0
    _transfers: int = 0
    handlers: dict[Any, Any] = field(default_factory=dict)

    def served(self) -> list[Served]:
        services = api.DESCRIPTOR.services_by_name
        return [
            Served(
                add_to_server=trading_service_pb2_grpc.add_TradingServiceServicer_to_server,
                servicer=TradingServicer(self.desk),
                descriptor=services["TradingService"],
            ),
            Served(
                add_to_server=trading_service_pb2_grpc.add_TradingQueryServiceServicer_to_server,
                servicer=TradingQueryServicer(
                    door=self.desk.door, clock=self.clock, calendar=self.desk.calendar
                ),
                descriptor=services["TradingQueryService"],
            ),
        ]

    def connect(self, serving: Serving) -> None:
        self.serving = serving
        channel = serving.channel(
            "ROLE_EXCHANGE_OPERATOR", "ROLE_SETTLEMENT_BANK", "ROLE_EMITTER", "ROLE_SCHEDULER", entities=["*"]
        )
        self.commands = trading_service_pb2_grpc.TradingServiceStub(channel)
        self.queries = trading_service_pb2_grpc.TradingQueryServiceStub(channel)

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        """Put the clock at an hour of a business date."""
        self.clock.set(business_time(day, hour, minute))

    def request_id(self) -> str:
        self._requests += 1
        return f"request-{self._requests}"

    async def call(self, rpc: str, **fields: Any) -> Any:
        """Call a command with a new request id and give its answer."""
        request = getattr(api, f"{rpc}Request")(request_id=self.request_id(), **fields)
        return await getattr(self.commands, rpc)(request)

    async def batch(self, rpc: str, **fields: Any) -> list[str]:
        """Call a batch command; per item its reference, or its refusal's reason."""
        answer = await self.call(rpc, **fields)
        return [item.error.reason or item.reference for item in answer.results]

    async def event(self, message: Any) -> None:
        """Apply an event as the consumer would, in its own transaction."""
        handler = next(
            h for table in self.handlers.values() for kind, h in table.items() if kind is type(message)
        )
        async with self.database.begin() as transaction:
            await handler(self.unit_of_work(transaction), None, message)

    def unit_of_work(self, transaction: Any) -> UnitOfWork:
        return units_of_work(clock=self.clock, calendar=self.desk.calendar)(transaction)

    async def published(self, kind: str) -> int:
        """Count the events of a kind in the outbox."""
        async with self.database.snapshot() as connection:
            found = await connection.execute(
                text("SELECT count(*) FROM kernel_outbox WHERE type = :type"),
                {"type": f"ets.trading.v1.{kind}"},
            )
            return found.scalar_one()

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.database.snapshot() as connection:
            return [tuple(row) for row in await connection.execute(text(sql))]

    async def state(self) -> list[tuple[Any, ...]]:
        """Give everything that trading keeps, for tests that nothing changes."""
        tables = ["trading_account", "position", "cash_entry", "unit_entry", "listed_order", "block_proposal"]
        tables += ["trade", "deposit", "cash_withdrawal", "unit_withdrawal", "transfer_in", "daily_quote"]
        tables += ["reference_price", "closed_day", "order_change", "trade_change", "kernel_outbox"]
        return [await self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


def make_market(database: Database) -> Market:
    clock = FixedClock(datetime(2021, 11, 1, 2, 0, tzinfo=UTC))
    calendar = load_session_calendar()
    markets = make_markets()
    make = units_of_work(clock=clock, calendar=calendar)
    registry, ccer = FakeRegistry(), FakeRegistry()
    settlement = Settlement(
        begin=beginning(database, make),
        registries={UnitLeg.REGISTRY: registry, UnitLeg.CCER: ccer},
        calendar=calendar,
        markets=markets,
        batch_size_max=1_000,
    )
    desk = Desk(
        door=Door(database, make),
        database=database,
        clock=clock,
        calendar=calendar,
        markets=markets,
        settlement=settlement,
    )
    return Market(
        database=database,
        clock=clock,
        registry=registry,
        ccer=ccer,
        desk=desk,
        handlers=dict(consumed(markets)),
    )
