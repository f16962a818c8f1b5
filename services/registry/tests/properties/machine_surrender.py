"""Rules of surrender and of the journal's head."""

from datetime import timedelta

from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machine_base import ABROAD, HOME, MachineBase, amount, amounts, indexes, mostly, rarely, who
from model_state import CEA, PERIOD
from registry_messages import code

OFFSET = "OFFSET-WIND1-2015"

lines = st.lists(
    st.tuples(
        st.sampled_from([CEA, CEA, CEA, OFFSET, OFFSET, "CEA-2021", "OFFSET-SOLAR2-2015"]), amounts, rarely
    ),
    min_size=1,
    max_size=3,
)


class SurrenderRules(MachineBase):
    """Applications, decisions, registration, and tree heads."""

    @rule(forms=st.lists(st.tuples(who, lines, mostly), min_size=1, max_size=2))
    def submit(self, forms: list[tuple[int, list[tuple[str, str, bool]], bool]]) -> None:
        """Applications for a part of what is held; rarely for more than is owed."""
        self.tick()
        wanted, expected = [], []
        for number, parts, is_known in forms:
            period = PERIOD if is_known else "2021-2022"
            products = [
                (product, self._wanted(code(number), product, much, is_large=is_large))
                for product, much, is_large in parts
            ]
            wanted.append(
                pb.SurrenderForm(
                    credit_code=code(number),
                    period=period,
                    lines=[
                        types_pb.SurrenderLine(product=product, quantity_tco2e=quantity)
                        for product, quantity in products
                    ],
                )
            )
            expected.append(self.model.submit(code(number), period, products))
        self.send(
            "SubmitSurrenderApplications",
            pb.SubmitSurrenderApplicationsRequest(applications=wanted),
            expected,
        )

    def _wanted(self, credit_code: str, product: str, much: str, *, is_large: bool) -> int:
        held = self.model.free(credit_code, product)
        owed = self.model.owed.get(credit_code)
        if owed is None or is_large:
            return amount(held, much)
        pending = sum(one.quantity for one in self.model.applied(credit_code))
        return amount(min(held, owed.owed - owed.surrendered - owed.offset - pending), much)

    @rule(
        decisions=st.lists(st.tuples(indexes, mostly), min_size=1, max_size=3),
        province=st.sampled_from([HOME, HOME, HOME, ABROAD]),
    )
    def decide(self, decisions: list[tuple[int, bool]], province: str) -> None:
        self.tick()
        # Those that wait first, so that most decisions find one.
        known = sorted(
            self.model.applications, key=lambda number: self.model.applications[number].status != "submitted"
        ) or ["SA-none"]
        wanted = [(known[index % len(known)], is_confirmed) for index, is_confirmed in decisions]
        request = pb.DecideSurrenderApplicationsRequest(
            province_code=province,
            decisions=[
                pb.SurrenderDecision(application_no=number, is_confirmed=is_confirmed)
                for number, is_confirmed in wanted
            ],
        )
        expected = [
            self.model.decide(province, number, is_confirmed=is_confirmed) for number, is_confirmed in wanted
        ]
        self.send("DecideSurrenderApplications", request, expected, by="official")

    @rule()
    def register(self) -> None:
        self.tick()
        answer = self.send_whole(
            "RunSurrenderRegistration", pb.RunSurrenderRegistrationRequest(business_date="2021-12-15")
        )
        expected = self.model.register()
        assert (answer.application_count, answer.quantity_tco2e) == expected
        self.seen["RunSurrenderRegistration", "" if expected[0] else "NOTHING"] += 1

    @rule(day=st.sampled_from(["2021-10-26", "2021-10-27", "2021-10-28"]))
    def sign_head(self, day: str) -> None:
        """One head a day; whoever asks again is given the first."""
        self.tick()
        head = self.send_whole("RunTreeHead", pb.RunTreeHeadRequest(business_date=day)).tree_head
        assert self.heads.setdefault(day, head) == head
        self.seen["RunTreeHead", ""] += 1

    @rule(hours=st.sampled_from([1, 24, 24 * 40]))
    def wait(self, hours: int) -> None:
        """Time passes; after two long waits the deadline has too."""
        self.tick(int(timedelta(hours=hours).total_seconds()))

    @property
    def heads(self) -> dict[str, types_pb.TreeHead]:
        return self.__dict__.setdefault("_heads", {})
