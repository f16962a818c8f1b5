"""Posting what is decided: on locked accounts and applications nothing is left to refuse; a group is refused whole."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import EtsError
from ets_ledger.domain.commands import Command
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.errors import LinkedTransferRefused

from registry.app.ports import UnitOfWork


async def post_decided(commands: Iterable[Command], claim: str, *, uow: UnitOfWork, at: datetime) -> None:
    """Post commands that cannot be refused any more; `claim` says why not."""
    results = await uow.ledger.post(commands, at=at)
    ensure(not any(isinstance(result, EtsError) for result in results), claim)


def cause_of(results: Sequence[Entry | EtsError]) -> EtsError | None:
    """Give the refusal of a group that the others were linked to."""
    refusals = [result for result in results if isinstance(result, EtsError)]
    causes = [refusal for refusal in refusals if not isinstance(refusal, LinkedTransferRefused)]
    return next(iter(causes or refusals), None)
