"""Send a computed table to the registry, with everything that it needs to compute it again."""

from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import TableNotFound

from mrv.app.ports import UnitOfWork
from mrv.domain.allocation_table import AllocationTable, refusal_of_change, transmitted
from mrv.domain.events import AllocationTableTransmitted


@dataclass(frozen=True, slots=True, kw_only=True)
class TransmitAllocationTable:
    """Which table, and the province that sends it."""

    province_code: str
    table_no: str


async def transmit_allocation_table(
    command: TransmitAllocationTable, *, uow: UnitOfWork, clock: Clock
) -> AllocationTable:
    """Send the last computation; a new transmission takes the place of one that is not issued.

    TABLE_NOT_FOUND, TABLE_ALREADY_ISSUED.
    """
    at = clock.now()
    table = await locked_table(command.table_no, command.province_code, uow)
    refusal = refusal_of_change(table)
    if refusal is not None:
        raise refusal
    sent = transmitted(table, last_revision=table.revision)
    await uow.tables.save(sent, at=at)
    uow.record(AllocationTableTransmitted(table=sent, rows=await uow.tables.rows(sent), at=at))
    return sent


async def locked_table(table_no: str, province_code: str, uow: UnitOfWork) -> AllocationTable:
    """Give a table of a province, locked; one of another province is not found, so nobody learns of it."""
    table = (await uow.tables.lock({table_no})).get(table_no)
    if table is None or table.province_code != province_code:
        raise TableNotFound(f"province {province_code} has no table {table_no}", table_no=table_no)
    return table
