"""General holding accounts (一般持有账户): applied for at a venue, reviewed twice, then open.

CCB-1  One holder has one account, and it opens after two reviews by two people: the venue that took the application,
       then 国家气候战略中心. Every review is kept with who made it and when.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.errors import AccountNotFound, EtsError, ReviewOutOfOrder, SamePerson
from ets_kernel.domain.ids import AccountNo, CreditCode, MarketCode, ccer_account, parse_credit_code
from ets_kernel.domain.provinces import parse_province_code

from ccer_bridge.domain.errors import (
    AccountAppliedAlready,
    AccountNotOpen,
    VenueMismatch,
    VenueUnknown,
)

# Source: 《关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知》, 2021-10-23, annex 1, step 1. The codes
# of two letters are ours.
VENUES: Final = MappingProxyType(
    {
        MarketCode("BJ"): "北京绿色交易所",
        MarketCode("TJ"): "天津排放权交易所",
        MarketCode("SH"): "上海环境能源交易所",
        MarketCode("GZ"): "广州碳排放权交易中心",
        MarketCode("SZ"): "深圳排放权交易所",
        MarketCode("HB"): "湖北碳排放权交易中心",
        MarketCode("CQ"): "重庆联合产权交易所",
        MarketCode("SC"): "四川联合环境交易所",
        MarketCode("FJ"): "海峡股权交易中心",
    }
)


class AccountStatus(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    FIRST_REVIEWED = "first_reviewed"
    OPEN = "open"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account at one of its versions; versions count from 1, one per application and review."""

    account_no: AccountNo
    credit_code: CreditCode
    name: str
    # Empty for holders that are no key emitters.
    province_code: str
    venue: MarketCode
    status: AccountStatus
    version: int
    first_reviewed_by: str = ""
    second_reviewed_by: str = ""
    opened_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountApplication:
    """An account that somebody asks for."""

    credit_code: str
    name: str
    province_code: str
    venue: str


def parse_venue(text: str) -> MarketCode:
    """Take the code of a venue; VENUE_UNKNOWN for any other text."""
    venue = MarketCode(text)
    if venue not in VENUES:
        raise VenueUnknown(f"{text!r} is no venue", venue=text, allowed=" ".join(VENUES))
    return venue


def account_no_of(credit_code: str) -> AccountNo:
    """Name a holder's account, whether or not there is one."""
    return ccer_account(CreditCode(credit_code))


def apply_for_account(application: AccountApplication, *, known: Account | None) -> Account | EtsError:
    """Take an application; a holder that was refused may apply again."""
    try:
        credit_code = parse_credit_code(application.credit_code)
        if application.province_code:
            parse_province_code(application.province_code)
        venue = parse_venue(application.venue)
    except EtsError as refusal:
        return refusal
    account_no = account_no_of(credit_code)
    if known is not None and known.status is not AccountStatus.REFUSED:
        return AccountAppliedAlready(
            f"{account_no} is {known.status}", account_no=account_no, status=known.status
        )

    # From here on the application is taken.
    return Account(
        account_no=account_no,
        credit_code=credit_code,
        name=application.name,
        province_code=application.province_code,
        venue=venue,
        status=AccountStatus.SUBMITTED,
        version=1 if known is None else known.version + 1,
    )


def review_first(
    account: Account | None, *, account_no: str, venue: str, is_passed: bool, reviewed_by: str
) -> Account | EtsError:
    """Make the first review (初审), as the venue that took the application."""
    if account is None:
        return account_not_found(account_no)
    if account.status is not AccountStatus.SUBMITTED:
        return _out_of_order(account)
    if account.venue != venue:
        return VenueMismatch(
            f"{account_no} was applied for at {account.venue}", account_no=account_no, venue=account.venue
        )

    # From here on the review is made.
    return replace(
        account,
        status=AccountStatus.FIRST_REVIEWED if is_passed else AccountStatus.REFUSED,
        first_reviewed_by=reviewed_by,
        version=account.version + 1,
    )


def review_second(
    account: Account | None, *, account_no: str, is_passed: bool, reviewed_by: str, at: datetime
) -> Account | EtsError:
    """Make the second review (复审), as the centre; passing it opens the account."""
    if account is None:
        return account_not_found(account_no)
    if account.status is not AccountStatus.FIRST_REVIEWED:
        return _out_of_order(account)
    if account.first_reviewed_by == reviewed_by:
        return SamePerson(f"{reviewed_by} made the first review of {account_no}", subject=reviewed_by)

    # From here on the review is made.
    return replace(
        account,
        status=AccountStatus.OPEN if is_passed else AccountStatus.REFUSED,
        second_reviewed_by=reviewed_by,
        opened_time=at if is_passed else None,
        version=account.version + 1,
    )


def refusal_of_use(account: Account | None, account_no: str) -> AccountNotFound | AccountNotOpen | None:
    """Tell why an account cannot give or take units."""
    if account is None:
        return account_not_found(account_no)
    if account.status is not AccountStatus.OPEN:
        return AccountNotOpen(
            f"{account_no} is {account.status}", account_no=account_no, status=account.status
        )
    return None


def account_not_found(account_no: str) -> AccountNotFound:
    """Refuse an account that nobody has."""
    return AccountNotFound(f"there is no account {account_no}", account_no=account_no)


def _out_of_order(account: Account) -> ReviewOutOfOrder:
    return ReviewOutOfOrder(
        f"{account.account_no} is {account.status}", account_no=account.account_no, status=account.status
    )
