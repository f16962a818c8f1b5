"""The model of voluntary cancellation: REG-40 and REG-41."""

from datetime import timedelta

from model_corrections import CorrectionModel
from model_state import Cancellation, Outcome, accepted, is_allowance, refused, registered

CANCELLED = ("R-CANCELLED", "cancelled")


class CancellationModel(CorrectionModel):
    """Units that their holder gives up, by two people of the registration body who did not apply."""

    def apply_to_cancel(
        self, forms: list[tuple[str, str, str, int, list[int] | None]], person: str, *, is_staff: bool
    ) -> list[Outcome]:
        """Forms: account, holder, product, quantity and, where they are named, the serials."""
        ordinals = {
            form[0]: max(
                (
                    int(no.rpartition("-")[2])
                    for no, one in self.cancellations.items()
                    if one.account_no == form[0]
                ),
                default=0,
            )
            for form in forms
        }
        outcomes = []
        for account_no, holder, product, quantity, serials in forms:
            reason = self._refusal_of_form(account_no, holder, product, is_staff=is_staff)
            if reason:
                outcomes.append(refused(reason))
                continue
            # Within a request a number is passed over when its units are missing.
            ordinals[account_no] += 1
            number = f"VC-{account_no}-{ordinals[account_no]}"
            reason = self._refusal_of_serials(account_no, product, quantity, serials)
            if reason:
                outcomes.append(refused(reason))
                continue
            waiting = (account_no, "pending_cancellation")
            moved = self.units.move(product, quantity, registered(account_no), waiting, serials)
            self.cancellations[number] = Cancellation(account_no, product, moved, person)
            outcomes.append(accepted(number))
        return outcomes

    def _refusal_of_form(self, account_no: str, holder: str, product: str, *, is_staff: bool) -> str:
        if account_no not in self.accounts or self.accounts[account_no].credit_code != holder:
            return "ACCOUNT_NOT_FOUND"
        if not self.is_open_no(account_no):
            return self.not_open(account_no)
        if is_staff != (self.accounts[account_no].kind != "emitter"):
            return "SCOPE_FORBIDDEN"
        reason = self.refusal_of_command(account_no) or self.refusal_of_use(account_no, "cancellation")
        return reason or ("" if is_allowance(product) else "PRODUCT_NOT_CANCELLABLE")

    def _refusal_of_serials(
        self, account_no: str, product: str, quantity: int, serials: list[int] | None
    ) -> str:
        held = self.units.held(registered(account_no), product)
        if serials is not None and len(serials) != quantity:
            return "TRANSFER_INVALID"
        if quantity > len(held) - self.not_free(account_no, product):
            return "INSUFFICIENT_HOLDING"
        return "" if serials is None or set(serials) <= set(held) else "BLOCKS_NOT_HELD"

    def withdraw_cancellation(self, number: str, holder: str) -> Outcome:
        one = self.cancellations.get(number)
        if one is None or self.accounts[one.account_no].credit_code != holder:
            return refused("APPLICATION_NOT_FOUND")
        if one.status not in ("submitted", "checked"):
            return refused("APPLICATION_ALREADY_DECIDED")
        return self._give_back(number, "withdrawn")

    def check_cancellation(self, number: str, person: str, *, is_passed: bool) -> Outcome:
        one = self.cancellations.get(number)
        if one is None:
            return refused("APPLICATION_NOT_FOUND")
        if one.status != "submitted":
            return refused("APPLICATION_ALREADY_DECIDED")
        if one.applicant == person:
            return refused("SAME_PERSON")
        if not is_passed:
            return self._give_back(number, "refused")
        one.status, one.checker = "checked", person
        return accepted(number)

    def register_cancellation(self, number: str, person: str, *, is_passed: bool) -> Outcome:
        """Register a cancellation: certificates of a year are numbered without gaps."""
        one = self.cancellations.get(number)
        if one is None:
            return refused("APPLICATION_NOT_FOUND")
        if one.status not in ("submitted", "checked"):
            return refused("APPLICATION_ALREADY_DECIDED")
        if one.status == "submitted":
            return refused("CANCELLATION_NOT_CHECKED")
        if person in (one.checker, one.applicant):
            return refused("SAME_PERSON")
        if not is_passed:
            return self._give_back(number, "refused")
        self._move(number, CANCELLED)
        year = (self.now + timedelta(hours=8)).year
        last = sum(other.certificate.startswith(f"VC-{year}-") for other in self.cancellations.values())
        one.status, one.certificate = "registered", f"VC-{year}-{last + 1:06d}"
        self.tell("VoluntaryCancellationRegistered")
        return accepted(one.certificate)

    def _give_back(self, number: str, status: str) -> Outcome:
        self._move(number, registered(self.cancellations[number].account_no))
        self.cancellations[number].status = status
        return accepted(number)

    def _move(self, number: str, destination: tuple[str, str]) -> None:
        one = self.cancellations[number]
        source = (one.account_no, "pending_cancellation")
        moved = self.units.move(one.product, len(one.serials), source, destination, one.serials)
        if destination == CANCELLED:
            self.keep_cancellation(number, one.product, moved, source)
