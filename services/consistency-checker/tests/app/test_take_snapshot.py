"""A cut is consistent, what is behind is in flight, and a service that is away is told as away."""

from dataclasses import replace

import pytest
from checker_books import LETTERS, TOPIC, event
from checker_clean import CEA, RA
from checker_platform import FakePlatform
from consistency_checker.app.ports import Capture
from consistency_checker.app.take_snapshot import Limits, is_moving, take_snapshot
from consistency_checker.domain.books import REGISTRY_UNITS, SERVICES
from ets_kernel.domain.canonical import segment_of

LIMITS = Limits(recaptures_max=3, looks_max=3, in_flight_events_max=10, trace_events_max=100)
STREAM = f"{TOPIC}/0"
BACK = "ets.trading.transfers.v1/0"


def _events(stream: str, count: int) -> list:
    return [
        event("UnitsTransferredToTrading", sequence=number, transfer_no=f"RT-{number}")
        for number in range(1, count + 1)
    ]


async def test_all_services_are_captured_once_when_nothing_moves():
    platform = FakePlatform()
    snapshot, digests = await take_snapshot(platform, LIMITS)
    assert sorted(platform.captured) == sorted(SERVICES)
    assert snapshot.sides.keys() == set(SERVICES)
    assert not snapshot.absent
    assert not snapshot.unjoined
    assert digests.keys() == platform.books.rows.keys()


async def test_a_producer_is_captured_again_when_its_consumer_is_ahead():
    platform = FakePlatform(consumed={"trading": {STREAM: 5}})

    def produce(service: str, ordinal: int) -> None:
        platform.produced["registry"] = {STREAM: 4 if ordinal == 1 else 6}

    platform.before_capture = produce
    platform.streams[STREAM] = _events(STREAM, 6)
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert platform.captured.count("registry") == 2
    assert platform.captured.count("trading") == 1
    assert not snapshot.unjoined
    assert [found.sequence for found in snapshot.in_flight["trading"]] == [6]


async def test_a_pair_that_never_joins_is_told_after_a_bounded_number_of_captures():
    platform = FakePlatform(consumed={"trading": {STREAM: 5}}, produced={"registry": {STREAM: 4}})
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert platform.captured.count("registry") == 1 + LIMITS.recaptures_max
    cause = snapshot.unjoined[frozenset(("registry", "trading"))]
    assert cause == f"no consistent cut between registry and trading: trading is ahead on {STREAM}"


async def test_each_consumer_is_told_only_what_it_has_not_consumed():
    platform = FakePlatform(
        produced={"trading": {BACK: 4}}, consumed={"registry": {BACK: 1}, "ccer-bridge": {BACK: 3}}
    )
    platform.streams[BACK] = _events(BACK, 4)
    snapshot, _ = await take_snapshot(platform, LIMITS)
    flying = {name: [found.sequence for found in events] for name, events in snapshot.in_flight.items()}
    assert flying == {"registry": [2, 3, 4], "ccer-bridge": [4]}


async def test_events_in_flight_that_cannot_be_read_part_the_pair():
    platform = FakePlatform(produced={"registry": {STREAM: 3}})
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert "STREAM_NOT_FOUND" in snapshot.unjoined[frozenset(("registry", "trading"))]


async def test_as_many_events_in_flight_as_the_bound_are_read():
    platform = FakePlatform(produced={"registry": {STREAM: 10}})
    platform.streams[STREAM] = _events(STREAM, 10)
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert not snapshot.unjoined
    assert len(snapshot.in_flight["trading"]) == 10


async def test_more_events_in_flight_than_the_bound_part_the_pair():
    platform = FakePlatform(produced={"registry": {STREAM: 11}})
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert f"11 events of {STREAM} are in flight" in snapshot.unjoined[frozenset(("registry", "trading"))]


async def test_a_service_that_is_away_is_absent_and_the_others_are_read():
    platform = FakePlatform(away={"mrv"})
    snapshot, digests = await take_snapshot(platform, LIMITS)
    assert snapshot.absent == {"mrv": "mrv could not be captured: PEER_UNAVAILABLE: nobody answers"}
    assert snapshot.sides.keys() == set(SERVICES) - {"mrv"}
    assert not any(path.startswith("mrv/") for path in digests)


async def test_a_service_that_goes_away_before_it_is_captured_again_is_absent():
    platform = FakePlatform(consumed={"trading": {STREAM: 5}})

    def leave(service: str, ordinal: int) -> None:
        if service == "registry" and ordinal == 2:
            platform.away.add("registry")

    platform.before_capture = leave
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert "registry" in snapshot.absent
    assert "registry" not in snapshot.sides


