"""Voluntary cancellation (自愿注销): allowances that their holder gives up for the public good.

Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 19: they are deducted from the national total,
never allocated, registered or traded again, and the cancellation is published. Draft of the same measures
(征求意见稿), article 15.

REG-40 A cancellation is registered once, by two people of the registration body of whom neither applied for it.
REG-41 The units of an application wait in pending cancellation until it is registered, refused or withdrawn;
       registered ones are out of the national total for good.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ets_kernel.domain.errors import (
    ApplicationAlreadyDecided,
    ApplicationNotFound,
    EtsError,
    ProductInvalid,
    SamePerson,
    ScopeForbidden,
)
from ets_kernel.domain.ids import AccountNo, ApplicationNo, ProductCode
from ets_kernel.domain.products import ProductKind, parse_product
from ets_ledger.domain.values import SerialRange

from registry.domain.accounts import AUTHORITIES, Account, AccountUse, AddressedAccounts, refusal_of_use
from registry.domain.corrected_records import RecordCorrection
from registry.domain.operators import refusal_of_command
from registry.domain.retirement_errors import CancellationNotChecked, ProductNotCancellable


class CancellationPurpose(StrEnum):
    """What units are cancelled for."""

    PUBLIC_GOOD = "public_good"
    EVENT_NEUTRALITY = "event_neutrality"
    OWN_EMISSIONS = "own_emissions"
    OTHER = "other"


class CancellationStatus(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    CHECKED = "checked"
    REGISTERED = "registered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


WAITING = frozenset({CancellationStatus.SUBMITTED, CancellationStatus.CHECKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationForm:
    """What somebody applies to cancel, tCO2e; without serials the lowest that the account holds."""

    account_no: str
    # Credit code, or a person's number; empty for authorities.
    holder_no: str
    product: str
    quantity_tco2e: int
    serials: tuple[SerialRange, ...]
    purpose: CancellationPurpose
    beneficiary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationApplication:
    """An application with the units that it holds."""

    application_no: ApplicationNo
    ordinal: int
    account_no: AccountNo
    product: ProductCode
    quantity_tco2e: int
    serials: tuple[SerialRange, ...]
    purpose: CancellationPurpose
    beneficiary: str
    status: CancellationStatus
    submitted_by: str
    submitted_time: datetime
    checked_by: str = ""
    checked_time: datetime | None = None
    # Who registered, refused or withdrew it.
    decided_by: str = ""
    decided_time: datetime | None = None
    note: str = ""
    certificate_no: str = ""
    # What was taken back of it after it was registered, and registered again.
    corrections: tuple[RecordCorrection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalTotal:
    """What became of the allowances of one vintage, tCO2e."""

    product: str
    issued_tco2e: int
    surrendered_tco2e: int
    cancelled_tco2e: int
    recovered_tco2e: int
    carried_over_tco2e: int

    @property
    def outstanding_tco2e(self) -> int:
        """Units that somebody holds."""
        retired = self.surrendered_tco2e + self.cancelled_tco2e + self.recovered_tco2e
        return self.issued_tco2e - retired - self.carried_over_tco2e


def is_cancellable(product: str) -> bool:
    """Tell whether units may be cancelled: allowances, neither borrowed ones nor offset credits."""
    try:
        return parse_product(product, "product").kind is ProductKind.ALLOWANCE
    except ProductInvalid:
        return False


def apply_to_cancel(
    form: CancellationForm,
    *,
    accounts: AddressedAccounts,
    is_staff: bool,
    is_confirmed: bool,
    ordinal: int,
    by: str,
    at: datetime,
) -> CancellationApplication | EtsError:
    """Decide an application, but for the holding; refusals: account, scope, confirmation, restriction, product.

    Staff apply for accounts without a holder of their own, the national and the provincial ones, and for no other.
    """
    account = accounts.found(form.account_no, holder_no=form.holder_no)
    if isinstance(account, EtsError):
        return account
    if is_staff != (account.kind in AUTHORITIES):
        return ScopeForbidden(
            f"{by} may not apply for {form.account_no}", account_no=form.account_no, field="account_no"
        )
    refusal = refusal_of_command(account, is_confirmed=is_confirmed) or refusal_of_use(
        account, AccountUse.CANCELLATION
    )
    if refusal is not None:
        return refusal
    if not is_cancellable(form.product):
        return ProductNotCancellable(f"{form.product} cannot be cancelled", product=form.product)

    # From here on the application is accepted, if the account holds the units.
    return CancellationApplication(
        application_no=ApplicationNo(f"VC-{account.account_no}-{ordinal}"),
        ordinal=ordinal,
        account_no=account.account_no,
        product=ProductCode(form.product),
        quantity_tco2e=form.quantity_tco2e,
        serials=form.serials,
        purpose=form.purpose,
        beneficiary=form.beneficiary,
        status=CancellationStatus.SUBMITTED,
        submitted_by=by,
        submitted_time=at,
    )


def withdraw(
    application: CancellationApplication | None,
    *,
    application_no: str,
    account: Account | None,
    holder_no: str,
    by: str,
    at: datetime,
) -> CancellationApplication | EtsError:
    """Take an application back before it is decided; another holder's is not found."""
    if application is None or account is None or account.holder_no != holder_no:
        return application_not_found(application_no)
    refusal = _refusal_of_decided(application)
    if refusal is not None:
        return refusal
    return replace(application, status=CancellationStatus.WITHDRAWN, decided_by=by, decided_time=at)


