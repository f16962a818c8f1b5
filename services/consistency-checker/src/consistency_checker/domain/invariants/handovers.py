"""The daily hand-over: manifests in three places, rows in two, credits made of them, each cancellation once.

CHK-44  Every day from the first hand-over to the last has one for each of the 32 provinces.
CHK-45  Every manifest has the digest of its content and continues its province's chain.
CHK-46  Every manifest counts exactly the cancellations that were handed over in it.
CHK-47  Every province has the same hand-overs as the bridge.
CHK-48  The registry took the same hand-overs as the bridge issued.
CHK-49  Every cancellation handed over reached the registry in exactly one row.
CHK-50  The bridge knows what the registry did with every hand-over.
CHK-51  Every credited row made credits once, as many as it says.
CHK-52  Credits keep the serials of their cancellation.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.provinces import PROVINCES

from consistency_checker.domain.books import (
    CANCELLATIONS,
    CCER,
    CREDITS,
    HANDOVER_ROWS,
    ISSUED_HANDOVERS,
    MRV,
    PROVINCE_HANDOVERS,
    RECEIVED_HANDOVERS,
    REGISTRY,
)
from consistency_checker.domain.invariants.comparing import (
    Key,
    content_differences,
    evidence,
    quantity_differences,
    repeated,
    summed,
)
from consistency_checker.domain.rows import Cancellation, HandoverRow, IssuedHandover
from consistency_checker.domain.serials import covered, parse_ranges
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence


def every_day_has_every_province(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for days between the first and the last hand-over on which a province has none, or more than one."""
    rows = snapshot.rows(ISSUED_HANDOVERS)
    yield from repeated(
        ((row.business_date, row.province_code) for row in rows), found_in=ISSUED_HANDOVERS.path
    )
    issued = {(row.business_date, row.province_code) for row in rows}
    for day in _days({row.business_date for row in rows}):
        for code in sorted(PROVINCES):
            if (day, code) not in issued:
                yield evidence(
                    (day, code), "a hand-over, with rows or without", f"none in {ISSUED_HANDOVERS.path}"
                )


def chains_are_unbroken(snapshot: Snapshot) -> Iterator[Evidence]:
    """Recompute every manifest's digest and follow each province's chain from its first manifest."""
    chains: defaultdict[str, list[IssuedHandover]] = defaultdict(list)
    for row in snapshot.rows(ISSUED_HANDOVERS):
        chains[row.province_code].append(row)
    for _, chain in sorted(chains.items()):
        previous = ""
        for row in sorted(chain, key=_business_date):
            if row.previous_digest_hex != previous:
                yield evidence(
                    (row.handover_no,),
                    f"previous digest {previous or 'empty'}",
                    row.previous_digest_hex or "empty",
                )
            if (digest := _manifest_digest(row)) != row.manifest_digest_hex:
                yield evidence((row.handover_no,), f"manifest digest {digest}", row.manifest_digest_hex)
            previous = row.manifest_digest_hex


