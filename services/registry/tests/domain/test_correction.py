"""Corrections: every kind of entry that the registry writes has a way back, and the README names it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import registry.domain
from change_registration_steps import RULING
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import AccountNo, ProductCode
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.values import Position, SerialRange
from registry.domain.accounts import CANCELLED, SURRENDERED
from registry.domain.cancellation import CancellationStatus
from registry.domain.change import ChangeKind, ChangeLine, DocumentKind
from registry.domain.corrected_records import (
    RECORDS,
    Record,
    RecordCorrection,
    RecordKind,
    change_of,
    check_whole,
    corrected_time_of,
)
from registry.domain.correction import MOVES, WAYS, corrected_target, entry_to_correct
from registry.domain.movements import SETTLEMENT
from registry.domain.surrender import SurrenderStatus
from registry_messages import CEA, DEFICIT, SURPLUS

README = Path(registry.domain.__file__).parents[3] / "README.md"
SOURCES = sorted(Path(registry.domain.__file__).parent.glob("*movements.py"))
A, B = f"R-E-{DEFICIT}", f"R-E-{SURPLUS}"
NOW = datetime(2021, 11, 1, tzinfo=UTC)


def written():
    """The kinds of entries in the movements of the registry, where a step or a status stands in their name."""
    steps = {
        "{step}allocate": {"allocate", "borrow_allocate"},
        "{step}issue": {"issue", "borrow_issue"},
        "surrender_{step}": {
            "surrender_pending",
            *(f"surrender_{status}" for status in ("refused", "withdrawn", "returned")),
        },
        "cancellation_{step}": {
            "cancellation_pending",
            *(f"cancellation_{status}" for status in ("refused", "withdrawn")),
        },
        "carry_over_{step}": {"carry_over_pending", "carry_over_withdrawn"},
    }
    named = {SETTLEMENT}
    for source in SOURCES:
        for line in source.read_text(encoding="utf-8").splitlines():
            named |= set(re.findall(r'"([a-z_{}]+)"', line.partition("kind=")[2]))
        # The two that a table takes back by are chosen above their entry.
        named |= set(re.findall(r'"(recover(?:_earmarked)?)"', source.read_text(encoding="utf-8")))
    kinds = {kind for name in named for kind in steps.get(name, {name})}
    return kinds | set(ChangeKind)


def test_every_kind_of_entry_has_a_way_back():
    assert written() == MOVES | RECORDS.keys() | WAYS.keys()
    assert not MOVES & RECORDS.keys()
    assert not WAYS.keys() & (MOVES | RECORDS.keys())


def test_the_readme_names_the_way_back_of_every_kind():
    text = README.read_text(encoding="utf-8")
    rows = text[text.index("### Ways back") : text.index("## Who may call")].splitlines()
    named = [
        kind
        for row in rows
        if row.startswith("| `")
        for kind in re.findall(r"`([a-z_]+)`", row.split("|")[1])
    ]
    assert sorted(named) == sorted(written())


def test_statuses_that_give_units_back_are_those_of_the_kinds():
    assert {f"surrender_{one}" for one in SurrenderStatus} & WAYS.keys() == {
        "surrender_refused",
        "surrender_withdrawn",
        "surrender_returned",
    }
    assert {f"cancellation_{one}" for one in CancellationStatus} & WAYS.keys() == {
        "cancellation_refused",
        "cancellation_withdrawn",
    }


def entry(kind="surrender", quantity=10, product=CEA, corrects="", target=SURRENDERED):
    code = ProductCode(product)
    return Entry(
        transfer_id="SA-1/1/registered",
        kind=kind,
        source=Position(AccountNo(A), code, "pending_surrender"),
        destination=Position(target.account, code, target.bucket),
        quantity=quantity,
        serials=(SerialRange(1, quantity),),
        origin="",
        group="",
        flow_id="SA-1",
        corrects=corrects,
        effective_time=NOW,
    )


def record(kind=RecordKind.SURRENDER, done=SURRENDERED, **rest):
    values = {"record_no": "SA-1", "line_no": 1, "undone": done._replace(account=A, bucket="registered")}
    return Record(kind=kind, done=done, **{**values, **rest})


@pytest.mark.parametrize("kind", sorted(WAYS))
def test_the_way_back_of_what_is_not_corrected_is_named(kind):
    with pytest.raises(EtsError) as refusal:
        entry_to_correct(
            ChangeLine(corrects="X"), {"X": entry(kind)}, (), document_kind=DocumentKind.MISTAKE_REPORT
        )
    assert (refusal.value.reason, refusal.value.metadata["way"]) == ("ENTRY_NOT_CORRECTABLE", WAYS[kind])


@pytest.mark.parametrize("document_kind", list(DocumentKind))
def test_a_cancellation_is_corrected_only_where_it_was_a_mistake(document_kind):
    line, entries = ChangeLine(corrects="X"), {"X": entry("cancellation", target=CANCELLED)}
    if document_kind in {DocumentKind.MISTAKE_REPORT, DocumentKind.COURT_RULING}:
        assert entry_to_correct(line, entries, (), document_kind=document_kind) == entries["X"]
        return
    with pytest.raises(EtsError) as refusal:
        entry_to_correct(line, entries, (), document_kind=document_kind)
    assert refusal.value.metadata["way"] == "mistake_report"


def test_a_record_moves_between_where_it_is_registered_and_where_not():
    back = corrected_target(ChangeLine(corrects="X"), entry(), record())
    assert back == record().undone
    change = change_of(record(), entry(), [SerialRange(3, 5)], source=SURRENDERED, target=back)
    assert (change.change_tco2e, change.undoes) == (-3, "")
    other = corrected_target(ChangeLine(corrects="X", target_account_no=B), entry(), record())
    assert other == back._replace(account=B)
    assert change_of(record(), entry(), [SerialRange(1, 2)], source=back, target=other) is None


def test_offset_credits_and_borrowed_allowances_only_go_back():
    for product in ("OFFSET-WIND1-2015", "BORROWED-2023"):
        with pytest.raises(EtsError) as refusal:
            corrected_target(ChangeLine(corrects="X", target_account_no=B), entry(product=product), record())
        assert refusal.value.reason == "TRANSFER_INVALID"


def test_a_carry_over_is_whole_with_its_new_units_each_way():
    def change(line_no, sign, of="COA-1"):
        made = record(RecordKind.CARRY_OVER, record_no=of, line_no=line_no, line_count=1)
        moved = change_of(
            made, entry("carry_over"), [SerialRange(1, 10)], source=SURRENDERED, target=made.undone
        )
        return replace(moved, change_tco2e=sign * 10)

    check_whole([change(1, -1), change(0, -1), change(1, 1, "COA-2"), change(0, 1, "COA-2")])
    for part in ([change(1, -1)], [change(0, -1)], [change(1, -1), change(0, 1)]):
        with pytest.raises(EtsError) as refusal:
            check_whole(part)
        assert refusal.value.reason == "CORRECTION_NOT_WHOLE"


def test_what_was_registered_again_is_not_corrected_any_more():
    def made(change, number):
        return RecordCorrection(
            registration_no=number, line_no=1, product=CEA, change_tco2e=change, corrected_time=NOW
        )

    assert corrected_time_of([made(-5, "CR-1")]) == NOW
    assert corrected_time_of([made(-5, "CR-1"), made(5, "CR-2")]) is None
    assert corrected_time_of([]) is None
    assert RULING.kind is DocumentKind.COURT_RULING
