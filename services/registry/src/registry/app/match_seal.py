"""Match a sealed document with the data: recomputed = transmitted = sealed."""

from dataclasses import dataclass, replace

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import SealInvalid
from ets_kernel.domain.sealing import Verifier

from registry.app.initiate_issuances import table_not_found
from registry.app.ports import UnitOfWork
from registry.domain.allocation_table import Issuance, refusal_of_seal, status_after_seal


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTable:
    """A province's seal on a table."""

    table_no: str
    revision: int
    digest: bytes
    signature: bytes
    key_id: str


async def match_seal(sealed: SealedTable, *, uow: UnitOfWork, verifier: Verifier, clock: Clock) -> None:
    """Store whether the seal is the province's and matches both the transmitted and the recomputed figures."""
    issuance = (await uow.tables.lock({sealed.table_no})).get(sealed.table_no)
    if issuance is None:
        raise table_not_found(sealed.table_no)
    refusal = refusal_of_seal(issuance, sealed.revision)
    if refusal is not None:
        raise refusal
    finding = _finding(sealed, issuance, verifier)
    await uow.tables.save(
        [
            replace(
                issuance,
                status=status_after_seal(issuance, seal_digest=sealed.digest, finding=finding),
                seal_digest=sealed.digest,
                seal_finding=finding,
            )
        ],
        at=clock.now(),
    )


def _finding(sealed: SealedTable, issuance: Issuance, verifier: Verifier) -> str:
    if sealed.key_id != f"province/{issuance.province_code}":
        return f"the key is {sealed.key_id}, not that of province {issuance.province_code}"
    try:
        verifier.verify(sealed.key_id, sealed.digest, sealed.signature)
    except SealInvalid as refusal:
        return refusal.message
    return ""
