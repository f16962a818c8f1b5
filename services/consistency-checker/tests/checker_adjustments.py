"""Deductions of the clean market: 5 t were decided of entity A's allocation of 2021, nothing was issued of it yet."""

from typing import Any

from consistency_checker.domain import books as b
from consistency_checker.domain.adjustment_rows import AdjustmentChange
from consistency_checker.domain.rows import State
from ets_kernel.domain.ids import make_credit_code

A = make_credit_code("91370000MA0000001")

ADJUSTMENT_ROWS: list[tuple[b.Table[Any], list[Any]]] = [
    (b.ISSUANCE_ADJUSTMENTS, []),
    (b.ADJUSTMENTS, [AdjustmentChange(A, "2021", 1, State("correction"), 5, 5, "D-1")]),
    (b.EARMARKS, []),
]
