"""The management platform in one process: real database, real gRPC, real consumer on a bus in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

from ets.mrv.v1 import mrv_service_pb2 as pb
from ets.mrv.v1 import mrv_service_pb2_grpc
from ets.mrv.v1 import mrv_types_pb2 as types_pb
from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime.books import BookKeeper
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.consumer import Consumer
from ets_kernel.runtime.db import Database, OutgoingEvent
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.runtime.relay import Relay
from ets_kernel.runtime.signing import Ed25519Verifier
from ets_kernel.runtime.streams import OutboxReader, read_stream, stream_heads
from ets_kernel.testing.serving import Serving, serving
from google.protobuf.message import Message
from mrv.adapters.books import BOOKS
from mrv.adapters.events import Consumed
from mrv.adapters.grpc_commands import MrvGrpc
from mrv.adapters.grpc_queries import MrvQueryGrpc
from mrv.main import unit_of_work
from mrv_messages import (
    CENTRE_KEY,
    OTHER_PROVINCE,
    OTHER_PROVINCE_KEY,
    PERIOD,
    PRE,
    PROVINCE,
    PROVINCE_KEY,
    VERIFIED,
    account,
    entity,
    form,
    issued,
    line,
    project,
    recomputed,
    seal_of,
    unit,
    years,
)
from sqlalchemy import text

ALLOCATION = "ets.registry.allocation.v1"
COMPLIANCE = "ets.registry.compliance.v1"
PROJECTS = "ets.ccer.projects.v1"
ACCOUNTS = "ets.ccer.accounts.v1"
CANCELLATIONS = "ets.ccer.cancellations.v1"
HANDOVERS = "ets.ccer.handovers.v1"
START = datetime(2021, 10, 26, 1, 0, tzinfo=UTC)


class World:
    """The platform, its callers, and the services whose events it consumes."""

    def __init__(self, database: Database, others: Database, served: Serving, bus, consumer, clock):
        self.database = database
        self.others = others
        self.served = served
        self.consumer = consumer
        self.clock = clock
        self.relay = Relay(others, bus)
        self._ids = count(1)
        self._probe = bus.subscribe("probe", consumer.topics)

    def commands(self, *roles, **scopes):
        return mrv_service_pb2_grpc.MrvServiceStub(self.served.channel(*roles, **scopes))

    def reads(self, *roles, **scopes):
        channel = self.served.channel(*(roles or ("ROLE_OPERATIONS",)), **scopes)
        return mrv_service_pb2_grpc.MrvQueryServiceStub(channel)

    @property
    def ministry(self):
        return self.commands("ROLE_MINISTRY")

    @property
    def province(self):
        return self.commands("ROLE_PROVINCE", provinces=[PROVINCE], subject="official")

    @property
    def emitters(self):
        return self.commands("ROLE_EMITTER", entities=["*"])

    @property
    def scheduler(self):
        return self.commands("ROLE_SCHEDULER")

    def request_id(self) -> str:
        return f"request-{next(self._ids)}"

    async def publish(self, topic: str, message: Message) -> None:
        """Put an event in the outbox of its producer."""
        async with self.others.begin() as transaction:
            transaction.publish(
                OutgoingEvent(
                    topic=topic, aggregate="any", aggregate_id="key", message=message, occurred_time=START
                )
            )

    async def tell(self, topic: str, *messages: Message):
        """Publish events one after the other and let the platform consume them; give the records."""
        for message in messages:
            await self.publish(topic, message)
        await self.relay.drain()
        records = []
        while batch := await self._probe.poll(500, 0.001):
            records += batch
        await self.consumer.take(records)
        return records

    async def events(self, message_class):
        """What the platform has published of a type, in order."""
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

    async def capture(self):
        keeper = BookKeeper(database=self.database, clock=self.clock, books=BOOKS, consumer="mrv")
        return (await keeper.capture()).books

    async def book(self, name: str):
        """The rows of a book now."""
        return [tuple(row) for _, row in (await self.capture())[name].rows()]

    async def state(self):
        """All books, to show that something changed nothing."""
        return {name: book.digest for name, book in (await self.capture()).items()}

    async def register(self, *entities):
        return await self.ministry.RegisterEntities(
            pb.RegisterEntitiesRequest(request_id=self.request_id(), entities=entities)
        )

    async def units(self, *units, province_code: str = PROVINCE):
        return await self.ministry.RegisterUnits(
            pb.RegisterUnitsRequest(request_id=self.request_id(), province_code=province_code, units=units)
        )

    async def record(self, *rows, province_code: str = PROVINCE):
        return await self.ministry.RecordVerifiedYears(
            pb.RecordVerifiedYearsRequest(
                request_id=self.request_id(), province_code=province_code, rows=rows
            )
        )

    async def list_all(self) -> None:
        """Two entities of Shandong and one of Jiangsu, with units and years."""
        accepted(await self.register(entity(1), entity(2), entity(3, province_code=OTHER_PROVINCE)))
        accepted(await self.units(unit(1), unit(2)))
        accepted(await self.units(unit(3), province_code=OTHER_PROVINCE))
        accepted(await self.record(*years(1), *years(2)))
        accepted(await self.record(*years(3), province_code=OTHER_PROVINCE))

    async def compute(self, kind: str, province_code: str = PROVINCE) -> types_pb.AllocationTable:
        request = pb.ComputeAllocationTableRequest(
            request_id=self.request_id(),
            province_code=province_code,
            period=PERIOD,
            kind=types_pb.AllocationKind.Value(f"ALLOCATION_KIND_{kind}"),
        )
        return (await self.ministry.ComputeAllocationTable(request)).table

    async def transmit(self, table_no: str):
        return await self.province.TransmitAllocationTable(
            pb.TransmitAllocationTableRequest(
                request_id=self.request_id(), province_code=PROVINCE, table_no=table_no
            )
        )

    async def seal(self, table_no: str, seal):
        return await self.province.SealAllocationTable(
            pb.SealAllocationTableRequest(
                request_id=self.request_id(), province_code=PROVINCE, table_no=table_no, seal=seal
            )
        )

    async def table(self, table_no: str, **moment) -> types_pb.AllocationTable:
        request = pb.GetAllocationTableRequest(province_code=PROVINCE, table_no=table_no, **moment)
        return (await self.reads().GetAllocationTable(request)).table

    async def issue(self, kind: str, table_no: str) -> None:
        """A table all the way: computed, sent, recomputed, sealed, issued."""
        table = await self.compute(kind)
        await self.transmit(table_no)
        await self.tell(ALLOCATION, recomputed(table_no))
        await self.seal(table_no, seal_of(table.digest))
        await self.tell(ALLOCATION, issued(table_no))

    async def allocate(self) -> None:
        """Both tables issued, so obligations are known; a project and the accounts too."""
        await self.list_all()
        await self.issue("PRE_ALLOCATION", PRE)
        await self.issue("VERIFIED", VERIFIED)
        await self.tell(PROJECTS, project(), project("CAPTIVE1", inside=True))
        await self.tell(ACCOUNTS, account(1), account(2))

    async def apply(self, *forms):
        """Submit forms; give the reference of each accepted one and the reason of each refused one."""
        answer = await self.emitters.SubmitOffsetApplications(
            pb.SubmitOffsetApplicationsRequest(request_id=self.request_id(), applications=forms or (form(),))
        )
        return outcomes(answer)

    async def decide(
        self, *numbers: str, is_confirmed: bool = True, province_code: str = PROVINCE, text="no"
    ):
        caller = self.commands("ROLE_PROVINCE", provinces=[province_code], subject="official")
        answer = await caller.DecideOffsetApplications(
            pb.DecideOffsetApplicationsRequest(
                request_id=self.request_id(),
                province_code=province_code,
                decisions=[
                    pb.OffsetDecision(
                        application_no=number,
                        is_confirmed=is_confirmed,
                        refusal_text="" if is_confirmed else text,
                    )
                    for number in numbers
                ],
            )
        )
        return outcomes(answer)

    async def confirmed(self, *quantities: int) -> list[str]:
        """Applications of the first entity, confirmed."""
        numbers = await self.apply(*(form(line(quantity)) for quantity in quantities))
        assert await self.decide(*numbers) == numbers
        return numbers

    async def application(self, number: str, **moment) -> types_pb.OffsetApplication:
        credit_code = number.rsplit("-", 2)[1]
        request = pb.GetOffsetApplicationRequest(credit_code=credit_code, application_no=number, **moment)
        return (await self.reads().GetOffsetApplication(request)).application

    async def summarise(self, day: str):
        answer = await self.scheduler.RunWeeklySummary(
            pb.RunWeeklySummaryRequest(request_id=self.request_id(), business_date=day)
        )
        return answer.summary_count, answer.row_count


def accepted(answer) -> list[str]:
    """The references of a batch of which every item was accepted."""
    assert [result.error.reason for result in answer.results if result.HasField("error")] == []
    return [result.reference for result in answer.results]


def outcomes(answer) -> list[str]:
    """The reference of each accepted item, the reason of each refused one."""
    assert [result.index for result in answer.results] == list(range(len(answer.results)))
    return [result.error.reason or result.reference for result in answer.results]


@asynccontextmanager
async def running_world(database: Database, others: Database) -> AsyncIterator[World]:
    """Serve and consume for the length of a test."""
    clock = FixedClock(START)
    verifier = Ed25519Verifier(
        {
            f"province/{PROVINCE}": PROVINCE_KEY.public_key(),
            f"province/{OTHER_PROVINCE}": OTHER_PROVINCE_KEY.public_key(),
            "ccer-centre": CENTRE_KEY.public_key(),
        }
    )
    door = Door(database, unit_of_work)
    bus = MemoryBus()
    await bus.start()
    consumer = Consumer(
        service="mrv",
        database=database,
        bus=bus,
        reader=OutboxReader(dict.fromkeys(("registry", "ccer-bridge"), others)),
        clock=clock,
        subscriptions=Consumed(clock=clock, verifier=verifier).subscriptions(),
        unit_of_work=unit_of_work,
        watch_seconds=3600,
    )
    services = pb.DESCRIPTOR.services_by_name
    async with serving(
        Served(
            add_to_server=mrv_service_pb2_grpc.add_MrvServiceServicer_to_server,
            servicer=MrvGrpc(door=door, clock=clock, verifier=verifier),
            descriptor=services["MrvService"],
        ),
        Served(
            add_to_server=mrv_service_pb2_grpc.add_MrvQueryServiceServicer_to_server,
            servicer=MrvQueryGrpc(door=door, clock=clock),
            descriptor=services["MrvQueryService"],
        ),
    ) as served:
        world = World(database, others, served, bus, consumer, clock)
        await world._probe.start()
        yield world
        await world._probe.stop()
    await bus.stop()
