"""Every pair of commands at once on the same accounts, named in opposite orders: none is broken off by a deadlock.

The order of locks is in `registry.app.ports`. What PostgreSQL breaks off is counted where its errors are translated,
before anybody tries again: so a deadlock is found that no caller would see.
"""

import asyncio
from contextlib import contextmanager
from itertools import combinations_with_replacement

import pytest
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.errors import DatabaseUnavailable
from ets_kernel.runtime import db
from registry_messages import CEA, PERIOD, PROVINCE, Plant, cancellation_row, code, handover
from registry_world import HANDOVERS, TRADING

PLANTS = tuple(Plant(number=number, emissions_tco2e=5_000_000) for number in range(1, 6))
HOT = [code(plant.number) for plant in PLANTS]
ROUNDS = 2
DEADLOCK = "40P01"


class Market:
    """Commands over the hot accounts, in the order of the list that each is given."""

    def __init__(self, world):
        self.world = world
        self.applications = []
        self.days = 0
        self.last_digest = b""

    async def transfer(self, codes):
        wanted = [pb.TradingTransfer(credit_code=one, product=CEA, quantity_tco2e=1) for one in codes]
        request = pb.TransferToTradingRequest(request_id=self.world.request_id(), transfers=wanted)
        await self.world.emitters.TransferToTrading(request)

    async def settle(self, codes):
        request_id = self.world.request_id()
        trades = [
            pb.TradeSettlement(
                trade_no=f"{request_id}-{seller}",
                seller_account_no=f"R-E-{seller}",
                buyer_account_no=f"R-E-{buyer}",
                product=CEA,
                quantity_tco2e=1,
            )
            for seller, buyer in zip(codes, codes[1:] + codes[:1], strict=True)
        ]
        request = pb.SettleTradesRequest(request_id=request_id, trading_date="2021-10-26", trades=trades)
        await self.world.trading.SettleTrades(request)

    async def submit(self, codes):
        line = types_pb.SurrenderLine(product=CEA, quantity_tco2e=1)
        forms = [pb.SurrenderForm(credit_code=one, period=PERIOD, lines=[line]) for one in codes]
        request = pb.SubmitSurrenderApplicationsRequest(
            request_id=self.world.request_id(), applications=forms
        )
        answer = await self.world.emitters.SubmitSurrenderApplications(request)
        self.applications += [result.reference for result in answer.results if result.reference]

    async def decide(self, codes):
        """Decide on what waits, in the order of these accounts; every other one is refused."""
        known = sorted(
            self.applications[-40:], key=lambda number: [i for i, one in enumerate(codes) if one in number]
        )
        decisions = [
            pb.SurrenderDecision(application_no=number, is_confirmed=index % 2 == 0)
            for index, number in enumerate(known)
        ]
        request = pb.DecideSurrenderApplicationsRequest(
            request_id=self.world.request_id(),
            province_code=PROVINCE,
            decisions=decisions or [pb.SurrenderDecision(application_no="SA-none")],
        )
        await self.world.province.DecideSurrenderApplications(request)

    async def register(self, _codes):
        await self.world.register()

    async def answer(self, codes):
        """Units on their way arrive, or come back, and trading releases some: all as events."""
        sent = await self.world.book("trading_transfers")
        waiting = [row for row in sent if row[4] == "sent"][:10]
        messages = [
            trading_events_pb2.TransferInAccepted(
                transfer_no=row[0],
                market="CEA",
                holder_account_no=row[1],
                product=CEA,
                quantity_tco2e=int(row[3]),
            )
            for row in sorted(waiting, key=lambda row: [i for i, one in enumerate(codes) if one in row[1]])
        ]
        messages += [
            trading_events_pb2.WithdrawalRequested(
                withdrawal_no=f"W-{self.world.request_id()}",
                market="CEA",
                holder_account_no=f"R-E-{one}",
                product=CEA,
                quantity_tco2e=1,
            )
            for one in codes
        ]
        await self.world.tell(TRADING, *messages)

    async def hand_over(self, codes):
        self.days += 1
        rows = [
            cancellation_row(
                row_no,
                number=HOT.index(one) + 1,
                ordinal=self.days,
                quantity=1,
                start=1_000 * self.days + row_no,
            )
            for row_no, one in enumerate(codes, start=1)
        ]
        message = handover(
            f"2021-{11 + self.days // 28:02d}-{1 + self.days % 28:02d}", *rows, previous=self.last_digest
        )
        self.last_digest = message.manifest.manifest_digest
        await self.world.tell(HANDOVERS, message)

    async def credit(self, _codes):
        await self.world.scheduler.RunOffsetCreditCreation(
            pb.RunOffsetCreditCreationRequest(request_id=self.world.request_id(), business_date="2021-12-30")
        )

    async def sign(self, _codes):
        request_id = self.world.request_id()
        day = f"2021-{1 + int(request_id.rpartition('-')[2]) % 12:02d}-01"
        await self.world.scheduler.RunTreeHead(
            pb.RunTreeHeadRequest(request_id=request_id, business_date=day)
        )


COMMANDS = ("transfer", "settle", "submit", "decide", "register", "answer", "hand_over", "credit", "sign")
# Of these one runs at a time anyhow: the consumer takes events one stream after the other.
EVENTS = {"answer", "hand_over"}


@pytest.fixture
def broken_off(monkeypatch):
    """The causes for which PostgreSQL broke transactions off."""
    causes = []
    translated = db.translated

    @contextmanager
    def counted():
        try:
            with translated():
                yield
        except DatabaseUnavailable as error:
            causes.append(error.metadata.get("sqlstate", ""))
            raise

    monkeypatch.setattr(db, "translated", counted)
    return causes


async def test_no_pair_of_commands_ends_in_a_deadlock(world, broken_off):
    await world.allocate(PLANTS)
    market = Market(world)
    for one in HOT:
        await world.send_to_trading(one, 1_000)
    deadlocked = []
    for one, other in combinations_with_replacement(COMMANDS, 2):
        before = len(broken_off)
        for _ in range(ROUNDS):
            sides = [(one, HOT), (other, HOT[::-1])]
            if one not in EVENTS:
                sides.append((one, HOT[2:] + HOT[:2]))
            if other not in EVENTS:
                sides.append((other, HOT[::-1]))
            if {one, other} <= EVENTS:
                sides.pop()
            await asyncio.gather(*(getattr(market, name)(codes) for name, codes in sides))
        if DEADLOCK in broken_off[before:]:
            deadlocked.append((one, other))
    assert deadlocked == []
    done = [
        len(await world.book(book)) for book in ("settled_trades", "surrender_applications", "offset_credits")
    ]
    assert min(done) > len(COMMANDS), "commands that all are refused wait for nobody"
    assert await world.book("journal_totals") == await world.book("holdings")
