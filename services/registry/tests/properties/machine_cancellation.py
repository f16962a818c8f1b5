"""Rules of voluntary cancellation."""

from ets.registry.v1 import registry_cancellation_service_pb2 as pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machine_base import MachineBase, amount, amounts, indexes, mostly, rarely, who
from model_state import CEA, account_of, registered
from registry_messages import code

PEOPLE = st.sampled_from(["first", "second", "third"])
# Which units are named: none, the highest that are held, one too few, or somebody else's.
NAMED = st.sampled_from(["", "", "", "highest", "few", "foreign"])

cancellable = st.sampled_from([CEA, CEA, CEA, CEA, "OFFSET-WIND1-2015"])


class CancellationRules(MachineBase):
    """Applications to cancel, their withdrawal, and the two people who decide on them."""

    @rule(
        forms=st.lists(st.tuples(who, cancellable, amounts, NAMED, rarely), min_size=1, max_size=2),
        is_staff=rarely,
    )
    def apply_to_cancel(self, forms: list[tuple[int, str, str, str, bool]], *, is_staff: bool) -> None:
        self.tick()
        wanted, messages = [], []
        for number, product, much, named, is_other in forms:
            account_no, holder = account_of(code(number)), code(2 if is_other else number)
            held = self.model.units.held(registered(account_no), product)
            quantity = amount(len(held), much)
            serials = self._named(product, held, quantity, named)
            wanted.append((account_no, holder, product, quantity, serials))
            messages.append(
                pb.CancellationForm(
                    account_no=account_no,
                    credit_code=holder,
                    product=product,
                    quantity_tco2e=quantity,
                    serials=[pb.SerialSpan(serial_start=one, serial_end=one) for one in serials or ()],
                    purpose=pb.CANCELLATION_PURPOSE_PUBLIC_GOOD,
                )
            )
        person = "first" if is_staff else "agents"
        expected = self.model.apply_to_cancel(wanted, person, is_staff=is_staff)
        request = pb.SubmitCancellationApplicationsRequest(applications=messages)
        self.send("SubmitCancellationApplications", request, expected, by=person)

    def _named(self, product: str, held: list[int], quantity: int, named: str) -> list[int] | None:
        if not named or quantity > len(held):
            return None
        if named == "foreign":
            others = [serial for serial in self.model.units.owner.get(product, {}) if serial not in held]
            return sorted(others[:quantity]) if len(others) >= quantity else None
        return held[-quantity:][: quantity - int(named == "few")] or None

    @rule(index=indexes, is_other=rarely)
    def withdraw_cancellation(self, index: int, *, is_other: bool) -> None:
        self.tick()
        number = self._cancellation(index, ("submitted", "checked"))
        known = self.model.cancellations.get(number)
        holder = code(3) if is_other or known is None else self.model.accounts[known.account_no].credit_code
        request = pb.WithdrawCancellationApplicationsRequest(
            withdrawals=[pb.CancellationWithdrawal(application_no=number, credit_code=holder)]
        )
        expected = [self.model.withdraw_cancellation(number, holder)]
        self.send("WithdrawCancellationApplications", request, expected, by="agents")

    @rule(index=indexes, person=PEOPLE, is_passed=mostly)
    def check_cancellation(self, index: int, person: str, *, is_passed: bool) -> None:
        self.tick()
        number = self._cancellation(index, ("submitted",))
        decision = pb.CancellationDecision(application_no=number, is_passed=is_passed)
        request = pb.CheckCancellationApplicationsRequest(decisions=[decision])
        expected = [self.model.check_cancellation(number, person, is_passed=is_passed)]
        self.send("CheckCancellationApplications", request, expected, by=person)

    @rule(index=indexes, person=PEOPLE, is_passed=mostly)
    def register_cancellation(self, index: int, person: str, *, is_passed: bool) -> None:
        self.tick()
        number = self._cancellation(index, ("checked",))
        decision = pb.CancellationDecision(application_no=number, is_passed=is_passed)
        request = pb.RegisterCancellationsRequest(decisions=[decision])
        expected = [self.model.register_cancellation(number, person, is_passed=is_passed)]
        self.send("RegisterCancellations", request, expected, by=person)

    def _cancellation(self, index: int, wanted: tuple[str, ...]) -> str:
        """An application, those first that stand as is wanted."""
        known = sorted(
            self.model.cancellations, key=lambda no: self.model.cancellations[no].status not in wanted
        )
        return known[index % len(known)] if known else "VC-none-1"
