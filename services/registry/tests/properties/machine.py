"""The machine as a whole: all rules, repetition of requests and events, and the look back."""

import courses
from hypothesis.stateful import invariant
from machine_allocation import AllocationRules
from machine_base import HOME
from machine_cancellation import CancellationRules
from machine_changes import ChangeRules
from machine_help import HelpRules
from machine_instructions import InstructionRules
from machine_offsets import OffsetRules
from machine_repeats import RepeatRules
from machine_surrender import SurrenderRules
from machine_trading import TradingRules
from model_state import CEA


class RegistryMachine(
    AllocationRules,
    TradingRules,
    OffsetRules,
    SurrenderRules,
    HelpRules,
    CancellationRules,
    ChangeRules,
    InstructionRules,
    RepeatRules,
):
    """Any command of anybody, in any order, against the registry and the model."""

    def make_busy(self) -> None:
        """Units in trading, credits, and an application that waits: from here on most commands can succeed."""
        self.transfer_to_trading([(number, CEA, "some") for number in self.plants])
        for _ in self.plants:
            self.answer_transfer(0, is_accepted=True, is_other=False, is_foreign=False)
        self.transfer_to_trading([(1, CEA, "one"), (2, CEA, "some")])
        self.hand_over([(number, "WIND1", 2, 1 + 10 * number, "") for number in (1, 2, 3)], "", 1)
        self.create_credits(is_early=False)
        self.submit([(1, [(CEA, "some", False)], True), (2, [(CEA, "one", False)], True)])
        self.apply_to_cancel([(3, CEA, "one", "", False)], is_staff=False)
        self.offer_help(3, 1, CEA, "one", is_other=False)
        self.open_account("national", HOME)
        self.freeze(2, [(CEA, "some", "")], "first")
        self.reserve(CEA, 10, "first")
        for _ in range(2):
            self.confirm_registration(0, "second")

    def play(self, course: str) -> None:
        """Take the steps of a course; what they find on the way may refuse any of them."""
        for step in getattr(courses, course.replace(" ", "_"))(self):
            step()

    @invariant()
    def the_registry_is_as_the_model_says(self) -> None:
        self.compare()
