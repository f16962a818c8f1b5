"""What each kind of change registration may do, decided on what the accounts, freezes and the journal say.

Source: as for `registry.domain.change` and `registry.domain.judicial_freeze`; for the reserve the draft of the measures
(征求意见稿), 2020, article 9; for recovery 国环规气候〔2020〕3号, 2020-12-29, section 七 (收回).

REG-34  Units leave an account by a change registration only out of its registered holding or out of a freeze: what
        is in trading, on its way or in an application is never touched.
REG-35  A merger leaves nothing in the absorbed account: freezes go over with their units, and who survives owes
        all that it owed, met or not.
REG-36  An entry of the journal is corrected by one entry that names it, with units of that very entry, and by another
        only once the first was undone whole.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ets_kernel.domain.ids import NATIONAL_ACCOUNT, AccountNo
from ets_kernel.domain.products import ProductKind
from ets_ledger.domain.errors import TransferInvalid
from ets_ledger.domain.values import Bucket, Place, SerialRange

from registry.domain.accounts import RECOVERED, AccountKind
from registry.domain.change import ChangeKind, ChangeLine, ProposedChange
from registry.domain.change_errors import FreezeNotFound
from registry.domain.change_standing import (
    LEGAL_PERSONS,
    HoldingKey,
    Standing,
    account_of,
    check_different,
    check_earmarked,
    check_product,
    check_products,
    check_registered,
    giver_of,
    in_process,
    receiver_of,
)
from registry.domain.corrected_records import EARMARKS, RecordChange, change_of, check_whole
from registry.domain.correction import corrected_target, entry_to_correct, units_to_correct
from registry.domain.judicial_freeze import JudicialFreeze, units_of, without

RESERVE_RECEIVERS: Final = frozenset({AccountKind.PROVINCIAL, AccountKind.EMITTER})
# Borrowed allowances and credits from CCER serve the surrender of the one they were made for, so nobody else gets them.
TRANSFERABLE: Final = frozenset({ProductKind.ALLOWANCE})
RECOVERABLE: Final = frozenset({ProductKind.ALLOWANCE, ProductKind.BORROWED, ProductKind.OFFSET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A line with all that was left open in it, and where its units go; without a source they are new."""

    line: ChangeLine
    source: Place | None
    target: Place
    serials: tuple[SerialRange, ...] = ()
    # What a correction does to what the entry registered beside moving units.
    record_change: RecordChange | None = None


def record_changes(steps: Sequence[Step]) -> list[RecordChange]:
    """Give what a correction does to records, line by line."""
    return [
        replace(step.record_change, correction_line_no=line_no)
        for line_no, step in enumerate(steps, start=1)
        if step.record_change is not None
    ]


def steps_of(proposed: ProposedChange, standing: Standing) -> list[Step]:
    """Say step by step what a change does; raises the first refusal, in the order of the contract's comments.

    Whether the holdings and serials are there is for the ledger to say.
    """
    steps = _RULES[proposed.kind](proposed, standing)
    taken: Counter[HoldingKey] = Counter()
    for step in steps:
        # What is held for an entity is not of the province's own, and goes as what it is.
        is_earmarked = step.record_change is not None and step.record_change.record.kind in EARMARKS
        if step.source is not None and not is_earmarked:
            taken[step.source.account, step.line.product, step.source.bucket] += step.line.quantity_tco2e
    check_earmarked(taken, standing)
    return steps


def _freeze(proposed: ProposedChange, standing: Standing) -> list[Step]:
    account = giver_of(proposed.account_no, standing)
    check_products(proposed, TRANSFERABLE)
    check_registered(proposed, standing)
    return [
        Step(
            line=replace(line, source_account_no=account.account_no, target_account_no=account.account_no),
            source=Place(account.account_no, Bucket.REGISTERED),
            target=Place(account.account_no, Bucket.JUDICIALLY_FROZEN),
            serials=_named(line),
        )
        for line in proposed.lines
    ]


