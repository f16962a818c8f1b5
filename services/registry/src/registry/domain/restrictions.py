"""Restrictions of use (限制使用): imposed with reason and document by those who supervise, and lifted by them.

Source: 温室气体自愿减排注册登记规则（试行）, 2023-11-16, article 10, is the nearest text. That the authorities order it
for accounts of allowances follows from their supervision (碳排放权交易管理办法（试行）, 令第19号, 2020-12-31).

REG-28  The uses that are stopped are those of the restrictions in force, and every restriction keeps who imposed and
        who lifted it, when and why.

A province lifts what it imposed itself; the ministry and the registration body, who act for the whole country, lift
all (ours).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ets_kernel.domain.errors import AccountNotFound, ProvinceMismatch, ScopeForbidden
from ets_kernel.domain.ids import AccountNo

from registry.domain.accounts import (
    Account,
    AccountKind,
    AccountUse,
    next_version,
    not_open,
    refusal_of_change,
    refusal_of_province,
)
from registry.domain.errors import AccountClosed, RestrictionLiftedAlready, SystemAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A restriction of an account; in force until it is lifted."""

    restriction_no: str
    account_no: AccountNo
    ordinal: int
    uses: frozenset[AccountUse]
    reason: str
    document_no: str
    imposed_by: str
    imposed_time: datetime
    # The province that imposed it; empty where it counts for the whole country.
    province_code: str = ""
    lifted_by: str = ""
    lifted_time: datetime | None = None
    lifting_reason: str = ""
    lifting_document_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionOrder:
    """A restriction that somebody orders; no uses means all."""

    account_no: str
    uses: frozenset[AccountUse]
    reason: str
    document_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftingOrder:
    """The lifting of a restriction that somebody orders."""

    restriction_no: str
    reason: str
    document_no: str


def account_no_of(restriction_no: str) -> str:
    """Give the number of the account that a restriction is about."""
    return restriction_no.removeprefix("AR-").rpartition("-")[0]


def refusal_of_order(
    account_no: str, account: Account | None, *, province_code: str
) -> AccountNotFound | AccountClosed | SystemAccount | ProvinceMismatch | None:
    """Tell why an account is not restricted: not open, the system's own, or another province's."""
    if account is not None and is_hidden(account, province_code):
        return not_open(account_no)
    refusal = refusal_of_change(account_no, account)
    if refusal is not None or account is None:
        return refusal
    return refusal_of_province(account, province_code)


def is_hidden(account: Account, province_code: str) -> bool:
    """Tell whether a province is not to learn of an account: nobody publishes who invests in another."""
    is_other = refusal_of_province(account, province_code) is not None
    return is_other and account.kind in {AccountKind.INSTITUTION, AccountKind.INDIVIDUAL}


def restrict(
    account: Account,
    order: RestrictionOrder,
    *,
    last_ordinal: int,
    province_code: str,
    imposed_by: str,
    at: datetime,
) -> tuple[Account, Restriction]:
    """Impose a restriction on an open account, for a province or for the whole country."""
    ordinal = last_ordinal + 1
    restriction = Restriction(
        restriction_no=f"AR-{account.account_no}-{ordinal}",
        account_no=account.account_no,
        ordinal=ordinal,
        uses=order.uses or frozenset(AccountUse),
        reason=order.reason,
        document_no=order.document_no,
        imposed_by=imposed_by,
        imposed_time=at,
        province_code=province_code,
    )
    stopped = account.restricted_uses | restriction.uses
    return next_version(account, restricted_uses=stopped), restriction


def lift(
    account: Account,
    restriction: Restriction,
    order: LiftingOrder,
    *,
    others: Iterable[Restriction],
    province_code: str,
    lifted_by: str,
    at: datetime,
) -> tuple[Account, Restriction] | ScopeForbidden | RestrictionLiftedAlready:
    """Lift a restriction; what the others in force stop stays stopped."""
    if province_code not in ("", restriction.province_code):
        return ScopeForbidden(
            f"others than province {province_code} imposed {restriction.restriction_no}",
            restriction_no=restriction.restriction_no,
            field="province_code",
        )
    if restriction.lifted_time is not None:
        return RestrictionLiftedAlready(
            f"{restriction.restriction_no} was lifted", restriction_no=restriction.restriction_no
        )

    # From here on the restriction is lifted.
    lifted = replace(
        restriction,
        lifted_by=lifted_by,
        lifted_time=at,
        lifting_reason=order.reason,
        lifting_document_no=order.document_no,
    )
    stopped = stopped_uses(one for one in others if one.restriction_no != lifted.restriction_no)
    return next_version(account, restricted_uses=stopped), lifted


def stopped_uses(restrictions: Iterable[Restriction]) -> frozenset[AccountUse]:
    """Give the uses that restrictions in force stop."""
    return frozenset(use for one in restrictions if one.lifted_time is None for use in one.uses)
