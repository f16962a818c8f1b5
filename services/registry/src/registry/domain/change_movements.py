"""Change registrations in the ledger's words: all or nothing, in entries that carry the registration's number."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ets_kernel.domain.ids import ProductCode
from ets_ledger.domain.commands import Command, Issue, Transfer
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.values import RETIRED_BUCKETS, SOURCE_BUCKET, Bucket, Position

from registry.domain.change import ChangeKind, ChangeRegistration
from registry.domain.change_rules import Step
from registry.domain.judicial_freeze import JudicialFreeze, without


def change_commands(registration_no: str, kind: ChangeKind, steps: Sequence[Step]) -> Iterator[Command]:
    """Give the commands of a registration, in the order of its lines; reserve allowances are new units."""
    for line_no, step in enumerate(steps, start=1):
        product = ProductCode(step.line.product)
        transfer_id = f"{registration_no}/{line_no}"
        if step.source is None:
            yield Issue(
                transfer_id=transfer_id,
                kind=kind,
                product=product,
                quantity=step.line.quantity_tco2e,
                destination=step.target,
                origin=registration_no,
                group=registration_no,
                flow_id=registration_no,
            )
            continue
        yield Transfer(
            transfer_id=transfer_id,
            kind=kind,
            product=product,
            quantity=step.line.quantity_tco2e,
            source=step.source,
            destination=step.target,
            serials=step.serials,
            group=registration_no,
            flow_id=registration_no,
            corrects=step.line.corrects,
        )


def freezes_after(
    change: ChangeRegistration,
    entries: Sequence[Entry],
    freezes: Mapping[str, JudicialFreeze],
    *,
    at: datetime,
) -> list[JudicialFreeze]:
    """Give the freezes that a registration made or changed, as its entries leave them."""
    changed: dict[str, JudicialFreeze] = {}
    for line, entry in zip(change.lines, entries, strict=True):
        if change.kind is ChangeKind.FREEZE:
            changed[entry.transfer_id] = JudicialFreeze(
                freeze_no=entry.transfer_id,
                registration_no=change.registration_no,
                account_no=line.source_account_no,
                product=line.product,
                frozen_tco2e=entry.quantity,
                blocks=entry.serials,
                frozen_time=at,
                expiry_date=change.expiry_date,
            )
        elif line.freeze_no:
            freeze = changed.get(line.freeze_no, freezes[line.freeze_no])
            changed[line.freeze_no] = (
                replace(freeze, account_no=line.target_account_no)
                if entry.destination.bucket == Bucket.JUDICIALLY_FROZEN
                else without(freeze, entry.serials)
            )
    return list(changed.values())


def holding_changes(entries: Sequence[Entry]) -> dict[str, dict[tuple[str, str], int]]:
    """Give what entries changed, by account, product and bucket; without system accounts and without zeros."""
    changes: Counter[Position] = Counter()
    for entry in entries:
        changes[entry.source] -= entry.quantity
        changes[entry.destination] += entry.quantity
    by_account: dict[str, dict[tuple[str, str], int]] = {}
    for position, change in sorted(changes.items()):
        if change and position.bucket not in {SOURCE_BUCKET, *RETIRED_BUCKETS}:
            by_account.setdefault(position.account, {})[position.product, position.bucket] = change
    return by_account
