"""The voluntary-reduction registry in one process: real database, real gRPC, real consumer on a bus in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

from ccer_bridge.adapters.books import BOOKS
from ccer_bridge.adapters.events import Consumed
from ccer_bridge.adapters.grpc_commands import CcerGrpc
from ccer_bridge.adapters.grpc_queries import CcerQueryGrpc
from ccer_bridge.main import unit_of_work
from ccer_messages import (
    CENTRE_KEY,
    OWNER,
    PLANT,
    PROVINCE,
    WIND,
    application_no,
    code,
    decided,
    name,
    shanghai,
)
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets.ccer.v1 import ccer_service_pb2_grpc
from ets.ccer.v1 import ccer_types_pb2 as types_pb
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.clock import FixedClock
from ets_kernel.runtime.books import BookKeeper
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.consumer import Consumer
from ets_kernel.runtime.db import Database, OutgoingEvent
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.runtime.relay import Relay
from ets_kernel.runtime.signing import Ed25519Signer
from ets_kernel.runtime.streams import OutboxReader, read_stream, stream_heads
from ets_kernel.testing.serving import Serving, serving
from google.protobuf.message import Message
from sqlalchemy import text

APPLICATIONS = "ets.mrv.applications.v1"
OFFSETS = "ets.registry.offsets.v1"
TRADING = "ets.trading.transfers.v1"
START = shanghai("2021-10-26 09:00")
ACKNOWLEDGEMENT_HOURS = 24


class World:
    """The voluntary-reduction registry, its callers, and the services whose events it consumes."""

    def __init__(
        self, database: Database, others: Database, served: Serving, bus: MemoryBus, consumer: Consumer
    ):
        self.database = database
        self.others = others
        self.served = served
        self.consumer = consumer
        self.relay = Relay(others, bus)
        self.clock = consumer.clock_for_tests
        self._ids = count(1)
        self._probe = bus.subscribe("probe", consumer.topics)

    def commands(self, *roles, **scopes):
        return ccer_service_pb2_grpc.CcerServiceStub(self.served.channel(*roles, **scopes))

    @property
    def centre(self):
        return self.commands("ROLE_CCER_CENTRE", subject="centre")

    @property
    def venue(self):
        return self.commands("ROLE_VENUE_OPERATOR", subject="venue")

    @property
    def holders(self):
        return self.commands("ROLE_EMITTER", "ROLE_HOLDER", entities=["*"])

    @property
    def trading(self):
        return self.commands("ROLE_SERVICE")

    @property
    def scheduler(self):
        return self.commands("ROLE_SCHEDULER")

    def reads(self, *roles, **scopes):
        channel = self.served.channel(*(roles or ("ROLE_OPERATIONS",)), **scopes)
        return ccer_service_pb2_grpc.CcerQueryServiceStub(channel)

    def request_id(self) -> str:
        return f"request-{next(self._ids)}"

    async def tell(self, topic: str, *messages: Message):
        """Publish events one after the other and let them be consumed; give the records."""
        for message in messages:
            async with self.others.begin() as transaction:
                transaction.publish(
                    OutgoingEvent(
                        topic=topic,
                        aggregate="any",
                        aggregate_id="key",
                        message=message,
                        occurred_time=self.clock.now(),
                    )
                )
        await self.relay.drain()
        records = []
        while batch := await self._probe.poll(500, 0.001):
            records += batch
        await self.consumer.take(records)
        return records

    async def events(self, message_class):
        """What was published of a type, by stream and in order."""
        found = []
        async with self.database.snapshot() as connection:
            for stream in await stream_heads(connection):
                found += await read_stream(connection, stream, after_sequence=0, limit=1_000)
        wanted = message_class.DESCRIPTOR.full_name
        return [message_class.FromString(event.payload) for event in found if event.type == wanted]

    async def dead_letters(self):
        async with self.database.snapshot() as connection:
            rows = await connection.execute(
                text("SELECT reason FROM kernel_dead_letter ORDER BY recorded_time, sequence")
            )
            return [row.reason for row in rows]

    async def _capture(self):
        keeper = BookKeeper(database=self.database, clock=self.clock, books=BOOKS, consumer="ccer-bridge")
        return (await keeper.capture()).books

    async def book(self, name: str):
        """The rows of a book now."""
        return [tuple(row) for _, row in (await self._capture())[name].rows()]

    async def state(self):
        """All books, to show that something changed nothing."""
        return {name: book.digest for name, book in (await self._capture()).items()}

    async def effects(self):
        """Everything that is stored, journal and outbox included, without the inbox's own counters."""
        found = {}
        async with self.database.snapshot() as connection:
            names = await connection.execute(
                text(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'kernel_inbox'"
                )
            )
            for name in names.scalars().all():
                rows = await connection.execute(text(f"SELECT md5(t::text) FROM {name} AS t ORDER BY 1"))
                found[name] = rows.scalars().all()
        return found

    async def holdings(self, credit_code: str, **moment):
        request = pb.GetCcerAccountRequest(account_no=f"C-{credit_code}", credit_code=credit_code, **moment)
        answer = await self.reads().GetCcerAccount(request)
        return {
            (
                holding.product,
                types_pb.CcerBucket.Name(holding.bucket).removeprefix("CCER_BUCKET_").lower(),
            ): holding.quantity_tco2e
            for holding in answer.holdings
        }

    async def register(self, *projects: tuple[str, bool]) -> None:
        """Projects of the owner: number, and whether inside the national market."""
        items = [project(number, is_inside_national_market=inside) for number, inside in projects]
        await accepted(
            self.centre.RegisterProjects(
                pb.RegisterProjectsRequest(request_id=self.request_id(), projects=items)
            )
        )

    async def open(self, *applications: pb.AccountApplication) -> None:
        """Accounts, through both reviews at BJ."""
        applied = await accepted(
            self.holders.ApplyForAccounts(
                pb.ApplyForAccountsRequest(request_id=self.request_id(), accounts=applications)
            )
        )
        reviews = [pb.AccountReview(account_no=number, is_passed=True) for number in applied]
        await accepted(
            self.venue.FirstReviewAccounts(
                pb.FirstReviewAccountsRequest(request_id=self.request_id(), venue="BJ", reviews=reviews)
            )
        )
        await accepted(
            self.centre.SecondReviewAccounts(
                pb.SecondReviewAccountsRequest(request_id=self.request_id(), reviews=reviews)
            )
        )

    async def issue(self, *issues: types_pb.ReductionIssue) -> list[str]:
        return await accepted(
            self.centre.IssueReductions(
                pb.IssueReductionsRequest(request_id=self.request_id(), issues=issues)
            )
        )

    async def prepare(self, quantity: int = 10_000) -> None:
        """An owner with issued reductions of WIND1, and two key emitters with accounts."""
        await self.register(("WIND1", False), ("SOLAR1", False), ("INSIDE1", True))
        await self.open(applicant(900, province_code=""), applicant(1), applicant(2))
        await self.issue(reductions(quantity=quantity))

    async def send(self, quantity: int, *, credit_code: str = OWNER, product: str = WIND) -> str:
        """Units on their way to BJ; give the number of the transfer."""
        transfer = pb.VenueTransfer(
            credit_code=credit_code, venue="BJ", product=product, quantity_tco2e=quantity
        )
        answer = await accepted(
            self.holders.TransferToVenue(
                pb.TransferToVenueRequest(request_id=self.request_id(), transfers=[transfer])
            )
        )
        return answer[0]

    async def bring_to_venue(self, quantity: int, *, credit_code: str = OWNER, product: str = WIND) -> None:
        """Units in the trading bucket."""
        number = await self.send(quantity, credit_code=credit_code, product=product)
        await self.tell(
            TRADING,
            trading_events_pb2.TransferInAccepted(
                transfer_no=number,
                market="BJ",
                holder_account_no=f"C-{credit_code}",
                product=product,
                quantity_tco2e=quantity,
            ),
        )

    async def sell(self, quantity: int, *, buyer: str = PLANT, product: str = WIND) -> None:
        """Units of the owner in a buyer's general holding account, over a venue."""
        await self.bring_to_venue(quantity, product=product)
        number = self.request_id()
        trade = pb.TradeSettlement(
            trade_no=f"X-BJ-{number}",
            seller_account_no=f"C-{OWNER}",
            buyer_account_no=f"C-{buyer}",
            product=product,
            quantity_tco2e=quantity,
        )
        await accepted(
            self.trading.SettleTrades(
                pb.SettleTradesRequest(request_id=number, trading_date="2021-10-26", trades=[trade])
            )
        )
        await self.tell(
            TRADING,
            trading_events_pb2.WithdrawalRequested(
                withdrawal_no=f"W-BJ-{number}",
                market="BJ",
                holder_account_no=f"C-{buyer}",
                product=product,
                quantity_tco2e=quantity,
            ),
        )

    async def prepare_to_cancel(self, quantity: int = 1_000) -> None:
        """A key emitter with units and a confirmed application over as much."""
        await self.prepare()
        await self.sell(quantity)
        await self.tell(APPLICATIONS, decided(1, ("WIND1", 2015, quantity)))

    async def cancel(self, quantity: int, *, request_id: str = "", **changes):
        """Cancel once; give the result."""
        answer = await self.holders.CancelForOffset(
            pb.CancelForOffsetRequest(
                request_id=request_id or self.request_id(), cancellations=[cancellation(quantity, **changes)]
            )
        )
        return answer.results[0]

    async def hand_over(self, day: str, at: str = "17:00"):
        """Run the hand-over of a date on that date at 17:00."""
        self.clock.set(shanghai(f"{day} {at}"))
        return await self.run_handover(day)

    async def run_handover(self, day: str):
        return await self.scheduler.RunDailyHandover(
            pb.RunDailyHandoverRequest(request_id=self.request_id(), business_date=day)
        )

    async def handovers(self, **wanted):
        return (await self.reads().ListHandovers(pb.ListHandoversRequest(**wanted))).handovers