def _release(proposed: ProposedChange, standing: Standing) -> list[Step]:
    taken = _Freezes(standing)
    steps: list[Step] = []
    for line in proposed.lines:
        freeze, units = taken.take(line)
        account_no = AccountNo(freeze.account_no)
        steps.append(
            Step(
                line=_of_freeze(line, freeze, units, target_account_no=account_no),
                source=Place(account_no, Bucket.JUDICIALLY_FROZEN),
                target=Place(account_no, Bucket.REGISTERED),
                serials=units,
            )
        )
    return steps


def _judicial_transfer(proposed: ProposedChange, standing: Standing) -> list[Step]:
    taken = _Freezes(standing)
    steps: list[Step] = []
    for line in proposed.lines:
        target = receiver_of(line.target_account_no, standing)
        if line.freeze_no:
            freeze, units = taken.take(line)
            source = Place(AccountNo(freeze.account_no), Bucket.JUDICIALLY_FROZEN)
            done = _of_freeze(line, freeze, units, target_account_no=target.account_no)
        else:
            source = Place(giver_of(line.source_account_no, standing).account_no, Bucket.REGISTERED)
            done, units = line, _named(line)
        check_different(source.account, target.account_no)
        place = Place(target.account_no, Bucket.REGISTERED)
        steps.append(Step(line=done, source=source, target=place, serials=units))
    check_products(proposed, TRANSFERABLE)
    check_registered(proposed, standing)
    return steps


def _merger(proposed: ProposedChange, standing: Standing) -> list[Step]:
    absorbed = giver_of(proposed.account_no, standing, LEGAL_PERSONS)
    survivor = receiver_of(proposed.survivor_account_no, standing, LEGAL_PERSONS)
    check_different(absorbed.account_no, survivor.account_no)
    steps: list[Step] = []
    for (account_no, product, bucket), held in sorted(standing.held.items()):
        if account_no != absorbed.account_no or not held:
            continue
        if bucket not in {Bucket.REGISTERED, Bucket.JUDICIALLY_FROZEN}:
            raise in_process(account_no, product, requested=held, registered=0, buckets=bucket)
        check_product(product, TRANSFERABLE, ChangeKind.MERGER)
        if bucket == Bucket.REGISTERED:
            line = ChangeLine(
                source_account_no=account_no,
                target_account_no=survivor.account_no,
                product=product,
                quantity_tco2e=held,
            )
            steps.append(
                Step(
                    line=line,
                    source=Place(absorbed.account_no, bucket),
                    target=Place(survivor.account_no, bucket),
                )
            )
    return steps + [
        _frozen_over(freeze, survivor.account_no)
        for _, freeze in sorted(standing.freezes.items())
        if freeze.account_no == absorbed.account_no and freeze.blocks
    ]


def _frozen_over(freeze: JudicialFreeze, survivor_no: AccountNo) -> Step:
    line = ChangeLine(freeze_no=freeze.freeze_no)
    return Step(
        line=_of_freeze(line, freeze, freeze.blocks, target_account_no=survivor_no),
        source=Place(AccountNo(freeze.account_no), Bucket.JUDICIALLY_FROZEN),
        target=Place(survivor_no, Bucket.JUDICIALLY_FROZEN),
        serials=freeze.blocks,
    )


def _split(proposed: ProposedChange, standing: Standing) -> list[Step]:
    divided = giver_of(proposed.account_no, standing, LEGAL_PERSONS)
    steps: list[Step] = []
    for line in proposed.lines:
        target = receiver_of(line.target_account_no, standing)
        check_different(divided.account_no, target.account_no)
        steps.append(
            Step(
                line=replace(line, source_account_no=divided.account_no),
                source=Place(divided.account_no, Bucket.REGISTERED),
                target=Place(target.account_no, Bucket.REGISTERED),
                serials=_named(line),
            )
        )
    check_products(proposed, TRANSFERABLE)
    check_registered(proposed, standing)
    return steps


def _recovery(proposed: ProposedChange, standing: Standing) -> list[Step]:
    account = account_of(proposed.account_no, standing)
    check_products(proposed, RECOVERABLE)
    check_registered(proposed, standing)
    return [
        Step(
            line=replace(line, source_account_no=account.account_no, target_account_no=RECOVERED.account),
            source=Place(account.account_no, Bucket.REGISTERED),
            target=RECOVERED,
            serials=_named(line),
        )
        for line in proposed.lines
    ]


