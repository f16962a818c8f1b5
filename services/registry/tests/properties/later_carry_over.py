"""The model of carry-over, from annex 5 of the plan for 2023 and 2024; REG-42 to REG-45."""

from datetime import UTC, datetime

from later_state import DEADLINES, LATE_BATCH, NEW, OLD, SECOND_BATCH, CarryOver, CarryOverNotice, Run, Sold
from later_surrender import LaterSurrender
from model_state import Outcome, accepted, account_of, refused, registered

CARRIED_OVER = ("R-CARRIED-OVER", "recovered")
# The base by sector, as the registry under test is set.
BASES = {"power": 20, "steel": 35}
# Midnight in Shanghai in hours of UTC, the day before.
MIDNIGHT = 16


class LaterCarryOver(LaterSurrender):
    """What entities sold and held, their notices, their applications, and the runs by two people."""

    def declare(self, credit_code: str, sales: Sold) -> Outcome:
        if not self.is_open(credit_code):
            return refused(self.not_open(account_of(credit_code)))
        if credit_code in self.notices and sales != self.declared.get(credit_code):
            return refused("CARRY_OVER_NOTICE_ISSUED")
        self.declared[credit_code] = sales
        return accepted(credit_code)

    def counted_sales(self, credit_code: str) -> Sold:
        """What was sold and bought of the old vintages on trading dates of 2024 and 2025."""
        sales = Sold()
        for number, (seller, buyer, product, quantity) in self.trades.items():
            if product in OLD and "2024-01-01" <= self.trade_days[number] <= "2025-12-31":
                sales.sold += quantity if seller == account_of(credit_code) else 0
                sales.bought += quantity if buyer == account_of(credit_code) else 0
        return sales

    def run_notices(self) -> tuple[int, int, int]:
        """Give a notice to everybody whom nothing stops; how many, how many are stopped, and tonnes."""
        found, allowed = [0, 0], 0
        for account_no, held in sorted((self.held_at_end or {}).items()):
            credit_code = self.accounts[account_no].credit_code
            if credit_code in self.notices:
                continue
            self.found[credit_code] = self._stopped_by(credit_code)
            if self.found[credit_code]:
                found[1] += 1
                continue
            notice = self.notices[credit_code] = self._notice(credit_code, held)
            self.tell("CarryOverNoticeIssued")
            found[0] += 1
            allowed += notice.allowed
        return found[0], found[1], allowed

    def _stopped_by(self, credit_code: str) -> str:
        for year in ("2023", "2024"):
            owed = self.debts.get((credit_code, year))
            if owed is not None and (owed.completed is None or owed.completed >= DEADLINES[year]):
                return "SURRENDER_MISSED"
        if credit_code not in self.declared:
            return "NET_SALES_NOT_DECLARED"
        return "" if self.declared[credit_code] == self.counted_sales(credit_code) else "NET_SALES_DIFFER"

    def _notice(self, credit_code: str, held: int) -> CarryOverNotice:
        """T = B + 1.5 × NS, rounded down."""
        base = BASES["steel" if credit_code in self.steel else "power"]
        sales = self.counted_sales(credit_code)
        computed = base + 3 * max(sales.sold - sales.bought, 0) // 2
        return CarryOverNotice(base, sales, computed, held)

    def carried(self, credit_code: str) -> int:
        """What an entity applied for and did not withdraw."""
        return sum(
            one.quantity
            for one in self.carry_overs.values()
            if one.credit_code == credit_code and one.status != "withdrawn"
        )

    def apply_to_carry_over(self, credit_code: str, lines: list[tuple[str, int]]) -> Outcome:
        account_no = account_of(credit_code)
        if not self.is_open_no(account_no):
            return refused(self.not_open(account_no))
        if self.refusal_of_use(account_no, "carry_over"):
            return refused("ACCOUNT_RESTRICTED")
        if credit_code not in self.notices:
            return refused("CARRY_OVER_NOTICE_NOT_FOUND")
        wanted: dict[str, int] = {}
        for product, quantity in lines:
            wanted[product] = wanted.get(product, 0) + quantity
        reason = self._refusal_of_units_wanted(credit_code, wanted)
        if reason:
            return refused(reason)
        number = f"COA-{credit_code}-{1 + sum(one.credit_code == credit_code for one in self.carry_overs.values())}"
        for product, quantity in wanted.items():
            self.units.move(product, quantity, registered(account_no), (account_no, "pending_carry_over"))
        batch = 1 if self.now < SECOND_BATCH else 2 if self.now < LATE_BATCH else 3
        self.carry_overs[number] = CarryOver(credit_code, batch, list(wanted.items()))
        return accepted(number)

    def _refusal_of_units_wanted(self, credit_code: str, wanted: dict[str, int]) -> str:
        if any(product not in OLD for product in wanted):
            return "PRODUCT_NOT_CARRIED_OVER"
        account_no = account_of(credit_code)
        if self.now >= LATE_BATCH and any(
            quantity > self._released_late(credit_code, product) for product, quantity in wanted.items()
        ):
            return "CARRY_OVER_CLOSED"
        if sum(wanted.values()) > self.notices[credit_code].allowed - self.carried(credit_code):
            return "CARRY_OVER_LIMIT_EXCEEDED"
        free = (self.units.count(registered(account_no), product) for product in wanted)
        return "INSUFFICIENT_HOLDING" if any(map(int.__gt__, wanted.values(), free)) else ""

    def _released_late(self, credit_code: str, product: str) -> int:
        """What was frozen when applications ended and a court released since, less what was applied for late."""
        key = (account_of(credit_code), product)
        freed = self.freed.get(key, set()) & (self.frozen_at_end or {}).get(key, set())
        late = sum(
            quantity
            for one in self.carry_overs.values()
            if one.credit_code == credit_code and one.batch == 3 and one.status != "withdrawn"
            for of, quantity in one.lines
            if of == product
        )
        return len(freed) - late

    def withdraw_carry_over(self, credit_code: str, number: str) -> Outcome:
        one = self.carry_overs.get(number)
        if one is None or one.credit_code != credit_code:
            return refused("APPLICATION_NOT_FOUND")
        if one.status != "submitted":
            return refused("APPLICATION_ALREADY_DECIDED")
        account_no = account_of(credit_code)
        for product, quantity in one.lines:
            self.units.move(product, quantity, (account_no, "pending_carry_over"), registered(account_no))
        one.status = "withdrawn"
        return accepted(number)

    def run_batches(self, day: datetime, person: str) -> list[tuple[str, int, int]]:
        """Put what waits of each closed batch into a run: number, applications and tonnes."""
        until = min(self.now, day)
        closed = [
            batch for batch, end in ((1, SECOND_BATCH), (2, LATE_BATCH), (3, LATE_BATCH)) if end <= until
        ]
        runs = []
        for batch in closed:
            waiting = [
                one for one in self.carry_overs.values() if one.batch == batch and one.status == "submitted"
            ]
            if not waiting:
                continue
            number = f"COR-{batch}-{1 + sum(one.batch == batch for one in self.runs.values())}"
            self.runs[number] = Run(batch, person)
            for one in waiting:
                one.status, one.run_no = "processing", number
            runs.append((number, len(waiting), sum(one.quantity for one in waiting)))
        return runs

    def decide_run(self, number: str, person: str, *, is_confirmed: bool) -> Outcome:
        """Old units go, as many of 2025 come; or the applications wait again."""
        run = self.runs.get(number)
        if run is None:
            return refused("CARRY_OVER_RUN_NOT_FOUND")
        if run.status != "initiated":
            return refused("CARRY_OVER_RUN_DECIDED")
        if run.person == person:
            return refused("SAME_PERSON")
        run.status = "confirmed" if is_confirmed else "refused"
        mine = sorted(no for no, one in self.carry_overs.items() if one.run_no == number)
        for application_no in mine:
            one = self.carry_overs[application_no]
            if not is_confirmed:
                one.status, one.run_no = "submitted", ""
                continue
            account_no = account_of(one.credit_code)
            for product, quantity in one.lines:
                self.units.move(product, quantity, (account_no, "pending_carry_over"), CARRIED_OVER)
            self.units.issue(NEW, one.quantity, registered(account_no), application_no)
            one.status = "registered"
            self.tell("UnitsCarriedOver")
        return accepted(number)


def midnight_after(day: str) -> datetime:
    """The first moment after a day in Shanghai."""
    return datetime.fromisoformat(day).replace(hour=MIDNIGHT, tzinfo=UTC)
