"""Rules of operators and of instructions that a second one confirms."""

from ets.registry.v1 import registry_accounts_service_pb2 as pb
from ets.registry.v1 import registry_service_pb2
from ets.registry.v1 import registry_types_pb2 as types_pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machine_accounts import PAPERS
from machine_base import MachineBase, amount, amounts, indexes, mostly, rarely
from model_state import CEA, PERIOD, account_of
from registry_messages import code

# Accounts of these get operators: the others go on without.
holders = st.sampled_from([2, 2, 2, 3])
operators = st.sampled_from(["alice", "bob"])


class InstructionRules(MachineBase):
    """Who acts for a holder, and commands that wait for a second person."""

    @rule(number=holders, is_removal=rarely)
    def apply_for_operators(self, number: int, *, is_removal: bool) -> None:
        """One initiates and both confirm, or nobody acts any more."""
        self.tick()
        registered = () if is_removal else (("alice", True, True), ("bob", False, True))
        removed = ("alice", "bob") if is_removal else ()
        form = pb.AccountChangeForm(account_no=account_of(code(number)), papers=PAPERS)
        form.operators.CopyFrom(
            types_pb.OperatorChange(
                registered=[
                    types_pb.OperatorDuties(subject=subject, is_initiator=initiates, is_confirmer=confirms)
                    for subject, initiates, confirms in registered
                ],
                removed_subjects=removed,
            )
        )
        expected = self.model.apply_for_change(account_of(code(number)), "operators", registered, removed)
        request = pb.ApplyForAccountChangesRequest(applications=[form])
        self.send("ApplyForAccountChanges", request, [expected])

    @rule(number=holders, person=operators, much=amounts, is_surrender=rarely)
    def instruct(self, number: int, person: str, much: str, *, is_surrender: bool) -> None:
        self.tick()
        credit_code = code(number)
        quantity = amount(self.model.free(credit_code, CEA), much)
        form = pb.InstructionForm(credit_code=credit_code)
        if is_surrender:
            form.surrender_application.CopyFrom(
                registry_service_pb2.SurrenderForm(
                    credit_code=credit_code,
                    period=PERIOD,
                    lines=[types_pb.SurrenderLine(product=CEA, quantity_tco2e=quantity)],
                )
            )
            command = ("submit", (credit_code, PERIOD, [(CEA, quantity)]))
        else:
            form.transfer_to_trading.CopyFrom(
                registry_service_pb2.TradingTransfer(
                    credit_code=credit_code, product=CEA, quantity_tco2e=quantity
                )
            )
            command = ("transfer_one", (credit_code, CEA, quantity))
        expected = [self.model.initiate_instruction(credit_code, command, person)]
        request = pb.InitiateInstructionsRequest(instructions=[form])
        self.send("InitiateInstructions", request, expected, by=person)

    @rule(index=indexes, person=operators, is_confirmed=mostly)
    def decide_instruction(self, index: int, person: str, *, is_confirmed: bool) -> None:
        self.tick()
        known = sorted(
            self.model.instructions, key=lambda no: self.model.instructions[no].status != "initiated"
        )
        number = known[index % len(known)] if known else "IN-R-E-none-1"
        credit_code = self.model.instructions[number].account_no.removeprefix("R-E-") if known else code(1)
        if is_confirmed:
            request = pb.ConfirmInstructionsRequest(credit_code=credit_code, instruction_nos=[number])
            expected = [self.model.confirm_instruction(credit_code, number, person)]
            self.send("ConfirmInstructions", request, expected, by=person)
            return
        rejection = pb.RejectInstructionsRequest(credit_code=credit_code, instruction_nos=[number])
        expected = [self.model.reject_instruction(credit_code, number, person)]
        self.send("RejectInstructions", rejection, expected, by=person)
