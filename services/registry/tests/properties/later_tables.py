"""Rules of the later plans: what is deducted, tables, and their issuance."""

from ets.registry.v1 import registry_allocation_service_pb2 as allocation_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from later_base import LaterBase
from later_messages import transmitted_later
from later_state import INDUSTRY, YEARS
from machine_accounts import AccountRules
from machine_base import ABROAD, HOME, amount, amounts, mostly, people, rarely, who
from registry_messages import code, sealed

ALLOCATION = "ets.mrv.allocation.v1"
TABLES = [*(f"{year}/{kind}/{HOME}" for year in YEARS for kind in ("PRE", "VERIFIED")), INDUSTRY]
KINDS = ("correction", "relief", "other")

tables = st.sampled_from(TABLES)


class LaterTableRules(AccountRules, LaterBase):
    """Deductions and tables."""

    @rule(
        account_no=st.sampled_from(["R-P-37", "R-P-11", "R-SURRENDERED"]),
    )
    def apply_for_change(self, account_no: str) -> None:
        """Accounts of holders stay as they are here."""
        super().apply_for_change(account_no, is_closing=False)

    @rule(
        number=who,
        period=st.sampled_from(["2022", "2023", "2023", "2024", "2025", "2019-2020"]),
        kind=st.sampled_from(KINDS),
        much=amounts,
        province=st.sampled_from([HOME, HOME, HOME, ABROAD]),
        is_back=st.sampled_from([False, False, True]),
    )
    def record_adjustment(
        self, number: int, period: str, kind: str, much: str, province: str, *, is_back: bool
    ) -> None:
        """The province has something deducted, or not any more."""
        self.tick()
        change = amount(30, much)
        if is_back:
            change = -amount(self.model.to_deduct(code(number), "2023"), much)
        decision = allocation_pb.AllocationAdjustmentDecision(
            credit_code=code(number),
            from_period=period,
            kind=types_pb.AllocationAdjustmentKind.Value(f"ALLOCATION_ADJUSTMENT_KIND_{kind.upper()}"),
            change_tco2e=change,
            document_no="文",
        )
        expected = self.model.record_adjustment(code(number), period, kind, change, province)
        request = allocation_pb.RecordAllocationAdjustmentsRequest(
            province_code=province, decisions=[decision]
        )
        self.send("RecordAllocationAdjustments", request, [expected], by="official")

    @rule(number=tables, is_newer=mostly, is_false=rarely)
    def transmit_later(self, number: str, *, is_newer: bool, is_false: bool) -> None:
        self.tick()
        is_steel = number == INDUSTRY
        concerned = [plant for plant in self.later_plants.values() if plant.is_steel == is_steel]
        present = self.model.papers_issued.get(number)
        revision = max(1, (present.revision if present else 0) + int(is_newer))
        rows = self.model.computed_rows(number, concerned)
        message = transmitted_later(number, revision, concerned, rows, is_false=is_false)
        reason = self.model.receive_later(number, revision, concerned, is_false=is_false)
        if not reason:
            self.sent[number] = message
        self.tell(ALLOCATION, message, reason)

    @rule(number=tables, is_genuine=mostly)
    def seal_later(self, number: str, *, is_genuine: bool) -> None:
        self.tick()
        message = self.sent.get(number)
        if message is None:
            return
        told = sealed(message, digest=message.digest if is_genuine else bytes(32))
        self.tell(ALLOCATION, told, self.model.seal_later(number, is_genuine=is_genuine))

    @rule(numbers=st.lists(tables, min_size=1, max_size=2), person=people)
    def initiate_later(self, numbers: list[str], person: str) -> None:
        self.tick()
        expected = [self.model.initiate_later(number, person) for number in numbers]
        self.send("InitiateIssuances", pb.InitiateIssuancesRequest(table_nos=numbers), expected, by=person)

    @rule(numbers=st.lists(tables, min_size=1, max_size=2), person=people)
    def confirm_later(self, numbers: list[str], person: str) -> None:
        self.tick()
        expected = [self.model.confirm_later(number, person) for number in numbers]
        self.send("ConfirmIssuances", pb.ConfirmIssuancesRequest(table_nos=numbers), expected, by=person)

    def issue_later(self, number: str) -> None:
        """The whole course of a table."""
        self.transmit_later(number, is_newer=True, is_false=False)
        self.seal_later(number, is_genuine=True)
        self.initiate_later([number], "first")
        self.confirm_later([number], "second")

    @property
    def sent(self) -> dict:
        """The last transmission of each table."""
        return self.__dict__.setdefault("_sent", {})
