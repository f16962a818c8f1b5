"""Who and what is meant: typed identities, their one parser and their one printer.

A person's number is personal: it is in no account number, no event and no read. What others see is `masked`.

IDS-1  A CreditCode comes from `parse_credit_code` or `make_credit_code`, so its check character holds.
IDS-2  Account numbers follow from the holder, so every service names the same account alike.
"""

from datetime import date
from typing import Final, NewType

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import CreditCodeInvalid, IdentityNumberInvalid

CreditCode = NewType("CreditCode", str)  # 统一社会信用代码 of an entity, 18 characters.
IdentityNumber = NewType("IdentityNumber", str)  # 公民身份号码 of a person, 18 characters.
ProvinceCode = NewType("ProvinceCode", str)  # GB/T 2260, first two digits; "66" for the Corps.
AccountNo = NewType("AccountNo", str)
ProductCode = NewType("ProductCode", str)
ProjectNo = NewType("ProjectNo", str)
Period = NewType("Period", str)  # Name of a compliance period: "2019-2020".
MarketCode = NewType("MarketCode", str)  # "CEA" or the code of a CCER venue.
UnitNo = NewType("UnitNo", str)
TableNo = NewType("TableNo", str)
DocumentNo = NewType("DocumentNo", str)
ApplicationNo = NewType("ApplicationNo", str)
CancellationNo = NewType("CancellationNo", str)
HandoverNo = NewType("HandoverNo", str)
TransferNo = NewType("TransferNo", str)
OrderId = NewType("OrderId", str)
TradeId = NewType("TradeId", str)
RequestId = NewType("RequestId", str)

# Source: GB 32100-2015, 法人和其他组织统一社会信用代码编码规则, in force since 2015-10-01: 31 characters,
# without I, O, S, V and Z; weights 3^(i-1) mod 31; positions 3 to 8 are the administrative division, digits.
_CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_MODULUS: Final = 31
_VALUES: Final = {character: value for value, character in enumerate(_CHARACTERS)}
_LENGTH: Final = 18
_DIVISION: Final = slice(2, 8)

# Source: GB 11643-1999, 公民身份号码, in force since 1999-07-01: six digits of the administrative division, eight of
# the day of birth, three of order, and a check character of ISO 7064, MOD 11-2, with weights 2^(18-i) mod 11.
_IDENTITY_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS: Final = "10X98765432"
_IDENTITY_MODULUS: Final = 11
_BIRTH: Final = slice(6, 14)
_SHOWN: Final = 4

NATIONAL_ACCOUNT: Final = AccountNo("R-NATIONAL")


def parse_credit_code(text: str, field: str = "credit_code") -> CreditCode:
    """Take a unified social credit code in its one form, upper case and without blanks.

    CREDIT_CODE_INVALID says in its metadata which field, what is wrong and what is allowed.
    """
    if len(text) != _LENGTH:
        raise _invalid(field, f"{len(text)} characters", f"{_LENGTH} characters")
    for position, character in enumerate(text, start=1):
        if character not in _VALUES:
            raise _invalid(field, f"{character!r} at position {position}", f"one of {_CHARACTERS}")
    if not text[_DIVISION].isdecimal():
        raise _invalid(field, f"{text[_DIVISION]!r} at positions 3 to 8", "six digits")
    expected = _check_character(text[:-1])
    if text[-1] != expected:
        raise _invalid(field, f"check character {text[-1]!r}", f"check character {expected!r}")
    return CreditCode(text)


def make_credit_code(first17: str) -> CreditCode:
    """Complete the first 17 characters of a credit code with their check character."""
    ensure(len(first17) == _LENGTH - 1, "A credit code is made from its first 17 characters")
    ensure(all(character in _VALUES for character in first17), f"Credit codes are made of {_CHARACTERS}")
    return parse_credit_code(first17 + _check_character(first17))


def parse_identity_number(text: str, field: str = "credit_code") -> IdentityNumber:
    """Take the number of a person's identity card in its one form, with an upper-case X.

    IDENTITY_NUMBER_INVALID says which field and what is wrong, and never repeats the number.
    """
    if len(text) != _LENGTH:
        raise _no_identity(field, f"{len(text)} characters", f"{_LENGTH} characters")
    if not (text[:-1].isascii() and text[:-1].isdecimal()):
        raise _no_identity(field, "something else than a digit", "17 digits and a check character")
    try:
        date.fromisoformat(text[_BIRTH])
    except ValueError as error:
        raise _no_identity(field, "no day of birth at positions 7 to 14", "YYYYMMDD") from error
    if text[-1] != _identity_check(text[:-1]):
        raise _no_identity(field, "another check character", "ISO 7064, MOD 11-2")
    return IdentityNumber(text)


def make_identity_number(first17: str) -> IdentityNumber:
    """Complete the first 17 digits of a person's number with their check character."""
    return parse_identity_number(first17 + _identity_check(first17))


def masked(identity_number: str) -> str:
    """Show of a person's number the last four characters only."""
    hidden = len(identity_number) - _SHOWN
    return "*" * hidden + identity_number[hidden:] if identity_number else ""


def provincial_account(province_code: ProvinceCode) -> AccountNo:
    """Name the registry account of a provincial authority."""
    return AccountNo(f"R-P-{province_code}")


def emitter_account(credit_code: CreditCode) -> AccountNo:
    """Name the registry account of an entity."""
    return AccountNo(f"R-E-{credit_code}")


def institution_account(credit_code: CreditCode) -> AccountNo:
    """Name the registry account of an institution that is no key emitter."""
    return AccountNo(f"R-I-{credit_code}")


def individual_account(ordinal: int) -> AccountNo:
    """Name the registry account of a person by its order of application, so that nothing personal shows."""
    return AccountNo(f"R-N-{ordinal:08d}")


def ccer_account(credit_code: CreditCode) -> AccountNo:
    """Name the general holding account of an entity in the voluntary-reduction registry."""
    return AccountNo(f"C-{credit_code}")


def trading_account(market: MarketCode, credit_code: CreditCode) -> AccountNo:
    """Name the trading account of an entity on a market."""
    return AccountNo(f"T-{market}-{credit_code}")


def _check_character(first17: str) -> str:
    weighted = sum(weight * _VALUES[character] for weight, character in zip(_WEIGHTS, first17, strict=True))
    return _CHARACTERS[-weighted % _MODULUS]


def _identity_check(first17: str) -> str:
    weighted = sum(weight * int(digit) for weight, digit in zip(_IDENTITY_WEIGHTS, first17, strict=True))
    return _IDENTITY_CHECKS[weighted % _IDENTITY_MODULUS]


def _no_identity(field: str, wrong: str, allowed: str) -> IdentityNumberInvalid:
    return IdentityNumberInvalid(
        f"{field} is no number of an identity card (GB 11643-1999): found {wrong}, allowed is {allowed}.",
        field=field,
        wrong=wrong,
        allowed=allowed,
    )


def _invalid(field: str, wrong: str, allowed: str) -> CreditCodeInvalid:
    return CreditCodeInvalid(
        f"{field} is no unified social credit code (GB 32100-2015): found {wrong}, allowed is {allowed}.",
        field=field,
        wrong=wrong,
        allowed=allowed,
    )
