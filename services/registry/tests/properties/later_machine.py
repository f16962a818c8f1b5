"""The machine of the years from 2022 on as a whole: all rules, and how far an example is brought at its beginning."""

from collections.abc import Callable, Iterator
from itertools import chain, islice

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from later_base import LaterBase
from later_changes import LaterChangeRules
from later_market import LaterMarketRules
from later_retirement import LaterRetirementRules
from later_state import LaterPlant
from later_tables import LaterTableRules
from machine_base import ABROAD, HOME, WHO, province_of
from machine_repeats import RepeatRules
from registry_messages import code, name

# Entities with generating units, a steel enterprise, and one abroad that has nothing but what others give it.
POWER, STEEL = (1, 2, 3), 5
STEPS_MAX = 40

emissions = st.sampled_from([60, 90, 100, 120])
outputs = st.integers(60, 160)


def later_plant(
    number: int, emitted: dict[int, int], output: dict[int, int], risks: frozenset[str]
) -> LaterPlant:
    return LaterPlant(
        number=number,
        credit_code=code(number),
        name=name(number),
        province_code=province_of(number),
        emissions_tco2e=emitted,
        output_mwh={} if number == STEEL else output,
        risks=risks,
        is_borrowing=number == 1,
    )


@st.composite
def later_plants(draw: st.DrawFn) -> dict[int, LaterPlant]:
    """Three small plants, of which one is at risk in some years, and a steel enterprise."""
    found = {}
    for number in (*POWER, STEEL):
        emitted = {year: draw(emissions) for year in range(2021, 2025)}
        output = {year: draw(outputs) for year in range(2022, 2025)}
        risks = draw(st.frozensets(st.sampled_from(["2022", "2023", "2024"]))) if number == 2 else frozenset()
        found[number] = later_plant(number, emitted, output, risks)
    return found


