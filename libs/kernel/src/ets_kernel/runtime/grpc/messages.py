"""Small conversions between contract messages and plain values, the same in every service."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from ets.common.v1 import error_pb2, page_pb2
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import AsOfInFuture, EtsError, PageTokenInvalid
from ets_kernel.runtime.grpc.errors import to_detail

PAGE_SIZE_DEFAULT: Final = 1_000
DIGEST_CHARACTERS: Final = 16
BIGINT_MAX: Final = 2**63 - 1
_PAGE: Final = "page"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT: Final = timedelta(microseconds=1)
_INSTANTS_MAX: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _INSTANT

Row = TypeVar("Row")
Key = tuple[str | int, ...]
Shape = tuple[type[str] | type[int], ...]


def to_timestamp(at: datetime) -> Timestamp:
    """Encode an aware time, exact to the microsecond."""
    ensure(at.tzinfo is not None, "a time on the wire is aware")
    timestamp = Timestamp()
    timestamp.FromDatetime(at)
    return timestamp


def from_timestamp(timestamp: Timestamp) -> datetime:
    """Decode a timestamp as an aware UTC time; nanoseconds below a microsecond are cut off."""
    return timestamp.ToDatetime(tzinfo=UTC)


def as_of(request: Message, clock: Clock, field: str = "as_of") -> datetime:
    """Give the moment that a read asks for, by default the clock's present; raises AsOfInFuture."""
    now = clock.now()
    if not request.HasField(field):
        return now
    asked = from_timestamp(getattr(request, field))
    if asked > now:
        raise AsOfInFuture(
            f"{field} is {asked.isoformat()}, later than the business time {now.isoformat()}",
            field=field,
            business_time=now.isoformat(),
        )
    return asked


def item_ok(index: int, reference: str = "") -> error_pb2.ItemResult:
    """Give the result of an accepted item of a batch."""
    return error_pb2.ItemResult(index=index, reference=reference)


def item_error(index: int, error: EtsError) -> error_pb2.ItemResult:
    """Give the result of a refused item of a batch."""
    return error_pb2.ItemResult(index=index, error=to_detail(error))


def item_results(outcomes: Sequence[str | EtsError]) -> list[error_pb2.ItemResult]:
    """Give the result of each item of a batch at its index: what it was recorded as, or why it was refused."""
    return [
        item_error(index, outcome) if isinstance(outcome, EtsError) else item_ok(index, outcome)
        for index, outcome in enumerate(outcomes)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which rows a list shall give: at most ``size``, after the row with this key; () is the start.

    ``digest`` names the list with its filters, and ``shape`` the types of its key: what its tokens are bound to.
    ``moment`` is the present of the list's first page, where its pages are all of one moment.
    """

    size: int
    after: Key
    digest: str
    shape: Shape
    moment: datetime | None = None


def page_bounds(request: Message, *shape: type[str] | type[int]) -> Page:
    """Decode the page that a list's request asks for; ``shape`` is the types of the list's key.

    Raises PageTokenInvalid for a token that ``next_token`` did not make for the same list with the same filters. A
    list that calls this before anything else never sees a key that its statement cannot take.
    """
    asked = page_pb2.PageRequest()
    asked.CopyFrom(getattr(request, _PAGE))
    digest = _digest_of(request)
    moment, after = _place_of(asked.page_token, digest, shape) if asked.page_token else (None, ())
    size = asked.page_size or PAGE_SIZE_DEFAULT
    return Page(size=size, after=after, digest=digest, shape=shape, moment=moment)


def page_as_of(
    request: Message, clock: Clock, *shape: type[str] | type[int], field: str = "as_of"
) -> tuple[Page, datetime]:
    """Decode the page of a list whose pages are all of one moment: the one asked for, or the present of its first page.

    So what happens between two pages is in neither. Only what was recorded before the first page and committed behind
    it can still show in a later one. Raises PageTokenInvalid and AsOfInFuture.
    """
    page = page_bounds(request, *shape)
    now = clock.now()
    if page.moment is not None and page.moment > now:
        raise PageTokenInvalid("page_token is of a moment that has not come")
    moment = page.moment or now
    at = as_of(request, clock, field) if request.HasField(field) else moment
    return replace(page, moment=moment), at


def next_token(page: Page, key: Key) -> str:
    """Make the opaque token of the page that follows the row with this key."""
    ensure(_fits(key, page.shape), "a list's keys have the shape that the list declares")
    instants = None if page.moment is None else (page.moment - _EPOCH) // _INSTANT
    parts = [page.digest, instants, *key]
    return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode()


def cut_page(
    rows: Sequence[Row], page: Page, key: Callable[[Row], Key]
) -> tuple[Sequence[Row], page_pb2.PageResponse]:
    """Cut rows, read with one more than the page's size, to the page and say where the list goes on."""
    if len(rows) <= page.size:
        return rows, page_pb2.PageResponse()
    shown = rows[: page.size]
    return shown, page_pb2.PageResponse(next_page_token=next_token(page, key(shown[-1])))


def _digest_of(request: Message) -> str:
    filters = type(request)()
    filters.CopyFrom(request)
    filters.ClearField(_PAGE)
    named = request.DESCRIPTOR.full_name.encode() + b"\0" + filters.SerializeToString(deterministic=True)
    return hashlib.sha256(named).hexdigest()[:DIGEST_CHARACTERS]


def _place_of(token: str, digest: str, shape: Shape) -> tuple[datetime | None, Key]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError as error:
        raise PageTokenInvalid("page_token is not one that a list of this service gave") from error
    if not isinstance(parts, list) or not parts or parts[0] != digest:
        raise PageTokenInvalid("page_token is not one that this list gave for the same filters")
    key = tuple(parts[2:])
    if len(parts) == 1 or not _fits(key, shape):
        raise PageTokenInvalid("page_token has no key of this list")
    return _moment_of(parts[1]), key


def _moment_of(instants: object) -> datetime | None:
    if instants is None:
        return None
    if type(instants) is not int or not 0 <= instants <= _INSTANTS_MAX:
        raise PageTokenInvalid("page_token has no moment")
    return _EPOCH + instants * _INSTANT


def _fits(key: Key, shape: Shape) -> bool:
    # What a column cannot hold must not get as far as a statement: a number beyond bigint, a text with a NUL.
    return tuple(map(type, key)) == shape and all(
        part.isprintable() if isinstance(part, str) else 0 <= part <= BIGINT_MAX for part in key
    )
