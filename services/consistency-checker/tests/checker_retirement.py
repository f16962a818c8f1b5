"""Cancellation and carry-over in the clean market: of entity B, some registered and some waiting."""

from typing import Any

from checker_changes import MERGED
from consistency_checker.domain import books as b
from consistency_checker.domain.retirement_rows import (
    CancellationApplication,
    CarryOverLine,
    CarryOverNotice,
    CarryOverSuccession,
)
from consistency_checker.domain.rows import Block, Holding, State
from ets_kernel.domain.ids import make_credit_code

A, B = make_credit_code("91370000MA0000001"), make_credit_code("91110000MA0000002")
RB = f"R-E-{B}"
CEA, NEW = "CEA-2019-2020", "CEA-2025"
FROM_PRE_B = f"2019-2020/PRE/11/{B}"
CARRIED_OVER = f"COA-{B}-1"

RETIREMENT_HOLDINGS = [
    Holding("S-ISSUANCE", NEW, "issuance", -10),
    Holding("R-CANCELLED", CEA, "cancelled", 30),
    Holding("R-CARRIED-OVER", CEA, "recovered", 10),
    Holding(RB, CEA, "pending_cancellation", 40),
    Holding(RB, CEA, "pending_carry_over", 20),
    Holding(RB, NEW, "registered", 10),
]
RETIREMENT_BLOCKS = [
    Block(CEA, 2601, 2640, FROM_PRE_B, RB, "pending_cancellation"),
    Block(CEA, 2641, 2670, FROM_PRE_B, "R-CANCELLED", "cancelled"),
    Block(CEA, 2671, 2690, FROM_PRE_B, RB, "pending_carry_over"),
    Block(CEA, 2691, 2700, FROM_PRE_B, "R-CARRIED-OVER", "recovered"),
    Block(NEW, 1, 10, CARRIED_OVER, RB, "registered"),
]
RETIREMENT_ROWS: list[tuple[b.Table[Any], list[Any]]] = [
    (
        b.CANCELLATION_APPLICATIONS,
        [
            CancellationApplication(f"VC-{RB}-1", RB, State("submitted"), CEA, 40, ""),
            CancellationApplication(f"VC-{RB}-2", RB, State("registered"), CEA, 30, "VC-2021-000001"),
            CancellationApplication(f"VC-{RB}-3", RB, State("registered"), CEA, 10, "VC-2021-000002"),
        ],
    ),
    # What B's notice left went over to A, who absorbed it.
    (
        b.CARRY_OVER_NOTICES,
        [
            CarryOverNotice(A, 100, 0, 0, 100, 5, 5, "", 0, 0, 30),
            CarryOverNotice(B, 100, 0, 0, 100, 60, 60, "", 0, 0, -30),
        ],
    ),
    (b.CARRY_OVER_SUCCESSIONS, [CarryOverSuccession(MERGED, B, A, 30)]),
    (
        b.CARRY_OVER_LINES,
        [
            CarryOverLine(CARRIED_OVER, B, State("registered"), CEA, 10),
            CarryOverLine(f"COA-{B}-2", B, State("submitted"), CEA, 20),
        ],
    ),
]
