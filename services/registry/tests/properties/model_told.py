"""What the model must have told others, fact by fact."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from model_books import Model


def told_by(model: Model) -> dict[str, "Counter[Any]"]:
    """The facts that follow from how everything stands."""
    facts: dict[str, Iterable[Any]] = {
        "UnitsTransferredToTrading": (
            (number, account_no, product, quantity)
            for number, (account_no, product, quantity, _) in model.transfers.items()
        ),
        "UnitsReturnedFromTrading": ((number, *returned) for number, returned in model.returns.items()),
        "VoluntaryCancellationRegistered": (
            (number, one.certificate, one.account_no, one.product, len(one.serials))
            for number, one in model.cancellations.items()
            if one.status == "registered"
        ),
        "SurrenderRegistered": (
            (number, one.quantity) for number, one in model.applications.items() if one.status == "registered"
        ),
        "OffsetCreditsCreated": (
            (row.cancellation_no, row.credit_code, row.product, row.quantity)
            for one in model.handovers.values()
            for row in one.rows
            if row.is_credited
        ),
        "AllocationAdjustmentChanged": _adjusted(model),
    }
    return {name: Counter(found) for name, found in facts.items()}


def _adjusted(model: Model) -> Iterator[Any]:
    for credit_code, deductions in model.deductions.items():
        for ordinal, (change, remainder) in enumerate(deductions, start=1):
            yield credit_code, "2021", ordinal, change, remainder
