"""The model of the plans for 2022 to 2024: deductions, borrowing, what stays with the province; REG-50 to REG-57."""

from later_state import (
    ARREARS,
    BORROWED,
    DEADLINES,
    INDUSTRY,
    PROVINCE,
    YEARS,
    LaterPlant,
    LaterRow,
    LaterState,
    LaterTable,
)
from model_state import Outcome, Owed, accepted, account_of, province_account, refused, registered

RECOVERED = ("R-RECOVERED", "recovered")
# tCO2e for 10,000 MWh: of net supply for 2022, of gross generation for 2023 and 2024.
BENCHMARKS = {"2022": 8177, "2023": 7950, "2024": 7910}
# What is pre-allocated is 70 % of the emissions of this year.
YEAR_BEFORE = {"2022": 2021, "2023": 2022, "2024": 2023}
DEDUCTING = ("2021", *YEARS, "2025")


def pre_allocated_tco2e(plant: LaterPlant, period: str) -> int:
    return plant.emissions_tco2e[YEAR_BEFORE[period]] * 7 // 10


def allowance_tco2e(plant: LaterPlant, period: str) -> int:
    """Allowances on the output, or what steel emitted in 2024."""
    if plant.is_steel:
        return plant.emissions_tco2e[int(period)]
    return plant.output_mwh[int(period)] * BENCHMARKS[period] // 10_000


