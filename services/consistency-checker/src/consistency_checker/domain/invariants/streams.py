"""The streams between the services and the transport of the books themselves.

CHK-53  Nobody has taken effect of more than its producer has published.
CHK-54  Every event that was set aside has been redriven.
CHK-55  Every fetched book has the digest and the number of rows that its service declared.
"""

from collections.abc import Iterator

from consistency_checker.domain.books import SERVICES
from consistency_checker.domain.snapshot import Snapshot, orphans
from consistency_checker.domain.verdict import Evidence


def nobody_is_ahead_of_a_producer(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for consumers that have taken effect of more than was produced, however often it was captured."""
    for service in SERVICES:
        snapshot.side(service)
    for stream, producer, consumer in orphans(snapshot.sides, snapshot.routes):
        produced = snapshot.sides[producer].produced.get(stream, 0)
        consumed = snapshot.sides[consumer].consumed[stream]
        yield Evidence(
            subject=f"{stream} at {consumer}",
            expected=f"at most {produced}, produced by {producer}",
            found=f"{consumed} consumed",
        )


def nothing_is_set_aside(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for dead letters: events that a consumer could not apply, and that nobody has redriven."""
    for service in SERVICES:
        snapshot.side(service)
        for event in snapshot.dead_letters.get(service, ()):
            yield Evidence(
                subject=f"{event.text('topic')} at {event.text('consumer')}",
                expected="every event applied",
                found=f"{event.text('reason')}: {event.text('message')}",
                first_event=event.reference,
                flow_id=event.flow_id,
            )


def books_have_the_digests_that_were_declared(snapshot: Snapshot) -> Iterator[Evidence]:
    """Recompute the digest of every fetched book and count its rows."""
    for service in SERVICES:
        for name, book in sorted(snapshot.side(service).books.items()):
            expected = f"{book.declared_row_count} rows, digest {book.declared_digest_hex}, as declared"
            digest = book.recomputed_digest_hex()
            if (len(book.rows), digest) != (book.declared_row_count, book.declared_digest_hex):
                yield Evidence(
                    subject=f"{service}/{name}",
                    expected=expected,
                    found=f"{len(book.rows)} rows, digest {digest}, as fetched",
                )
