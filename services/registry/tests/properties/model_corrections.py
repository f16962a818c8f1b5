"""The model of corrections of what was registered: REG-36 to REG-38."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from model_registrations import Line, Refused, Registration, Step
from model_state import PERIOD, Place, State, registered

RECOVERED = ("R-RECOVERED", "recovered")
USED_UP = (("R-SURRENDERED", "surrendered"), ("R-CANCELLED", "cancelled"))
# Entries that move units between accounts and do nothing else.
MOVES = (*("allocate", "recover", "judicial_transfer", "split", "recovery", "reserve_release", "correction"),)


@dataclass
class Registered:
    """What an entry registered: an application's line, and of a surrender whose obligation it met."""

    kind: str
    number: str
    line_no: int
    credit_code: str = ""
    home: str = ""


class CorrectionModel(State):
    """A new entry brings units back, and takes back what their entry registered."""

    @property
    def registered_by(self) -> dict[str, Registered]:
        """What entries registered, by transfer number; a correction is of what the corrected entry was of."""
        return self.__dict__.setdefault("_registered_by", {})

    @property
    def corrections(self) -> list[tuple[str, str, int]]:
        """Entries that corrections made: number, which one it corrects, and how much."""
        return self.__dict__.setdefault("_corrections", [])

    @property
    def record_corrections(self) -> list[tuple[str, Registered, str, int, list[int]]]:
        """What corrections did: registration, of what, product, change, and the serials."""
        return self.__dict__.setdefault("_record_corrections", [])

    @property
    def complete_before(self) -> dict[str, datetime | None]:
        """Since when an obligation was complete before a registration took something back."""
        return self.__dict__.setdefault("_complete_before", {})

    def keep_surrender(self, number: str, line_no: int, product: str, moved: list[int], home: Place) -> None:
        """Remember what registering a line of a surrender moved, for whoever corrects it."""
        entry = f"{number}/{line_no}/registered"
        credit_code = self.applications[number].credit_code
        self.entries[entry] = ("surrender", product, moved, home, USED_UP[0])
        self.registered_by[entry] = Registered("surrender", number, line_no, credit_code, home[0])

    def keep_cancellation(self, number: str, product: str, moved: list[int], home: Place) -> None:
        """Remember what registering a cancellation moved."""
        entry = f"{number}/registered"
        self.entries[entry] = ("cancellation", product, moved, home, USED_UP[1])
        self.registered_by[entry] = Registered("cancellation", number, 1, "", home[0])

    def _correction(self, change: Registration) -> list[Step]:
        """Units of an entry go back to where they came from, or to another account."""
        (line,) = change.lines
        if line.corrects not in self.entries:
            raise Refused("CORRECTED_ENTRY_NOT_FOUND")
        if self._is_corrected(line.corrects):
            raise Refused("ENTRY_CORRECTED_ALREADY")
        kind, product, moved, came_from, went_to = self.entries[line.corrects]
        if kind not in (*MOVES, "surrender", "cancellation"):
            raise Refused("ENTRY_NOT_CORRECTABLE")
        if line.quantity > len(moved):
            raise Refused("TRANSFER_INVALID")
        serials = sorted(moved)[: line.quantity or len(moved)]
        target = self._corrected_target(line, product, came_from, went_to)
        if target[1] == "registered":
            self._check_open(target[0])
        if went_to == target:
            raise Refused("TRANSFER_INVALID")
        done = replace(line, source=went_to[0], target=target[0], product=product, quantity=len(serials))
        self._check_whole(line, went_to, target, len(serials) == len(moved))
        return [Step(done, went_to, target, serials)]

    def _is_corrected(self, number: str) -> bool:
        """Whether an entry has a correction that was not undone whole."""
        return any(
            corrects == number and not self._is_undone(by, quantity)
            for by, corrects, quantity in self.corrections
        )

    def _is_undone(self, number: str, quantity: int) -> bool:
        return any(
            corrects == number and much == quantity and not self._is_undone(by, much)
            for by, corrects, much in self.corrections
        )

    def _corrected_target(self, line: Line, product: str, came_from: Place, went_to: Place) -> Place:
        account_no = line.target or came_from[0]
        free = RECOVERED if account_no == RECOVERED[0] else registered(account_no)
        of = self.registered_by.get(line.corrects)
        if of is None or not {came_from, went_to} & set(USED_UP):
            return free
        target = registered(of.home) if went_to in USED_UP else came_from
        if line.target in ("", target[0]):
            return target
        if went_to in USED_UP and product.startswith("CEA-"):
            return free
        raise Refused("TRANSFER_INVALID")

    def _check_open(self, account_no: str) -> None:
        if not self.is_open_no(account_no):
            raise Refused(self.not_open(account_no))

    def _check_whole(self, line: Line, source: Place, target: Place, is_whole: bool) -> None:
        of = self.registered_by.get(line.corrects)
        if of is not None and of.kind == "cancellation" and USED_UP[1] in (source, target) and not is_whole:
            raise Refused("CORRECTION_NOT_WHOLE")

    def check_fits(self, steps: list[Step]) -> None:
        """What counts again is owed, and not applied for."""
        for step in steps:
            of = self.registered_by.get(step.line.corrects)
            if of is None or of.kind != "surrender" or step.target != USED_UP[0]:
                continue
            owed, quantity = self.owed[of.credit_code], step.line.quantity
            applied = [
                one
                for one in self.applications.values()
                if one.credit_code == of.credit_code and one.status in ("submitted", "confirmed")
            ]
            if quantity > owed.unmet - sum(one.quantity for one in applied):
                raise Refused("OBLIGATION_EXCEEDED")
            used = owed.offset + sum(one.offset for one in applied)
            if step.line.product.startswith("OFFSET-") and used + quantity > owed.limit:
                raise Refused("OFFSET_LIMIT_EXCEEDED")

    def correct_records(self, number: str, steps: list[Step]) -> None:
        """Take back, or register again, what a carried out correction is of."""
        for line_no, step in enumerate(steps, start=1):
            of = self.registered_by.get(step.line.corrects)
            if of is None:
                continue
            self.registered_by[f"{number}/{line_no}"] = of
            if not {step.source, step.target} & set(USED_UP):
                continue
            change = step.line.quantity if step.target in USED_UP else -step.line.quantity
            self.record_corrections.append((number, of, step.line.product, change, step.serials or []))
            if of.kind == "cancellation":
                self.tell("VoluntaryCancellationCorrected")
            else:
                self._correct_obligation(number, of, step, change)

    def _correct_obligation(self, number: str, of: Registered, step: Step, change: int) -> None:
        owed = self.owed[of.credit_code]
        was = self.complete_before[number] = owed.completed
        undone = step.line.corrects.rpartition("/")[0]
        taken = -sum(one[3] for one in self.record_corrections if one[0] == undone)
        before = self.complete_before.get(undone) if change == taken else None
        if step.line.product.startswith("OFFSET-"):
            owed.offset += change
        else:
            owed.surrendered += change
        owed.completed = None
        self.tell("SurrenderCorrected")
        self.tell("ComplianceCertificateWithdrawn", int(was is not None))
        if owed.covered >= owed.owed:
            owed.complete(was or before or self.now)
            self.tell("ComplianceCertificateIssued")

    def used_credits(self) -> Counter[tuple[str, int]]:
        """How often each credit is used: once, or not."""
        used = Counter(
            (product, serial)
            for one in self.applications.values()
            if one.status == "registered"
            for product, _, serials in one.lines
            for serial in serials or ()
        )
        for _, _, product, change, serials in self.record_corrections:
            for serial in serials:
                used[product, serial] += 1 if change > 0 else -1
        return used

    def correction_book(self) -> list[tuple[object, ...]]:
        """The rows of the book of what corrections did."""
        return [
            (
                number,
                1,
                of.kind,
                of.number,
                of.line_no,
                of.credit_code,
                PERIOD * bool(of.credit_code),
                product,
                change,
            )
            for number, of, product, change, _ in self.record_corrections
        ]