def check(
    application: CancellationApplication, *, is_passed: bool, note: str, by: str, at: datetime
) -> CancellationApplication | EtsError:
    """Let the first person pass or refuse an application."""
    refusal = _refusal_of_decided(application)
    if refusal is not None:
        return refusal
    if application.status is not CancellationStatus.SUBMITTED:
        return ApplicationAlreadyDecided(
            f"{application.application_no} was checked",
            application_no=application.application_no,
            status=application.status,
        )
    if by == application.submitted_by:
        return SamePerson(f"{by} applied for {application.application_no}", subject=by)
    if not is_passed:
        return _refused(application, note=note, by=by, at=at)
    return replace(application, status=CancellationStatus.CHECKED, checked_by=by, checked_time=at)


def register(
    application: CancellationApplication,
    *,
    is_passed: bool,
    note: str,
    certificate_no: str,
    by: str,
    at: datetime,
) -> CancellationApplication | EtsError:
    """Let the second person register a cancellation or refuse it."""
    refusal = _refusal_of_decided(application)
    if refusal is not None:
        return refusal
    if application.status is not CancellationStatus.CHECKED:
        return CancellationNotChecked(
            f"nobody has checked {application.application_no}", application_no=application.application_no
        )
    if by in (application.checked_by, application.submitted_by):
        return SamePerson(f"{by} checked or applied for {application.application_no}", subject=by)
    if not is_passed:
        return _refused(application, note=note, by=by, at=at)
    return replace(
        application,
        status=CancellationStatus.REGISTERED,
        certificate_no=certificate_no,
        decided_by=by,
        decided_time=at,
    )


def certificate_no(year: int, ordinal: int) -> str:
    """Give the number of a certificate by year; it names no holder, for it is published."""
    return f"VC-{year}-{ordinal:06d}"


def application_not_found(application_no: str) -> ApplicationNotFound:
    """Refuse an application that nobody made."""
    return ApplicationNotFound(f"there is no {application_no}", application_no=application_no)


def _refused(
    application: CancellationApplication, *, note: str, by: str, at: datetime
) -> CancellationApplication:
    return replace(application, status=CancellationStatus.REFUSED, note=note, decided_by=by, decided_time=at)


def _refusal_of_decided(application: CancellationApplication) -> ApplicationAlreadyDecided | None:
    if application.status in WAITING:
        return None
    return ApplicationAlreadyDecided(
        f"{application.application_no} is {application.status}",
        application_no=application.application_no,
        status=application.status,
    )
