"""A management platform that reckons wrongly: the registry's own figures differ, and nothing is issued on its table."""

import pytest
from attempts import Bench, reason_of
from ets.mrv.v1.mrv_service_pb2 import GetAllocationTableRequest
from ets.mrv.v1.mrv_types_pb2 import AllocationTable, AllocationTableStatus
from registry_attempts import PROVINCE, computed_table, initiate, seal_with_the_own_key, transmit
from simulation.window.barrier import Barrier
from sqlalchemy import text
from system import digests, running

pytestmark = [pytest.mark.xdist_group("in_process"), pytest.mark.slow]

# The table agrees with itself: what a unit gets too much is in its entity's row too.
UNITS = "UPDATE allocation_unit_row SET allowance_tco2e = allowance_tco2e + 1"
ENTITIES = """UPDATE allocation_entity_row
SET issue_tco2e = issue_tco2e + 2, pre_allocated_tco2e = pre_allocated_tco2e + 2"""


async def reckon_wrongly(bench: Bench) -> None:
    """Change the figures in the platform's own database, as a bug of its computation would."""
    async with bench.system.applications["mrv"].database.begin() as transaction:
        for statement in (UNITS, ENTITIES):
            await transaction.connection.execute(text(statement))


async def table(bench: Bench, table_no: str) -> AllocationTable:
    request = GetAllocationTableRequest(province_code=PROVINCE, table_no=table_no)
    return (await bench.world.mrv_query().GetAllocationTable(request)).table


async def test_a_table_that_the_registry_computes_differently_is_told_and_not_issued(
    postgres_server, tmp_path
):
    async with running(postgres_server, tmp_path) as system:
        bench = Bench(system=system, barrier=Barrier(system.world))
        table_no = await computed_table(bench)
        await reckon_wrongly(bench)
        await transmit(bench, table_no)
        await bench.barrier.quiesce()
        told = await table(bench, table_no)
        assert told.status == AllocationTableStatus.ALLOCATION_TABLE_STATUS_DIFFERENT
        wrong = {
            (one.column, one.transmitted_tco2e - one.recomputed_tco2e)
            for one in told.differences
            if one.column != "digest"
        }
        assert {("issue_tco2e", 2), ("pre_allocated_tco2e", 2), ("allowance_tco2e", 1)} <= wrong

        await seal_with_the_own_key(bench, table_no, told.digest)
        await bench.barrier.quiesce()
        before = await digests(system.world)
        assert reason_of(await initiate(bench)) == "TABLE_NOT_MATCHED"
        await bench.barrier.quiesce()
        assert await digests(system.world) == before
