"""Deductions of the clean market: the verified table of entity B deducted, returned, lent and left something."""

from typing import Any

from consistency_checker.domain import books as b
from consistency_checker.domain import rows as r
from consistency_checker.domain.adjustment_rows import AdjustmentChange, EarmarkChange, IssuanceAdjustment
from consistency_checker.domain.rows import State
from ets_kernel.domain.ids import make_credit_code

B = make_credit_code("91110000MA0000002")
CEA, BORROWED, TABLE = "CEA-2019-2020", "BORROWED-2023", "2019-2020/VERIFIED/11"

# Beside the market's own: 40 t that B borrowed.
BORROWED_HOLDINGS = [
    r.Holding("S-ISSUANCE", BORROWED, "issuance", -40),
    r.Holding(f"R-E-{B}", BORROWED, "registered", 40),
]
BORROWED_BLOCKS = [r.Block(BORROWED, 1, 40, f"{TABLE}/{B}", f"R-E-{B}", "registered")]
ADJUSTMENT_ROWS: list[tuple[b.Table[Any], list[Any]]] = [
    (b.ISSUANCE_ADJUSTMENTS, [IssuanceAdjustment(TABLE, B, 3, 2, 40, 50)]),
    (
        b.ADJUSTMENTS,
        [
            AdjustmentChange(B, "2021", 1, State("correction"), 5, 5, "D-1"),
            AdjustmentChange(B, "2021", 2, State("deducted"), -3, 2, TABLE),
            AdjustmentChange(B, "2021", 3, State("returned"), 2, 4, TABLE),
            AdjustmentChange(B, "2023", 1, State("borrowed"), 40, 40, TABLE),
        ],
    ),
    (
        b.EARMARKS,
        [
            EarmarkChange(B, CEA, 1, "11", State("issued"), 50, 50, TABLE),
            EarmarkChange(B, CEA, 2, "11", State("released"), -50, 0, "FS-1"),
        ],
    ),
]
