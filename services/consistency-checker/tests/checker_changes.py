"""Change registrations of the clean market: of B 20 t were frozen and released, 10 t are; 10 t cancelled in error."""

from typing import Any

from consistency_checker.domain import books as b
from consistency_checker.domain.change_rows import (
    ChangeEntry,
    ChangeLine,
    JudicialFreeze,
    JudicialFreezeBlock,
    Merger,
    RecordCorrection,
    Succession,
)
from consistency_checker.domain.rows import State
from ets_kernel.domain.ids import make_credit_code

A, B = make_credit_code("91370000MA0000001"), make_credit_code("91110000MA0000002")
RA, RB = f"R-E-{A}", f"R-E-{B}"
CEA = "CEA-2019-2020"
FREEZE, RELEASE, MERGER, CORRECTION = "CR-000001", "CR-000002", "CR-000003", "CR-000005"
MERGED = "CR-000004"
FREEZE_NO = f"{FREEZE}/1"
# Frozen still.
HELD = "CR-000020"
HELD_NO = f"{HELD}/1"


def line(number: str, kind: str, quantity: int = 20, status: str = "confirmed", **rest: Any) -> ChangeLine:
    values: dict[str, Any] = {
        "registration_no": number,
        "line_no": 1,
        "kind": State(kind),
        "status": State(status),
        "initiated_by": "first",
        "confirmed_by": "second",
        "source_account_no": RB,
        "target_account_no": RB,
        "product": CEA,
        "quantity_tco2e": quantity,
        "freeze_no": "",
        "corrects": "",
    }
    return ChangeLine(**{**values, **rest})


def entry_of(made: ChangeLine) -> ChangeEntry:
    return ChangeEntry(
        made.registration_no,
        f"{made.registration_no}/{made.line_no}",
        made.source_account_no or "S-ISSUANCE",
        made.target_account_no,
        made.product,
        made.quantity_tco2e,
        made.corrects,
    )


CORRECTED_NO = f"VC-{RB}-3"
# A took B over when B had met nothing of its obligation.
LINES = [
    line(FREEZE, "freeze"),
    line(RELEASE, "release", freeze_no=FREEZE_NO),
    line(HELD, "freeze", 10),
    line(MERGED, "merger", 5, target_account_no=RA),
    line(
        CORRECTION,
        "correction",
        10,
        source_account_no="R-CANCELLED",
        corrects=f"{CORRECTED_NO}/registered",
    ),
]
FILED = line(
    MERGER,
    "merger",
    0,
    "filed",
    line_no=0,
    initiated_by="",
    confirmed_by="",
    source_account_no="",
    target_account_no="",
    product="",
)
CHANGE_ROWS: list[tuple[b.Table[Any], list[Any]]] = [
    (b.CHANGES, LINES),
    (b.MERGERS, [Merger(1, MERGED, B, A)]),
    (b.SUCCESSIONS, [Succession(B, "2019-2020", MERGED, A, 1000, 1)]),
    (b.CHANGE_ENTRIES, [entry_of(made) for made in LINES]),
    (b.FREEZES, [JudicialFreeze(FREEZE_NO, RB, CEA, 20, 0, 0), JudicialFreeze(HELD_NO, RB, CEA, 10, 10, 10)]),
    (b.FREEZE_BLOCKS, [JudicialFreezeBlock(HELD_NO, RB, CEA, 2591, 2600)]),
    (
        b.RECORD_CORRECTIONS,
        [RecordCorrection(CORRECTION, 1, State("cancellation"), CORRECTED_NO, 1, "", "", CEA, -10)],
    ),
]
