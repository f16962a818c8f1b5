"""The model of accounts: REG-1, REG-20 to REG-28, without operators."""

from model_registrations import Registration
from model_state import (
    Account,
    Instruction,
    Outcome,
    Paper,
    State,
    accepted,
    account_of,
    province_account,
    refused,
)

USES = ("transfer_to_trading", "surrender", "cancellation", "carry_over", "receipt")
SYSTEM = ("R-SURRENDERED", "R-RECOVERED", "R-CANCELLED", "R-CARRIED-OVER")
WAITING = ("submitted", "first_reviewed")


class AccountModel(State):
    """Openings, changes, closings, and restrictions of use."""

    def list_entity(self, credit_code: str, name: str, province_code: str) -> None:
        self.roster[credit_code] = (name, province_code)

    def open_account(self, kind: str, province_code: str) -> Outcome:
        """The registration body opens the accounts of authorities."""
        number = {"national": "R-NATIONAL", "provincial": province_account(province_code)}.get(kind)
        if number is None:
            return refused("ACCOUNT_KIND_WRONG")
        if number in self.accounts:
            return refused("ACCOUNT_OPEN_ALREADY")
        account = Account(kind, "", "" if kind == "national" else province_code)
        account.step("opened", set())
        self.accounts[number] = account
        self.tell("AccountOpened")
        return accepted(number)

    def apply_for_account(self, credit_code: str, name: str, province_code: str) -> Outcome:
        """An entity applies for its account."""
        number = account_of(credit_code)
        reason = self._refusal_of_holder(credit_code, name, province_code)
        if reason or self.is_open(credit_code):
            return refused(reason or "ACCOUNT_OPEN_ALREADY")
        if self._waiting(number, "opening"):
            return refused("ACCOUNT_APPLICATION_PENDING")
        self.accounts.setdefault(number, Account("emitter", credit_code, province_code, "applied", 0))
        return self._submit(Paper(number, "opening", name=name, province_code=province_code))

    def apply_for_change(
        self,
        account_no: str,
        kind: str,
        registered: tuple[tuple[str, bool, bool], ...] = (),
        removed: tuple[str, ...] = (),
    ) -> Outcome:
        """Ask for another contact, for other operators, or for the closing of an account."""
        if account_no in SYSTEM:
            return refused("SYSTEM_ACCOUNT")
        if not self.is_open_no(account_no):
            return refused(self.not_open(account_no))
        if kind == "operators" and not registered and not removed:
            return refused("CHANGE_EMPTY")
        paper = Paper(account_no, kind, registered=registered, removed=removed)
        reason = self._refusal_of_operators(paper)
        if reason or self._waiting(account_no, kind):
            return refused(reason or "ACCOUNT_APPLICATION_PENDING")
        return self._submit(paper)

    def _refusal_of_holder(self, credit_code: str, name: str, province_code: str) -> str:
        listed = self.roster.get(credit_code)
        if listed is None:
            return "ENTITY_NOT_LISTED"
        if listed[0] != name:
            return "NAME_MISMATCH"
        return "" if listed[1] == province_code else "PROVINCE_MISMATCH"

    def _waiting(self, account_no: str, kind: str) -> bool:
        return any(
            one.account_no == account_no and one.kind == kind and one.status in WAITING
            for one in self.papers.values()
        )

    def _submit(self, paper: Paper) -> Outcome:
        ordinal = 1 + sum(one.account_no == paper.account_no for one in self.papers.values())
        number = f"AA-{paper.account_no}-{ordinal}"
        self.papers[number] = paper
        return accepted(number)

    def review_first(self, number: str, person: str, *, is_passed: bool) -> Outcome:
        paper = self.papers.get(number)
        if paper is None:
            return refused("APPLICATION_NOT_FOUND")
        if paper.status != "submitted":
            return refused("REVIEW_OUT_OF_ORDER")
        paper.status = "first_reviewed" if is_passed else "refused"
        paper.first_reviewer = person
        return accepted(number)

    def review_second(self, number: str, person: str, *, is_passed: bool) -> Outcome:
        """What passes is carried out; what cannot be still waits."""
        paper = self.papers.get(number)
        if paper is None:
            return refused("APPLICATION_NOT_FOUND")
        if paper.status != "first_reviewed":
            return refused("REVIEW_OUT_OF_ORDER")
        if paper.first_reviewer == person:
            return refused("SAME_PERSON")
        reason = self._carry_out(paper) if is_passed else ""
        if reason:
            return refused(reason)
        paper.status = "passed" if is_passed else "refused"
        return accepted(number)

    def _carry_out(self, paper: Paper) -> str:
        account = self.accounts[paper.account_no]
        if paper.kind == "opening":
            reason = "ACCOUNT_OPEN_ALREADY" if account.status == "open" else ""
            reason = reason or self._refusal_of_holder(account.credit_code, paper.name, paper.province_code)
            return reason or self._stand(account, paper, "opened", "AccountOpened")
        if account.status != "open":
            return "ACCOUNT_CLOSED"
        if paper.kind == "information":
            # An emitter's name and province are the roster's, also when only its contact changes.
            name = self.names[paper.account_no] if account.kind == "emitter" else ""
            reason = (
                self._refusal_of_holder(account.credit_code, name, account.province_code)
                if account.kind == "emitter"
                else ""
            )
            return reason or self._stand(account, paper, "information", "AccountInformationChanged")
        if paper.kind == "operators":
            return self._change_operators(paper) or self._stand(account, paper, "operators", "")
        return self._refusal_of_closing(paper.account_no, account) or self._stand(
            account, paper, "closed", "AccountClosed"
        )

    def _stand(self, account: Account, paper: Paper, change: str, message: str) -> str:
        account.version += 1
        if change == "opened":
            account.status, account.province_code = "open", paper.province_code
            self.names[paper.account_no] = paper.name
        elif change == "closed":
            account.status = "closed"
            self.operators.pop(paper.account_no, None)
        account.step(change, self.stopped(paper.account_no))
        if message:
            self.tell(message)
        return ""

    def _after(self, paper: Paper) -> dict[str, tuple[bool, bool]]:
        after = dict(self.operators.get(paper.account_no, {}))
        for subject in paper.removed:
            after.pop(subject, None)
        return after | {subject: (first, second) for subject, first, second in paper.registered}

    def _refusal_of_operators(self, paper: Paper) -> str:
        if any(subject not in self.operators.get(paper.account_no, {}) for subject in paper.removed):
            return "OPERATOR_NOT_FOUND"
        after = self._after(paper)
        pairs = [(one, other) for one in after for other in after if after[one][0] and after[other][1]]
        return "" if not after or any(one != other for one, other in pairs) else "OPERATORS_INCOMPLETE"

    def _change_operators(self, paper: Paper) -> str:
        reason = self._refusal_of_operators(paper)
        waits = any(
            one.account_no == paper.account_no and one.status == "initiated"
            for one in self.instructions.values()
        )
        after = self._after(paper)
        if reason or (waits and not after):
            return reason or "ACCOUNT_BUSY"
        self.operators[paper.account_no] = after
        return ""

    def initiate_instruction(
        self, credit_code: str, command: tuple[str, tuple[object, ...]], person: str
    ) -> Outcome:
        """An operator initiates a command of an account that has somebody who confirms."""
        account_no = account_of(credit_code)
        if not self.is_open_no(account_no):
            return refused(self.not_open(account_no))
        if not self.refusal_of_command(account_no):
            return refused("CONFIRMATION_NOT_NEEDED")
        if not self.operators[account_no].get(person, (False, False))[0]:
            return refused("OPERATOR_DUTY_MISSING")
        ordinal = 1 + sum(one.account_no == account_no for one in self.instructions.values())
        number = f"IN-{account_no}-{ordinal}"
        self.instructions[number] = Instruction(account_no, command, person)
        return accepted(number)

    def confirm_instruction(self, credit_code: str, number: str, person: str) -> Outcome:
        """Another operator confirms: the command is carried out at once, or still waits."""
        reason = self._refusal_of_instruction(credit_code, number, person)
        if reason:
            return refused(reason)
        one = self.instructions[number]
        self.is_confirmed = True
        method, arguments = one.command
        outcome: Outcome = getattr(self, method)(*arguments)
        self.is_confirmed = False
        if not outcome[0]:
            one.status = "carried_out"
        return outcome

    def reject_instruction(self, credit_code: str, number: str, person: str) -> Outcome:
        reason = self._refusal_of_instruction(credit_code, number, person)
        if reason:
            return refused(reason)
        self.instructions[number].status = "rejected"
        return accepted(number)

    def _refusal_of_instruction(self, credit_code: str, number: str, person: str) -> str:
        one = self.instructions.get(number)
        if one is None or one.account_no != account_of(credit_code):
            return "INSTRUCTION_NOT_FOUND"
        if not self.is_open(credit_code):
            return self.not_open(one.account_no)
        if one.status != "initiated":
            return "INSTRUCTION_DECIDED_ALREADY"
        if one.initiator == person:
            return "SAME_PERSON"
        return (
            ""
            if self.operators.get(one.account_no, {}).get(person, (False, False))[1]
            else "OPERATOR_DUTY_MISSING"
        )

    def _refusal_of_closing(self, account_no: str, account: Account) -> str:
        if account.kind != "emitter":
            return "ACCOUNT_KIND_WRONG"
        if any(place[0] == account_no for owners in self.units.owner.values() for place in owners.values()):
            return "ACCOUNT_NOT_EMPTY"
        return "ACCOUNT_BUSY" if self.is_busy(account_no, account.credit_code) else ""

    def is_busy(self, account_no: str, credit_code: str) -> bool:
        """Whether anything of an account is pending, beside its closing."""
        owed = self.owed.get(credit_code)
        return (
            any(
                one.account_no == account_no and one.kind != "closing" and one.status in WAITING
                for one in self.papers.values()
            )
            or any(
                one.account_no == account_no and one.status == "initiated"
                for one in self.instructions.values()
            )
            or any(
                one.status in ("filed", "initiated") and account_no in one.touched
                for one in self.registrations.values()
            )
            or any(
                one.credit_code == credit_code and one.status in ("submitted", "confirmed")
                for one in self.applications.values()
            )
            or (owed is not None and owed.completed is None)
            or any(left for _, left in self.deductions.get(credit_code, [])[-1:])
            or any(
                row.credit_code == credit_code and not row.reason and not row.is_credited
                for one in self.handovers.values()
                for row in one.rows
            )
        )

    def restrict(self, account_no: str, uses: frozenset[str], province_code: str) -> Outcome:
        reason = self._refusal_of_order(account_no, province_code)
        if reason:
            return refused(reason)
        ordinal = 1 + sum(one[0] == account_no for one in self.restrictions.values())
        number = f"AR-{account_no}-{ordinal}"
        self.restrictions[number] = (account_no, uses or frozenset(USES), False)
        self.imposing[number] = province_code
        self._restricted(account_no, "restricted", "AccountRestricted")
        return accepted(number)

    def lift(self, number: str, province_code: str) -> Outcome:
        known = self.restrictions.get(number)
        if known is None:
            return refused("RESTRICTION_NOT_FOUND")
        account_no, uses, is_lifted = known
        if province_code not in ("", self.accounts[account_no].province_code):
            return refused("RESTRICTION_NOT_FOUND")
        if province_code not in ("", self.imposing[number]):
            return refused("SCOPE_FORBIDDEN")
        if is_lifted:
            return refused("RESTRICTION_LIFTED_ALREADY")
        self.restrictions[number] = (account_no, uses, True)
        self._restricted(account_no, "restriction_lifted", "RestrictionLifted")
        return accepted(number)

    def _refusal_of_order(self, account_no: str, province_code: str) -> str:
        if account_no in SYSTEM:
            return "SYSTEM_ACCOUNT"
        if not self.is_open_no(account_no):
            return self.not_open(account_no)
        own = province_code in ("", self.accounts[account_no].province_code)
        return "" if own else "PROVINCE_MISMATCH"

    def _restricted(self, account_no: str, change: str, message: str) -> None:
        account = self.accounts[account_no]
        account.version += 1
        account.step(change, self.stopped(account_no))
        self.tell(message)

    @property
    def registrations(self) -> dict[str, Registration]:
        return self.__dict__.setdefault("_registrations", {})

    @property
    def imposing(self) -> dict[str, str]:
        """By restriction the province that imposed it."""
        return self.__dict__.setdefault("_imposing", {})

    @property
    def names(self) -> dict[str, str]:
        return self.__dict__.setdefault("_names", {})
