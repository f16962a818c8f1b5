"""Rules of allocation."""

from ets.registry.v1 import registry_service_pb2 as pb
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from machine_accounts import AccountRules
from machine_base import ABROAD, HOME, STRANGER, WHO, mostly, people, province_of, rarely
from machine_messages import transmitted
from model_state import PERIOD, Plant
from registry_messages import code, name, sealed

ALLOCATION = "ets.mrv.allocation.v1"
TABLES = [f"{PERIOD}/{kind}/{province}" for province in (HOME, ABROAD) for kind in ("PRE", "VERIFIED")]
STAGES = ("busy", "busy", "busy", "busy", "busy", "busy", "issued", "tables", "accounts", "nothing")

COURSES = (
    *("trades", "surrenders", "offsets", "operators", "owes less", "cancels", "merges", "is late"),
    *("is frozen out", "is helped", "closes"),
)

supplies = st.integers(40, 130)
emissions = st.sampled_from([90, 60, 120, 20, 0])
tables = st.lists(st.sampled_from([*TABLES[:2], *TABLES, f"{PERIOD}/PRE/99"]), min_size=1, max_size=3)


@st.composite
def plants(draw: st.DrawFn) -> dict[int, Plant]:
    """Four small plants; what they make may fall so far that units are taken back."""
    return {
        number: Plant(
            credit_code=code(number),
            name=name(number),
            province_code=province_of(number),
            supply_mwh={year: draw(supplies) for year in (2018, 2019, 2020)},
            emissions_tco2e={year: draw(emissions) for year in (2019, 2020)},
        )
        for number in WHO
        if number != STRANGER
    }


class AllocationRules(AccountRules):
    """Tables, seals, and issuance by two people."""

    @initialize(
        drawn=plants(),
        stage=st.sampled_from(STAGES),
        courses=st.lists(st.sampled_from(COURSES), unique=True, max_size=5),
    )
    def begin(self, drawn: dict[int, Plant], stage: str, courses: list[str]) -> None:
        """Bring the market some way, so that most examples are about what comes after an issuance.

        Commands that need three others before them come by chance too seldom: courses of them are drawn whole.
        """
        self.plants = drawn
        if stage == "nothing":
            return
        for number in drawn:
            self.list_entity(number, is_other=False)
        for province in (HOME, ABROAD):
            self.open_account("provincial", province)
        self.apply_for_accounts([(number, "right") for number in drawn])
        papers = [(number, True) for number in self.model.papers]
        self.make_reviews(papers, "first", is_second=False)
        self.make_reviews(papers, "second", is_second=True)
        if stage == "accounts":
            return
        for table in TABLES:
            _, kind, province = table.split("/")
            self.transmit_table(kind, province, is_newer=True, is_false=False)
            self.seal_table(table, is_genuine=True, is_same=True, is_stale=False)
        if stage in ("issued", "busy"):
            self.initiate(TABLES, "first")
            self.confirm(TABLES, "second")
        if stage == "busy":
            self.make_busy()
            for course in courses:
                self.play(course)

    def make_busy(self) -> None:
        """Let the other chapters begin too."""
        raise NotImplementedError

    def play(self, course: str) -> None:
        """Take the steps of one of the courses."""
        raise NotImplementedError

    @rule(
        kind=st.sampled_from(["PRE", "VERIFIED"]),
        province=st.sampled_from([HOME, ABROAD]),
        is_newer=mostly,
        is_false=rarely,
    )
    def transmit_table(self, kind: str, province: str, *, is_newer: bool, is_false: bool) -> None:
        self.tick()
        concerned = [plant for plant in self.plants.values() if plant.province_code == province]
        present = self.model.tables.get(f"{PERIOD}/{kind}/{province}")
        revision = max(1, (present.revision if present else 0) + int(is_newer))
        message = transmitted(kind, province, revision, concerned, is_false=is_false)
        reason = self.model.receive_table(kind, province, revision, concerned, is_false=is_false)
        if not reason:
            self.last_transmission[message.table_no] = message
        self.tell(ALLOCATION, message, reason)

    @rule(table=st.sampled_from(TABLES), is_genuine=mostly, is_same=mostly, is_stale=rarely)
    def seal_table(self, table: str, *, is_genuine: bool, is_same: bool, is_stale: bool) -> None:
        self.tick()
        message = self.last_transmission.get(table)
        if message is None:
            return
        province = table.rpartition("/")[2]
        # A seal by another province is no seal of this one.
        key = province if is_genuine else ABROAD if province == HOME else HOME
        digest = message.digest if is_same else bytes(32)
        told = sealed(message, key_id=f"province/{key}", digest=digest)
        told.revision += int(is_stale)
        reason = self.model.seal_table(table, told.revision, is_genuine=is_genuine, is_same=is_same)
        self.tell(ALLOCATION, told, reason)

    @rule(numbers=tables, person=people)
    def initiate(self, numbers: list[str], person: str) -> None:
        self.tick()
        expected = [self.model.initiate(number, person) for number in numbers]
        self.send("InitiateIssuances", pb.InitiateIssuancesRequest(table_nos=numbers), expected, by=person)

    @rule(numbers=tables, person=people)
    def confirm(self, numbers: list[str], person: str) -> None:
        self.tick()
        expected = [self.model.confirm(number, person) for number in numbers]
        self.send("ConfirmIssuances", pb.ConfirmIssuancesRequest(table_nos=numbers), expected, by=person)

    @property
    def last_transmission(self) -> dict:
        return self.__dict__.setdefault("_last_transmission", {})
