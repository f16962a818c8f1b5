"""Take the news that the registry issued a table."""

from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import TableAlreadyIssued, TableNotFound

from mrv.app.ports import UnitOfWork
from mrv.domain.allocation_table import TableKind, TableStatus
from mrv.domain.errors import TransmissionNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTable:
    """Which transmission was issued."""

    table_no: str
    revision: int


async def take_issuance(issued: IssuedTable, *, uow: UnitOfWork, clock: Clock) -> None:
    """Close the table with the figures of the transmission that was issued; a verified one imposes obligations.

    The same news again changes nothing. TABLE_NOT_FOUND, TABLE_ALREADY_ISSUED as another transmission,
    TRANSMISSION_NOT_FOUND.
    """
    at = clock.now()
    table = (await uow.tables.lock({issued.table_no})).get(issued.table_no)
    if table is None:
        raise TableNotFound(f"there is no table {issued.table_no}", table_no=issued.table_no)
    if table.status is TableStatus.ISSUED:
        if issued.revision != table.revision:
            raise TableAlreadyIssued(
                f"{issued.table_no} is issued as revision {table.revision}", table_no=issued.table_no
            )
        return
    sent = table
    if issued.revision != table.revision or table.status is TableStatus.COMPUTED:
        found = await uow.tables.transmission(issued.table_no, issued.revision)
        if found is None:
            raise TransmissionNotFound(
                f"{issued.table_no} was never sent as revision {issued.revision}",
                table_no=issued.table_no,
                revision=issued.revision,
            )
        sent = found
    closed = replace(sent, status=TableStatus.ISSUED)
    await uow.tables.save(closed, at=at)
    if closed.kind is TableKind.VERIFIED:
        await uow.obligations.impose(closed, at=at)