def project(number: str, **changes) -> types_pb.Project:
    values = {
        "name": f"Project {number}",
        "project_type": "wind",
        "methodology": "CM-001-V01",
        "owner_credit_code": OWNER,
    } | changes
    return types_pb.Project(project_no=number, **values)


def applicant(number: int, *, province_code: str = PROVINCE, venue: str = "BJ") -> pb.AccountApplication:
    return pb.AccountApplication(
        credit_code=code(number), name=name(number), province_code=province_code, venue=venue
    )


def reductions(project_no: str = "WIND1", year: int = 2015, *, quantity: int = 10_000, **period):
    values = {"period_start": f"{year}-01-01", "period_end": f"{year}-12-31"} | period
    return types_pb.ReductionIssue(
        project_no=project_no, reduction_year=year, quantity_tco2e=quantity, **values
    )


def cancellation(quantity: int, **changes) -> pb.OffsetCancellation:
    values = {"credit_code": PLANT, "application_no": application_no(1), "product": WIND} | changes
    return pb.OffsetCancellation(quantity_tco2e=quantity, **values)


async def accepted(call) -> list[str]:
    """The references of a batch of which every item was accepted."""
    answer = await call
    assert reasons(answer) == [""] * len(answer.results)
    return [result.reference for result in answer.results]


