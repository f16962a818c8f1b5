"""Take the province's copy of a daily hand-over (step six)."""

from collections.abc import Sequence

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.sealing import Verifier

from mrv.app.ports import UnitOfWork
from mrv.domain.handover import HandoverRow, Manifest, require_whole


async def take_handover(
    manifest: Manifest, rows: Sequence[HandoverRow], *, uow: UnitOfWork, verifier: Verifier, clock: Clock
) -> None:
    """Store a hand-over that is whole, sealed, and follows the last one of its province.

    One that is stored already and was issued again changes nothing.
    """
    last = await uow.handovers.lock_last(manifest.province_code)
    if await uow.handovers.digest_of(manifest.handover_no) == manifest.manifest_digest:
        return
    require_whole(manifest, rows, last=last, verifier=verifier)
    await uow.handovers.add(manifest, rows, at=clock.now())
