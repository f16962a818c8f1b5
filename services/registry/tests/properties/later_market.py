"""Rules of trading, surrender and forced surrender in the later years."""

from ets.registry.v1 import registry_cancellation_service_pb2 as cancellation_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from later_base import LaterBase
from later_state import BORROWED, OLD, YEARS
from machine_base import amount, amounts, indexes, mostly, people, rarely
from machine_trading import TradingRules
from model_state import account_of, registered
from registry_messages import code

# Trading dates around the two years whose sales count.
DAYS = ("2023-12-29", "2024-01-01", "2024-06-03", "2025-12-31", "2025-12-31", "2026-01-05")
HOLDERS = st.sampled_from([1, 2, 3, 3, 4, 5])

vintages = st.sampled_from(OLD)


class LaterMarketRules(TradingRules, LaterBase):
    """Units that are sent to trading, sold, surrendered, or set aside to be cancelled."""

    @rule(number=HOLDERS, index=indexes, much=amounts)
    def transfer_to_trading(self, number: int, index: int, much: str) -> None:
        super().transfer_to_trading([(number, self.any_held(account_of(code(number)), index), much)])

    @rule(
        trades=st.lists(
            st.tuples(HOLDERS, HOLDERS, vintages, amounts, st.none() | indexes, rarely),
            min_size=1,
            max_size=3,
        ),
        day=st.sampled_from(DAYS),
    )
    def settle_trades(self, trades: list[tuple[int, int, str, str, int | None, bool]], day: str) -> None:
        self.send_trades(trades, day)
        for number in self.model.trades:
            self.model.trade_days.setdefault(number, day)

    def sell(self, seller: int, buyer: int, product: str, much: str, day: str) -> None:
        """Units go to trading and change hands."""
        super().transfer_to_trading([(seller, product, much)])
        self.answer_transfer(0, is_accepted=True, is_other=False, is_foreign=False)
        self.settle_trades([(seller, buyer, product, "all", None, False)], day)

    @rule(
        number=HOLDERS,
        period=st.sampled_from([*YEARS, "2025"]),
        index=indexes,
        much=st.sampled_from(["some", "all", "all", "more"]),
        is_other=rarely,
        is_borrowed=rarely,
    )
    def submit_later(
        self, number: int, period: str, index: int, much: str, *, is_other: bool, is_borrowed: bool
    ) -> None:
        """Surrender the period's own vintage, or any other that is held."""
        self.tick()
        account_no = account_of(code(number))
        own = f"CEA-{period}"
        product = self.any_held(account_no, index) if is_other else own
        if is_borrowed and period == "2022":
            product = BORROWED
        held = self.model.units.count(registered(account_no), product)
        quantity = amount(min(held, self.model.lacking(code(number), period)) or held, much)
        form = pb.SurrenderForm(
            credit_code=code(number),
            period=period,
            lines=[types_pb.SurrenderLine(product=product, quantity_tco2e=quantity)],
        )
        expected = self.model.submit_later(code(number), period, product, quantity)
        request = pb.SubmitSurrenderApplicationsRequest(applications=[form])
        self.send("SubmitSurrenderApplications", request, [expected], by="agents")

    @rule(decisions=st.lists(st.tuples(indexes, mostly), min_size=1, max_size=3))
    def decide_later(self, decisions: list[tuple[int, bool]]) -> None:
        self.tick()
        applications = self.model.applications
        known = sorted(applications, key=lambda no: applications[no].status != "submitted") or ["SA-none"]
        wanted = [(known[index % len(known)], is_confirmed) for index, is_confirmed in decisions]
        request = pb.DecideSurrenderApplicationsRequest(
            province_code="37",
            decisions=[pb.SurrenderDecision(application_no=no, is_confirmed=ok) for no, ok in wanted],
        )
        expected = [self.model.decide_later(no, is_confirmed=ok) for no, ok in wanted]
        self.send("DecideSurrenderApplications", request, expected, by="official")

    @rule()
    def register_later(self) -> None:
        self.tick()
        request = pb.RunSurrenderRegistrationRequest(business_date="2024-12-15")
        answer = self.send_whole("RunSurrenderRegistration", request)
        expected = self.model.register_later()
        assert (answer.application_count, answer.quantity_tco2e) == expected
        self.seen["RunSurrenderRegistration", "" if expected[0] else "NOTHING"] += 1

    def surrender_later(self, period: str) -> None:
        """Everybody surrenders what of a period's own vintage is there, and the provinces agree."""
        for number in self.later_plants:
            self.submit_later(number, period, 0, "all", is_other=False, is_borrowed=False)
        self.decide_later([(index, True) for index in range(4)])
        self.register_later()

    @rule(
        number=st.sampled_from([1, 2, 2, 2, 3, 5, 0]),
        person=people,
    )
    def propose_force(self, number: int, person: str) -> None:
        self.tick()
        proposal = surrender_pb.ForcedSurrenderProposal(credit_code=code(number), document_no="委1")
        request = surrender_pb.InitiateForcedSurrendersRequest(proposals=[proposal])
        expected = [self.model.propose_force(code(number), person)]
        self.send("InitiateForcedSurrenders", request, expected, by=person)

    @rule(index=indexes, person=people)
    def confirm_force(self, index: int, person: str) -> None:
        self.tick()
        cases = self.model.cases
        # The last ones first that are not registered.
        age = {number: age for age, number in enumerate(cases)}
        known = sorted(cases, key=lambda number: (cases[number].status != "initiated", -age[number]))
        number = known[index % len(known)] if known else "FS-none-1"
        request = surrender_pb.ConfirmForcedSurrendersRequest(case_nos=[number])
        self.send("ConfirmForcedSurrenders", request, [self.model.confirm_force(number, person)], by=person)

    @rule(number=st.sampled_from([0, 0, 1, 2, 4]), index=indexes, much=amounts)
    def set_aside(self, number: int, index: int, much: str) -> None:
        """Units wait to be cancelled: an entity's, or those of the province by the registration body."""
        self.tick()
        account_no, holder = (account_of(code(number)), code(number)) if number else ("R-P-37", "")
        product = self.any_held(account_no, index)
        quantity = amount(self.model.units.count(registered(account_no), product), much)
        form = cancellation_pb.CancellationForm(
            account_no=account_no,
            credit_code=holder,
            product=product,
            quantity_tco2e=quantity,
            purpose=cancellation_pb.CANCELLATION_PURPOSE_PUBLIC_GOOD,
        )
        person = "agents" if number else "first"
        wanted = [(account_no, holder, product, quantity, None)]
        expected = self.model.apply_to_cancel(wanted, person, is_staff=not number)
        request = cancellation_pb.SubmitCancellationApplicationsRequest(applications=[form])
        self.send("SubmitCancellationApplications", request, expected, by=person)