class LaterMachine(
    LaterTableRules, LaterMarketRules, LaterChangeRules, LaterRetirementRules, RepeatRules, LaterBase
):
    """Any command of anybody, in any order, from the second cycle to the end of the carry-over."""

    @initialize(drawn=later_plants(), steps=st.integers(0, STEPS_MAX))
    def begin(self, drawn: dict[int, LaterPlant], steps: int) -> None:
        """Open the accounts, and go so many steps on."""
        self.plants, self.later_plants = {}, drawn
        for number in WHO:
            self.list_entity(number, is_other=False)
        for kind, province in (("provincial", HOME), ("provincial", ABROAD), ("national", HOME)):
            self.open_account(kind, province)
        self.apply_for_accounts([(number, "right") for number in WHO])
        papers = [(number, True) for number in self.model.papers]
        self.make_reviews(papers, "first", is_second=False)
        self.make_reviews(papers, "second", is_second=True)
        self.give(4, "CEA-2019-2020", 33)
        self.give(3, "CEA-2021", 20)
        for _ in islice(chain.from_iterable(course() for course in self.courses()), steps):
            pass

    def courses(self) -> Iterator[Callable[[], Iterator[None]]]:
        """What happens from 2023 to 2026, in its order."""
        yield self.adjusted
        yield self.second_cycle
        yield self.third_cycle
        yield self.at_the_end_of_2025
        yield self.noticed
        yield self.carried
        yield self.late

    @rule()
    def pass_on(self) -> None:
        self.go_on()

    @rule(hours=st.sampled_from([1, 24, 24 * 7]))
    def wait(self, hours: int) -> None:
        self.tick(hours * 3600)

    @invariant()
    def the_registry_is_as_the_model_says(self) -> None:
        self.compare()

    def adjusted(self) -> Iterator[None]:
        """Deductions are decided, one of them more than is allocated."""
        self.record_adjustment(1, "2022", "other", "all", HOME, is_back=False)
        yield
        self.record_adjustment(3, "2023", "correction", "some", HOME, is_back=False)
        yield

    def second_cycle(self) -> Iterator[None]:
        """2022: pre-allocation, verification, borrowing, and surrender in time."""
        yield from self._issued("2022")
        self.submit_later(1, "2022", 0, "some", is_other=False, is_borrowed=True)
        yield
        self.surrender_later("2022")
        yield
        yield from self._forced()

    def third_cycle(self) -> Iterator[None]:
        """2023: what is to be deducted changes between; allocated, and surrendered in time, one by force."""
        self.go_on()
        self.go_on()
        self.transmit_later("2023/PRE/37", is_newer=True, is_false=False)
        self.seal_later("2023/PRE/37", is_genuine=True)
        self.initiate_later(["2023/PRE/37"], "first")
        self.record_adjustment(3, "2022", "relief", "one", HOME, is_back=False)
        yield
        self.confirm_later(["2023/PRE/37"], "second")
        yield from self._issued("2023")
        yield from self._guarded()
        self.surrender_later("2023")
        yield

    def _guarded(self) -> Iterator[None]:
        """What the province holds for an entity is nobody else's, and what becomes of it may change meanwhile."""
        self.give(0, "CEA-2023", 5)
        self.propose_force(2, "first")
        yield
        self.set_aside(0, 0, "all")
        self.recover(0, 0, "all", "", "first")
        yield
        self.give(2, "CEA-2023", 4)
        self.submit_later(2, "2023", 0, "all", is_other=False, is_borrowed=False)
        self.confirm_force(0, "second")
        yield

    def _forced(self) -> Iterator[None]:
        """What the province holds is surrendered by force, and the rest goes to the entity."""
        self.propose_force(2, "first")
        self.confirm_force(0, "first")
        yield
        self.confirm_force(0, "second")
        yield
        self.confirm_force(1, "second")
        yield

    def at_the_end_of_2025(self) -> Iterator[None]:
        """2024, with industry; units are sold, frozen and set aside before the year ends."""
        self.go_on()
        self.go_on()
        yield from self._issued("2024")
        self.issue_later("2024/VERIFIED/37/industry")
        yield
        self.give(5, "CEA-2023", 40)
        self.sell(4, 3, "CEA-2019-2020", "some", "2025-12-31")
        yield
        self.sell(3, 5, "CEA-2021", "all", "2024-01-01")
        yield
        self.sell(5, 4, "CEA-2021", "one", "2023-12-29")
        yield
        yield from self._forced()
        self.surrender_later("2024")
        yield
        self.freeze(5, 0, "some", "", "first")
        self.confirm_registration(0, "second")
        self.set_aside(4, 0, "one")
        yield

    def noticed(self) -> Iterator[None]:
        """The year is over: sales are declared, and notices issued."""
        while self.model.now.year < 2026:
            self.go_on()
        self.give(4, "CEA-2021", 3)
        self.sell(4, 3, "CEA-2019-2020", "one", "2026-01-05")
        yield
        self.declare([1, 3], 1)
        self.run_notices("2026-01-20")
        yield
        self.notify()
        yield

    def carried(self) -> Iterator[None]:
        """Some is carried over with the first batch, and some waits for the second."""
        for number in (3, 4, 5):
            self.carry_over(number, [(0, "some", False), (1, "one", False)], is_within=True)
        yield
        self.withdraw_carry_over(0, is_other=False)
        yield
        self.go_on()
        self.tick(3)
        self.carry_over(4, [(0, "one", False)], is_within=True)
        yield
        self.run_batches("2026-12-31", "first")
        yield
        self.decide_run(0, "second", is_confirmed=True)
        yield

    def late(self) -> Iterator[None]:
        """Applications have ended: what a court releases now is carried over still."""
        self.go_on()
        self.tick(6)
        self.release(0, "most", "first", is_all=False)
        yield
        self.confirm_registration(0, "second")
        yield
        self.carry_over(5, [(0, "one", False)], is_within=True)
        self.carry_over(5, [(0, "all", False)], is_within=True)
        yield
        self.run_batches("2026-12-31", "second")
        yield
        self.decide_run(0, "first", is_confirmed=False)
        yield

    def _issued(self, year: str) -> Iterator[None]:
        for kind in ("PRE", "VERIFIED"):
            self.issue_later(f"{year}/{kind}/{HOME}")
            yield
