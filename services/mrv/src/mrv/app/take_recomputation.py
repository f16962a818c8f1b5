"""Take the registry's own computation of a transmitted table: agreement, or every figure that differs."""

from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import TableNotFound

from mrv.app.ports import UnitOfWork
from mrv.domain.allocation_table import Difference, recomputed


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputation:
    """What the registry found in one transmission."""

    table_no: str
    revision: int
    differences: tuple[Difference, ...]


async def take_recomputation(found: Recomputation, *, uow: UnitOfWork, clock: Clock) -> None:
    """Keep the differences; where the table stands changes only if this is its present transmission.

    TABLE_NOT_FOUND.
    """
    at = clock.now()
    table = (await uow.tables.lock({found.table_no})).get(found.table_no)
    if table is None:
        raise TableNotFound(f"there is no table {found.table_no}", table_no=found.table_no)
    await uow.tables.add_differences(found.table_no, found.revision, found.differences, at=at)
    after = recomputed(table, revision=found.revision, is_different=bool(found.differences))
    if after != table:
        await uow.tables.save(after, at=at)
