"""Every refusal of the platforms, one tree, split by what the caller can do about it.

EtsError
├── Invalid          correct the request
│   ├── MalformedRequest            MALFORMED_REQUEST
│   ├── CreditCodeInvalid           CREDIT_CODE_INVALID
│   ├── IdentityNumberInvalid       IDENTITY_NUMBER_INVALID
│   ├── ProvinceUnknown             PROVINCE_UNKNOWN
│   ├── ProductInvalid              PRODUCT_INVALID
│   ├── PeriodUnknown               PERIOD_UNKNOWN
│   ├── DecimalInvalid              DECIMAL_INVALID
│   ├── AsOfInFuture                AS_OF_IN_FUTURE
│   └── PageTokenInvalid            PAGE_TOKEN_INVALID
├── NotFound         name something that exists
│   ├── StreamNotFound              STREAM_NOT_FOUND
│   ├── CaptureNotFound             CAPTURE_NOT_FOUND
│   ├── BookNotFound                BOOK_NOT_FOUND
│   ├── AccountNotFound             ACCOUNT_NOT_FOUND
│   ├── TableNotFound               TABLE_NOT_FOUND
│   └── ApplicationNotFound         APPLICATION_NOT_FOUND
├── Conflict         look at what the other writer did
│   ├── RequestIdReused             REQUEST_ID_REUSED
│   ├── TableAlreadyIssued          TABLE_ALREADY_ISSUED
│   ├── ApplicationAlreadyDecided   APPLICATION_ALREADY_DECIDED
│   └── TradeSettledDifferently     TRADE_SETTLED_DIFFERENTLY
├── Refused          a rule of the market says no
│   ├── CalendarYearUnknown         CALENDAR_YEAR_UNKNOWN
│   ├── ClockBackwards              CLOCK_BACKWARDS
│   ├── SealInvalid                 SEAL_INVALID
│   ├── TooEarly                    TOO_EARLY
│   ├── EntityNotListed             ENTITY_NOT_LISTED
│   ├── ProvinceMismatch            PROVINCE_MISMATCH
│   ├── PreAllocationNotIssued      PRE_ALLOCATION_NOT_ISSUED
│   ├── ReviewOutOfOrder            REVIEW_OUT_OF_ORDER
│   ├── OffsetLimitExceeded         OFFSET_LIMIT_EXCEEDED
│   └── ProjectInsideNationalMarket PROJECT_INSIDE_NATIONAL_MARKET
├── Forbidden        ask somebody who may
│   ├── RoleForbidden               ROLE_FORBIDDEN
│   ├── ScopeForbidden              SCOPE_FORBIDDEN
│   ├── TokenInvalid                TOKEN_INVALID
│   ├── SamePerson                  SAME_PERSON
│   └── EntityMismatch              ENTITY_MISMATCH
└── Unavailable      try again later
    ├── DatabaseUnavailable         DATABASE_UNAVAILABLE
    └── PeerUnavailable             PEER_UNAVAILABLE

The services hang their own refusals into the same tree, in their `domain/errors.py`. Anything that is not an
EtsError is a bug and reaches no caller in words.

ERR-1  A concrete refusal has a permanent UPPER_SNAKE reason, and no two classes have the same one.
ERR-2  A refusal that crosses a service boundary is rebuilt as the class that was raised.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from ets_kernel.domain.ensure import ensure


class Kind(StrEnum):
    """What the caller can do about a refusal."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    REFUSED = "REFUSED"
    FORBIDDEN = "FORBIDDEN"
    UNAVAILABLE = "UNAVAILABLE"


# The one table of what may be tried again unchanged; gRPC clients and consumers both read it.
RETRIABLE: Mapping[Kind, bool] = MappingProxyType(
    {
        Kind.INVALID: False,
        Kind.NOT_FOUND: False,
        Kind.CONFLICT: False,
        Kind.REFUSED: False,
        Kind.FORBIDDEN: False,
        Kind.UNAVAILABLE: True,
    }
)

_REASON_FORM = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_CLASS_BY_REASON: dict[str, type["EtsError"]] = {}