def reasons(answer) -> list[str]:
    """The reason of each item, empty for accepted ones."""
    return [result.error.reason for result in answer.results]


@asynccontextmanager
async def running_world(database: Database, others: Database) -> AsyncIterator[World]:
    """Serve and consume for the length of a test."""
    clock = FixedClock(START)
    door = Door(database, unit_of_work)
    bus = MemoryBus()
    await bus.start()
    consumer = Consumer(
        service="ccer-bridge",
        database=database,
        bus=bus,
        reader=OutboxReader(dict.fromkeys(("mrv", "registry", "trading"), others)),
        clock=clock,
        subscriptions=Consumed(clock=clock).subscriptions(),
        unit_of_work=unit_of_work,
        watch_seconds=3600,
    )
    consumer.clock_for_tests = clock
    services = pb.DESCRIPTOR.services_by_name
    async with serving(
        Served(
            add_to_server=ccer_service_pb2_grpc.add_CcerServiceServicer_to_server,
            servicer=CcerGrpc(
                door=door,
                clock=clock,
                signer=Ed25519Signer("ccer-centre", CENTRE_KEY),
                acknowledgement_time=timedelta(hours=ACKNOWLEDGEMENT_HOURS),
            ),
            descriptor=services["CcerService"],
        ),
        Served(
            add_to_server=ccer_service_pb2_grpc.add_CcerQueryServiceServicer_to_server,
            servicer=CcerQueryGrpc(door=door, clock=clock),
            descriptor=services["CcerQueryService"],
        ),
    ) as served:
        world = World(database, others, served, bus, consumer)
        await world._probe.start()
        yield world
        await world._probe.stop()
    await bus.stop()
