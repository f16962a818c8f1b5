"""CHK-53 to CHK-55, and how positions make a cut."""

from checker_books import LETTERS, ROUTES, TOPIC, Books, event
from checker_judging import BY_NUMBER, assert_broken, assert_kept
from consistency_checker.domain.snapshot import orphans, stretches_in_flight, topic_of
from consistency_checker.domain.verdict import Broken


def test_a_consumer_ahead_of_its_producer_is_found():
    def ahead(books: Books) -> None:
        books.consumed[f"{TOPIC}/0"] = 6

    assert_broken(53, ahead, f"{TOPIC}/0 at trading", "at most 5, produced by registry", "6 consumed")


def test_a_consumer_of_a_stream_never_written_to_is_found():
    def ahead(books: Books) -> None:
        books.consumed[f"{TOPIC}/1"] = 1

    assert_broken(53, ahead, f"{TOPIC}/1 at trading", "at most 0", "1 consumed")


def test_a_consumer_behind_its_producer_is_no_break():
    def behind(books: Books) -> None:
        books.consumed[f"{TOPIC}/0"] = 2

    assert_kept(53, behind)


def test_positions_of_unknown_topics_are_left_alone():
    def unknown(books: Books) -> None:
        books.consumed["ets.old.v1/0"] = 2

    assert_kept(53, unknown)


def test_a_dead_letter_is_found_with_its_place_and_reason():
    books = Books()
    letter = event("DeadLetter", topic=TOPIC, consumer="trading", reason="TRANSFER_DIFFERS", message="No.")
    books.dead_letters["trading"] = (letter,)
    verdict = BY_NUMBER[54].check(books.snapshot())
    assert isinstance(verdict, Broken)
    (place,) = verdict.evidence
    assert place.subject == f"{TOPIC} at trading"
    assert place.found == "TRANSFER_DIFFERS: No."
    assert place.first_event == f"{TOPIC}/0#6"


def test_rows_lost_on_the_way_are_found():
    assert_broken(55, lambda books: books.lost.add("mrv/entities"), "mrv/entities", "2 rows", "1 rows")


def test_stretches_in_flight_are_told_per_consumer():
    books = Books()
    books.consumed[f"{TOPIC}/0"] = 2
    books.produced[f"{LETTERS}/0"] = 9
    snapshot = books.snapshot()
    assert stretches_in_flight(snapshot.sides, ROUTES) == [(f"{TOPIC}/0", "registry", "trading", 2, 5)]
    assert orphans(snapshot.sides, ROUTES) == []


def test_an_absent_consumer_has_nothing_in_flight():
    books = Books()
    books.consumed[f"{TOPIC}/0"] = 2
    books.take_away("trading")
    assert stretches_in_flight(books.snapshot().sides, ROUTES) == []


def test_the_topic_of_a_stream_is_what_stands_before_its_partition():
    assert topic_of("ets.a.b.v1/11") == "ets.a.b.v1"