class EtsError(Exception):
    """A refusal: kind, permanent reason, one sentence for people, and facts with units in their keys."""

    kind: ClassVar[Kind]
    reason: str = ""

    def __init__(self, message: str, /, **metadata: object) -> None:
        super().__init__(message)
        self.message = message
        self.metadata: dict[str, str] = {key: str(value) for key, value in metadata.items()}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "reason" not in cls.__dict__:
            return
        ensure(_REASON_FORM.fullmatch(cls.reason) is not None, f"The reason {cls.reason!r} is UPPER_SNAKE")
        ensure(hasattr(cls, "kind"), f"{cls.__qualname__} is one of the six kinds")
        other = _CLASS_BY_REASON.setdefault(cls.reason, cls)
        ensure(
            other is cls,
            f"{cls.reason} is the reason of {cls.__module__}.{cls.__qualname__} only,"
            f" not of {other.__module__}.{other.__qualname__} too",
        )

    @staticmethod
    def rebuild(kind: Kind, reason: str, message: str, metadata: Mapping[str, str]) -> "EtsError":
        """Make the refusal again that another process raised.

        It is of the class with that reason, or, where this process knows no such class of that kind, of the
        kind's own class carrying the reason.
        """
        known = _CLASS_BY_REASON.get(reason)
        cls = known if known is not None and known.kind is kind else _CLASS_BY_KIND[kind]
        error = cls.__new__(cls)
        EtsError.__init__(error, message, **metadata)  # A subclass may have a constructor of its own.
        error.reason = reason
        return error


def reasons() -> Mapping[str, type[EtsError]]:
    """Give every reason known to this process with its class."""
    return MappingProxyType(_CLASS_BY_REASON)


class Invalid(EtsError):
    """The request is malformed: correct it."""

    kind = Kind.INVALID


class NotFound(EtsError):
    """What the request names does not exist."""

    kind = Kind.NOT_FOUND


class Conflict(EtsError):
    """Another writer was first, or a request id came back with another body."""

    kind = Kind.CONFLICT


class Refused(EtsError):
    """A rule of the market says no."""

    kind = Kind.REFUSED


class Forbidden(EtsError):
    """The caller may not."""

    kind = Kind.FORBIDDEN


class Unavailable(EtsError):
    """Something that is needed does not answer now: try again later."""

    kind = Kind.UNAVAILABLE


_CLASS_BY_KIND: Mapping[Kind, type[EtsError]] = {
    cls.kind: cls for cls in (Invalid, NotFound, Conflict, Refused, Forbidden, Unavailable)
}


class MalformedRequest(Invalid):
    """A field breaks a rule of the contract. Metadata: field, rule."""

    reason = "MALFORMED_REQUEST"


class CreditCodeInvalid(Invalid):
    """A unified social credit code is not one. Metadata: field, wrong, allowed."""

    reason = "CREDIT_CODE_INVALID"


class IdentityNumberInvalid(Invalid):
    """Not the number of a person's identity card. Metadata: field, wrong, allowed; never the number."""

    reason = "IDENTITY_NUMBER_INVALID"


class ProvinceUnknown(Invalid):
    """No province has this code. Metadata: field, value, allowed."""

    reason = "PROVINCE_UNKNOWN"


class ProductInvalid(Invalid):
    """A product code is not one. Metadata: field, value, allowed."""

    reason = "PRODUCT_INVALID"


class PeriodUnknown(Invalid):
    """No compliance period has this name. Metadata: field, value, allowed."""

    reason = "PERIOD_UNKNOWN"


class DecimalInvalid(Invalid):
    """A text is not a plain decimal number. Metadata: field, value, allowed."""

    reason = "DECIMAL_INVALID"


class AsOfInFuture(Invalid):
    """A read asks for a moment that has not come yet. Metadata: as_of_time, business_time."""

    reason = "AS_OF_IN_FUTURE"


class PageTokenInvalid(Invalid):
    """A page token is not one that this list gave out for the same filters."""

    reason = "PAGE_TOKEN_INVALID"


class StreamNotFound(NotFound):
    """The service publishes no such stream. Metadata: stream."""

    reason = "STREAM_NOT_FOUND"


class CaptureNotFound(NotFound):
    """The capture of the books was dropped or never made. Metadata: capture_id."""

    reason = "CAPTURE_NOT_FOUND"


