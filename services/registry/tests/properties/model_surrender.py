"""The model of surrender: REG-5, REG-7 and REG-8."""

from model_corrections import CorrectionModel
from model_state import (
    CEA,
    DEADLINE,
    PERIOD,
    Application,
    Change,
    Outcome,
    accepted,
    account_of,
    refused,
    registered,
)

SURRENDERED = ("R-SURRENDERED", "surrendered")


def is_offset(product: str) -> bool:
    return product.startswith("OFFSET-")


def merged(lines: list[tuple[str, int]]) -> dict[str, int]:
    """Add up the lines of a product, in the order in which the products are named first."""
    wanted: dict[str, int] = {}
    for product, quantity in lines:
        wanted[product] = wanted.get(product, 0) + quantity
    return wanted


class SurrenderModel(CorrectionModel):
    """Applications, decisions and registration."""

    def applied(self, credit_code: str) -> list[Application]:
        """Applications for an entity that count as applied for."""
        return [
            one
            for one in self.applications.values()
            if one.credit_code == credit_code and one.status in ("submitted", "confirmed")
        ]

    def submit(self, credit_code: str, period: str, lines: list[tuple[str, int]]) -> Outcome:
        account_no = account_of(credit_code)
        reason = self._refusal_of_account(account_no)
        owed = self.owed.get(credit_code) if period == PERIOD else None
        if reason or owed is None:
            return refused(reason or "OBLIGATION_NOT_FOUND")
        wanted = merged(lines)
        reason = self._refusal_of_quantity(credit_code, wanted) or self._refusal_of_units(account_no, wanted)
        if reason:
            return refused(reason)
        return accepted(self._set_aside(credit_code, account_no, wanted))

    def offer_help(
        self, helper: str, account_no: str, credit_code: str, lines: list[tuple[str, int]]
    ) -> Outcome:
        """Another enterprise offers allowances of its own account."""
        if account_no in self.accounts and self.accounts[account_no].credit_code != helper:
            return refused("ACCOUNT_NOT_FOUND")
        reason = self._refusal_of_account(account_no)
        if reason or credit_code not in self.owed:
            return refused(reason or "OBLIGATION_NOT_FOUND")
        if helper == credit_code:
            return refused("HELPER_IS_ENTITY")
        wanted = merged(lines)
        if sum(wanted.values()) > self.room(credit_code):
            return refused("OBLIGATION_EXCEEDED")
        if any(product != CEA for product in wanted):
            return refused("PRODUCT_NOT_USABLE")
        reason = self._refusal_of_units(account_no, wanted)
        if reason:
            return refused(reason)
        number = self._set_aside(credit_code, account_no, wanted, helper=helper)
        if self.owner_of(credit_code) == helper:
            # Who took the obligation over by a merger owes it, and nobody is asked.
            self.applications[number].status, self.applications[number].is_consented = "submitted", True
        return accepted(number)

    def answer_help(self, credit_code: str, number: str, *, is_consented: bool) -> Outcome:
        """The entity consents to help, which then waits for the province, or declines it."""
        application = self.applications.get(number)
        if application is None or application.credit_code != credit_code or not application.helper:
            return refused("APPLICATION_NOT_FOUND")
        if application.status != "offered":
            return refused("APPLICATION_ALREADY_DECIDED")
        if not is_consented:
            return self._close(number, "withdrawn")
        if application.quantity > self.room(credit_code):
            return refused("OBLIGATION_EXCEEDED")
        application.status, application.is_consented = "submitted", True
        return accepted(number)

    def withdraw(self, credit_code: str, number: str) -> Outcome:
        """The entity takes an application back, or the enterprise that helps."""
        application = self.applications.get(number)
        if application is None or credit_code not in (application.credit_code, application.helper):
            return refused("APPLICATION_NOT_FOUND")
        if application.status not in ("offered", "submitted"):
            return refused("APPLICATION_ALREADY_DECIDED")
        return self._close(number, "withdrawn")

    def owner_of(self, credit_code: str) -> str:
        """Who owes an obligation that somebody took over; nobody where it is the entity's own."""
        owner = {one: successor for one, _, successor, _ in self.successions}.get(credit_code, "")
        return "" if owner == credit_code else owner

    def room(self, credit_code: str) -> int:
        """What is owed and not applied for yet."""
        return self.owed[credit_code].unmet - sum(one.quantity for one in self.applied(credit_code))

    def _refusal_of_account(self, account_no: str) -> str:
        if not self.is_open_no(account_no):
            return self.not_open(account_no)
        return self.refusal_of_command(account_no) or self.refusal_of_use(account_no, "surrender")

    def _refusal_of_quantity(self, credit_code: str, wanted: dict[str, int]) -> str:
        owed = self.owed[credit_code]
        if sum(wanted.values()) > self.room(credit_code):
            return "OBLIGATION_EXCEEDED"
        offset = sum(quantity for product, quantity in wanted.items() if is_offset(product))
        applied = sum(one.offset for one in self.applied(credit_code))
        return "OFFSET_LIMIT_EXCEEDED" if offset and owed.offset + applied + offset > owed.limit else ""

    def _refusal_of_units(self, account_no: str, wanted: dict[str, int]) -> str:
        for product, quantity in wanted.items():
            if product != CEA and not is_offset(product):
                return "PRODUCT_NOT_USABLE"
            if quantity > self.units.count(registered(account_no), product):
                return "INSUFFICIENT_HOLDING"
        return ""

    def _set_aside(self, credit_code: str, account_no: str, wanted: dict[str, int], helper: str = "") -> str:
        picked: list[tuple[str, int, list[int] | None]] = []
        for product, quantity in wanted.items():
            serials = self._first_credits(credit_code, product, quantity) if is_offset(product) else None
            waiting = (account_no, "pending_surrender")
            self.units.move(product, quantity, registered(account_no), waiting, serials)
            picked.append((product, quantity, serials))
        ordinal = 1 + sum(one.credit_code == credit_code for one in self.applications.values())
        number = f"SA-{PERIOD}-{credit_code}-{ordinal}"
        province_code = self.owed[credit_code].province_code
        status = "offered" if helper else "submitted"
        self.applications[number] = Application(
            credit_code, province_code, picked, account_no, helper, status
        )
        return number

    def _close(self, number: str, status: str) -> Outcome:
        """Give the units of an application back to where they came from."""
        self._move_lines(number, "registered")
        self.applications[number].status = status
        return accepted(number)

    def _first_credits(self, credit_code: str, product: str, quantity: int) -> list[int]:
        """The credits that were created first, of those that are free in the account."""
        free = set(self.units.held(registered(account_of(credit_code)), product))
        mine = [block for block in self.credits if block[1:3] == (credit_code, product)]
        serials = [serial for *_, start, end in mine for serial in range(start, end + 1)]
        return [serial for serial in serials if serial in free][:quantity]

    def decide(self, province_code: str, number: str, *, is_confirmed: bool) -> Outcome:
        application = self.applications.get(number)
        if application is None:
            return refused("APPLICATION_NOT_FOUND")
        if application.province_code != province_code:
            return refused("PROVINCE_MISMATCH")
        if application.status == "offered":
            return refused("HELP_NOT_CONSENTED")
        if application.status != "submitted":
            return refused("APPLICATION_ALREADY_DECIDED")
        if not is_confirmed:
            return self._close(number, "refused")
        application.status = "confirmed"
        return accepted(number)

    def _move_lines(self, number: str, bucket: str) -> None:
        application = self.applications[number]
        holder = application.account_no
        destination = SURRENDERED if bucket == "surrendered" else (holder, bucket)
        home = (holder, "pending_surrender")
        for line_no, (product, quantity, serials) in enumerate(application.lines, start=1):
            moved = self.units.move(product, quantity, home, destination, serials)
            if destination == SURRENDERED:
                self.keep_surrender(number, line_no, product, moved, home)

    def register(self) -> tuple[int, int]:
        """Register what is confirmed; give how many applications and tonnes."""
        confirmed = sorted(no for no, one in self.applications.items() if one.status == "confirmed")
        for number in confirmed:
            application = self.applications[number]
            self._move_lines(number, "surrendered")
            application.status = "registered"
            owed = self.owed[application.credit_code]
            owed.surrendered += application.quantity - application.offset
            owed.offset += application.offset
            self.tell("SurrenderRegistered")
            if owed.completed is None and owed.covered >= owed.owed:
                owed.complete(self.now)
                self.tell("ComplianceCertificateIssued")
        return len(confirmed), sum(self.applications[number].quantity for number in confirmed)

    def deduct(self, credit_code: str, quantity: int, province_code: str) -> Outcome:
        """The province takes what was not surrendered from the next allocation."""
        owed = self.owed.get(credit_code)
        if owed is None:
            return refused("OBLIGATION_NOT_FOUND")
        if owed.province_code != province_code:
            return refused("PROVINCE_MISMATCH")
        if quantity < 0:
            # What was decided is taken back, as no table has made it yet.
            if -quantity > owed.deducted:
                return refused("DEDUCTION_EXCEEDED")
        elif self.now.isoformat() < DEADLINE:
            return refused("DEADLINE_NOT_PASSED")
        elif quantity > max(self.room(credit_code), 0):
            return refused("DEDUCTION_EXCEEDED")
        owed.deducted += quantity
        mine = self.deductions.setdefault(credit_code, [])
        mine.append((quantity, owed.deducted))
        self.tell("AllocationAdjustmentChanged")
        return accepted(f"{credit_code}/2021/{len(mine)}")

    def propose_change(self, credit_code: str, after: int, person: str) -> Outcome:
        owed = self.owed.get(credit_code)
        if owed is None:
            return refused("OBLIGATION_NOT_FOUND")
        if owed.owed == after:
            return refused("OBLIGATION_UNCHANGED")
        ordinal = 1 + sum(one.credit_code == credit_code for one in self.changes.values())
        number = f"OC-{PERIOD}-{credit_code}-{ordinal}"
        self.changes[number] = Change(credit_code, owed.owed, after, person)
        return accepted(number)

    def confirm_change(self, number: str, person: str) -> Outcome:
        """Another quantity is owed, with its limit and notice; applications that no longer fit go back."""
        change = self.changes.get(number)
        if change is None:
            return refused("OBLIGATION_CHANGE_NOT_FOUND")
        if change.status == "confirmed":
            return refused("OBLIGATION_CHANGE_ALREADY_CONFIRMED")
        if change.person == person:
            return refused("SAME_PERSON")
        owed = self.owed[change.credit_code]
        if owed.owed != change.before:
            return refused("OBLIGATION_CHANGE_STALE")
        change.status = "confirmed"
        was_completed, owed.completed = owed.completed, None
        owed.owed, owed.notices = change.after, owed.notices + 1
        if owed.covered >= owed.owed:
            owed.complete(was_completed or self.now)
            self.tell("ComplianceCertificateIssued")
        self.tell("ObligationChanged")
        self.tell("ComplianceNoticeIssued")
        self.tell("ComplianceCertificateWithdrawn", int(was_completed is not None))
        self._return_what_no_longer_fits(change.credit_code)
        return accepted(number)

    def _return_what_no_longer_fits(self, credit_code: str) -> None:
        owed = self.owed[credit_code]
        mine = [no for no, one in self.applications.items() if one in self.applied(credit_code)]
        for number in sorted(mine, key=lambda no: int(no.rpartition("-")[2]), reverse=True):
            pending = self.applied(credit_code)
            has_offset = self.applications[number].offset > 0
            too_much = sum(one.quantity for one in pending) > owed.unmet
            offset = sum(one.offset for one in pending)
            if too_much or (has_offset and offset > max(owed.limit - owed.offset, 0)):
                self._close(number, "returned")
                self.tell("SurrenderApplicationReturned")
