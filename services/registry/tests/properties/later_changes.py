"""Rules of change registrations in the later years: the vintages are many, and a province holds what is not its own."""

from ets.registry.v1 import registry_change_service_pb2 as pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from later_base import LaterBase
from later_state import OLD
from machine_base import amounts, indexes, people
from machine_changes import DOCUMENT, NAMED, ChangeRules, units_of
from model_state import account_of
from registry_messages import code

HOLDERS = st.sampled_from([1, 2, 3, 4, 5])
vintages = st.sampled_from(OLD)


class LaterChangeRules(ChangeRules, LaterBase):
    """Freezes and releases, reserves of every vintage, and recoveries from a province."""

    # These are played in the market of 2021.
    correct = None
    file_merger = None
    file_split = None
    take_up = None

    @rule(number=HOLDERS, index=indexes, much=amounts, named=NAMED, person=people)
    def freeze(self, number: int, index: int, much: str, named: str, person: str) -> None:
        product = self.any_held(account_of(code(number)), index)
        super().freeze(number, [(product, much, named)], person)

    @rule(index=st.none() | indexes, number=HOLDERS, receiver=HOLDERS, much=amounts, person=people)
    def transfer_by_judgment(
        self, index: int | None, number: int, receiver: int, much: str, person: str
    ) -> None:
        product = self.any_held(account_of(code(number)), index or 0)
        super().transfer_by_judgment(index, number, receiver, product, much, person)

    @rule(number=st.sampled_from([0, 0, 1, 2]), index=indexes, much=amounts, named=NAMED, person=people)
    def recover(self, number: int, index: int, much: str, named: str, person: str) -> None:
        """Units are taken back from an entity, or from the province."""
        self.tick()
        account_no = account_of(code(number)) if number else "R-P-37"
        product = self.any_held(account_no, index)
        line = self._line(account_no, product, much, named)
        form = pb.RecoveryForm(document=DOCUMENT, account_no=account_no, units=[units_of(line)])
        self._propose("recovery", [line], person, pb.InitiateRecoveriesRequest(recoveries=[form]), account_no)

    @rule(product=vintages, quantity=st.integers(1, 40), person=people)
    def reserve(self, product: str, quantity: int, person: str) -> None:
        super().reserve(product, quantity, person)

    @rule(receiver=st.sampled_from([0, 0, 1, 2, 3, 5]), index=indexes, much=amounts, person=people)
    def release_reserve(self, receiver: int, index: int, much: str, person: str) -> None:
        """Units of the reserve go to the province, or to an entity."""
        self.tick()
        product = self.any_held("R-NATIONAL", index)
        target_no = account_of(code(receiver)) if receiver else "R-P-37"
        line = self._line("R-NATIONAL", product, much, "", target=target_no)
        form = pb.ReserveReleaseForm(document=DOCUMENT, target_account_no=target_no, units=[units_of(line)])
        request = pb.InitiateReserveReleasesRequest(releases=[form])
        self._propose("reserve_release", [line], person, request)

    def give(self, receiver: int, product: str, quantity: int) -> None:
        """Units of a vintage come into an account out of the reserve."""
        self.reserve(product, quantity, "first")
        self.confirm_registration(0, "second")
        self.release_reserve(receiver, 0, "all", "first")
        self.confirm_registration(0, "second")
