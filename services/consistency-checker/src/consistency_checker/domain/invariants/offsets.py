"""CCER from the application to the cancellation: management platform and bridge.

CHK-37  The bridge knows exactly the confirmed applications.
CHK-38  The bridge received every weekly summary whole.
CHK-39  Weekly summaries tell each decision at most once and as decided, for every province on every summary
        day.
CHK-40  Cancellations stay within the confirmed application of the same entity.
CHK-41  The management platform knows every cancellation's receipt.
CHK-42  Cancelled serials and units are retired, and nothing else is.
CHK-43  Only CCER of registered projects outside the national market is cancelled.
CHK-58  All CCER are of registered projects.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ets_kernel.domain.provinces import PROVINCES

from consistency_checker.domain.books import (
    APPLICATIONS,
    CANCELLATIONS,
    CCER,
    CCER_UNITS,
    CONFIRMED_APPLICATIONS,
    MRV,
    PROJECTS,
    PUBLISHED_SUMMARIES,
    RECEIVED_SUMMARIES,
)
from consistency_checker.domain.invariants.comparing import (
    Key,
    content_differences,
    evidence,
    quantity_differences,
    repeated,
    summed,
)
from consistency_checker.domain.rows import OffsetApplication
from consistency_checker.domain.serials import covered, parse_ranges, quantity_of
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

CONFIRMED_STATES: Final = frozenset({"CONFIRMED", "CANCELLED"})


def confirmations_reach_the_bridge(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare confirmed applications with what the bridge knows; decisions in flight count as arrived."""
    snapshot.join(MRV, CCER)
    flying = snapshot.flying_keys(CCER, "OffsetApplicationDecided", "application.application_no")
    expected = {
        (row.application_no,): (row.credit_code, row.province_code, row.confirmed_tco2e)
        for row in snapshot.rows(APPLICATIONS)
        if row.status in CONFIRMED_STATES and row.application_no not in flying
    }
    found = {(row.application_no,): row[1:4] for row in snapshot.rows(CONFIRMED_APPLICATIONS)}
    yield from content_differences(
        expected, found, expected_in=APPLICATIONS.path, found_in=CONFIRMED_APPLICATIONS.path
    )


