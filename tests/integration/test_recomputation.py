"""Allocation tables that differ from what the registry computes itself: nothing is issued until the right one comes.

A bus changes each province's first table on its way, as a management platform that reckons wrongly would send it.
The paper is sealed with the figures that were sent, so nothing but the registry's own computation stands in the way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio
from attempts import PERIOD, reason_of
from ets.common.v1.event_pb2 import EventEnvelope
from ets.common.v1.seal_pb2 import Seal
from ets.mrv.v1.mrv_events_pb2 import AllocationTableTransmitted
from ets.mrv.v1.mrv_service_pb2 import (
    GetAllocationTableRequest,
    SealAllocationTableRequest,
    TransmitAllocationTableRequest,
)
from ets.mrv.v1.mrv_types_pb2 import AllocationKind, AllocationTableStatus
from ets.registry.v1.registry_service_pb2 import (
    ConfirmIssuancesRequest,
    InitiateIssuancesRequest,
    ListIssuancesRequest,
)
from ets.registry.v1.registry_types_pb2 import IssuanceStatus
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.runtime.bus.port import Bus, BusConsumer, Record
from ets_kernel.runtime.signing import Ed25519Signer
from simulation.population.plan import Moment
from simulation.window import world as actors
from simulation.window.barrier import Barrier, set_clocks
from simulation.window.player import at
from simulation.window.preparation import Preparation, _document_row
from small_plan import FIRST, brief_plan
from system import System, assert_all_kept, digests, reconcile, running

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("in_process"),
    pytest.mark.slow,
]

TABLES = "ets.mrv.allocation.v1"
PRE = AllocationKind.ALLOCATION_KIND_PRE_ALLOCATION
Change = Callable[[AllocationTableTransmitted], None]


def entity_figure(table: AllocationTableTransmitted) -> None:
    table.entity_rows[0].pre_allocated_tco2e += 1
    table.entity_rows[0].issue_tco2e += 1


def unit_figure(table: AllocationTableTransmitted) -> None:
    """The sums of the entity stay right, and so do all three digests."""
    table.unit_rows[0].allowance_tco2e += 1


def missing_entity(table: AllocationTableTransmitted) -> None:
    del table.entity_rows[-1]


CHANGES: dict[str, tuple[Change, set[str]]] = {
    "37": (entity_figure, {"pre_allocated_tco2e", "issue_tco2e"}),
    "44": (unit_figure, {"allowance_tco2e"}),
    "66": (missing_entity, {"issue_tco2e"}),
}


@dataclass(slots=True)
class WrongBus:
    """Passes everything on, the first table of each province with another content; remembers the digests sent."""

    bus: Bus
    sent: dict[str, bytes] = field(default_factory=dict)

    async def start(self) -> None:
        await self.bus.start()

    async def stop(self) -> None:
        await self.bus.stop()

    def subscribe(self, group: str, topics: Sequence[str]) -> BusConsumer:
        return self.bus.subscribe(group, topics)

    async def publish(self, records: Sequence[Record]) -> None:
        await self.bus.publish(
            [self._changed(record) if record.topic == TABLES else record for record in records]
        )

    def _changed(self, record: Record) -> Record:
        envelope = EventEnvelope.FromString(record.value)
        if envelope.type != AllocationTableTransmitted.DESCRIPTOR.full_name:
            return record
        table = AllocationTableTransmitted.FromString(envelope.payload)
        if table.province_code in self.sent:
            return record
        CHANGES[table.province_code][0](table)
        table.digest = rows_digest(canonical_row(_document_row(row)) for row in table.entity_rows)
        self.sent[table.province_code] = table.digest
        envelope.payload = table.SerializeToString()
        return replace(record, value=envelope.SerializeToString())


@dataclass(slots=True, kw_only=True)
class Desk:
    """The platform after the wrong tables were sent and sealed, and what the actors do there."""

    system: System
    preparation: Preparation
    barrier: Barrier
    tables: dict[str, str]
    serial: int = 0

    def request_id(self) -> str:
        self.serial += 1
        return f"desk-{self.serial}"

    async def table(self, province: str) -> Any:
        answer = await self.system.world.mrv_query().GetAllocationTable(
            GetAllocationTableRequest(province_code=province, table_no=self.tables[province])
        )
        return answer.table

    async def issuance(self, province: str) -> Any:
        answer = await self.system.world.registry_query().ListIssuances(
            ListIssuancesRequest(province_code=province, period=PERIOD)
        )
        (issuance,) = answer.issuances
        return issuance

    async def transmit(self, province: str) -> None:
        await self.system.world.mrv(actors.province(province)).TransmitAllocationTable(
            TransmitAllocationTableRequest(
                request_id=self.request_id(), province_code=province, table_no=self.tables[province]
            )
        )
        await self.barrier.quiesce()

    async def seal(self, province: str, digest: bytes) -> None:
        signer = Ed25519Signer(
            f"province/{province}", self.system.secrets.private_key(f"province-{province}")
        )
        await self.system.world.mrv(actors.province(province)).SealAllocationTable(
            SealAllocationTableRequest(
                request_id=self.request_id(),
                province_code=province,
                table_no=self.tables[province],
                seal=Seal(digest=digest, signature=signer.sign(digest), key_id=signer.key_id),
            )
        )
        await self.barrier.quiesce()

    async def initiate(self, province: str) -> str:
        answer = await self.system.world.registry(actors.REGISTRY_FIRST).InitiateIssuances(
            InitiateIssuancesRequest(request_id=self.request_id(), table_nos=[self.tables[province]])
        )
        return reason_of(answer)

    async def confirm(self, province: str) -> str:
        answer = await self.system.world.registry(actors.REGISTRY_SECOND).ConfirmIssuances(
            ConfirmIssuancesRequest(request_id=self.request_id(), table_nos=[self.tables[province]])
        )
        await self.barrier.quiesce()
        return reason_of(answer)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(postgres_server, tmp_path_factory):
    wrong: list[WrongBus] = []

    def wrap(service: str, bus: Bus) -> Bus:
        if service != "mrv":
            return bus
        wrong.append(WrongBus(bus))
        return wrong[0]

    async with running(postgres_server, tmp_path_factory.mktemp("recomputation"), wrap=wrap) as system:
        barrier = Barrier(system.world)
        preparation = Preparation(system.world, brief_plan(), barrier, system.secrets, "wrong")
        await set_clocks(system.world, at(FIRST, brief_plan(), Moment.OPENING))
        await preparation._roster()
        await preparation._accounts()
        tables = {code: await preparation._transmit(code, PRE) for code in CHANGES}
        await barrier.quiesce()
        desk = Desk(system=system, preparation=preparation, barrier=barrier, tables=tables)
        for code in CHANGES:
            await desk.seal(code, wrong[0].sent[code])
        yield desk
        assert_all_kept(await reconcile(system.world, "after the right tables"))


@pytest.mark.parametrize("province", CHANGES, ids=[change.__name__ for change, _ in CHANGES.values()])
async def test_a_table_that_differs_is_not_issued_until_the_right_one_comes(desk, province):
    before = await digests(desk.system.world)
    found = await desk.issuance(province)
    assert found.status == IssuanceStatus.ISSUANCE_STATUS_DIFFERENT
    assert await desk.initiate(province) == "TABLE_NOT_MATCHED"
    assert await desk.confirm(province) == "ISSUANCE_NOT_INITIATED"
    assert await digests(desk.system.world) == before, "nothing is issued"

    table = await desk.table(province)
    columns = {difference.column for difference in table.differences}
    assert len(table.differences) == found.difference_count > 0
    assert columns == CHANGES[province][1], "the management platform shows what differs"
    assert all(one.transmitted_tco2e != one.recomputed_tco2e for one in table.differences)

    await desk.transmit(province)
    table = await desk.table(province)
    assert table.status == AllocationTableStatus.ALLOCATION_TABLE_STATUS_AGREED
    assert list(table.differences) == []
    assert await desk.initiate(province) == "TABLE_NOT_MATCHED", "an earlier seal is about an earlier table"
    await desk.seal(province, table.digest)
    assert await desk.initiate(province) == ""
    assert await desk.confirm(province) == ""
    assert (await desk.issuance(province)).status == IssuanceStatus.ISSUANCE_STATUS_ISSUED
    table = await desk.table(province)
    assert table.status == AllocationTableStatus.ALLOCATION_TABLE_STATUS_ISSUED
    changed = {book for book, digest in (await digests(desk.system.world)).items() if digest != before[book]}
    assert {"registry/holdings", "registry/blocks"} <= changed