async def test_a_capture_that_was_dropped_makes_its_service_absent():
    snapshot, _ = await take_snapshot(FakePlatform(unreadable_books={"registry/blocks"}), LIMITS)
    assert snapshot.absent == {
        "registry": "registry could not be read: CAPTURE_NOT_FOUND: the capture was dropped"
    }


async def test_a_book_that_its_copy_equals_is_fetched_once():
    platform = FakePlatform()
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert ("registry", "journal_totals", None) not in platform.fetched
    journal = snapshot.rows(REGISTRY_UNITS.journal_totals)
    assert journal == snapshot.rows(REGISTRY_UNITS.holdings)


async def test_only_the_segments_of_a_copy_that_differ_are_fetched():
    platform = FakePlatform()
    platform.books.change(
        REGISTRY_UNITS.journal_totals,
        {"quantity_tco2e": 11},
        account_no=RA,
        product=CEA,
        bucket="registered",
    )
    snapshot, _ = await take_snapshot(platform, LIMITS)
    fetched = [
        segment
        for service, book, segment in platform.fetched
        if (service, book) == ("registry", "journal_totals")
    ]
    assert fetched == [segment_of(RA)]
    book = snapshot.sides["registry"].books["journal_totals"]
    assert book.recomputed_digest_hex() == book.declared_digest_hex
    assert (RA, CEA, "registered", "11") in book.rows


class CutOtherwise(FakePlatform):
    """Says of one book that it was cut into fewer segments."""

    async def capture(self, service: str) -> Capture:
        made = await super().capture(service)
        books = dict(made.books)
        if "journal_totals" in books and service == "registry":
            book = books["journal_totals"]
            books["journal_totals"] = replace(book, segment_digests=book.segment_digests[:-1])
        return replace(made, books=books)


async def test_a_copy_that_was_cut_otherwise_is_fetched_whole():
    platform = CutOtherwise()
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert ("registry", "journal_totals", None) in platform.fetched
    assert snapshot.rows(REGISTRY_UNITS.journal_totals) == snapshot.rows(REGISTRY_UNITS.holdings)


async def test_dead_letters_are_read_from_their_streams():
    platform = FakePlatform(produced={"trading": {f"{LETTERS}/0": 1}})
    platform.streams[f"{LETTERS}/0"] = [event("DeadLetter", sequence=1, reason="POISON")]
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert [letter.text("reason") for letter in snapshot.dead_letters["trading"]] == ["POISON"]


@pytest.mark.parametrize("events_max", [1, 2, 10])
async def test_a_dead_letter_that_was_redriven_waits_for_nobody(events_max: int):
    platform = FakePlatform(produced={"trading": {f"{LETTERS}/0": 5}})
    platform.streams[f"{LETTERS}/0"] = [
        event("DeadLetter", sequence=1, dead_letter_id="waits"),
        event("DeadLetter", sequence=2, dead_letter_id="first"),
        event("DeadLetter", sequence=3, dead_letter_id="second"),
        event("DeadLetterRedriven", sequence=4, dead_letter_id="first"),
        event("DeadLetterRedriven", sequence=5, dead_letter_id="second"),
    ]
    snapshot, _ = await take_snapshot(platform, replace(LIMITS, in_flight_events_max=events_max))
    assert [letter.text("dead_letter_id") for letter in snapshot.dead_letters["trading"]] == ["waits"]
    del platform.streams[f"{LETTERS}/0"][0]
    snapshot, _ = await take_snapshot(platform, replace(LIMITS, in_flight_events_max=events_max))
    assert snapshot.dead_letters["trading"] == ()


async def test_dead_letters_that_cannot_be_read_make_their_service_absent():
    snapshot, _ = await take_snapshot(FakePlatform(produced={"trading": {f"{LETTERS}/0": 1}}), LIMITS)
    assert "the dead letters of trading could not be read" in snapshot.absent["trading"]
    assert "trading" not in snapshot.sides


async def test_a_platform_moves_when_a_head_has_moved_or_a_service_left():
    platform = FakePlatform()
    snapshot, _ = await take_snapshot(platform, LIMITS)
    assert not await is_moving(platform, snapshot)
    platform.moved["mrv"] = {"ets.mrv.roster.v1/0": 1}
    assert await is_moving(platform, snapshot)
    platform.moved.clear()
    platform.away.add("trading")
    assert await is_moving(platform, snapshot)
