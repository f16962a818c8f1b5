"""Take the province's seal on the document of a transmitted table (盖章)."""

from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Verifier

from mrv.app.ports import UnitOfWork
from mrv.app.transmit_allocation_table import locked_table
from mrv.domain.allocation_table import AllocationTable, Seal, sealed
from mrv.domain.events import AllocationTableSealed


@dataclass(frozen=True, slots=True, kw_only=True)
class SealAllocationTable:
    """The seal and who set it."""

    province_code: str
    table_no: str
    seal: Seal
    sealed_by: str


async def seal_allocation_table(
    command: SealAllocationTable, *, uow: UnitOfWork, clock: Clock, verifier: Verifier
) -> AllocationTable:
    """Store a genuine seal and tell the registry; its digest states what the paper says, right or wrong.

    TABLE_NOT_FOUND, TABLE_ALREADY_ISSUED, TABLE_NOT_TRANSMITTED, SEAL_KEY_FOREIGN, SEAL_INVALID.
    """
    at = clock.now()
    table = await locked_table(command.table_no, command.province_code, uow)
    with_seal = sealed(table, command.seal, verifier)
    await uow.tables.save(with_seal, at=at)
    uow.record(AllocationTableSealed(table=with_seal, sealed_by=command.sealed_by, at=at))
    return with_seal
