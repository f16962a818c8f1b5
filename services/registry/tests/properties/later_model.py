"""The model of the later years as a whole, and the registry's books as they must be by it."""

from collections.abc import Iterator

from later_carry_over import LaterCarryOver
from later_state import LATE_BATCH
from model_books import SHANGHAI_HOURS, Model, Row
from model_registrations import Step


class LaterModel(Model, LaterCarryOver):
    """What the registry did since the second cycle; what did not change is as the model of 2021 has it."""

    def _move_step(self, number: str, line_no: int, kind: str, step: Step) -> None:
        frozen = set(self.units.held(step.source, step.line.product)) if step.source else set()
        super()._move_step(number, line_no, kind, step)
        if kind == "release" and self.now >= LATE_BATCH:
            left = set(self.units.held(step.source, step.line.product))
            self.freed.setdefault((step.source[0], step.line.product), set()).update(frozen - left)

    def books(self) -> dict[str, list[Row]]:
        """The rows of the registry's books, sorted."""
        books = super().books() | {
            "issuance_rows": list(self._rows_of_tables()),
            "issuance_adjustments": list(self._adjustments_of_tables()),
            "allocation_adjustments": [
                (*key, ordinal, *change)
                for key, changes in self.adjustments.items()
                for ordinal, change in enumerate(changes, start=1)
            ],
            "earmarked_allowances": [
                (*key, ordinal, *change)
                for key, changes in self.held_for.items()
                for ordinal, change in enumerate(changes, start=1)
            ],
            "obligations": list(self._debts()),
            "surrender_applications": list(self._surrenders()),
            "forced_surrenders": [
                (number, one.credit_code, "37", one.status, *line)
                for number, one in self.cases.items()
                for line in one.lines
            ],
            "carry_over_notices": [
                (
                    credit_code,
                    one.base,
                    one.sales.sold,
                    one.sales.bought,
                    one.computed,
                    one.holding,
                    one.allowed,
                    # Nobody absorbed anybody.
                    *("", 0, 0, 0),
                )
                for credit_code, one in self.notices.items()
            ],
            "carry_over_applications": [
                (number, one.credit_code, one.status, *line)
                for number, one in self.carry_overs.items()
                for line in one.lines
            ],
        }
        return {name: sorted(rows, key=repr) for name, rows in books.items()}

    def statuses(self) -> dict[str, str]:
        """Where the tables and runs stand."""
        tables = {number: one.status for number, one in self.papers_issued.items()}
        return super().statuses() | tables | {number: one.status for number, one in self.runs.items()}

    def _rows_of_tables(self) -> Iterator[Row]:
        for number, table in self.papers_issued.items():
            for credit_code, row in table.rows.items():
                yield number, credit_code, row.issue, row.emissions, "steel" if row.is_steel else "power"

    def _adjustments_of_tables(self) -> Iterator[Row]:
        for number, table in self.papers_issued.items():
            for credit_code, row in table.rows.items():
                kept = max(row.issue, 0) if row.is_at_risk else 0
                if row.deducted + row.returned + row.borrowed + kept:
                    yield number, credit_code, row.deducted, row.returned, row.borrowed, kept

    def _debts(self) -> Iterator[Row]:
        for (credit_code, period), owed in self.debts.items():
            is_steel = credit_code in self.steel
            completed = (owed.completed + SHANGHAI_HOURS).date() if owed.completed else None
            yield (
                *(credit_code, period, owed.province_code, owed.owed, owed.surrendered, 0, completed),
                # Nothing of industry is offset for 2024.
                *(0 if is_steel else owed.limit, 0, "steel" if is_steel else "power"),
                *(owed.notices, owed.certificates, 0, 0, 0, 0),
            )

    def _surrenders(self) -> Iterator[Row]:
        for number, one in self.applications.items():
            for product, quantity, _ in one.lines:
                period = number.split("-")[1]
                yield number, one.credit_code, one.status, product, quantity, period, one.account_no, 0
