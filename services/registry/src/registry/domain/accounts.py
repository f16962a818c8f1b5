"""Registration accounts: whose they are, how they are numbered, where they stand.

Source: 碳排放权登记管理规则(试行), 公告2021年第21号, 2021-05-14: a holder has one registration account, in its own
name. 全国碳排放权交易管理办法(试行)(征求意见稿), 2020, article 14: for whom there are accounts.

REG-1   One holder has one open account, and an emitter only as a listed entity.
REG-20  Every step in the life of an account (opened, changed, restricted, closed) is a version with who made it and
        when; versions count from 1 without gaps, and the account stands as its last one says.
REG-21  A closed account keeps its number and its holder, and takes and gives no units.
REG-22  Nobody opens, changes, restricts or closes a system account.
REG-23  A person's number of the identity card is in the account's own row and nowhere else.

Whoever addresses an account hears from one place (`refusal_of_address`) that it was closed, or that nobody has it.
Another holder's account is nobody's, open or closed, so that nobody learns of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ets_kernel.domain.errors import AccountNotFound, EtsError, ProvinceMismatch
from ets_kernel.domain.ids import (
    NATIONAL_ACCOUNT,
    AccountNo,
    CreditCode,
    ProvinceCode,
    provincial_account,
)
from ets_kernel.domain.provinces import parse_province_code
from ets_ledger.domain.values import Bucket, Place

from registry.domain.errors import (
    AccountClosed,
    AccountKindWrong,
    AccountOpenAlready,
    AccountRestricted,
    EntityNotListed,
    NameMismatch,
    SystemAccount,
)

# System accounts: what was surrendered, and what was taken back, for good.
SURRENDERED: Final = Place(AccountNo("R-SURRENDERED"), Bucket.SURRENDERED)
RECOVERED: Final = Place(AccountNo("R-RECOVERED"), Bucket.RECOVERED)
# What holders cancelled, and what was given up for units of 2025.
CANCELLED: Final = Place(AccountNo("R-CANCELLED"), Bucket.CANCELLED)
CARRIED_OVER: Final = Place(AccountNo("R-CARRIED-OVER"), Bucket.RECOVERED)


class AccountKind(StrEnum):
    """Kinds of registration account."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    EMITTER = "emitter"
    INSTITUTION = "institution"
    INDIVIDUAL = "individual"
    SYSTEM = "system"


AUTHORITIES: Final = frozenset({AccountKind.NATIONAL, AccountKind.PROVINCIAL})
"""Kinds that the registration body opens by itself; the holders of the others apply."""


class AccountStatus(StrEnum):
    """Where an account stands."""

    APPLIED = "applied"
    OPEN = "open"
    CLOSED = "closed"


class AccountUse(StrEnum):
    """What an account is used for; a restriction (限制使用) names the uses that it stops."""

    TRANSFER_TO_TRADING = "transfer_to_trading"
    SURRENDER = "surrender"
    CANCELLATION = "cancellation"
    CARRY_OVER = "carry_over"
    RECEIPT = "receipt"


class AccountChange(StrEnum):
    """What a version of an account follows from."""

    OPENED = "opened"
    INFORMATION = "information"
    OPERATORS = "operators"
    RESTRICTED = "restricted"
    RESTRICTION_LIFTED = "restriction_lifted"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntity:
    """A key emitter on the roster, as the management platform told."""

    credit_code: CreditCode
    name: str
    province_code: ProvinceCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A registration account at one of its versions; authorities and persons have no credit code."""

    account_no: AccountNo
    kind: AccountKind
    credit_code: str
    name: str
    province_code: str
    opened_time: datetime | None
    closed_time: datetime | None = None
    identity_number: str = field(default="", repr=False)
    licence_no: str = ""
    contact: str = field(default="", repr=False)
    status: AccountStatus = AccountStatus.OPEN
    # 0 before it is opened for the first time.
    version: int = 1
    # Uses that restrictions in force stop.
    restricted_uses: frozenset[AccountUse] = frozenset()
    # Whether an operator is registered who confirms the holder's commands.
    is_confirmation_needed: bool = False

    @property
    def holder_no(self) -> str:
        """What the holder is known by: its credit code, or a person's number; empty for authorities."""
        return self.identity_number or self.credit_code


