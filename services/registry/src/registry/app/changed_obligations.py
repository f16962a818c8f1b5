"""Carry changes of obligations out: a step of confirming them, and of issuing tables that carry them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from registry.app.ports import UnitOfWork
from registry.app.standings import give_back
from registry.app.surrender_ports import EntityPeriod
from registry.domain.compliance_rules import rules_of
from registry.domain.events import (
    ComplianceCertificateIssued,
    ComplianceCertificateWithdrawn,
    ComplianceNoticeIssued,
    ObligationChanged,
    SurrenderApplicationReturned,
)
from registry.domain.obligation import Obligation, changed
from registry.domain.obligation_change import ObligationChange, no_longer_fitting
from registry.domain.surrender import SurrenderApplication


@dataclass(slots=True, kw_only=True)
class Owing:
    """Obligations and the applications that wait for them, locked once and kept as the changes leave them."""

    obligations: dict[EntityPeriod, Obligation]
    pending: list[SurrenderApplication]


async def lock_owing(keys: Set[EntityPeriod], uow: UnitOfWork) -> Owing:
    """Lock obligations with what waits for them; the accounts of the entities are locked by the caller."""
    # Applications before obligations, as registration locks them.
    pending = await uow.applications.lock_pending(keys)
    return Owing(obligations=dict(await uow.obligations.get(keys)), pending=list(pending))


async def carry_out_table_changes(
    changes: Sequence[ObligationChange],
    owing: Owing,
    *,
    through_province: Set[str],
    uow: UnitOfWork,
    at: datetime,
) -> None:
    """Carry changes out that an issued table brings, and keep them among those of two people; as `carry_out_changes`.

    `through_province`: entities whose notices go through the province, as the table says.
    """
    ordinals = await uow.obligation_changes.last_ordinals(
        {(change.credit_code, change.period) for change in changes}
    )
    numbered = [
        replace(change, ordinal=ordinals.get((change.credit_code, change.period), 0) + 1)
        for change in changes
    ]
    await uow.obligation_changes.add(numbered)
    await carry_out_changes(numbered, owing, through_province=through_province, uow=uow, at=at)


async def carry_out_changes(
    changes: Sequence[ObligationChange],
    owing: Owing,
    *,
    through_province: Set[str] | None = None,
    uow: UnitOfWork,
    at: datetime,
) -> None:
    """Change obligations, give back applications that no longer fit, and tell what became of certificates.

    What is owing is locked, and no obligation is changed twice.
    """
    saved: list[Obligation] = []
    returned: list[SurrenderApplication] = []
    for change in changes:
        key = (change.credit_code, change.period)
        before = owing.obligations[key]
        after = changed(
            before,
            obligation_tco2e=change.to_tco2e,
            rules=rules_of(change.period),
            at=at,
            sector=change.sector,
        )
        if through_province is not None:
            after = replace(after, is_through_province=change.credit_code in through_province)
        owing.obligations[key] = after
        saved.append(after)
        no_longer = no_longer_fitting(
            [one for one in owing.pending if (one.credit_code, one.period) == key],
            after,
            cause=change.change_no,
            at=at,
        )
        returned += no_longer
        _tell(change, before, after, uow, at)
        for application in no_longer:
            uow.record(SurrenderApplicationReturned(application=application, at=at))
    gone = {application.application_no for application in returned}
    owing.pending = [one for one in owing.pending if one.application_no not in gone]
    await give_back(returned, uow, at)
    await uow.applications.save(returned)
    await uow.obligations.save(saved, at=at)


def _tell(
    change: ObligationChange, before: Obligation, after: Obligation, uow: UnitOfWork, at: datetime
) -> None:
    uow.record(ObligationChanged(change=change, obligation=after, at=at))
    uow.record(ComplianceNoticeIssued(obligation=after, at=at))
    if before.completed_time is not None:
        uow.record(ComplianceCertificateWithdrawn(obligation=before, change_no=change.change_no, at=at))
    if after.completed_time is not None:
        uow.record(ComplianceCertificateIssued(obligation=after, at=at))
