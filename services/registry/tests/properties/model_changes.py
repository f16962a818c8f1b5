"""The model of change registrations: REG-30 to REG-35."""

from copy import deepcopy
from dataclasses import astuple, replace

from model_corrections import RECOVERED, USED_UP, CorrectionModel
from model_registrations import Freeze, Line, Refused, Registration, Step
from model_state import PERIOD, Outcome, Place, accepted, is_allowance, refused, registered

NATIONAL = "R-NATIONAL"
SYSTEM = (RECOVERED[0], *(account_no for account_no, _ in USED_UP))
HOLDERS = ("emitter",)
# Sorted as the kinds are named in the contract; provinces file the last two.
FILED = ("merger", "split")
# Buckets whose units come free first by a return, an answer or a decision.
IN_PROCESS = ("trading", "in_transit", "pending_surrender", "pending_cancellation", "pending_carry_over")


class ChangeModel(CorrectionModel):
    """What the registration body does to holdings by two people, on a document."""

    @property
    def registrations(self) -> dict[str, Registration]:
        return self.__dict__.setdefault("_registrations", {})

    @property
    def freezes(self) -> dict[str, Freeze]:
        return self.__dict__.setdefault("_freezes", {})

    def propose(self, change: Registration, person: str, province_code: str = "") -> Outcome:
        """Register a change that could be carried out now."""
        if change.kind in FILED:
            known = self.accounts.get(change.account_no)
            if not self.is_open_no(change.account_no):
                return refused(self.not_open(change.account_no))
            if known is not None and known.province_code != province_code:
                return refused("PROVINCE_MISMATCH")
        number = f"CR-{len(self.registrations) + 1:06d}"
        try:
            steps = self._tried(change)
        except Refused as refusal:
            return refused(str(refusal))
        # The lines of a merger are settled when it is carried out.
        change.lines = [] if change.kind == "merger" else [step.line for step in steps]
        if change.kind in FILED:
            change.status = "filed"
        else:
            change.status, change.initiated_by = "initiated", person
        self.registrations[number] = change
        return accepted(number)

    def take_up(self, number: str, person: str) -> Outcome:
        change = self.registrations.get(number)
        if change is None:
            return refused("CHANGE_NOT_FOUND")
        if change.status in ("confirmed", "rejected"):
            return refused("CHANGE_ALREADY_DECIDED")
        try:
            self._tried(change)
        except Refused as refusal:
            return refused(str(refusal))
        if change.status == "filed":
            change.status, change.initiated_by = "initiated", person
        return accepted(number)

    def reject(self, number: str) -> Outcome:
        change = self.registrations.get(number)
        if change is None:
            return refused("CHANGE_NOT_FOUND")
        if change.status in ("confirmed", "rejected"):
            return refused("CHANGE_ALREADY_DECIDED")
        change.status = "rejected"
        return accepted(number)

    def confirm_registration(self, number: str, person: str) -> Outcome:
        """Carry a registration out, whole or not at all."""
        change = self.registrations.get(number)
        if change is None:
            return refused("CHANGE_NOT_FOUND")
        if change.status in ("confirmed", "rejected"):
            return refused("CHANGE_ALREADY_DECIDED")
        if change.status == "filed":
            return refused("CHANGE_NOT_INITIATED")
        if change.initiated_by == person:
            return refused("SAME_PERSON")
        try:
            steps = self._tried(change)
        except Refused as refusal:
            return refused(str(refusal))
        before = self.units.holdings()
        for line_no, step in enumerate(steps, start=1):
            self._move_step(number, line_no, change.kind, step)
        self.correct_records(number, steps)
        if change.kind == "merger":
            self._succeed(change, number)
        change.lines = [step.line for step in steps]
        change.status, change.confirmed_by = "confirmed", person
        after = self.units.holdings()
        changed = {
            place[0] for place in before.keys() | after.keys() if before.get(place) != after.get(place)
        }
        told = {one for one in changed if one.startswith("R-") and one not in SYSTEM}
        if change.survivor:
            told |= {change.account_no, change.survivor}
        self.tell("HoldingsChanged", len(told))
        return accepted(number)

    def _move_step(self, number: str, line_no: int, kind: str, step: Step) -> None:
        line = step.line
        if step.source is None:
            self.units.issue(line.product, line.quantity, step.target, number)
            self.entries[f"{number}/{line_no}"] = (kind, line.product, [], step.target, step.target)
            return
        moved = self.units.move(line.product, line.quantity, step.source, step.target, step.serials)
        self.entries[f"{number}/{line_no}"] = (kind, line.product, moved, step.source, step.target)
        if line.corrects:
            self.corrections.append((f"{number}/{line_no}", line.corrects, line.quantity))
        if kind == "freeze":
            self.freezes[f"{number}/{line_no}"] = Freeze(line.source, line.product, line.quantity, moved)
        elif line.freeze_no and step.target[1] == "judicially_frozen":
            self.freezes[line.freeze_no].account_no = line.target
        elif line.freeze_no:
            freeze = self.freezes[line.freeze_no]
            freeze.serials = [serial for serial in freeze.serials if serial not in moved]

    def _succeed(self, change: Registration, number: str) -> None:
        """Who survives owes what the absorbed entity owes, met or not, its own and what it had taken over."""
        absorbed = self.accounts[change.account_no].credit_code
        self.mergers.append((number, absorbed, self.accounts[change.survivor].credit_code))
        owing = {credit_code: successor for credit_code, _, successor, _ in self.successions}
        for credit_code in sorted(
            {absorbed} | {one for one, successor in owing.items() if successor == absorbed}
        ):
            owed = self.owed.get(credit_code)
            if owed is not None:
                survivor = self.accounts[change.survivor].credit_code
                self.successions.append((credit_code, number, survivor, owed.unmet))

    def _tried(self, change: Registration) -> list[Step]:
        """The steps of a change that could be carried out now."""
        steps = getattr(self, f"_{change.kind}")(change)
        self._check_held_for_others(steps)
        self.check_fits(steps)
        trial = deepcopy(self.units)
        for step in steps:
            line = step.line
            if step.source is None:
                continue
            held = trial.held(step.source, line.product)
            if line.quantity > len(held):
                raise Refused("INSUFFICIENT_HOLDING")
            if step.serials is not None and not set(step.serials) <= set(held):
                raise Refused("BLOCKS_NOT_HELD")
            trial.move(line.product, line.quantity, step.source, step.target, step.serials)
        return steps

    def _check_held_for_others(self, steps: list[Step]) -> None:
        wanted: dict[tuple[Place, str], int] = {}
        for step in steps:
            if step.source is not None:
                key = (step.source, step.line.product)
                wanted[key] = wanted.get(key, 0) + step.line.quantity
        for (place, product), quantity in wanted.items():
            kept = self.not_free(place[0], product)
            if kept and quantity > self.units.count(place, product) - kept:
                raise Refused("INSUFFICIENT_HOLDING")

    def _giver(self, account_no: str, kinds: tuple[str, ...] = HOLDERS) -> str:
        if not self.is_open_no(account_no):
            raise Refused(self.not_open(account_no))
        if kinds and self.accounts[account_no].kind not in kinds:
            raise Refused("ACCOUNT_NOT_ELIGIBLE")
        return account_no

    def _receiver(self, account_no: str, kinds: tuple[str, ...] = HOLDERS) -> str:
        self._giver(account_no, kinds)
        if self.refusal_of_use(account_no, "receipt"):
            raise Refused("ACCOUNT_RESTRICTED")
        return account_no

    def _check_different(self, source: str, target: str) -> None:
        if source == target:
            raise Refused("TRANSFER_INVALID")

    def _check_products(self, lines: list[Line]) -> None:
        if any(not is_allowance(line.product) for line in lines if not line.freeze_no):
            raise Refused("PRODUCT_NOT_TRANSFERABLE")

    def _check_registered(self, change: Registration) -> None:
        wanted: dict[tuple[str, str], int] = {}
        for line in change.lines:
            if not line.freeze_no:
                key = (line.source or change.account_no, line.product)
                wanted[key] = wanted.get(key, 0) + line.quantity
        for (account_no, product), quantity in wanted.items():
            free = self.units.count(registered(account_no), product)
            elsewhere = sum(self.units.count((account_no, bucket), product) for bucket in IN_PROCESS)
            if free < quantity <= free + elsewhere:
                raise Refused("HOLDINGS_IN_PROCESS")

    def _freeze(self, change: Registration) -> list[Step]:
        account_no = self._giver(change.account_no)
        self._check_products(change.lines)
        self._check_registered(change)
        frozen = (account_no, "judicially_frozen")
        lines = [replace(line, source=account_no, target=account_no) for line in change.lines]
        return [Step(line, registered(account_no), frozen, _named(line)) for line in lines]

    def _release(self, change: Registration) -> list[Step]:
        steps = []
        taken: dict[str, list[int]] = {}
        for line in change.lines:
            done, serials = self._out_of_freeze(line, taken)
            done = replace(done, target=done.source)
            steps.append(Step(done, (done.source, "judicially_frozen"), registered(done.source), serials))
        return steps

    def _judicial_transfer(self, change: Registration) -> list[Step]:
        steps = []
        taken: dict[str, list[int]] = {}
        for line in change.lines:
            target = self._receiver(line.target)
            if line.freeze_no:
                done, serials = self._out_of_freeze(line, taken)
                source = (done.source, "judicially_frozen")
            else:
                done, serials, source = line, _named(line), registered(self._giver(line.source))
            self._check_different(source[0], target)
            steps.append(Step(done, source, registered(target), serials))
        self._check_products(change.lines)
        self._check_registered(change)
        return steps

    def _merger(self, change: Registration) -> list[Step]:
        absorbed, survivor = self._giver(change.account_no), self._receiver(change.survivor)
        self._check_different(absorbed, survivor)
        steps = []
        for (account_no, product, bucket), held in sorted(self.units.holdings().items()):
            if account_no != absorbed:
                continue
            if bucket in IN_PROCESS:
                raise Refused("HOLDINGS_IN_PROCESS")
            if not is_allowance(product):
                raise Refused("PRODUCT_NOT_TRANSFERABLE")
            if bucket == "registered":
                line = Line(absorbed, survivor, product, held)
                steps.append(Step(line, registered(absorbed), registered(survivor)))
        for number, freeze in sorted(self.freezes.items()):
            if freeze.account_no == absorbed and freeze.serials:
                line = Line(absorbed, survivor, freeze.product, len(freeze.serials), freeze_no=number)
                places = [(one, "judicially_frozen") for one in (absorbed, survivor)]
                steps.append(Step(line, places[0], places[1], list(freeze.serials)))
        return steps

    def _split(self, change: Registration) -> list[Step]:
        divided = self._giver(change.account_no)
        steps = []
        for line in change.lines:
            target = self._receiver(line.target)
            self._check_different(divided, target)
            done = replace(line, source=divided)
            steps.append(Step(done, registered(divided), registered(target), _named(line)))
        self._check_products(change.lines)
        self._check_registered(change)
        return steps

    def _recovery(self, change: Registration) -> list[Step]:
        account_no = self._giver(change.account_no, ())
        if any(not line.product.startswith(("CEA-", "OFFSET-", "BORROWED-")) for line in change.lines):
            raise Refused("PRODUCT_NOT_TRANSFERABLE")
        self._check_registered(change)
        lines = [replace(line, source=account_no, target=RECOVERED[0]) for line in change.lines]
        return [Step(line, registered(account_no), RECOVERED, _named(line)) for line in lines]

    def _reserve(self, change: Registration) -> list[Step]:
        self._giver(NATIONAL, ())
        self._check_products(change.lines)
        lines = [replace(line, target=NATIONAL) for line in change.lines]
        return [Step(line, None, registered(NATIONAL)) for line in lines]

    def _reserve_release(self, change: Registration) -> list[Step]:
        self._giver(NATIONAL, ())
        steps = []
        for line in change.lines:
            target = self._receiver(line.target, ("provincial", "emitter"))
            done = replace(line, source=NATIONAL)
            steps.append(Step(done, registered(NATIONAL), registered(target), _named(line)))
        self._check_products(change.lines)
        return steps

    def _out_of_freeze(self, line: Line, taken: dict[str, list[int]]) -> tuple[Line, list[int]]:
        """Units of a freeze: the block named, the lowest so many, or all that it holds."""
        freeze = self.freezes.get(line.freeze_no)
        if freeze is None or line.source not in ("", freeze.account_no):
            raise Refused("FREEZE_NOT_FOUND")
        gone = taken.setdefault(line.freeze_no, [])
        left = [serial for serial in freeze.serials if serial not in gone]
        named = _named(line)
        quantity = line.quantity or len(left)
        if named is not None and not set(named) <= set(left):
            raise Refused("FREEZE_EXCEEDED")
        if named is None and not 0 < quantity <= len(left):
            raise Refused("FREEZE_EXCEEDED")
        serials = named or left[:quantity]
        gone += serials
        return replace(line, source=freeze.account_no, product=freeze.product, quantity=len(serials)), serials

    def change_books(self) -> dict[str, list[tuple[object, ...]]]:
        """The rows of the books about change registrations."""
        rows = []
        for number, one in self.registrations.items():
            head = (one.kind, one.status, one.initiated_by, one.confirmed_by)
            rows += [
                (number, no, *head, *astuple(line)[:4], line.freeze_no, line.corrects)
                for no, line in enumerate(one.lines or [Line()], start=1 if one.lines else 0)
            ]
        return {
            "change_registrations": rows,
            "record_corrections": self.correction_book(),
            "judicial_freezes": [
                (number, one.account_no, one.product, one.frozen, len(one.serials), len(one.serials))
                for number, one in self.freezes.items()
            ],
            "obligation_successions": [
                (
                    credit_code,
                    PERIOD,
                    *rest,
                    [one for one, *_ in self.successions[: place + 1]].count(credit_code),
                )
                for place, (credit_code, *rest) in enumerate(self.successions)
            ],
            "mergers": [(place, *merger) for place, merger in enumerate(self.mergers, start=1)],
        }


def _named(line: Line) -> list[int] | None:
    return None if line.block is None else list(range(line.block[0], line.block[1] + 1))