def verified_tco2e(plant: LaterPlant, period: str) -> int:
    """Allowances, of power raised to 80 % of the emissions."""
    return max(allowance_tco2e(plant, period), plant.emissions_tco2e[int(period)] * 8 // 10)


class LaterAllocation(LaterState):
    """Tables of later plans: computed, matched, issued by two people; and what provinces have deducted."""

    def to_deduct(self, credit_code: str, period: str) -> int:
        """What is to be deducted from an allocation for a period: all from that period and before."""
        return sum(self._remainder(credit_code, first) for first in _until(period))

    def _remainder(self, credit_code: str, period: str) -> int:
        changes = self.adjustments.get((credit_code, period))
        return changes[-1][2] if changes else 0

    def _adjust(self, credit_code: str, period: str, kind: str, change: int, reference: str) -> int:
        changes = self.adjustments.setdefault((credit_code, period), [])
        changes.append((kind, change, (changes[-1][2] if changes else 0) + change, reference))
        self.tell("AllocationAdjustmentChanged")
        return len(changes)

    def record_adjustment(
        self, credit_code: str, period: str, kind: str, change: int, province_code: str
    ) -> Outcome:
        """The province says what is to be deducted, or no more."""
        if period not in DEDUCTING:
            return refused("PERIOD_UNKNOWN")
        if not self.is_open(credit_code):
            return refused(self.not_open(account_of(credit_code)))
        if self.accounts[account_of(credit_code)].province_code != province_code:
            return refused("PROVINCE_MISMATCH")
        if self._remainder(credit_code, period) + change < 0:
            return refused("ADJUSTMENT_EXCEEDED")
        ordinal = self._adjust(credit_code, period, kind, change, "文")
        return accepted(f"{credit_code}/{period}/{ordinal}")

    def computed_rows(self, number: str, plants: list[LaterPlant]) -> dict[str, LaterRow]:
        """The registry's own rows of a table, by what it knows now."""
        period, kind, *_ = number.split("/")
        before = self.papers_issued.get(number.replace("VERIFIED", "PRE")) if kind == "VERIFIED" else None
        rows = {}
        for plant in plants:
            known = before.rows.get(plant.credit_code) if before else None
            row = LaterRow(
                adjustment=self.to_deduct(plant.credit_code, period),
                is_at_risk=period in plant.risks,
                is_steel=plant.is_steel,
            )
            if kind == "PRE":
                row.allocated_before = 0 if row.is_at_risk else pre_allocated_tco2e(plant, period)
                row.deducted = min(row.allocated_before, row.adjustment)
                row.issue = row.allocated_before - row.deducted
                row.remainder = row.adjustment - row.deducted
            else:
                self._verify(row, plant, period, known or LaterRow())
            rows[plant.credit_code] = row
        return rows

    def _verify(self, row: LaterRow, plant: LaterPlant, period: str, before: LaterRow) -> None:
        row.emissions = plant.emissions_tco2e[int(period)]
        row.verified = verified_tco2e(plant, period)
        row.top_up = row.verified - allowance_tco2e(plant, period)
        row.allocated_before, row.deducted_before = before.allocated_before, before.deducted
        true_up = row.verified - row.allocated_before
        # What was deducted beyond the verified allocation returns.
        row.returned = max(row.deducted_before - row.verified, 0)
        row.deducted = min(true_up, row.adjustment) if true_up > 0 else 0
        row.issue = true_up - row.deducted + row.returned
        row.remainder = row.adjustment - row.deducted + row.returned
        gap = row.emissions - row.verified
        may_borrow = period == "2022" and plant.is_borrowing and not row.is_at_risk
        if may_borrow and 10 * gap >= row.emissions:
            row.borrowed = gap // 2

    def receive_later(self, number: str, revision: int, plants: list[LaterPlant], *, is_false: bool) -> str:
        present = self.papers_issued.get(number)
        if present is not None and present.status == "issued":
            return "TABLE_ALREADY_ISSUED"
        if present is not None and revision <= present.revision:
            return "TABLE_REVISION_STALE"
        is_different = is_false or any(
            self.roster.get(plant.credit_code) != (plant.name, plant.province_code) for plant in plants
        )
        status = "different" if is_different else "agreed"
        rows = self.computed_rows(number, plants)
        self.papers_issued[number] = LaterTable(revision, status, rows, is_different)
        self.tell("AllocationTableRecomputed")
        return ""

    def seal_later(self, number: str, *, is_genuine: bool) -> str:
        table = self.papers_issued[number]
        if table.status in ("initiated", "issued"):
            return "TABLE_ALREADY_ISSUED"
        table.status = "matched" if is_genuine else "seal_different"
        if is_genuine and table.is_different:
            table.status = "different"
        return ""

    def initiate_later(self, number: str, person: str) -> Outcome:
        table = self.papers_issued.get(number)
        if table is None:
            return refused("TABLE_NOT_FOUND")
        if table.status == "issued":
            return refused("TABLE_ALREADY_ISSUED")
        if table.status not in ("matched", "initiated"):
            return refused("TABLE_NOT_MATCHED")
        if table.status == "matched":
            table.status, table.initiated_by = "initiated", person
        return accepted(number)

    def confirm_later(self, number: str, person: str) -> Outcome:
        table = self.papers_issued.get(number)
        if table is None:
            return refused("TABLE_NOT_FOUND")
        reason = self._refusal_of_later(number, table, person)
        if reason:
            return refused(reason)
        period, kind, *_ = number.split("/")
        self._issue_rows(number, table.rows)
        for credit_code, row in sorted(table.rows.items()):
            self._adjust_by_row(number, credit_code, row)
        table.status = "issued"
        self.tell("AllowancesIssued")
        for credit_code, row in sorted(table.rows.items()) if kind == "VERIFIED" else ():
            self._owe(credit_code, period, row)
        return accepted(number)

    def _refusal_of_later(self, number: str, table: LaterTable, person: str) -> str:
        if table.status == "issued":
            return "TABLE_ALREADY_ISSUED"
        if table.status != "initiated":
            return "ISSUANCE_NOT_INITIATED"
        if table.initiated_by == person:
            return "SAME_PERSON"
        period, kind, *_ = number.split("/")
        before = self.papers_issued.get(number.replace("VERIFIED", "PRE"))
        # Industry was allocated nothing before the verification of 2024.
        if kind == "VERIFIED" and number != INDUSTRY and (before is None or before.status != "issued"):
            return "PRE_ALLOCATION_NOT_ISSUED"
        for credit_code, row in table.rows.items():
            known = before.rows.get(credit_code, LaterRow()) if before and kind == "VERIFIED" else LaterRow()
            is_same = (row.allocated_before, row.deducted_before) == (known.allocated_before, known.deducted)
            if row.adjustment != self.to_deduct(credit_code, period) or (kind == "VERIFIED" and not is_same):
                return "TABLE_OUTDATED"
        for account_no in [province_account(PROVINCE), *map(account_of, sorted(table.rows))]:
            if not self.is_open_no(account_no):
                return self.not_open(account_no)
        is_there = all(self._has_enough(credit_code, row, period) for credit_code, row in table.rows.items())
        return "" if is_there else "INSUFFICIENT_HOLDING"

    def _has_enough(self, credit_code: str, row: LaterRow, period: str) -> bool:
        product = f"CEA-{period}"
        return -row.issue <= self.quantity_held_for(credit_code, product) + self.free(credit_code, product)

    def _issue_rows(self, number: str, rows: dict[str, LaterRow]) -> None:
        """Each entity's own in turn; what the province holds for entities at risk comes last."""
        product = f"CEA-{number[:4]}"
        province = registered(province_account(PROVINCE))
        for credit_code, row in sorted(rows.items()):
            emitter = registered(account_of(credit_code))
            if row.issue > 0 and not row.is_at_risk:
                self.units.issue(product, row.issue, province, f"{number}/{credit_code}")
                self.units.move(product, row.issue, province, emitter)
            elif row.issue < 0:
                held = min(self.quantity_held_for(credit_code, product), -row.issue)
                if -row.issue > held:
                    self.units.move(product, -row.issue - held, emitter, RECOVERED)
                if held:
                    self.units.move(product, held, province, RECOVERED)
                    self._hold(credit_code, product, "recovered", -held, number)
            if row.borrowed:
                self.units.issue(BORROWED, row.borrowed, province, f"{number}/{credit_code}")
                self.units.move(BORROWED, row.borrowed, province, emitter)
        for credit_code, row in sorted(rows.items()):
            if row.issue > 0 and row.is_at_risk:
                self.units.issue(product, row.issue, province, f"{number}/{credit_code}")
                self._hold(credit_code, product, "issued", row.issue, number)

    def _hold(self, credit_code: str, product: str, kind: str, change: int, reference: str) -> None:
        after = self.quantity_held_for(credit_code, product) + change
        self.held_for.setdefault((credit_code, product), []).append(
            (PROVINCE, kind, change, after, reference)
        )
        self.tell("AllowancesEarmarked")

    def _adjust_by_row(self, number: str, credit_code: str, row: LaterRow) -> None:
        """The oldest is deducted first; what returns and what is borrowed is to be deducted from now on."""
        period = number[:4]
        left = row.deducted
        for first in _until(period):
            taken = min(left, self._remainder(credit_code, first))
            if taken:
                self._adjust(credit_code, first, "deducted", -taken, number)
            left -= taken
        if row.returned:
            self._adjust(credit_code, period, "returned", row.returned, number)
        if row.borrowed:
            self._adjust(credit_code, "2023", "borrowed", row.borrowed, number)

    def _owe(self, credit_code: str, period: str, row: LaterRow) -> None:
        owed = Owed(province_code=PROVINCE, owed=row.emissions)
        self.debts[credit_code, period] = owed
        if row.is_steel:
            self.steel.add(credit_code)
        self.tell("ComplianceNoticeIssued")
        if not row.emissions:
            owed.complete(self.now)
            self.tell("ComplianceCertificateIssued")

    def is_usable(self, product: str, period: str) -> bool:
        """The vintages up to the period's own cycle, borrowed units for 2022, and any vintage for what is overdue."""
        if product == BORROWED:
            return period == "2022"
        years = ("2019-2020", "2021", "2022", "2023", "2024")[: {"2022": 3, "2023": 4, "2024": 5}[period]]
        is_overdue = self.now >= max(DEADLINES[period], ARREARS)
        return product.removeprefix("CEA-") in years or (is_overdue and product.startswith("CEA-"))


def _until(period: str) -> tuple[str, ...]:
    return DEDUCTING[: DEDUCTING.index(period) + 1]
