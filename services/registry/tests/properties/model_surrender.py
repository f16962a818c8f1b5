"""The model of surrender: REG-5, REG-7 and REG-8."""

from model_state import CEA, PERIOD, Application, Outcome, State, accepted, account_of, refused, registered

SURRENDERED = ("R-SURRENDERED", "surrendered")


def is_offset(product: str) -> bool:
    return product.startswith("OFFSET-")


class SurrenderModel(State):
    """Applications, decisions and registration."""

    def applied(self, credit_code: str) -> list[Application]:
        """Applications of an entity that are neither refused nor registered."""
        return [
            one
            for one in self.applications.values()
            if one.credit_code == credit_code and one.status in ("submitted", "confirmed")
        ]

    def submit(self, credit_code: str, period: str, lines: list[tuple[str, int]]) -> Outcome:
        if not self.is_open(credit_code):
            return refused("ACCOUNT_NOT_FOUND")
        if self.refusal_of_use(account_of(credit_code), "surrender"):
            return refused("ACCOUNT_RESTRICTED")
        owed = self.owed.get(credit_code)
        if owed is None or period != PERIOD:
            return refused("OBLIGATION_NOT_FOUND")
        wanted: dict[str, int] = {}
        for product, quantity in lines:
            wanted[product] = wanted.get(product, 0) + quantity
        total = sum(wanted.values())
        offset = sum(quantity for product, quantity in wanted.items() if is_offset(product))
        pending = self.applied(credit_code)
        if total > owed.owed - owed.surrendered - owed.offset - sum(one.quantity for one in pending):
            return refused("OBLIGATION_EXCEEDED")
        if offset and owed.offset + sum(one.offset for one in pending) + offset > owed.limit:
            return refused("OFFSET_LIMIT_EXCEEDED")
        for product, quantity in wanted.items():
            if product != CEA and not is_offset(product):
                return refused("PRODUCT_NOT_USABLE")
            if quantity > self.free(credit_code, product):
                return refused("INSUFFICIENT_HOLDING")
        return accepted(self._set_aside(credit_code, owed.province_code, wanted))

    def _set_aside(self, credit_code: str, province_code: str, wanted: dict[str, int]) -> str:
        holder = account_of(credit_code)
        picked: list[tuple[str, int, list[int] | None]] = []
        for product, quantity in wanted.items():
            serials = self._first_credits(credit_code, product, quantity) if is_offset(product) else None
            self.units.move(product, quantity, registered(holder), (holder, "pending_surrender"), serials)
            picked.append((product, quantity, serials))
        ordinal = 1 + sum(one.credit_code == credit_code for one in self.applications.values())
        number = f"SA-{PERIOD}-{credit_code}-{ordinal}"
        self.applications[number] = Application(credit_code, province_code, picked)
        return number

    def _first_credits(self, credit_code: str, product: str, quantity: int) -> list[int]:
        """The credits that were created first and that no application holds."""
        held = {
            serial
            for one in self.applications.values()
            if one.status != "refused"
            for line in one.lines
            if line[0] == product
            for serial in line[2] or ()
        }
        mine = [block for block in self.credits if block[1:3] == (credit_code, product)]
        serials = [serial for *_, start, end in mine for serial in range(start, end + 1)]
        return [serial for serial in serials if serial not in held][:quantity]

    def decide(self, province_code: str, number: str, *, is_confirmed: bool) -> Outcome:
        application = self.applications.get(number)
        if application is None:
            return refused("APPLICATION_NOT_FOUND")
        if application.province_code != province_code:
            return refused("PROVINCE_MISMATCH")
        if application.status != "submitted":
            return refused("APPLICATION_ALREADY_DECIDED")
        application.status = "confirmed" if is_confirmed else "refused"
        if not is_confirmed:
            self._move_lines(number, "registered")
        return accepted(number)

    def _move_lines(self, number: str, bucket: str) -> None:
        application = self.applications[number]
        holder = account_of(application.credit_code)
        destination = SURRENDERED if bucket == "surrendered" else (holder, bucket)
        for product, quantity, serials in application.lines:
            self.units.move(product, quantity, (holder, "pending_surrender"), destination, serials)

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
            if owed.completed is None and owed.surrendered + owed.offset == owed.owed:
                owed.complete(self.now)
                self.tell("ComplianceCertificateIssued")
        return len(confirmed), sum(self.applications[number].quantity for number in confirmed)
