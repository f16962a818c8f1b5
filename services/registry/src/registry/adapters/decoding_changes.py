"""Forms of change registrations to proposals; a line with a quantity and a block, or neither, is MALFORMED_REQUEST."""

from dataclasses import replace
from typing import Final

from ets.registry.v1 import registry_change_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import MalformedRequest
from ets_ledger.domain.values import SerialRange

from registry.adapters.decoding import business_day
from registry.adapters.encoding_changes import DOCUMENT_KINDS
from registry.domain.change import ChangeKind, ChangeLine, Document, ProposedChange

_DOCUMENT_KINDS: Final = {value: kind for kind, value in DOCUMENT_KINDS.items()}


def freeze(form: pb.FreezeForm) -> ProposedChange:
    """Take a freeze."""
    return ProposedChange(
        kind=ChangeKind.FREEZE,
        document=_document(form.document),
        lines=tuple(_units(line) for line in form.units),
        account_no=form.account_no,
        expiry_date=business_day(form.expiry_date, "expiry_date") if form.expiry_date else None,
    )


def release(form: pb.ReleaseForm) -> ProposedChange:
    """Take a release."""
    return ProposedChange(
        kind=ChangeKind.RELEASE,
        document=_document(form.document),
        lines=tuple(_frozen(line) for line in form.units),
    )


def judicial_transfer(form: pb.JudicialTransferForm) -> ProposedChange:
    """Take a judicial transfer; it moves something, and registered units come out of a named account."""
    if not form.units and not form.frozen_units:
        raise _malformed("units", "some units")
    if bool(form.account_no) != bool(form.units):
        raise _malformed("account_no", "an account exactly when registered units are named")
    target_no = form.target_account_no
    registered = (
        _units(line, source_account_no=form.account_no, target_account_no=target_no) for line in form.units
    )
    return ProposedChange(
        kind=ChangeKind.JUDICIAL_TRANSFER,
        document=_document(form.document),
        lines=(*(_frozen(line, target_account_no=target_no) for line in form.frozen_units), *registered),
        account_no=form.account_no,
    )


def recovery(form: pb.RecoveryForm) -> ProposedChange:
    """Take a recovery."""
    return ProposedChange(
        kind=ChangeKind.RECOVERY,
        document=_document(form.document),
        lines=tuple(_units(line) for line in form.units),
        account_no=form.account_no,
    )


def reserve(form: pb.ReserveForm) -> ProposedChange:
    """Take a creation of reserve allowances."""
    return ProposedChange(
        kind=ChangeKind.RESERVE,
        document=_document(form.document),
        lines=(ChangeLine(product=form.product, quantity_tco2e=form.quantity_tco2e),),
    )


def reserve_release(form: pb.ReserveReleaseForm) -> ProposedChange:
    """Take a release of reserve allowances."""
    return ProposedChange(
        kind=ChangeKind.RESERVE_RELEASE,
        document=_document(form.document),
        lines=tuple(_units(line, target_account_no=form.target_account_no) for line in form.units),
    )


def correction(form: pb.CorrectionForm) -> ProposedChange:
    """Take a correction."""
    return ProposedChange(
        kind=ChangeKind.CORRECTION,
        document=_document(form.document),
        lines=tuple(_corrected(line) for line in form.entries),
    )


def merger(form: pb.MergerForm) -> ProposedChange:
    """Take a merger."""
    return ProposedChange(
        kind=ChangeKind.MERGER,
        document=_document(form.document),
        lines=(),
        account_no=form.absorbed_account_no,
        survivor_account_no=form.survivor_account_no,
    )


def split(form: pb.SplitForm) -> ProposedChange:
    """Take a split."""
    return ProposedChange(
        kind=ChangeKind.SPLIT,
        document=_document(form.document),
        lines=tuple(_units(part.units, target_account_no=part.target_account_no) for part in form.parts),
        account_no=form.account_no,
    )


def _document(message: types_pb.ChangeDocument) -> Document:
    return Document(
        kind=_DOCUMENT_KINDS[message.kind],
        document_no=message.document_no,
        issued_date=business_day(message.issued_date, "issued_date"),
        authority=message.authority,
        digest=message.digest,
    )


def _units(
    message: pb.UnitSelection, *, source_account_no: str = "", target_account_no: str = ""
) -> ChangeLine:
    return replace(
        _selected(message, is_all_allowed=False),
        product=message.product,
        source_account_no=source_account_no,
        target_account_no=target_account_no,
    )


def _frozen(message: pb.FrozenUnits, *, target_account_no: str = "") -> ChangeLine:
    return replace(
        _selected(message, is_all_allowed=True),
        freeze_no=message.freeze_no,
        target_account_no=target_account_no,
    )


def _corrected(message: pb.CorrectedEntry) -> ChangeLine:
    return replace(
        _selected(message, is_all_allowed=True),
        corrects=message.transfer_no,
        target_account_no=message.target_account_no,
    )


def _selected(
    message: pb.UnitSelection | pb.FrozenUnits | pb.CorrectedEntry, *, is_all_allowed: bool
) -> ChangeLine:
    start, end, quantity = message.serial_start, message.serial_end, message.quantity_tco2e
    if not start and not end:
        if not quantity and not is_all_allowed:
            raise _malformed("quantity_tco2e", "a quantity or a block")
        return ChangeLine(quantity_tco2e=quantity)
    if quantity or not 1 <= start <= end:
        raise _malformed("serial_start", "a quantity or a block, whose end is its start or later")
    return ChangeLine(quantity_tco2e=end - start + 1, serials=SerialRange(start, end))


def _malformed(field: str, rule: str) -> MalformedRequest:
    return MalformedRequest(f"{field} is not as it must be: {rule}", field=field, rule=rule)
