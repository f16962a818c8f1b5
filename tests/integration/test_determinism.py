"""The same seed gives the same books, wherever and in how many parts the window is played."""

import asyncio
from contextlib import ExitStack

import pytest
from ets_kernel.embedded.postgres import EmbeddedPostgres
from processes import apache_kafka, missing_kafka, play_script, report_of
from simulation.platform import control
from simulation.platform.layout import Layout

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.slow]


# The brief plan leaves Fridays out on which nothing was decided; their empty summaries are all that it lacks.
SUMMARIES = ("mrv/weekly_summaries", "ccer-bridge/weekly_summaries")


async def test_one_part_in_one_process_gives_the_same_books_as_two_parts_in_many(clean, window):
    """Both plans hold the same actions; one is played to its end at once, the other is stopped and resumed."""
    found = {book: digest for book, digest in window.report["digests"].items() if book not in SUMMARIES}
    assert found == {book: digest for book, digest in clean.items() if book not in SUMMARIES}


@pytest.mark.apache_kafka
@pytest.mark.skipif(bool(missing_kafka()), reason=missing_kafka())
async def test_apache_kafka_and_a_separate_postgresql_give_the_same_books(tmp_path, window):
    folder = tmp_path / "platform"
    folder.mkdir()
    with ExitStack() as stack:
        postgres = await asyncio.to_thread(EmbeddedPostgres.start, tmp_path / "postgres")
        stack.callback(postgres.stop)
        stack.callback(control.stop, Layout(root=folder))
        async with apache_kafka(tmp_path / "kafka") as kafka:
            code = await asyncio.to_thread(
                play_script, folder, database_url=postgres.url("postgres"), kafka=kafka.address
            )
    assert code == 0
    assert report_of(folder)["digests"] == window.report["digests"]
