"""What the model of the later years must have told others, fact by fact."""

from collections import Counter
from typing import Any

from later_model import LaterModel
from model_state import account_of
from model_told import told_by


def told_by_later(model: LaterModel) -> dict[str, "Counter[Any]"]:
    """The facts of 2021, and those about deductions, what is held for entities, force, and carry-over."""
    return told_by(model) | {
        "AllocationAdjustmentChanged": Counter(
            (*key, ordinal, change, remainder)
            for key, changes in model.adjustments.items()
            for ordinal, (_, change, remainder, _) in enumerate(changes, start=1)
        ),
        "AllowancesEarmarked": Counter(
            (*key, ordinal, change, quantity)
            for key, changes in model.held_for.items()
            for ordinal, (_, _, change, quantity, _) in enumerate(changes, start=1)
        ),
        "ForcedSurrenderRegistered": Counter(
            {
                (number, year): 1
                for number, one in model.cases.items()
                if one.status == "registered"
                for year, _, _ in one.lines
                if year
            }
        ),
        "CarryOverNoticeIssued": Counter(
            (code, one.computed, one.holding, one.allowed) for code, one in model.notices.items()
        ),
        "UnitsCarriedOver": Counter(
            (number, account_of(one.credit_code), "CEA-2025", one.quantity)
            for number, one in model.carry_overs.items()
            if one.status == "registered"
        ),
    }