def summaries_arrive_whole(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the weekly summaries as published with those received, row by row."""
    snapshot.join(MRV, CCER)
    flying = {
        (event.text("province_code"), event.text("business_date"))
        for event in snapshot.flying(CCER, "WeeklySummaryPublished")
    }
    expected: dict[Key, int] = {
        (row.province_code, row.business_date, row.application_no): row.confirmed_tco2e
        for row in snapshot.rows(PUBLISHED_SUMMARIES)
        if (row.province_code, row.business_date) not in flying
    }
    found: dict[Key, int] = {row[:3]: row.confirmed_tco2e for row in snapshot.rows(RECEIVED_SUMMARIES)}
    yield from content_differences(
        expected, found, expected_in=PUBLISHED_SUMMARIES.path, found_in=RECEIVED_SUMMARIES.path
    )


def summaries_tell_each_decision_once(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare weekly summaries with the applications; every summary day has all provinces, zero-row ones too."""
    rows = snapshot.rows(PUBLISHED_SUMMARIES)
    applications = {row.application_no: row for row in snapshot.rows(APPLICATIONS)}
    yield from repeated(
        ((row.application_no,) for row in rows if row.application_no), found_in=PUBLISHED_SUMMARIES.path
    )
    provinces: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        provinces[row.business_date].add(row.province_code)
        if row.application_no:
            application = applications.get(row.application_no)
            decided = (application.province_code, _confirmed(application)) if application else None
            if decided != (row.province_code, row.confirmed_tco2e):
                yield evidence(
                    (row.application_no,),
                    f"{decided or 'nothing'} in {APPLICATIONS.path}",
                    f"{(row.province_code, row.confirmed_tco2e)} in {PUBLISHED_SUMMARIES.path}",
                )
    for day, told in sorted(provinces.items()):
        for code in sorted(PROVINCES.keys() - told):
            yield evidence(
                (code, day), "a summary, with rows or without", f"none in {PUBLISHED_SUMMARIES.path}"
            )


def cancellations_stay_within_their_application(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare cancellations with the applications that they were made under, in the bridge."""
    rows = snapshot.rows(CANCELLATIONS)
    confirmed = {row.application_no: row for row in snapshot.rows(CONFIRMED_APPLICATIONS)}
    yield from repeated(((row.cancellation_no,) for row in rows), found_in=CANCELLATIONS.path)
    for row in rows:
        application = confirmed.get(row.application_no)
        party = (application.credit_code, application.province_code) if application is not None else None
        if party != (row.credit_code, row.province_code):
            yield evidence(
                (row.cancellation_no,),
                f"a confirmed application of {row.credit_code} in {row.province_code}",
                f"{row.application_no} is of {party or 'nobody'}",
            )
    cancelled = summed(((row.application_no,), row.quantity_tco2e) for row in rows)
    for key, amount in sorted(cancelled.items()):
        limit = confirmed[key[0]].confirmed_tco2e if key[0] in confirmed else 0
        if amount > limit:
            yield evidence(key, f"at most {limit} confirmed", f"{amount} in {CANCELLATIONS.path}")
    yield from quantity_differences(
        cancelled,
        summed(((row.application_no,), row.cancelled_tco2e) for row in confirmed.values()),
        expected_in=CANCELLATIONS.path,
        found_in=CONFIRMED_APPLICATIONS.path,
    )


def receipts_reach_the_province(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare what each application has cancelled in the two systems; receipts in flight count as arrived."""
    snapshot.join(MRV, CCER)
    flying = summed(
        ((event.text("cancellation.application_no"),), event.quantity("cancellation.quantity_tco2e"))
        for event in snapshot.flying(MRV, "CancellationRegistered")
    )
    known = snapshot.rows(APPLICATIONS)
    yield from quantity_differences(
        summed(((row.application_no,), row.quantity_tco2e) for row in snapshot.rows(CANCELLATIONS)),
        summed([*(((row.application_no,), row.cancelled_tco2e) for row in known), *flying.items()]),
        expected_in=CANCELLATIONS.path,
        found_in=f"{APPLICATIONS.path} and receipts in flight",
    )
    for row in known:
        is_whole = row.confirmed_tco2e > 0 and row.cancelled_tco2e == row.confirmed_tco2e
        if is_whole != (row.status == "CANCELLED"):
            yield evidence(
                (row.application_no,),
                f"{row.cancelled_tco2e} of {row.confirmed_tco2e} cancelled",
                f"{row.status} in {APPLICATIONS.path}",
            )


def cancelled_units_are_retired(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare cancellations with the serials and units that are cancelled for good, per product."""
    rows = snapshot.rows(CANCELLATIONS)
    for row in rows:
        if quantity_of(parse_ranges(row.blocks_text)) != row.quantity_tco2e:
            yield evidence(
                (row.cancellation_no,),
                f"{row.quantity_tco2e} serials",
                f"{row.blocks_text} in {CANCELLATIONS.path}",
            )
    ranges: defaultdict[Key, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        ranges[row.product,].extend(parse_ranges(row.blocks_text))
    retired: defaultdict[Key, list[tuple[int, int]]] = defaultdict(list)
    for block in snapshot.rows(CCER_UNITS.blocks):
        if block.bucket == "cancelled":
            retired[block.product,].append((block.serial_start, block.serial_end))
    yield from content_differences(
        {key: covered(found) for key, found in ranges.items()},
        {key: covered(found) for key, found in retired.items()},
        expected_in=CANCELLATIONS.path,
        found_in=f"{CCER_UNITS.blocks.path}, cancelled",
    )
    yield from quantity_differences(
        summed(((row.product,), row.quantity_tco2e) for row in rows),
        summed(
            ((row.product,), row.quantity_tco2e)
            for row in snapshot.rows(CCER_UNITS.holdings)
            if row.bucket == "cancelled"
        ),
        expected_in=CANCELLATIONS.path,
        found_in=f"{CCER_UNITS.holdings.path}, cancelled",
    )


def cancelled_projects_are_eligible(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for cancellations of units from projects inside the national market, or from unknown ones."""
    eligible = {row.project_no for row in snapshot.rows(PROJECTS) if not row.is_inside_national_market}
    for row in snapshot.rows(CANCELLATIONS):
        if project_of(row.product) not in eligible:
            yield evidence(
                (row.cancellation_no,),
                "a registered project outside the national market",
                f"{row.product} in {CANCELLATIONS.path}",
            )


def issued_products_have_a_project(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for CCER whose project is not registered."""
    registered = {row.project_no for row in snapshot.rows(PROJECTS)}
    for product in sorted({row.product for row in snapshot.rows(CCER_UNITS.blocks)}):
        if project_of(product) not in registered:
            yield evidence((product,), f"its project in {PROJECTS.path}", f"only in {CCER_UNITS.blocks.path}")


def project_of(product: str) -> str:
    """Give the project number of "CCER-<project>-<year>" or "OFFSET-<project>-<year>"."""
    return product.partition("-")[2].rpartition("-")[0]


def _confirmed(application: OffsetApplication) -> int:
    return application.confirmed_tco2e if application.status in CONFIRMED_STATES else 0
