"""Rules of the roster, of accounts with two reviews, and of restrictions."""

from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machine_base import HOME, MachineBase, indexes, mostly, people, province_of, rarely, who
from machine_messages import entity_listed
from model_accounts import USES
from model_state import account_of
from registry_messages import code, name

ROSTER = "ets.mrv.roster.v1"
KINDS = {
    "national": types_pb.ACCOUNT_KIND_NATIONAL,
    "provincial": types_pb.ACCOUNT_KIND_PROVINCIAL,
    "emitter": types_pb.ACCOUNT_KIND_EMITTER,
}
PAPERS = [types_pb.Paper(kind="licence", document_no="1", digest=bytes(32))]

forms = st.tuples(who, st.sampled_from(["right", "right", "right", "name", "province"]))
account_nos = st.sampled_from(
    [account_of(code(number)) for number in (1, 2, 3, 5)] + ["R-P-37", "R-SURRENDERED", "R-E-nobody"]
)


class AccountRules(MachineBase):
    """Who has an account, and what it may be used for."""

    @rule(number=who, is_other=rarely)
    def list_entity(self, number: int, *, is_other: bool) -> None:
        self.tick()
        named = name(number) + ("新" if is_other else "")
        self.model.list_entity(code(number), named, province_of(number))
        self.tell(ROSTER, entity_listed(code(number), named, province_of(number)), "")

    @rule(
        kind=st.sampled_from(["provincial", "national", "emitter"]),
        province=st.sampled_from([HOME, "11", "42"]),
    )
    def open_account(self, kind: str, province: str) -> None:
        self.tick()
        form = pb.AccountOpening(kind=KINDS[kind], credit_code=code(5), name="机构", province_code=province)
        self.send(
            "OpenAccounts", pb.OpenAccountsRequest(accounts=[form]), [self.model.open_account(kind, province)]
        )

    @rule(wanted=st.lists(forms, min_size=1, max_size=2))
    def apply_for_accounts(self, wanted: list[tuple[int, str]]) -> None:
        self.tick()
        applications, expected = [], []
        for number, fault in wanted:
            named = name(number) + ("!" if fault == "name" else "")
            province = "42" if fault == "province" else province_of(number)
            applications.append(
                accounts_pb.AccountForm(
                    kind=KINDS["emitter"],
                    credit_code=code(number),
                    name=named,
                    province_code=province,
                    papers=PAPERS,
                )
            )
            expected.append(self.model.apply_for_account(code(number), named, province))
        request = accounts_pb.ApplyForAccountsRequest(applications=applications)
        self.send("ApplyForAccounts", request, expected, by="agents")

    def apply_for_closing(self, number: int) -> None:
        self.apply_for_change(account_of(code(number)), is_closing=True)

    @rule(account_no=account_nos, is_closing=rarely)
    def apply_for_change(self, account_no: str, *, is_closing: bool) -> None:
        self.tick()
        form = accounts_pb.AccountChangeForm(account_no=account_no, papers=PAPERS)
        if is_closing:
            form.closing.reason = types_pb.CLOSING_REASON_OTHER
        else:
            form.information.contact = f"电话{self.number()}"
        request = accounts_pb.ApplyForAccountChangesRequest(applications=[form])
        kind = "closing" if is_closing else "information"
        self.send("ApplyForAccountChanges", request, [self.model.apply_for_change(account_no, kind)])

    @rule(
        picked=st.lists(st.tuples(indexes, mostly), min_size=1, max_size=2), person=people, is_second=mostly
    )
    def review(self, picked: list[tuple[int, bool]], person: str, *, is_second: bool) -> None:
        self.tick()
        wanted = "first_reviewed" if is_second else "submitted"
        known = sorted(self.model.papers, key=lambda number: self.model.papers[number].status != wanted)
        self.make_reviews(
            [
                ((known or ["AA-R-E-none-1"])[index % max(1, len(known))], is_passed)
                for index, is_passed in picked
            ],
            person,
            is_second=is_second,
        )

    def make_reviews(self, reviews: list[tuple[str, bool]], person: str, *, is_second: bool) -> None:
        messages = [
            accounts_pb.AccountApplicationReview(application_no=number, is_passed=is_passed, note="")
            for number, is_passed in reviews
        ]
        if is_second:
            request = accounts_pb.SecondReviewAccountApplicationsRequest(reviews=messages)
            expected = [self.model.review_second(number, person, is_passed=ok) for number, ok in reviews]
            self.send("SecondReviewAccountApplications", request, expected, by=person)
            return
        first = accounts_pb.FirstReviewAccountApplicationsRequest(reviews=messages)
        expected = [self.model.review_first(number, person, is_passed=ok) for number, ok in reviews]
        self.send("FirstReviewAccountApplications", first, expected, by=person)

    @rule(
        account_no=account_nos,
        uses=st.frozensets(st.sampled_from(USES), max_size=2),
        province=st.sampled_from(["", "", HOME, "11"]),
    )
    def restrict(self, account_no: str, uses: frozenset[str], province: str) -> None:
        self.tick()
        order = accounts_pb.RestrictionOrder(
            account_no=account_no,
            uses=[types_pb.AccountUse.Value(f"ACCOUNT_USE_{use.upper()}") for use in sorted(uses)],
            reason="调查",
            document_no="文1",
        )
        request = accounts_pb.RestrictAccountsRequest(province_code=province, orders=[order])
        self.send("RestrictAccounts", request, [self.model.restrict(account_no, uses, province)])

    @rule(index=indexes, province=st.sampled_from(["", "", "", "11"]))
    def lift(self, index: int, province: str) -> None:
        self.tick()
        known = sorted(self.model.restrictions, key=lambda number: self.model.restrictions[number][2])
        number = known[index % len(known)] if known else "AR-R-E-none-1"
        order = accounts_pb.LiftingOrder(restriction_no=number, reason="结束", document_no="文2")
        request = accounts_pb.LiftRestrictionsRequest(province_code=province, orders=[order])
        self.send("LiftRestrictions", request, [self.model.lift(number, province)])
