"""Conversions between contract messages and plain values."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from ets.common.v1 import book_service_pb2, clock_service_pb2, page_pb2
from ets.registry.v1 import registry_service_pb2
from ets_kernel.domain.clock import ZONE, FixedClock
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import AsOfInFuture, PageTokenInvalid, ProvinceUnknown
from ets_kernel.runtime.grpc.messages import (
    as_of,
    cut_page,
    from_timestamp,
    item_error,
    item_ok,
    item_results,
    next_token,
    page_as_of,
    page_bounds,
    to_timestamp,
)

NOW = datetime(2021, 12, 15, 9, 0, 0, 123456, tzinfo=UTC)


def test_a_time_survives_the_wire_to_the_microsecond():
    assert from_timestamp(to_timestamp(NOW)) == NOW
    assert from_timestamp(to_timestamp(NOW.astimezone(ZONE))) == NOW


def test_a_naive_time_never_reaches_the_wire():
    with pytest.raises(BrokenClaim):
        to_timestamp(NOW.replace(tzinfo=None))


def test_a_read_without_a_moment_is_as_of_now():
    assert as_of(clock_service_pb2.SetClockRequest(), FixedClock(NOW), field="now") == NOW


def test_a_read_as_of_now_is_allowed_and_later_is_not():
    request = clock_service_pb2.SetClockRequest(now=to_timestamp(NOW))
    assert as_of(request, FixedClock(NOW), field="now") == NOW
    with pytest.raises(AsOfInFuture):
        as_of(request, FixedClock(NOW - timedelta(microseconds=1)), field="now")


def test_results_stand_at_the_index_of_their_item():
    assert item_ok(3, "R-E-1").reference == "R-E-1"
    refused = item_error(4, ProvinceUnknown("no", province_code="99"))
    assert (refused.index, refused.error.reason) == (4, "PROVINCE_UNKNOWN")
    assert item_results(["R-E-1", ProvinceUnknown("no", province_code="99")]) == [
        item_ok(0, "R-E-1"),
        item_error(1, ProvinceUnknown("no", province_code="99")),
    ]
    assert item_results([]) == []


def listing(capture="c", **page):
    return book_service_pb2.ListBookRowsRequest(capture_id=capture, page=page_pb2.PageRequest(**page))


def test_a_page_has_a_default_size_and_starts_at_the_start():
    page = page_bounds(listing(), str)
    assert (page.size, page.after) == (1_000, ())


def test_a_token_leads_to_the_row_after_the_last_one_shown_whatever_the_size_of_the_next_page():
    page = page_bounds(listing(page_size=2), str, int)
    shown, response = cut_page(["a", "b", "c"], page, key=lambda row: (row, 7))
    assert shown == ["a", "b"]
    again = page_bounds(listing(page_size=3, page_token=response.next_page_token), str, int)
    assert (again.size, again.after) == (3, ("b", 7))


def test_the_last_page_has_no_token():
    page = page_bounds(listing(page_size=2), str)
    assert cut_page(["a", "b"], page, key=lambda row: (row,)) == (["a", "b"], page_pb2.PageResponse())


def test_a_key_of_another_shape_than_the_list_declares_is_our_mistake():
    with pytest.raises(BrokenClaim):
        next_token(page_bounds(listing(), str), (7,))


def forged(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize("token", ["rubbish", "é", "e30=", "W10=", "W251bGxd", "W3RydWVd", forged("a", "b")])
def test_a_token_that_no_list_gave_is_refused(token):
    with pytest.raises(PageTokenInvalid):
        page_bounds(listing(page_token=token), str)


def test_a_token_of_another_list_or_of_other_filters_is_refused():
    elsewhere = page_pb2.PageRequest(page_token=next_token(page_bounds(listing("other"), str), ("a",)))
    with pytest.raises(PageTokenInvalid):
        page_bounds(listing(page_token=elsewhere.page_token), str)
    other_list = registry_service_pb2.ListIssuancesRequest(page=elsewhere)
    with pytest.raises(PageTokenInvalid):
        page_bounds(other_list, str)


@pytest.mark.parametrize(
    "key", [(), ("a",), ("a", 1, 2), (1, "a"), ("a", True), ("a", 1.0), ("a", -1), ("a", 2**63), ("\0", 1)]
)
def test_a_forged_key_that_is_none_of_this_list_is_refused(key):
    digest = page_bounds(listing()).digest
    assert page_bounds(listing(page_token=forged(digest, None, "a", 1)), str, int).after == ("a", 1)
    with pytest.raises(PageTokenInvalid):
        page_bounds(listing(page_token=forged(digest, None, *key)), str, int)


@pytest.mark.parametrize("moment", [-1, True, 1.5, "1", [], 10**40])
def test_a_forged_moment_is_refused(moment):
    digest = page_bounds(listing()).digest
    with pytest.raises(PageTokenInvalid):
        page_bounds(listing(page_token=forged(digest, moment, "a")), str)


def tables(**fields):
    return registry_service_pb2.ListIssuancesRequest(period="2019-2020", **fields)


def token_after_a_page(request, clock):
    page, _ = page_as_of(request, clock, str)
    return page_pb2.PageRequest(page_token=next_token(page, ("a",)))


def test_every_page_is_of_the_present_of_the_first_one():
    clock = FixedClock(NOW)
    first, at = page_as_of(tables(), clock, str)
    assert (first.moment, at) == (NOW, NOW)
    token = token_after_a_page(tables(), clock)
    clock.set(NOW + timedelta(days=1))
    again, at = page_as_of(tables(page=token), clock, str)
    assert (again.moment, at, again.after) == (NOW, NOW, ("a",))
    assert token_after_a_page(tables(page=token), clock) == token


def test_every_page_is_of_the_moment_that_is_asked_for():
    clock = FixedClock(NOW)
    past = to_timestamp(NOW - timedelta(days=1))
    token = token_after_a_page(tables(as_of=past), clock)
    clock.set(NOW + timedelta(days=1))
    page, at = page_as_of(tables(as_of=past, page=token), clock, str)
    assert (page.moment, at) == (NOW, NOW - timedelta(days=1))
    with pytest.raises(AsOfInFuture):
        page_as_of(tables(as_of=to_timestamp(NOW + timedelta(days=2))), clock, str)


def test_a_token_of_a_moment_that_has_not_come_is_refused():
    token = token_after_a_page(tables(), FixedClock(NOW + timedelta(microseconds=1)))
    with pytest.raises(PageTokenInvalid):
        page_as_of(tables(page=token), FixedClock(NOW), str)