class BookNotFound(NotFound):
    """The service keeps no such book. Metadata: book."""

    reason = "BOOK_NOT_FOUND"


class AccountNotFound(NotFound):
    """No such account is open. Metadata: account_no."""

    reason = "ACCOUNT_NOT_FOUND"


class TableNotFound(NotFound):
    """There is no such allocation table. Metadata: table_no."""

    reason = "TABLE_NOT_FOUND"


class ApplicationNotFound(NotFound):
    """There is no such application. Metadata: application_no."""

    reason = "APPLICATION_NOT_FOUND"


class RequestIdReused(Conflict):
    """A request id came back with another body. Metadata: request_id."""

    reason = "REQUEST_ID_REUSED"


class TableAlreadyIssued(Conflict):
    """The table is issued; it can be neither issued again nor replaced. Metadata: table_no."""

    reason = "TABLE_ALREADY_ISSUED"


class ApplicationAlreadyDecided(Conflict):
    """The province has decided. Metadata: application_no, status."""

    reason = "APPLICATION_ALREADY_DECIDED"


class TradeSettledDifferently(Conflict):
    """The trade number was settled with other content. Metadata: trade_no."""

    reason = "TRADE_SETTLED_DIFFERENTLY"


class CalendarYearUnknown(Refused):
    """The calendar has no data for the year. Metadata: year, first_year, last_year."""

    reason = "CALENDAR_YEAR_UNKNOWN"


class ClockBackwards(Refused):
    """The simulated clock only goes forward. Metadata: business_time, requested_time."""

    reason = "CLOCK_BACKWARDS"


class SealInvalid(Refused):
    """A seal does not belong to its rows or to its key. Metadata: key_id."""

    reason = "SEAL_INVALID"


class TooEarly(Refused):
    """What is scheduled may not run yet. Metadata: earliest_time, business_time."""

    reason = "TOO_EARLY"


class EntityNotListed(Refused):
    """The entity is no listed key emitter. Metadata: credit_code."""

    reason = "ENTITY_NOT_LISTED"


class ProvinceMismatch(Refused):
    """Another province answers for the entity. Metadata: province_code, roster_province_code."""

    reason = "PROVINCE_MISMATCH"


class PreAllocationNotIssued(Refused):
    """The table trues up a pre-allocation that is not issued. Metadata: table_no, pre_allocation_table_no."""

    reason = "PRE_ALLOCATION_NOT_ISSUED"


class ReviewOutOfOrder(Refused):
    """What is to be reviewed does not wait for this review. Metadata: what was named, status."""

    reason = "REVIEW_OUT_OF_ORDER"


class OffsetLimitExceeded(Refused):
    """More CCER than 5 % of the obligation. Metadata: requested_tco2e, used_tco2e, limit_tco2e."""

    reason = "OFFSET_LIMIT_EXCEEDED"


class ProjectInsideNationalMarket(Refused):
    """CCER of projects under the market's own allowance management cannot offset. Metadata: project_no."""

    reason = "PROJECT_INSIDE_NATIONAL_MARKET"


class RoleForbidden(Forbidden):
    """None of the caller's roles admits this call. Metadata: rpc, roles."""

    reason = "ROLE_FORBIDDEN"


class ScopeForbidden(Forbidden):
    """The caller acts for another province or entity. Metadata: field, value."""

    reason = "SCOPE_FORBIDDEN"


class TokenInvalid(Forbidden):
    """The token is absent, expired or not signed by us."""

    reason = "TOKEN_INVALID"


class SamePerson(Forbidden):
    """A second person has to confirm, and this is the first one again. Metadata: subject."""

    reason = "SAME_PERSON"


class EntityMismatch(Forbidden):
    """What is named belongs to another entity. Metadata: what was named, credit_code."""

    reason = "ENTITY_MISMATCH"


class DatabaseUnavailable(Unavailable):
    """The database does not answer now, or it broke the transaction off for another one."""

    reason = "DATABASE_UNAVAILABLE"


class PeerUnavailable(Unavailable):
    """Another service does not answer now. Metadata: peer."""

    reason = "PEER_UNAVAILABLE"
