"""REG-31 to REG-34 and REG-36 at random: registrations against an independent model of who owns which serial."""

import asyncio
from dataclasses import dataclass, field

from change_registration_steps import (
    A,
    B,
    confirm,
    correction,
    freeze,
    proposal,
    propose,
    release,
    told,
    units,
)
from ets_kernel.domain.errors import EtsError
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.change import ChangeKind
from registry_fakes import market

HELD = 40
REGISTERED, FROZEN = "registered", "judicially_frozen"
RECOVERED = ("R-RECOVERED", "recovered")
CORRECTABLE = {ChangeKind.JUDICIAL_TRANSFER, ChangeKind.RECOVERY, ChangeKind.CORRECTION}

# So many, or a block, or with 0 all.
SELECTIONS = st.one_of(
    st.integers(0, HELD // 2),
    st.tuples(st.integers(1, 2 * HELD), st.integers(0, 12)).map(lambda b: (b[0], sum(b))),
)
ACCOUNTS = st.sampled_from([A, B])
PICKS = st.integers(0, 20)
COMMANDS = st.one_of(
    st.tuples(st.sampled_from(["freeze", "transfer", "recover"]), ACCOUNTS, SELECTIONS),
    st.tuples(st.sampled_from(["release", "take", "correct"]), PICKS, SELECTIONS),
)


@dataclass
class Model:
    """Owner of each serial, serials of each freeze, and entries by transfer id with what they moved."""

    owner: dict = field(
        default_factory=lambda: {
            serial: (A if serial <= HELD else B, REGISTERED) for serial in range(1, 2 * HELD + 1)
        }
    )
    freezes: dict = field(default_factory=dict)
    entries: dict = field(default_factory=dict)
    corrected: set = field(default_factory=set)

    def at(self, place):
        return {serial for serial, owner in self.owner.items() if owner == place}

    def move(self, transfer_id, kind, serials, target):
        source = self.owner[min(serials)]
        self.entries[transfer_id] = (kind, serials, source, target)
        self.owner |= dict.fromkeys(serials, target)


def selected(held, selection, *, is_all_allowed):
    """The serials that a selection takes of those held; None when they are not there."""
    if isinstance(selection, tuple):
        wanted = set(range(selection[0], selection[1] + 1))
        return wanted if wanted <= held else None
    quantity = selection or (len(held) if is_all_allowed else 0)
    return set(sorted(held)[:quantity]) if 0 < quantity <= len(held) else None


def line(selection, **named):
    if isinstance(selection, tuple):
        return units(block=selection, **named)
    return units(selection, **named)


def other(account_no):
    return B if account_no == A else A


def asked(model, command):
    """What is proposed, what it moves where; None for a command that names nothing."""
    name, who, selection = command
    if name in {"freeze", "transfer", "recover"}:
        if selection == 0:
            return None
        moved = selected(model.at((who, REGISTERED)), selection, is_all_allowed=False)
        if name == "freeze":
            return freeze(line(selection), account_no=who), moved, (who, FROZEN)
        if name == "recover":
            return proposal(ChangeKind.RECOVERY, line(selection), account_no=who), moved, RECOVERED
        named = line(selection, source_account_no=who, target_account_no=other(who))
        return proposal(ChangeKind.JUDICIAL_TRANSFER, named), moved, (other(who), REGISTERED)
    if name == "correct":
        return corrected(model, who, selection)
    if not model.freezes:
        return None
    number = sorted(model.freezes)[who % len(model.freezes)]
    account_no = number_account(model, number)
    moved = selected(model.freezes[number], selection, is_all_allowed=True)
    if name == "release":
        return release(line(selection, freeze_no=number)), moved, (account_no, REGISTERED)
    named = line(selection, freeze_no=number, target_account_no=other(account_no))
    return proposal(ChangeKind.JUDICIAL_TRANSFER, named), moved, (other(account_no), REGISTERED)


def number_account(model, number):
    return model.entries[number][3][0]


def corrected(model, pick, selection):
    if not model.entries:
        return None
    transfer_id = sorted(model.entries)[pick % len(model.entries)]
    kind, serials, source, target = model.entries[transfer_id]
    moved = selected(serials, selection, is_all_allowed=True)
    back = RECOVERED if source == RECOVERED else (source[0], REGISTERED)
    is_there = moved is not None and moved <= model.at(target)
    if kind not in CORRECTABLE or transfer_id in model.corrected or not is_there:
        moved = None
    return correction(line(selection, corrects=transfer_id)), moved, back


async def play(commands):
    uow = await market(held_tco2e=HELD)
    model = Model()
    for command in commands:
        wanted = asked(model, command)
        if wanted is None:
            continue
        proposed, moved, target = wanted
        (outcome,) = await propose(uow, proposed)
        assert isinstance(outcome, EtsError) == (moved is None), (command, told([outcome]), moved)
        if moved is None:
            continue
        assert told(await confirm(uow, outcome)) == [outcome]
        follow(model, proposed, f"{outcome}/1", moved, target)
        compare(uow, model)


def follow(model, proposed, transfer_id, moved, target):
    (only,) = proposed.lines
    model.move(transfer_id, proposed.kind, moved, target)
    if proposed.kind is ChangeKind.FREEZE:
        model.freezes[transfer_id] = set(moved)
    elif only.freeze_no:
        model.freezes[only.freeze_no] -= moved
    model.corrected |= {only.corrects} - {""}


def compare(uow, model):
    owned = {
        serial: (position.account, str(position.bucket))
        for position, blocks in uow.ledger.blocks.items()
        for block in blocks
        for serial in range(block.start, block.end + 1)
    }
    assert owned == model.owner
    frozen = {
        number: {serial for block in one.blocks for serial in range(block.start, block.end + 1)}
        for number, one in uow.changes.judicial_freezes.items()
    }
    assert frozen == model.freezes


@given(commands=st.lists(COMMANDS, max_size=20))
def test_who_owns_which_serial_follows_from_the_registrations(commands):
    asyncio.run(play(commands))
