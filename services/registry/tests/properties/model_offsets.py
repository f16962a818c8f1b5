"""The model of hand-overs and offset credits: REG-6 and REG-11 to REG-13."""

from dataclasses import dataclass, field

from model_state import Handover, Row, State, account_of, registered


@dataclass
class RowInHand:
    """A row as it is handed over."""

    row_no: int
    cancellation_no: str
    application_no: str
    credit_code: str
    name: str
    province_code: str
    project_no: str
    year: int
    serials: list[tuple[int, int]]
    quantity: int
    confirmed: int
    is_inside: bool = False

    @property
    def product(self) -> str:
        return f"OFFSET-{self.project_no}-{self.year}"


@dataclass
class HandoverInHand:
    """A hand-over as it comes; `fault` is the first thing that is wrong with it as a whole."""

    province_code: str
    business_date: str
    previous: bytes
    digest: bytes
    row_count: int
    quantity: int
    fault: str = ""
    rows: list[RowInHand] = field(default_factory=list)

    @property
    def number(self) -> str:
        return f"H-{self.business_date}-{self.province_code}"


class OffsetModel(State):
    """Projects, hand-overs and the credits made of them."""

    def mark_project(self, project_no: str, *, is_inside: bool) -> None:
        if is_inside:
            self.inside_projects.add(project_no)
        else:
            self.inside_projects.discard(project_no)

    def last_handover(self, province_code: str) -> Handover | None:
        taken = [one for one in self.handovers.values() if one.province_code == province_code]
        return max(taken, key=lambda one: one.business_date, default=None)

    def take_handover(self, given: HandoverInHand) -> None:
        """Take a hand-over, take it again, or reject it; it is answered in any case."""
        self.tell("HandoverAcknowledged")
        known = self.handovers.get(given.number)
        is_taken = known is not None and known.digest == given.digest
        if given.fault or not (is_taken or self._follows(given)):
            self.rejections.append((given.number, given.row_count, given.quantity, given.digest))
            return
        if known is None or not is_taken:
            known = Handover(
                given.province_code, given.business_date, given.digest, given.quantity, given.row_count
            )
            self.handovers[given.number] = known
            for row in given.rows:
                known.rows.append(self._judged(row, given))
            return
        for index, row in enumerate(given.rows):
            if known.rows[index].reason:
                known.rows[index] = self._judged(row, given, but=known.rows[index])

    def _follows(self, given: HandoverInHand) -> bool:
        last = self.last_handover(given.province_code)
        if last is None:
            return given.previous == b""
        return given.business_date > last.business_date and given.previous == last.digest

    def _judged(self, row: RowInHand, given: HandoverInHand, but: Row | None = None) -> Row:
        return Row(
            row_no=row.row_no,
            cancellation_no=row.cancellation_no,
            application_no=row.application_no,
            credit_code=row.credit_code,
            product=row.product,
            serials=row.serials,
            quantity=row.quantity,
            reason=self._refusal(row, given),
        )

    def accepted_rows(self) -> list[Row]:
        rows = [row for one in self.handovers.values() for row in one.rows]
        return [row for row in rows if not row.reason]

    def _refusal(self, row: RowInHand, given: HandoverInHand) -> str:
        before = self.accepted_rows()
        if any(other.cancellation_no == row.cancellation_no for other in before):
            return "HANDOVER_ROW_DUPLICATE"
        if not row.serials or sum(end - start + 1 for start, end in row.serials) != row.quantity:
            return "HANDOVER_ROW_QUANTITY_WRONG"
        mine = {serial for start, end in row.serials for serial in range(start, end + 1)}
        if len(mine) != row.quantity:
            return "HANDOVER_ROW_QUANTITY_WRONG"
        for other in before:
            if other.product == row.product and any(
                serial in mine for start, end in other.serials for serial in range(start, end + 1)
            ):
                return "CREDITS_CREATED_ALREADY"
        return self._refusal_of_entity(row, given) or self._refusal_of_use(row, before)

    def _refusal_of_entity(self, row: RowInHand, given: HandoverInHand) -> str:
        listed = self.roster.get(row.credit_code)
        if listed is None:
            return "ENTITY_UNKNOWN"
        if not row.province_code == listed[1] == given.province_code:
            return "PROVINCE_MISMATCH"
        if row.name != listed[0]:
            return "NAME_MISMATCH"
        return "" if self.is_open(row.credit_code) else self.not_open(account_of(row.credit_code))

    def _refusal_of_use(self, row: RowInHand, before: list[Row]) -> str:
        if row.is_inside or row.project_no in self.inside_projects:
            return "PROJECT_INSIDE_NATIONAL_MARKET"
        for_application = sum(o.quantity for o in before if o.application_no == row.application_no)
        if for_application + row.quantity > row.confirmed:
            return "HANDOVER_ROW_ABOVE_CONFIRMED"
        owed = self.owed.get(row.credit_code)
        if owed is None:
            return "OBLIGATION_NOT_FOUND"
        for_entity = sum(o.quantity for o in before if o.credit_code == row.credit_code)
        return "OFFSET_LIMIT_EXCEEDED" if for_entity + row.quantity > owed.limit else ""

    def create_credits(self, until: str) -> tuple[int, int]:
        """Make credits of what was accepted up to a date; give how many rows and tonnes."""
        rows = [
            (one.business_date, one.province_code, row.row_no, row)
            for one in self.handovers.values()
            for row in one.rows
            if one.business_date <= until and not row.reason and not row.is_credited
        ]
        for _, _, _, row in sorted(rows, key=lambda entry: entry[:3]):
            serials = [serial for start, end in row.serials for serial in range(start, end + 1)]
            place = registered(account_of(row.credit_code))
            self.units.issue(row.product, row.quantity, place, row.cancellation_no, serials)
            self.credits += [
                (row.cancellation_no, row.credit_code, row.product, start, end) for start, end in row.serials
            ]
            row.is_credited = True
            self.tell("OffsetCreditsCreated")
        return len(rows), sum(entry[3].quantity for entry in rows)
