"""Rules of change registrations: freezes, releases, judicial transfers, recoveries, reserves, mergers and splits."""

from typing import Any

from ets.registry.v1 import registry_change_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machine_base import ABROAD, HOME, MachineBase, amount, amounts, indexes, mostly, people, rarely, who
from model_registrations import Line, Registration
from model_state import CEA, account_of, registered
from registry_messages import code

DOCUMENT = types_pb.ChangeDocument(
    kind=types_pb.CHANGE_DOCUMENT_KIND_COURT_RULING,
    document_no="（2021）鲁01执1号",
    issued_date="2021-10-26",
    authority="法院",
    digest=bytes(32),
)
changeable = st.sampled_from([CEA, CEA, CEA, CEA, "OFFSET-WIND1-2015"])
# How units are named: so many, or the highest block that is held, or a block of somebody else.
NAMED = st.sampled_from(["", "", "", "highest", "foreign"])
OTHERS = st.sampled_from([1, 2, 3, 3, 4, 5])


class ChangeRules(MachineBase):
    """What the registration body does to holdings by two people."""

    @rule(
        number=who,
        wanted=st.lists(st.tuples(changeable, amounts, NAMED), min_size=1, max_size=2),
        person=people,
    )
    def freeze(self, number: int, wanted: list[tuple[str, str, str]], person: str) -> None:
        self.tick()
        account_no = account_of(code(number))
        lines = [self._line(account_no, *one) for one in wanted]
        form = pb.FreezeForm(document=DOCUMENT, account_no=account_no, units=map(units_of, lines))
        self._propose("freeze", lines, person, pb.InitiateFreezesRequest(freezes=[form]), account_no)

    @rule(index=indexes, much=amounts, is_all=rarely, person=people)
    def release(self, index: int, much: str, person: str, *, is_all: bool) -> None:
        self.tick()
        line = self._frozen(index, much, is_all=is_all)
        form = pb.ReleaseForm(document=DOCUMENT, units=[_frozen_units(line)])
        self._propose("release", [line], person, pb.InitiateReleasesRequest(releases=[form]))

    @rule(
        index=st.none() | indexes,
        number=who,
        receiver=OTHERS,
        product=changeable,
        much=amounts,
        person=people,
    )
    def transfer_by_judgment(
        self, index: int | None, number: int, receiver: int, product: str, much: str, person: str
    ) -> None:
        """Units go to another account, out of a freeze or out of the registered holding."""
        self.tick()
        target_no, account_no = account_of(code(receiver)), ""
        form = pb.JudicialTransferForm(document=DOCUMENT, target_account_no=target_no)
        if index is not None:
            line = self._frozen(index, much, is_all=False, target=target_no)
            form.frozen_units.append(_frozen_units(line))
        else:
            account_no = account_of(code(number))
            line = self._line(account_no, product, much, "", source=account_no, target=target_no)
            form.account_no = account_no
            form.units.append(units_of(line))
        request = pb.InitiateJudicialTransfersRequest(transfers=[form])
        self._propose("judicial_transfer", [line], person, request, account_no)

    @rule(number=who, product=changeable, much=amounts, named=NAMED, person=people)
    def recover(self, number: int, product: str, much: str, named: str, person: str) -> None:
        self.tick()
        account_no = account_of(code(number))
        line = self._line(account_no, product, much, named)
        form = pb.RecoveryForm(document=DOCUMENT, account_no=account_no, units=[units_of(line)])
        self._propose("recovery", [line], person, pb.InitiateRecoveriesRequest(recoveries=[form]), account_no)

    @rule(product=changeable, quantity=st.integers(1, 20), person=people)
    def reserve(self, product: str, quantity: int, person: str) -> None:
        self.tick()
        line = Line(product=product, quantity=quantity)
        form = pb.ReserveForm(document=DOCUMENT, product=product, quantity_tco2e=quantity)
        self._propose("reserve", [line], person, pb.InitiateReservesRequest(reserves=[form]))

    @rule(
        receiver=st.sampled_from(["R-P-37", "1", "2", "R-NATIONAL"]), much=amounts, named=NAMED, person=people
    )
    def release_reserve(self, receiver: str, much: str, named: str, person: str) -> None:
        self.tick()
        target_no = account_of(code(int(receiver))) if receiver.isdigit() else receiver
        line = self._line("R-NATIONAL", CEA, much, named, target=target_no)
        form = pb.ReserveReleaseForm(document=DOCUMENT, target_account_no=target_no, units=[units_of(line)])
        request = pb.InitiateReserveReleasesRequest(releases=[form])
        self._propose("reserve_release", [line], person, request)

    @rule(
        index=indexes,
        much=amounts,
        is_all=mostly,
        receiver=st.sampled_from(["", "", "", "2", "R-P-37", "R-NATIONAL"]),
        person=people,
    )
    def correct(self, index: int, much: str, receiver: str, person: str, *, is_all: bool) -> None:
        """Units of an entry should not have gone where they went."""
        self.tick()
        # The last ones first.
        known = list(self.model.entries)[::-1] or ["CR-000000/1"]
        number = known[index % len(known)]
        moved = self.model.entries[number][2] if number in self.model.entries else []
        target = account_of(code(int(receiver))) if receiver.isdigit() else receiver
        line = Line(target=target, quantity=0 if is_all else amount(len(moved), much), corrects=number)
        entry = pb.CorrectedEntry(transfer_no=number, quantity_tco2e=line.quantity, target_account_no=target)
        form = pb.CorrectionForm(document=DOCUMENT, entries=[entry])
        self._propose("correction", [line], person, pb.InitiateCorrectionsRequest(corrections=[form]))

    @rule(absorbed=OTHERS, survivor=OTHERS, province=st.sampled_from([HOME, HOME, HOME, ABROAD]))
    def file_merger(self, absorbed: int, survivor: int, province: str) -> None:
        self.tick()
        account_nos = [account_of(code(number)) for number in (absorbed, survivor)]
        form = pb.MergerForm(
            document=DOCUMENT, absorbed_account_no=account_nos[0], survivor_account_no=account_nos[1]
        )
        change = Registration("merger", [], *account_nos, "")
        expected = [self.model.propose(change, "official", province)]
        request = pb.FileMergersRequest(province_code=province, mergers=[form])
        self.send("FileMergers", request, expected, by="official")

    @rule(
        number=who, receiver=OTHERS, much=amounts, named=NAMED, province=st.sampled_from([HOME, HOME, ABROAD])
    )
    def file_split(self, number: int, receiver: int, much: str, named: str, province: str) -> None:
        self.tick()
        account_no = account_of(code(number))
        line = self._line(account_no, CEA, much, named, target=account_of(code(receiver)))
        part = pb.SplitPart(target_account_no=line.target, units=units_of(line))
        form = pb.SplitForm(document=DOCUMENT, account_no=account_no, parts=[part])
        change = Registration("split", [line], account_no, "", "")
        expected = [self.model.propose(change, "official", province)]
        request = pb.FileSplitsRequest(province_code=province, splits=[form])
        self.send("FileSplits", request, expected, by="official")

    @rule(index=indexes, person=people)
    def take_up(self, index: int, person: str) -> None:
        self.tick()
        number = self._registration(index, "filed")
        request = pb.InitiateFiledChangesRequest(registration_nos=[number])
        self.send("InitiateFiledChanges", request, [self.model.take_up(number, person)], by=person)

    @rule(index=indexes, person=people)
    def confirm_registration(self, index: int, person: str) -> None:
        self.tick()
        number = self._registration(index, "initiated")
        request = pb.ConfirmChangesRequest(registration_nos=[number])
        self.send("ConfirmChanges", request, [self.model.confirm_registration(number, person)], by=person)

    @rule(index=indexes)
    def reject_registration(self, index: int) -> None:
        self.tick()
        number = self._registration(index, "initiated")
        rejection = pb.ChangeRejection(registration_no=number, reason="撤回")
        request = pb.RejectChangesRequest(rejections=[rejection])
        self.send("RejectChanges", request, [self.model.reject(number)])

    def _propose(self, kind: str, lines: list[Line], person: str, request: Any, account_no: str = "") -> None:
        change = Registration(kind, lines, account_no, "", "")
        method = request.DESCRIPTOR.name.removesuffix("Request")
        self.send(method, request, [self.model.propose(change, person)], by=person)

    def _line(
        self, account_no: str, product: str, much: str, named: str, *, source: str = "", target: str = ""
    ) -> Line:
        held = self.model.units.held(registered(account_no), product)
        quantity = amount(len(held), much)
        block = None
        if named == "highest" and held:
            block = (held[-1] - min(quantity, held[-1]) + 1, held[-1])
        elif named == "foreign":
            block = (10_000, 10_000 + quantity - 1)
        return (
            Line(source, target, product, quantity, block)
            if block is None
            else Line(source, target, product, block[1] - block[0] + 1, block)
        )

    def _frozen(self, index: int, much: str, *, is_all: bool, target: str = "") -> Line:
        freezes = self.model.freezes
        known = sorted(freezes, key=lambda number: not freezes[number].serials)
        if not known:
            return Line(target=target, quantity=1, freeze_no="CR-000000/1")
        number = known[index % len(known)]
        quantity = 0 if is_all else amount(len(freezes[number].serials), much)
        return Line(target=target, quantity=quantity, freeze_no=number)

    def _registration(self, index: int, status: str) -> str:
        known = sorted(
            self.model.registrations, key=lambda number: self.model.registrations[number].status != status
        )
        return known[index % len(known)] if known else "CR-000000"


def units_of(line: Line) -> pb.UnitSelection:
    if line.block is None:
        return pb.UnitSelection(product=line.product, quantity_tco2e=line.quantity)
    return pb.UnitSelection(product=line.product, serial_start=line.block[0], serial_end=line.block[1])


def _frozen_units(line: Line) -> pb.FrozenUnits:
    return pb.FrozenUnits(freeze_no=line.freeze_no, quantity_tco2e=line.quantity)