def manifests_count_their_cancellations(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare each manifest's count and sum with the cancellations that were handed over in it."""
    manifests = snapshot.rows(ISSUED_HANDOVERS)
    issued = {row.handover_no: row for row in manifests}
    handed = [row for row in snapshot.rows(CANCELLATIONS) if row.handover_no]
    for row in handed:
        manifest = issued.get(row.handover_no)
        if manifest is None or manifest.province_code != row.province_code:
            yield evidence(
                (row.cancellation_no,), f"in a hand-over of province {row.province_code}", row.handover_no
            )
    yield from quantity_differences(
        summed(((row.handover_no,), 1) for row in handed),
        summed(((row.handover_no,), row.row_count) for row in manifests),
        expected_in=f"rows of {CANCELLATIONS.path}",
        found_in=ISSUED_HANDOVERS.path,
    )
    yield from quantity_differences(
        summed(((row.handover_no,), row.quantity_tco2e) for row in handed),
        summed(((row.handover_no,), row.quantity_tco2e) for row in manifests),
        expected_in=CANCELLATIONS.path,
        found_in=ISSUED_HANDOVERS.path,
    )


def provinces_have_every_handover(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the provinces' copies with the hand-overs issued; those in flight count as arrived."""
    snapshot.join(CCER, MRV)
    flying = snapshot.flying_keys(MRV, "HandoverIssued", "manifest.handover_no")
    found = {(row.handover_no,): row[1:] for row in snapshot.rows(PROVINCE_HANDOVERS)}
    # One that is issued again is in flight though it may have arrived before.
    expected = {
        (row.handover_no,): (row.province_code, row.row_count, row.quantity_tco2e, row.manifest_digest_hex)
        for row in snapshot.rows(ISSUED_HANDOVERS)
        if row.handover_no not in flying or (row.handover_no,) in found
    }
    yield from content_differences(
        expected, found, expected_in=ISSUED_HANDOVERS.path, found_in=PROVINCE_HANDOVERS.path
    )


def the_registry_took_every_handover(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the hand-overs that the registry took with those issued; those in flight count as arrived."""
    snapshot.join(CCER, REGISTRY)
    flying = snapshot.flying_keys(REGISTRY, "HandoverIssued", "manifest.handover_no")
    taken = [row for row in snapshot.rows(RECEIVED_HANDOVERS) if row.is_taken]
    yield from repeated(((row.handover_no,) for row in taken), found_in=RECEIVED_HANDOVERS.path)
    found = {(row.handover_no,): row[1:4] for row in taken}
    expected = {
        (row.handover_no,): (row.row_count, row.quantity_tco2e, row.manifest_digest_hex)
        for row in snapshot.rows(ISSUED_HANDOVERS)
        if row.handover_no not in flying or (row.handover_no,) in found
    }
    yield from content_differences(
        expected, found, expected_in=ISSUED_HANDOVERS.path, found_in=RECEIVED_HANDOVERS.path
    )


def rows_arrive_once(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the rows that the registry received with the cancellations handed over, each exactly once."""
    snapshot.join(CCER, REGISTRY)
    flying = snapshot.flying_keys(REGISTRY, "HandoverIssued", "manifest.handover_no")
    received = snapshot.rows(HANDOVER_ROWS)
    yield from repeated(((row.cancellation_no,) for row in received), found_in=HANDOVER_ROWS.path)
    found = {(row.cancellation_no,): _content(row) for row in received}
    expected = {
        (row.cancellation_no,): _content(row)
        for row in snapshot.rows(CANCELLATIONS)
        if row.handover_no and (row.handover_no not in flying or (row.cancellation_no,) in found)
    }
    yield from content_differences(
        expected,
        found,
        expected_in=CANCELLATIONS.path,
        found_in=HANDOVER_ROWS.path,
    )


def acknowledgements_say_what_the_registry_did(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the bridge's counts with the registry's rows, but not while a hand-over or its answer is in flight."""
    snapshot.join(CCER, REGISTRY)
    unanswered = snapshot.flying_keys(CCER, "HandoverAcknowledged", "handover_no") | snapshot.flying_keys(
        REGISTRY, "HandoverIssued", "manifest.handover_no"
    )
    accepted = summed(((row.handover_no,), 1) for row in snapshot.rows(HANDOVER_ROWS) if row.is_accepted)
    rejected = summed(((row.handover_no,), 1) for row in snapshot.rows(HANDOVER_ROWS) if not row.is_accepted)
    taken = {row.handover_no for row in snapshot.rows(RECEIVED_HANDOVERS) if row.is_taken}
    for row in snapshot.rows(ISSUED_HANDOVERS):
        key = (row.handover_no,)
        if row.handover_no in unanswered:
            continue
        expected = (
            row.handover_no in taken,
            accepted.get(key, 0),
            rejected.get(key, 0),
        )
        found = (row.is_acknowledged, row.accepted_count, row.rejected_count)
        if expected != found:
            yield evidence(
                key,
                f"{_answer(expected)} in {HANDOVER_ROWS.path}",
                f"{_answer(found)} in {ISSUED_HANDOVERS.path}",
            )


def accepted_rows_are_credited_once(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare credits with the accepted rows that say that they were credited, per cancellation."""
    credited: dict[Key, tuple[str, str, int]] = {
        (row.cancellation_no,): (row.credit_code, offset_of(row.product), row.quantity_tco2e)
        for row in snapshot.rows(HANDOVER_ROWS)
        if row.is_accepted and row.is_credited
    }
    sums = summed(
        ((row.cancellation_no, row.credit_code, row.product), row.credited_tco2e)
        for row in snapshot.rows(CREDITS)
    )
    found: dict[Key, tuple[str, str, int]] = {}
    for (cancellation_no, credit_code, product), amount in sorted(sums.items()):
        if (cancellation_no,) in found:
            yield evidence((cancellation_no,), "credits of one entity and product", f"more in {CREDITS.path}")
        found[cancellation_no,] = (credit_code, product, amount)
    yield from content_differences(credited, found, expected_in=HANDOVER_ROWS.path, found_in=CREDITS.path)


def credits_keep_the_cancelled_serials(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare the serials of credits with those of the cancellations that they were made of."""
    snapshot.join(CCER, REGISTRY)
    ranges: defaultdict[Key, list[tuple[int, int]]] = defaultdict(list)
    for credit in snapshot.rows(CREDITS):
        ranges[credit.cancellation_no,].append((credit.serial_start, credit.serial_end))
    expected: dict[Key, str] = {
        (row.cancellation_no,): covered(parse_ranges(row.blocks_text))
        for row in snapshot.rows(CANCELLATIONS)
        if (row.cancellation_no,) in ranges
    }
    found = {key: covered(serials) for key, serials in ranges.items()}
    yield from content_differences(expected, found, expected_in=CANCELLATIONS.path, found_in=CREDITS.path)


def offset_of(product: str) -> str:
    """Give the offset credit's product of a CCER product; any other text as it is."""
    return f"OFFSET-{product.removeprefix('CCER-')}" if product.startswith("CCER-") else product


def _days(dates: set[str]) -> list[str]:
    try:
        known = sorted(date.fromisoformat(text) for text in dates)
    except ValueError:
        return sorted(dates)
    span = (known[-1] - known[0]).days + 1 if known else 0
    return [(known[0] + timedelta(days=number)).isoformat() for number in range(span)]


def _manifest_digest(row: IssuedHandover) -> str:
    manifest = canonical_row(
        [
            row.handover_no,
            row.business_date,
            row.province_code,
            row.row_count,
            row.quantity_tco2e,
            row.rows_digest_hex,
            row.previous_digest_hex,
        ]
    )
    return rows_digest([manifest]).hex()


def _content(row: Cancellation | HandoverRow) -> tuple[str, str, str, int]:
    return row.handover_no, row.credit_code, offset_of(row.product), row.quantity_tco2e


def _answer(answer: tuple[bool, int, int]) -> str:
    is_answered, accepted, rejected = answer
    return f"{accepted} accepted and {rejected} rejected, {'answered' if is_answered else 'not answered'}"


def _business_date(row: IssuedHandover) -> str:
    return row.business_date
