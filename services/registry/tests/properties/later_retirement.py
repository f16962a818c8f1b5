"""Rules of carry-over: declarations, notices, applications, and the runs of their batches."""

from datetime import timedelta

from ets.registry.v1 import registry_carry_over_service_pb2 as pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from later_base import LaterBase
from later_carry_over import midnight_after
from later_state import NEW, Sold
from machine_base import amount, amounts, indexes, mostly, people, rarely
from model_state import account_of, registered
from registry_messages import code

HOLDERS = st.sampled_from([1, 2, 3, 4, 5])
DAYS = ("2026-03-19", "2026-03-20", "2026-06-09", "2026-06-10", "2026-12-31", "2026-12-31")
ONE_DAY = timedelta(days=1)

lines = st.lists(st.tuples(indexes, amounts, rarely), min_size=1, max_size=3)


class LaterRetirementRules(LaterBase):
    """Old vintages become as many units of 2025."""

    @rule(numbers=st.lists(HOLDERS, min_size=1, max_size=3), more=st.sampled_from([0, 0, 0, 0, 1]))
    def declare(self, numbers: list[int], more: int) -> None:
        """The trading system declares what it counted, or one more."""
        self.tick()
        declarations, expected = [], []
        for number in numbers:
            counted = self.model.counted_sales(code(number))
            sales = Sold(counted.sold + more, counted.bought)
            declarations.append(
                pb.NetSalesDeclaration(
                    credit_code=code(number), sold_tco2e=sales.sold, bought_tco2e=sales.bought
                )
            )
            expected.append(self.model.declare(code(number), sales))
        request = pb.DeclareNetSalesRequest(declarations=declarations)
        self.send("DeclareNetSales", request, expected, by="exchange")

    @rule(day=st.sampled_from(["2025-12-31", "2026-01-01", "2026-01-20", "2026-01-20"]))
    def run_notices(self, day: str) -> None:
        self.tick()
        request = pb.RunCarryOverNoticesRequest(business_date=day)
        if min(self.model.now, midnight_after(day) - ONE_DAY) < midnight_after("2025-12-31"):
            request.request_id = f"request-{self.number()}"
            assert self.registry.call("RunCarryOverNotices", request) == "TOO_EARLY"
            return
        answer = self.send_whole("RunCarryOverNotices", request)
        expected = self.model.run_notices()
        assert (answer.notice_count, answer.stopped_count, answer.allowed_tco2e) == expected
        self.seen["RunCarryOverNotices", "" if expected[0] else "NOTHING"] += 1

    @rule(number=HOLDERS, wanted=lines, is_within=st.sampled_from([True, True, False]))
    def carry_over(self, number: int, wanted: list[tuple[int, str, bool]], *, is_within: bool) -> None:
        """Apply for vintages that are held, rarely for new ones; mostly within what the notice leaves."""
        self.tick()
        credit_code, account_no = code(number), account_of(code(number))
        notice = self.model.notices.get(credit_code)
        left = max(notice.allowed - self.model.carried(credit_code), 0) if notice and is_within else 10_000
        picked = []
        for index, much, is_new in wanted:
            product = NEW if is_new else self.any_held(account_no, index)
            held = self.model.units.count(registered(account_no), product)
            picked.append((product, amount(min(held, left), much)))
        form = pb.CarryOverForm(
            credit_code=credit_code,
            lines=[
                pb.CarryOverLine(product=product, quantity_tco2e=quantity) for product, quantity in picked
            ],
        )
        expected = [self.model.apply_to_carry_over(credit_code, picked)]
        request = pb.SubmitCarryOverApplicationsRequest(applications=[form])
        self.send("SubmitCarryOverApplications", request, expected, by="agents")

    @rule(index=indexes, is_other=rarely)
    def withdraw_carry_over(self, index: int, *, is_other: bool) -> None:
        self.tick()
        known = self.model.carry_overs
        numbers = sorted(known, key=lambda no: known[no].status != "submitted")
        number = numbers[index % len(numbers)] if numbers else "COA-none-1"
        credit_code = code(4) if is_other or not numbers else known[number].credit_code
        withdrawal = pb.CarryOverWithdrawal(application_no=number, credit_code=credit_code)
        request = pb.WithdrawCarryOverApplicationsRequest(withdrawals=[withdrawal])
        expected = [self.model.withdraw_carry_over(credit_code, number)]
        self.send("WithdrawCarryOverApplications", request, expected, by="agents")

    @rule(day=st.sampled_from(DAYS), person=people)
    def run_batches(self, day: str, person: str) -> None:
        self.tick()
        request = pb.RunCarryOverBatchRequest(business_date=day)
        answer = self.send_whole("RunCarryOverBatch", request, by=person)
        expected = self.model.run_batches(midnight_after(day), person)
        assert [(one.run_no, one.application_count, one.quantity_tco2e) for one in answer.runs] == expected
        self.seen["RunCarryOverBatch", "" if expected else "NOTHING"] += 1

    @rule(index=indexes, person=people, is_confirmed=mostly)
    def decide_run(self, index: int, person: str, *, is_confirmed: bool) -> None:
        self.tick()
        runs = self.model.runs
        known = sorted(runs, key=lambda number: runs[number].status != "initiated")
        number = known[index % len(known)] if known else "COR-1-9"
        decision = pb.CarryOverRunDecision(run_no=number, is_confirmed=is_confirmed)
        request = pb.DecideCarryOverRunsRequest(decisions=[decision])
        expected = [self.model.decide_run(number, person, is_confirmed=is_confirmed)]
        self.send("DecideCarryOverRuns", request, expected, by=person)

    def notify(self) -> None:
        """The trading system declares truly, and notices are issued."""
        for number in (1, 2, 3, 4, 5):
            self.declare([number], 0)
        self.run_notices("2026-01-20")