def _reserve(proposed: ProposedChange, standing: Standing) -> list[Step]:
    national = account_of(NATIONAL_ACCOUNT, standing)
    check_products(proposed, TRANSFERABLE)
    place = Place(national.account_no, Bucket.REGISTERED)
    return [
        Step(line=replace(line, target_account_no=national.account_no), source=None, target=place)
        for line in proposed.lines
    ]


def _reserve_release(proposed: ProposedChange, standing: Standing) -> list[Step]:
    national = account_of(NATIONAL_ACCOUNT, standing)
    steps: list[Step] = []
    for line in proposed.lines:
        target = receiver_of(line.target_account_no, standing, RESERVE_RECEIVERS)
        steps.append(
            Step(
                line=replace(line, source_account_no=national.account_no),
                source=Place(national.account_no, Bucket.REGISTERED),
                target=Place(target.account_no, Bucket.REGISTERED),
                serials=_named(line),
            )
        )
    check_products(proposed, TRANSFERABLE)
    return steps


def _correction(proposed: ProposedChange, standing: Standing) -> list[Step]:
    corrected = set(standing.corrected)
    steps: list[Step] = []
    for line in proposed.lines:
        entry = entry_to_correct(line, standing.entries, corrected, document_kind=proposed.document.kind)
        corrected.add(line.corrects)
        units = units_to_correct(line, entry)
        record = standing.records.get(line.corrects)
        source = Place(entry.destination.account, entry.destination.bucket)
        target = corrected_target(line, entry, record)
        if target.bucket == Bucket.REGISTERED:
            account_of(target.account, standing)
        if source == target:
            raise TransferInvalid(f"{line.corrects} moved its units there", transfer_id=line.corrects)
        done = replace(
            line,
            source_account_no=source.account,
            target_account_no=target.account,
            product=entry.product,
            quantity_tco2e=sum(part.quantity for part in units),
        )
        change = change_of(record, entry, units, source=source, target=target) if record is not None else None
        steps.append(Step(line=done, source=source, target=target, serials=units, record_change=change))
    check_whole(record_changes(steps))
    return steps


class _Freezes:
    """The freezes as the lines of one change leave them."""

    def __init__(self, standing: Standing) -> None:
        self._freezes = dict(standing.freezes)

    def take(self, line: ChangeLine) -> tuple[JudicialFreeze, tuple[SerialRange, ...]]:
        """Take a line's units out of its freeze; gives the freeze as it was before."""
        freeze = self._freezes.get(line.freeze_no)
        if freeze is None or line.source_account_no not in {"", freeze.account_no}:
            raise FreezeNotFound(
                f"there is no freeze {line.freeze_no}"
                + (f" on {line.source_account_no}" if line.source_account_no else ""),
                freeze_no=line.freeze_no,
            )
        units = units_of(freeze, line.quantity_tco2e, line.serials)
        self._freezes[line.freeze_no] = without(freeze, units)
        return freeze, units


def _of_freeze(
    line: ChangeLine, freeze: JudicialFreeze, units: tuple[SerialRange, ...], *, target_account_no: str
) -> ChangeLine:
    return replace(
        line,
        source_account_no=freeze.account_no,
        target_account_no=target_account_no,
        product=freeze.product,
        quantity_tco2e=sum(part.quantity for part in units),
    )


def _named(line: ChangeLine) -> tuple[SerialRange, ...]:
    return (line.serials,) if line.serials is not None else ()


_RULES: Final[Mapping[ChangeKind, Callable[[ProposedChange, Standing], list[Step]]]] = {
    ChangeKind.FREEZE: _freeze,
    ChangeKind.RELEASE: _release,
    ChangeKind.JUDICIAL_TRANSFER: _judicial_transfer,
    ChangeKind.MERGER: _merger,
    ChangeKind.SPLIT: _split,
    ChangeKind.RECOVERY: _recovery,
    ChangeKind.RESERVE: _reserve,
    ChangeKind.RESERVE_RELEASE: _reserve_release,
    ChangeKind.CORRECTION: _correction,
}
