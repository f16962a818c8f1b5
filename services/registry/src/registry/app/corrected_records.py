"""What corrections find registered beside moved units, and how they leave it: steps of the use cases of changes."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from ets_ledger.domain.entries import Entry

from registry.app.ports import UnitOfWork
from registry.domain.change import ChangeRegistration, ProposedChange
from registry.domain.corrected_records import (
    EARMARKS,
    RECORDS,
    SURRENDERS,
    Record,
    RecordChange,
    RecordKind,
    places_of,
)
from registry.domain.corrected_standing import RecordsStanding, records_after
from registry.domain.events import (
    AllowancesEarmarked,
    CancellationCorrected,
    CarryOverCorrected,
    ComplianceCertificateIssued,
    ComplianceCertificateWithdrawn,
    SurrenderCorrected,
)
from registry.domain.forced_surrender import ForcedSurrender
from registry.domain.obligation import Obligation
from registry.domain.offset_credit import CreditUse
from registry.domain.surrender import Standing

_FORCED = frozenset({RecordKind.FORCED_SURRENDER, RecordKind.RELEASE})


async def first_entries(proposals: Iterable[ProposedChange], uow: UnitOfWork) -> Mapping[str, Entry]:
    """Give, by the entry that a line corrects, the first one behind it, which no correction made."""
    named = {line.corrects for proposed in proposals for line in proposed.lines} - {""}
    first = dict(await uow.ledger.entries(named))
    while later := {number: entry.corrects for number, entry in first.items() if entry.corrects}:
        found = await uow.ledger.entries(set(later.values()))
        first |= {number: found[corrects] for number, corrects in later.items()}
    return first


async def lock_cases(first: Mapping[str, Entry], uow: UnitOfWork) -> Mapping[str, ForcedSurrender]:
    """Lock the forced surrenders that are corrected; cases before accounts, as everywhere."""
    numbers = _record_nos(first, _FORCED)
    return await uow.forced_surrenders.lock(numbers) if numbers else {}


def carry_over_nos(first: Mapping[str, Entry]) -> set[str]:
    """Name the carry-overs that are corrected."""
    return _record_nos(first, {RecordKind.CARRY_OVER})


async def lock_records(
    first: Mapping[str, Entry], cases: Mapping[str, ForcedSurrender], uow: UnitOfWork
) -> Mapping[str, Record]:
    """Give what the entries registered, with its papers locked; cases, accounts and notices are already."""
    owed: dict[str, tuple[str, str]] = {}
    uses: dict[tuple[str, int], tuple[CreditUse, ...]] = {}
    if numbers := _record_nos(first, {RecordKind.SURRENDER}):
        for number, application in (await uow.applications.lock(numbers)).items():
            owed[number] = (application.credit_code, application.period)
            uses |= {(number, line_no): line.uses for line_no, line in enumerate(application.lines, start=1)}
    if numbers := _record_nos(first, {RecordKind.CANCELLATION}):
        await uow.cancellations.lock(numbers)
    lines: dict[str, int] = {}
    if numbers := carry_over_nos(first):
        for number, item in (await uow.carry_overs.lock(numbers)).items():
            owed[number] = (item.credit_code, "")
            lines[number] = len(item.lines)
    records: dict[str, Record] = {}
    for corrects, entry in first.items():
        kind = RECORDS.get(entry.kind)
        if kind is None:
            continue
        number, line_no = entry.flow_id, _line_no(entry)
        credit_code, period = owed.get(number, ("", ""))
        if number in cases:
            credit_code, period = cases[number].credit_code, cases[number].lines[line_no - 1].period
        elif kind is RecordKind.RECOVERY:
            credit_code = number.rpartition("/")[2]
        done, undone = places_of(entry)
        records[corrects] = Record(
            kind=kind,
            record_no=number,
            line_no=line_no,
            done=done,
            undone=undone,
            credit_code=credit_code,
            period=period,
            uses=uses.get((number, line_no), ()),
            line_count=lines.get(number, 0),
        )
    return records


async def records_standing(
    records: Collection[Record], entries: Collection[Entry], uow: UnitOfWork
) -> RecordsStanding:
    """Give how obligations, notices and what provinces hold stand now; all of it is locked."""
    if not records:
        return RecordsStanding()
    keys = obligations_of(records)
    pending = await uow.applications.pending(keys)
    held_for = {record.credit_code for record in records if record.kind in EARMARKS}
    carried = {record.credit_code for record in records if record.kind is RecordKind.CARRY_OVER}
    return RecordsStanding(
        owed={
            key: Standing(
                obligation=obligation,
                pending_tco2e=pending.get(key, (0, 0))[0],
                pending_offset_tco2e=pending.get(key, (0, 0))[1],
                held_tco2e={},
                free_credits=(),
                next_ordinal=0,
            )
            for key, obligation in (await uow.obligations.get(keys)).items()
        },
        taken_back=await uow.changes.taken_back({entry.flow_id for entry in entries if entry.corrects}),
        notices=await uow.carry_overs.notices(carried) if carried else {},
        earmarks=await uow.earmarks.last(held_for) if held_for else {},
    )


async def correct_records(
    change: ChangeRegistration,
    changes: Collection[RecordChange],
    standing: RecordsStanding,
    *,
    uow: UnitOfWork,
    at: datetime,
) -> None:
    """Take back, or register again, what a correction does to records, keep it with the correction, and tell it."""
    if not changes:
        return
    after = records_after(changes, standing, reference=change.registration_no, at=at)
    before = {key: one.obligation for key, one in standing.owed.items()}
    await uow.changes.add_record_changes(
        change.registration_no,
        changes,
        completed={key: owed.completed_time for key, owed in before.items()},
        at=at,
    )
    if after.notices:
        await uow.carry_overs.save_notices(after.notices)
    if after.earmarks:
        await uow.earmarks.add(after.earmarks, at=at)
    if after.obligations:
        await uow.obligations.save(after.obligations, at=at)
    for obligation in after.obligations:
        key = (obligation.credit_code, obligation.period)
        own = tuple(one for one in changes if (one.record.credit_code, one.record.period) == key)
        uow.record(SurrenderCorrected(change=change, record_changes=own, obligation=obligation, at=at))
        _tell_certificates(change, before[key], obligation, uow, at)
    for earmark in after.earmarks:
        uow.record(AllowancesEarmarked(change=earmark, at=at))
    numbers = {one.record.record_no for one in changes if one.record.kind is RecordKind.CANCELLATION}
    # Again, for they tell of the correction now.
    cancelled = await uow.cancellations.lock(numbers) if numbers else {}
    for one in changes:
        if one.record.kind is RecordKind.CANCELLATION:
            application = cancelled[one.record.record_no]
            uow.record(
                CancellationCorrected(change=change, application=application, record_change=one, at=at)
            )
        elif one.record.kind is RecordKind.CARRY_OVER and not one.record.line_no:
            uow.record(CarryOverCorrected(change=change, record_change=one, at=at))


def _tell_certificates(
    change: ChangeRegistration, before: Obligation, after: Obligation, uow: UnitOfWork, at: datetime
) -> None:
    if before.completed_time is not None:
        uow.record(ComplianceCertificateWithdrawn(obligation=before, change_no=change.registration_no, at=at))
    if after.completed_time is not None:
        uow.record(ComplianceCertificateIssued(obligation=after, at=at))


def _record_nos(first: Mapping[str, Entry], kinds: Collection[RecordKind]) -> set[str]:
    return {entry.flow_id for entry in first.values() if RECORDS.get(entry.kind) in kinds}


def obligations_of(records: Iterable[Record]) -> set[tuple[str, str]]:
    """Name the obligations towards which something was registered."""
    return {(record.credit_code, record.period) for record in records if record.kind in SURRENDERS}


def _line_no(entry: Entry) -> int:
    """Give the line of an application or case from the number of its entry, "<record no>/<line no>…"."""
    line = entry.transfer_id.removeprefix(f"{entry.flow_id}/").partition("/")[0]
    if line.isdecimal():
        return int(line)
    return 0 if entry.kind == "carry_over_issue" else 1