class AddressedAccounts(Mapping[str, Account]):
    """The open ones of the accounts that a command addresses, by number; of the others, why they are not open."""

    def __init__(self, known: Iterable[Account]) -> None:
        self._open: dict[str, Account] = {}
        self._closed: dict[str, Account] = {}
        for account in known:
            if account.status is AccountStatus.OPEN:
                self._open[self._key_of(account)] = account
            elif account.status is AccountStatus.CLOSED:
                self._closed.setdefault(self._key_of(account), account)

    def __getitem__(self, key: str) -> Account:
        return self._open[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    def found(self, key: str, *, holder_no: str | None = None) -> Account | AccountNotFound | AccountClosed:
        """Give an open account, of this holder where one is named, or why there is none."""
        account = self._open.get(key) or self._closed.get(key)
        refusal = refusal_of_address(self._named(key), account, holder_no=holder_no)
        if refusal is None and account is not None:
            return account
        return refusal or not_open(self._named(key))

    def _key_of(self, account: Account) -> str:
        return account.account_no

    def _named(self, key: str) -> str:
        return key


class AddressedHolders(AddressedAccounts):
    """The same by holder; a holder's number never shows, so that no person's does."""

    def _key_of(self, account: Account) -> str:
        return account.holder_no

    def _named(self, key: str) -> str:
        del key
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStep:
    """A step in the life of an account: how it stands from then on, and what that follows from."""

    account: Account
    change: AccountChange
    # Number of the application or restriction; empty where there is none.
    document_no: str
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpening:
    """An account that the registration body opens for an authority."""

    kind: AccountKind
    name: str
    province_code: str


SYSTEM_ACCOUNTS: Final[Mapping[str, Account]] = MappingProxyType(
    {
        place.account: Account(
            account_no=AccountNo(place.account),
            kind=AccountKind.SYSTEM,
            credit_code="",
            name=name,
            province_code="",
            opened_time=None,
        )
        for place, name in (
            (RECOVERED, "收回"),
            (SURRENDERED, "清缴"),
            (CANCELLED, "注销"),
            (CARRIED_OVER, "结转"),
        )
    }
)
"""Where units lie that no holder has, by number."""


def account_no_of(opening: AccountOpening) -> AccountNo:
    """Name the account of an authority; ACCOUNT_KIND_WRONG for others, PROVINCE_UNKNOWN for no province."""
    if opening.kind is AccountKind.NATIONAL:
        return NATIONAL_ACCOUNT
    if opening.kind is AccountKind.PROVINCIAL:
        return provincial_account(parse_province_code(opening.province_code))
    raise AccountKindWrong(f"an account of kind {opening.kind} is not opened like this", kind=opening.kind)


def open_account(opening: AccountOpening, *, is_open: bool, at: datetime) -> Account | EtsError:
    """Decide whether the account of an authority is opened."""
    try:
        account_no = account_no_of(opening)
    except EtsError as refusal:
        return refusal
    if is_open:
        return open_already(account_no)

    # From here on the account is opened.
    return Account(
        account_no=account_no,
        kind=opening.kind,
        credit_code="",
        name=opening.name,
        province_code="" if opening.kind is AccountKind.NATIONAL else opening.province_code,
        opened_time=at,
    )


def next_version(account: Account, **changes: object) -> Account:
    """Give the account as it stands after a step."""
    return replace(account, version=account.version + 1, **changes)  # type: ignore[arg-type]


def refusal_of_use(account: Account, use: AccountUse) -> AccountClosed | AccountRestricted | None:
    """Tell why an account may not be used for this now: it is closed, or a restriction in force stops it.

    A trade that was concluded is settled in spite of a restriction of receipt: the units are the buyer's already.
    """
    if account.status is AccountStatus.CLOSED:
        return closed(account.account_no)
    if use not in account.restricted_uses:
        return None
    return AccountRestricted(
        f"{account.account_no} is restricted: no {use}", account_no=account.account_no, use=use
    )


def refusal_of_holder(
    holder: str, name: str, province_code: str, listed: ListedEntity | None
) -> EntityNotListed | NameMismatch | ProvinceMismatch | None:
    """Tell why this is no holder of an emitter's account: the roster has no such entity, name or province."""
    if listed is None:
        return EntityNotListed(f"{holder} is no key emitter on the roster", credit_code=holder)
    if name != listed.name:
        return NameMismatch(
            f"the roster names {holder} {listed.name!r}",
            credit_code=holder,
            name=name,
            roster_name=listed.name,
        )
    if province_code != listed.province_code:
        return ProvinceMismatch(
            f"province {listed.province_code} answers for {holder}",
            province_code=province_code,
            roster_province_code=listed.province_code,
        )
    return None


def refusal_of_change(
    account_no: str, account: Account | None, *, credit_code: str = ""
) -> AccountNotFound | AccountClosed | SystemAccount | None:
    """Tell why nothing about an account can change: nobody's or another's, closed, or the system's own."""
    if account_no in SYSTEM_ACCOUNTS:
        return SystemAccount(f"{account_no} is a system account", account_no=account_no)
    return refusal_of_address(account_no, account, holder_no=credit_code or None)


def refusal_of_address(
    account_no: str, account: Account | None, *, holder_no: str | None = None
) -> AccountNotFound | AccountClosed | None:
    """Tell why an account cannot be addressed: nobody's or not this holder's, or closed."""
    if (
        account is None
        or account.status is AccountStatus.APPLIED
        or holder_no not in (None, account.holder_no)
    ):
        return not_open(account_no)
    if account.status is AccountStatus.CLOSED:
        return closed(account.account_no)
    return None


def refusal_of_province(account: Account, province_code: str) -> ProvinceMismatch | None:
    """Tell why a province does not act on an account; empty is nobody's province."""
    if province_code in ("", account.province_code):
        return None
    return ProvinceMismatch(
        f"province {account.province_code or 'none'} answers for {account.account_no}",
        province_code=province_code,
        roster_province_code=account.province_code,
    )


def not_open(account_no: str) -> AccountNotFound:
    """Refuse an account that nobody has, or a holder that has none."""
    if not account_no:
        return AccountNotFound("the holder has no open account")
    return AccountNotFound(f"{account_no} is not open", account_no=account_no)


def closed(account_no: str) -> AccountClosed:
    """Refuse an account that was closed."""
    return AccountClosed(f"{account_no} was closed", account_no=account_no)


def open_already(account_no: str) -> AccountOpenAlready:
    """Refuse a second account of a holder, naming the first."""
    return AccountOpenAlready(f"{account_no} is open already", account_no=account_no)
