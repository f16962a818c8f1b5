"""Rules of surrender beside the common course: withdrawals, help of others, and changed obligations."""

from ets.registry.v1 import registry_surrender_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machine_base import ABROAD, HOME, MachineBase, amount, amounts, indexes, mostly, people, rarely, who
from model_state import CEA, PERIOD, account_of
from registry_messages import code

products = st.sampled_from([CEA, CEA, CEA, CEA, "OFFSET-WIND1-2015"])


class HelpRules(MachineBase):
    """Applications taken back, allowances of others, and what is owed instead."""

    @rule(index=indexes, is_other=rarely)
    def withdraw_surrender(self, index: int, *, is_other: bool) -> None:
        self.tick()
        number = self._application(index, ("submitted", "offered"))
        known = self.model.applications.get(number)
        whose = known.helper or known.credit_code if known is not None else code(1)
        credit_code = code(5) if is_other else whose
        withdrawal = pb.SurrenderWithdrawal(credit_code=credit_code, application_no=number)
        request = pb.WithdrawSurrenderApplicationsRequest(withdrawals=[withdrawal])
        self.send(
            "WithdrawSurrenderApplications", request, [self.model.withdraw(credit_code, number)], by="agents"
        )

    @rule(helper=who, entity=who, product=products, much=amounts, is_other=rarely)
    def offer_help(self, helper: int, entity: int, product: str, much: str, *, is_other: bool) -> None:
        self.tick()
        account_no = account_of(code(2 if is_other else helper))
        owed = self.model.owed.get(code(entity))
        held = self.model.free(code(helper), product)
        quantity = amount(min(held, self.model.room(code(entity))) if owed else held, much)
        offer = pb.SurrenderHelpOffer(
            credit_code=code(helper),
            account_no=account_no,
            entity_credit_code=code(entity),
            period=PERIOD,
            lines=[types_pb.SurrenderLine(product=product, quantity_tco2e=quantity)],
        )
        expected = self.model.offer_help(code(helper), account_no, code(entity), [(product, quantity)])
        request = pb.OfferSurrenderHelpRequest(offers=[offer])
        self.send("OfferSurrenderHelp", request, [expected], by="agents")

    @rule(index=indexes, is_consented=mostly, is_other=rarely)
    def answer_help(self, index: int, *, is_consented: bool, is_other: bool) -> None:
        self.tick()
        number = self._application(index, ("offered",))
        known = self.model.applications.get(number)
        credit_code = code(5) if is_other or known is None else known.credit_code
        answer = pb.SurrenderHelpAnswer(
            credit_code=credit_code, application_no=number, is_consented=is_consented
        )
        expected = [self.model.answer_help(credit_code, number, is_consented=is_consented)]
        request = pb.AnswerSurrenderHelpRequest(answers=[answer])
        self.send("AnswerSurrenderHelp", request, expected, by="agents")

    @rule(number=who, after=st.sampled_from([60, 40, 100, 0, 150, 171]), person=people)
    def propose_change(self, number: int, after: int, person: str) -> None:
        self.tick()
        proposal = pb.ObligationChangeProposal(
            credit_code=code(number), period=PERIOD, obligation_tco2e=after, document_no="核1"
        )
        expected = [self.model.propose_change(code(number), after, person)]
        request = pb.InitiateObligationChangesRequest(changes=[proposal])
        self.send("InitiateObligationChanges", request, expected, by=person)

    @rule(index=indexes, person=people)
    def confirm_change(self, index: int, person: str) -> None:
        self.tick()
        changes = self.model.changes
        # Those first that can be confirmed.
        known = sorted(
            changes,
            key=lambda no: (
                changes[no].status != "initiated"
                or changes[no].before != self.model.owed[changes[no].credit_code].owed
            ),
        )
        number = known[index % len(known)] if known else "OC-none-1"
        request = pb.ConfirmObligationChangesRequest(change_nos=[number])
        expected = [self.model.confirm_change(number, person)]
        self.send("ConfirmObligationChanges", request, expected, by=person)

    @rule(number=who, much=amounts, province=st.sampled_from([HOME, HOME, HOME, ABROAD]), is_back=rarely)
    def deduct(self, number: int, much: str, province: str, *, is_back: bool) -> None:
        """Take what is unmet from the next allocation, or take that back."""
        self.tick()
        owed = self.model.owed.get(code(number))
        room = self.model.room(code(number)) if owed is not None else 0
        quantity = amount(max(room, 0), much)
        if is_back:
            quantity = -amount(owed.deducted if owed is not None else 0, much)
        deduction = pb.NonSurrenderDeduction(
            credit_code=code(number), period=PERIOD, quantity_tco2e=quantity, document_no="鲁1"
        )
        expected = [self.model.deduct(code(number), quantity, province)]
        request = pb.DecideNonSurrenderDeductionsRequest(province_code=province, deductions=[deduction])
        self.send("DecideNonSurrenderDeductions", request, expected, by="official")

    def _application(self, index: int, wanted: tuple[str, ...]) -> str:
        known = sorted(
            self.model.applications, key=lambda no: self.model.applications[no].status not in wanted
        )
        return known[index % len(known)] if known else "SA-none"
