"""The model of surrender for 2022 to 2024, of the holder's own units and by force; REG-5, REG-7, REG-67."""

from later_allocation import LaterAllocation
from later_state import BORROWED, YEARS, Case
from model_state import (
    Application,
    Outcome,
    accepted,
    account_of,
    province_account,
    refused,
    registered,
)

SURRENDERED = ("R-SURRENDERED", "surrendered")


class LaterSurrender(LaterAllocation):
    """Applications and their registration, and forced surrenders by two people."""

    def applied_for(self, credit_code: str, period: str) -> int:
        return sum(
            one.quantity
            for number, one in self.applications.items()
            if (one.credit_code, number.split("-")[1]) == (credit_code, period)
            and one.status in ("submitted", "confirmed")
        )

    def lacking(self, credit_code: str, period: str) -> int:
        """What is owed and not applied for."""
        owed = self.debts.get((credit_code, period))
        return max(owed.unmet - self.applied_for(credit_code, period), 0) if owed else 0

    def submit_later(self, credit_code: str, period: str, product: str, quantity: int) -> Outcome:
        account_no = account_of(credit_code)
        if not self.is_open_no(account_no):
            return refused(self.not_open(account_no))
        if self.refusal_of_use(account_no, "surrender"):
            return refused("ACCOUNT_RESTRICTED")
        if (credit_code, period) not in self.debts:
            return refused("OBLIGATION_NOT_FOUND")
        if quantity > self.lacking(credit_code, period):
            return refused("OBLIGATION_EXCEEDED")
        if not self.is_usable(product, period):
            return refused("PRODUCT_NOT_USABLE")
        if product == BORROWED and quantity > self._borrowed_left(credit_code):
            return refused("PRODUCT_NOT_USABLE")
        if quantity > self.units.count(registered(account_no), product):
            return refused("INSUFFICIENT_HOLDING")
        self.units.move(product, quantity, registered(account_no), (account_no, "pending_surrender"))
        stem = f"SA-{period}-{credit_code}"
        number = f"{stem}-{1 + sum(no.startswith(stem) for no in self.applications)}"
        province_code = self.debts[credit_code, period].province_code
        lines = [(product, quantity, None)]
        self.applications[number] = Application(credit_code, province_code, lines, account_no)
        return accepted(number)

    def _borrowed_left(self, credit_code: str) -> int:
        """What was borrowed for 2022 and not applied for."""
        table = self.papers_issued.get("2022/VERIFIED/37")
        row = table.rows.get(credit_code) if table and table.status == "issued" else None
        applied = sum(
            one.quantity
            for one in self.applications.values()
            if one.credit_code == credit_code and one.lines[0][0] == BORROWED and one.status != "refused"
        )
        return (row.borrowed if row else 0) - applied

    def decide_later(self, number: str, *, is_confirmed: bool) -> Outcome:
        application = self.applications.get(number)
        if application is None:
            return refused("APPLICATION_NOT_FOUND")
        if application.status != "submitted":
            return refused("APPLICATION_ALREADY_DECIDED")
        application.status = "confirmed" if is_confirmed else "refused"
        if not is_confirmed:
            self._move_pending(number, registered(application.account_no))
        return accepted(number)

    def register_later(self) -> tuple[int, int]:
        """Register what is confirmed; give how many applications and tonnes."""
        confirmed = sorted(no for no, one in self.applications.items() if one.status == "confirmed")
        for number in confirmed:
            application = self.applications[number]
            self._move_pending(number, SURRENDERED)
            application.status = "registered"
            self.tell("SurrenderRegistered")
            self._count(application.credit_code, number.split("-")[1], application.quantity)
        return len(confirmed), sum(self.applications[number].quantity for number in confirmed)

    def _move_pending(self, number: str, destination: tuple[str, str]) -> None:
        application = self.applications[number]
        for product, quantity, _ in application.lines:
            waiting = (application.account_no, "pending_surrender")
            self.units.move(product, quantity, waiting, destination)

    def _count(self, credit_code: str, period: str, quantity: int) -> None:
        owed = self.debts[credit_code, period]
        owed.surrendered += quantity
        if owed.completed is None and owed.covered >= owed.owed:
            owed.complete(self.now)
            self.tell("ComplianceCertificateIssued")

    def propose_force(self, credit_code: str, person: str) -> Outcome:
        """First person: say what becomes of all that the province's account holds for an entity."""
        if not self.is_open(credit_code):
            return refused(self.not_open(account_of(credit_code)))
        lines, shortfalls = self._allotted(credit_code)
        if not lines:
            return refused("NOTHING_EARMARKED")
        number = f"FS-{credit_code}-{1 + sum(one.credit_code == credit_code for one in self.cases.values())}"
        self.cases[number] = Case(credit_code, lines, shortfalls, person)
        return accepted(number)

    def _allotted(self, credit_code: str) -> tuple[list[tuple[str, str, int]], dict[str, int]]:
        """Each year's own units first, then what is left for the other years, and the rest to the entity."""
        owed = {year: self.lacking(credit_code, year) for year in YEARS if (credit_code, year) in self.debts}
        left = {
            product: quantity
            for code, product in sorted(self.held_for)
            if code == credit_code and (quantity := self.quantity_held_for(code, product))
        }
        own = [(year, f"CEA-{year}") for year in owed if f"CEA-{year}" in left]
        others = [(year, product) for year in owed for product in left if self.is_usable(product, year)]
        lines = []
        for year, product in own + others:
            quantity = min(owed[year], left[product])
            if quantity:
                lines.append((year, product, quantity))
                owed[year] -= quantity
                left[product] -= quantity
        lines += [("", product, quantity) for product, quantity in left.items() if quantity]
        return lines, {year: quantity for year, quantity in owed.items() if quantity}

    def confirm_force(self, number: str, person: str) -> Outcome:
        """Second person: carry it out, if it would still be the same."""
        case = self.cases.get(number)
        if case is None:
            return refused("FORCED_SURRENDER_NOT_FOUND")
        if case.status == "registered":
            return refused("FORCED_SURRENDER_ALREADY_REGISTERED")
        if case.person == person:
            return refused("SAME_PERSON")
        if self._allotted(case.credit_code) != (case.lines, case.shortfalls):
            return refused("FORCED_SURRENDER_STALE")
        province, entity = (
            registered(province_account(self.accounts[account_of(case.credit_code)].province_code)),
            registered(account_of(case.credit_code)),
        )
        for year, product, quantity in case.lines:
            self.units.move(product, quantity, province, SURRENDERED if year else entity)
            self._hold(case.credit_code, product, "surrendered" if year else "released", -quantity, number)
        for year in YEARS:
            quantity = sum(one for period, _, one in case.lines if period == year)
            if quantity:
                self.tell("ForcedSurrenderRegistered")
                self._count(case.credit_code, year, quantity)
        case.status = "registered"
        return accepted(number)
