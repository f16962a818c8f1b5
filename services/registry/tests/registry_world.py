"""The registry in one process: real database, real gRPC, real consumer on a bus in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

from accounts_served import AccountDesk, accounts_served, emitter_form
from ets.registry.v1 import (
    registry_events_pb2,
    registry_journal_service_pb2,
    registry_journal_service_pb2_grpc,
    registry_service_pb2_grpc,
    registry_types_pb2,
)
from ets.registry.v1 import (
    registry_service_pb2 as pb,
)
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.books import BookKeeper
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.consumer import Consumer
from ets_kernel.runtime.db import Database, OutgoingEvent
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.runtime.relay import Relay
from ets_kernel.runtime.signing import Ed25519Signer, Ed25519Verifier
from ets_kernel.runtime.streams import OutboxReader, read_stream, stream_heads
from ets_kernel.testing.serving import TEST_KEY, Serving, serving
from google.protobuf.message import Message
from registry.adapters import http_api
from registry.adapters.books import BOOKS
from registry.adapters.events import Consumed
from registry.adapters.grpc_commands import RegistryGrpc
from registry.adapters.grpc_journal import RegistryJournalQueryGrpc
from registry.adapters.grpc_queries import RegistryQueryGrpc
from registry.main import unit_of_work
from registry_messages import (
    CEA,
    CENTRE_KEY,
    DEFICIT,
    PERIOD,
    PLANTS,
    PROVINCE,
    PROVINCE_KEY,
    REGISTRY_KEY,
    cancellation_row,
    entity_listed,
    handover,
    pre_table,
    project,
    sealed,
    verified_table,
)
from registry_served import (
    allocation_served,
    disclosure_served,
    history_served,
    retirement_served,
    surrender_served,
)
from registry_world_changes import changes_served
from sqlalchemy import text

ROSTER = "ets.mrv.roster.v1"
ALLOCATION = "ets.mrv.allocation.v1"
PROJECTS = "ets.ccer.projects.v1"
HANDOVERS = "ets.ccer.handovers.v1"
TRADING = "ets.trading.transfers.v1"
START = datetime(2021, 10, 26, 1, 0, tzinfo=UTC)


class World:
    """The registry, its callers, and the services whose events it consumes."""

    def __init__(
        self, database: Database, others: Database, served: Serving, bus: MemoryBus, consumer: Consumer
    ):
        self.database = database
        self.others = others
        self.served = served
        self.bus = bus
        self.consumer = consumer
        self.relay = Relay(others, bus)
        self.clock = consumer.clock_for_tests
        self._ids = count(1)
        self.desk = AccountDesk(self)
        self._probe = bus.subscribe("probe", consumer.topics)

    def commands(self, *roles, **scopes):
        channel = self.served.channel(*roles, **scopes)
        return registry_service_pb2_grpc.RegistryServiceStub(channel)

    @property
    def operator(self):
        return self.commands("ROLE_REGISTRY_OPERATOR", subject="first")

    @property
    def second_operator(self):
        return self.commands("ROLE_REGISTRY_OPERATOR", subject="second")

    @property
    def emitters(self):
        return self.commands("ROLE_EMITTER", entities=["*"])

    @property
    def province(self):
        return self.commands("ROLE_PROVINCE", provinces=[PROVINCE], subject="official")

    @property
    def trading(self):
        return self.commands("ROLE_SERVICE")

    @property
    def scheduler(self):
        return self.commands("ROLE_SCHEDULER")

    def reads(self, *roles, **scopes):
        channel = self.served.channel(*(roles or ("ROLE_OPERATIONS",)), **scopes)
        return registry_service_pb2_grpc.RegistryQueryServiceStub(channel)

    def journal(self, *roles, **scopes):
        channel = self.served.channel(*(roles or ("ROLE_AUDITOR",)), **scopes)
        return registry_journal_service_pb2_grpc.RegistryJournalQueryServiceStub(channel)

    def request_id(self) -> str:
        return f"request-{next(self._ids)}"

    async def publish(self, topic: str, message: Message, key: str = "key") -> None:
        """Put an event in the outbox of its producer."""
        async with self.others.begin() as transaction:
            transaction.publish(
                OutgoingEvent(
                    topic=topic, aggregate="any", aggregate_id=key, message=message, occurred_time=START
                )
            )

    async def deliver(self):
        """Let the registry consume what was published; give the records."""
        await self.relay.drain()
        records = []
        while batch := await self._probe.poll(500, 0.001):
            records += batch
        await self.consumer.take(records)
        return records

    async def tell(self, topic: str, *messages: Message):
        """Publish events one after the other and let the registry consume them."""
        for message in messages:
            await self.publish(topic, message)
        return await self.deliver()

    async def events(self, message_class):
        """What the registry has published of a type, in order."""
        found = []
        async with self.database.snapshot() as connection:
            for stream in await stream_heads(connection):
                found += await read_stream(connection, stream, after_sequence=0, limit=1_000)
        wanted = message_class.DESCRIPTOR.full_name
        return [message_class.FromString(event.payload) for event in found if event.type == wanted]

    async def dead_letters(self):
        async with self.database.snapshot() as connection:
            rows = await connection.execute(
                text("SELECT reason FROM kernel_dead_letter ORDER BY recorded_time")
            )
            return [row.reason for row in rows]

    async def book(self, name: str):
        """The rows of a book now."""
        keeper = BookKeeper(database=self.database, clock=self.clock, books=BOOKS, consumer="registry")
        capture = await keeper.capture()
        return [tuple(row) for _, row in capture.books[name].rows()]

    async def state(self):
        """All books, to show that something changed nothing."""
        keeper = BookKeeper(database=self.database, clock=self.clock, books=BOOKS, consumer="registry")
        capture = await keeper.capture()
        return {name: book.digest for name, book in capture.books.items()}

    async def holdings(self, account_no: str, **moment):
        answer = await self.reads().GetAccount(pb.GetAccountRequest(account_no=account_no, **moment))
        return {
            (
                holding.product,
                registry_types_pb2.Bucket.Name(holding.bucket).removeprefix("BUCKET_").lower(),
            ): holding.quantity_tco2e
            for holding in answer.holdings
        }

    async def list_and_open(self, plants=PLANTS) -> None:
        await self.tell(ROSTER, *(entity_listed(plant.number) for plant in plants))
        provincial = pb.AccountOpening(
            kind=registry_types_pb2.ACCOUNT_KIND_PROVINCIAL, name="山东省", province_code=PROVINCE
        )
        await accepted(
            self.operator.OpenAccounts(
                pb.OpenAccountsRequest(request_id=self.request_id(), accounts=[provincial])
            )
        )
        await self.desk.open(*(emitter_form(plant.number) for plant in plants))

    async def issue(self, *table_nos: str) -> None:
        await accepted(
            self.operator.InitiateIssuances(
                pb.InitiateIssuancesRequest(request_id=self.request_id(), table_nos=table_nos)
            )
        )
        await accepted(
            self.second_operator.ConfirmIssuances(
                pb.ConfirmIssuancesRequest(request_id=self.request_id(), table_nos=table_nos)
            )
        )

    async def allocate(self, plants=PLANTS) -> None:
        """Two entities with accounts, allowances and obligations."""
        await self.list_and_open(plants)
        tables = [pre_table(*plants), verified_table(*plants)]
        await self.tell(ALLOCATION, *tables)
        await self.tell(ALLOCATION, *(sealed(table) for table in tables))
        await self.issue(*(table.table_no for table in tables))

    async def credit(self, quantity: int = 1_000) -> None:
        """Offset credits for the first entity from one cancellation."""
        await self.tell(PROJECTS, project("WIND1"))
        await self.tell(HANDOVERS, handover("2021-10-26", cancellation_row(1, quantity=quantity)))
        await self.scheduler.RunOffsetCreditCreation(
            pb.RunOffsetCreditCreationRequest(request_id=self.request_id(), business_date="2021-10-26")
        )

    async def send_to_trading(self, credit_code: str, quantity: int) -> None:
        """Units in the trading bucket: sent and accepted."""
        transfers = [pb.TradingTransfer(credit_code=credit_code, product=CEA, quantity_tco2e=quantity)]
        answer = await accepted(
            self.emitters.TransferToTrading(
                pb.TransferToTradingRequest(request_id=self.request_id(), transfers=transfers)
            )
        )
        await self.tell(
            TRADING,
            trading_events_pb2.TransferInAccepted(
                transfer_no=answer[0],
                market="CEA",
                holder_account_no=f"R-E-{credit_code}",
                product=CEA,
                quantity_tco2e=quantity,
            ),
        )

    async def apply(self, *lines, credit_code: str = DEFICIT):
        """Submit one surrender application; give its result."""
        form = pb.SurrenderForm(
            credit_code=credit_code,
            period=PERIOD,
            lines=[
                registry_types_pb2.SurrenderLine(product=product, quantity_tco2e=quantity)
                for product, quantity in lines
            ],
        )
        answer = await self.emitters.SubmitSurrenderApplications(
            pb.SubmitSurrenderApplicationsRequest(request_id=self.request_id(), applications=[form])
        )
        return answer.results[0]

    async def decide(
        self,
        application_no: str,
        *,
        is_confirmed: bool = True,
        province_code: str = PROVINCE,
        words: str = "",
    ):
        answer = await self.commands(
            "ROLE_PROVINCE", provinces=[province_code], subject="official"
        ).DecideSurrenderApplications(
            pb.DecideSurrenderApplicationsRequest(
                request_id=self.request_id(),
                province_code=province_code,
                decisions=[
                    pb.SurrenderDecision(
                        application_no=application_no, is_confirmed=is_confirmed, words=words
                    )
                ],
            )
        )
        return answer.results[0]

    async def register(self):
        return await self.scheduler.RunSurrenderRegistration(
            pb.RunSurrenderRegistrationRequest(request_id=self.request_id(), business_date="2021-12-15")
        )

    async def status(self, credit_code: str = DEFICIT, **moment):
        request = pb.GetComplianceStatusRequest(credit_code=credit_code, period=PERIOD, **moment)
        return (await self.reads().GetComplianceStatus(request)).status

    async def acknowledgements(self):
        return await self.events(registry_events_pb2.HandoverAcknowledged)


async def accepted(call) -> list[str]:
    """The references of a batch of which every item was accepted."""
    answer = await call
    assert [result.error.reason for result in answer.results if result.HasField("error")] == []
    return [result.reference for result in answer.results]


def reasons(answer) -> list[str]:
    """The reason of each item, empty for accepted ones."""
    return [result.error.reason for result in answer.results]


@asynccontextmanager
async def running_world(database: Database, others: Database) -> AsyncIterator[World]:
    """Serve and consume for the length of a test."""
    clock = FixedClock(START)
    verifier = Ed25519Verifier(
        {f"province/{PROVINCE}": PROVINCE_KEY.public_key(), "ccer-centre": CENTRE_KEY.public_key()}
    )
    door = Door(database, unit_of_work)
    bus = MemoryBus()
    await bus.start()
    consumer = Consumer(
        service="registry",
        database=database,
        bus=bus,
        reader=OutboxReader(dict.fromkeys(("mrv", "ccer-bridge", "trading"), others)),
        clock=clock,
        subscriptions=Consumed(clock=clock, verifier=verifier).subscriptions(),
        unit_of_work=unit_of_work,
        watch_seconds=3600,
    )
    consumer.clock_for_tests = clock
    signer = Ed25519Signer("registry", REGISTRY_KEY)
    services = pb.DESCRIPTOR.services_by_name
    async with serving(
        Served(
            add_to_server=registry_service_pb2_grpc.add_RegistryServiceServicer_to_server,
            servicer=RegistryGrpc(door=door, clock=clock, signer=signer),
            descriptor=services["RegistryService"],
        ),
        Served(
            add_to_server=registry_service_pb2_grpc.add_RegistryQueryServiceServicer_to_server,
            servicer=RegistryQueryGrpc(door=door, clock=clock),
            descriptor=services["RegistryQueryService"],
        ),
        Served(
            add_to_server=registry_journal_service_pb2_grpc.add_RegistryJournalQueryServiceServicer_to_server,
            servicer=RegistryJournalQueryGrpc(door=door, clock=clock),
            descriptor=registry_journal_service_pb2.DESCRIPTOR.services_by_name[
                "RegistryJournalQueryService"
            ],
        ),
        *accounts_served(door, clock),
        *allocation_served(door, clock),
        *changes_served(door, clock),
        *surrender_served(door, clock, signer),
        *retirement_served(door, clock),
        *disclosure_served(door, clock, signer),
        *history_served(door, clock),
    ) as served:
        world = World(database, others, served, bus, consumer)
        world.router = http_api.make_router(
            TokenVerifier(TEST_KEY.public_key()), door=door, clock=clock, signer=signer
        )
        await world._probe.start()
        yield world
        await world._probe.stop()
    await bus.stop()
