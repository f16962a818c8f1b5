"""Registration accounts: who may open one, and how it is numbered.

REG-1  One entity has one account, and only a listed entity has one.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ets_kernel.domain.errors import EtsError, ProvinceMismatch
from ets_kernel.domain.ids import (
    NATIONAL_ACCOUNT,
    AccountNo,
    CreditCode,
    ProvinceCode,
    emitter_account,
    parse_credit_code,
    provincial_account,
)
from ets_kernel.domain.provinces import parse_province_code
from ets_ledger.domain.values import Bucket, Place

from registry.domain.errors import AccountOpenAlready, AccountRestricted, EntityNotListed, NameMismatch

# System accounts: what was surrendered, and what was taken back, for good.
SURRENDERED: Final = Place(AccountNo("R-SURRENDERED"), Bucket.SURRENDERED)
RECOVERED: Final = Place(AccountNo("R-RECOVERED"), Bucket.RECOVERED)


class AccountKind(StrEnum):
    """Kinds of registration account."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    EMITTER = "emitter"


class AccountUse(StrEnum):
    """What an account is used for; a restriction (限制使用) names the uses that it stops."""

    TRANSFER_TO_TRADING = "transfer_to_trading"
    SURRENDER = "surrender"
    CANCELLATION = "cancellation"
    CARRY_OVER = "carry_over"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntity:
    """A key emitter on the roster, as the management platform told."""

    credit_code: CreditCode
    name: str
    province_code: ProvinceCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A registration account; national and provincial ones have no credit code."""

    account_no: AccountNo
    kind: AccountKind
    credit_code: str
    name: str
    province_code: str
    opened_time: datetime
    # Uses that restrictions in force stop.
    restricted_uses: frozenset[AccountUse] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpening:
    """An account that somebody asks for."""

    kind: AccountKind
    credit_code: str
    name: str
    province_code: str


def account_no_of(opening: AccountOpening) -> AccountNo:
    """Name the account that is asked for; CREDIT_CODE_INVALID and PROVINCE_UNKNOWN for holders that cannot be."""
    if opening.kind is AccountKind.NATIONAL:
        return NATIONAL_ACCOUNT
    if opening.kind is AccountKind.PROVINCIAL:
        return provincial_account(parse_province_code(opening.province_code))
    credit_code = parse_credit_code(opening.credit_code)
    parse_province_code(opening.province_code)
    return emitter_account(credit_code)


def open_account(
    opening: AccountOpening, *, listed: ListedEntity | None, is_open: bool, at: datetime
) -> Account | EtsError:
    """Decide whether an account is opened."""
    try:
        account_no = account_no_of(opening)
    except EtsError as refusal:
        return refusal
    if opening.kind is AccountKind.EMITTER:
        refusal_of_holder = _refusal_of_holder(opening, listed)
        if refusal_of_holder is not None:
            return refusal_of_holder
    if is_open:
        return AccountOpenAlready(f"{account_no} is open already", account_no=account_no)

    # From here on the account is opened.
    is_emitter = opening.kind is AccountKind.EMITTER
    is_national = opening.kind is AccountKind.NATIONAL
    return Account(
        account_no=account_no,
        kind=opening.kind,
        credit_code=opening.credit_code if is_emitter else "",
        name=opening.name,
        province_code="" if is_national else opening.province_code,
        opened_time=at,
    )


def refusal_of_use(account: Account, use: AccountUse) -> AccountRestricted | None:
    """Tell why an account may not be used for this now: a restriction in force stops it."""
    if use not in account.restricted_uses:
        return None
    return AccountRestricted(
        f"{account.account_no} is restricted: no {use}", account_no=account.account_no, use=use
    )


def _refusal_of_holder(opening: AccountOpening, listed: ListedEntity | None) -> EtsError | None:
    if listed is None:
        return EntityNotListed(
            f"{opening.credit_code} is no key emitter on the roster", credit_code=opening.credit_code
        )
    if opening.name != listed.name:
        return NameMismatch(
            f"the roster names {opening.credit_code} {listed.name!r}",
            credit_code=opening.credit_code,
            name=opening.name,
            roster_name=listed.name,
        )
    if opening.province_code != listed.province_code:
        return ProvinceMismatch(
            f"province {listed.province_code} answers for {opening.credit_code}",
            province_code=opening.province_code,
            roster_province_code=listed.province_code,
        )
    return None
