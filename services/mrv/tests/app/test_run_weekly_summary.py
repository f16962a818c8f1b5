"""Weekly summaries: one per province and Friday, each decision in exactly one of them (MRV-12)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from ets_kernel.domain.errors import TooEarly
from mrv.app.run_weekly_summary import SummaryCounts, run_weekly_summary
from mrv.domain.errors import NotAFriday
from mrv.domain.events import WeeklySummaryPublished
from mrv.domain.weekly_summary import WeeklySummaryRow
from mrv_fakes import FakeUnitOfWork
from mrv_messages import FIRST
from mrv_steps import NEXT_NUMBER, NUMBER, confirmed, decide, kept

FRIDAY, NEXT_FRIDAY = date(2021, 10, 29), date(2021, 11, 5)
BEGINS = datetime(2021, 10, 28, 16, 0, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=1)
SECOND_LONG = timedelta(seconds=1)


@pytest.fixture
async def uow(clock) -> FakeUnitOfWork:
    return await confirmed(clock)


async def summarise(uow, clock, day: date = FRIDAY) -> SummaryCounts:
    return await run_weekly_summary(day, uow=uow, clock=clock)


def rows_told(uow) -> list[list[str]]:
    """The application numbers of the summaries that have any."""
    return [[row.application_no for row in fact.summary.rows] for fact in uow.facts if fact.summary.rows]


async def test_each_province_has_a_summary_also_without_rows_and_it_is_told(uow, clock):
    clock.set(BEGINS)
    await decide(uow, clock, (NEXT_NUMBER, False))
    uow.facts.clear()
    assert await summarise(uow, clock) == SummaryCounts(summary_count=32, row_count=2)
    made = uow.summaries.made[FRIDAY]
    assert uow.facts == [WeeklySummaryPublished(summary=summary, at=BEGINS) for summary in made]
    (own,) = (summary for summary in made if summary.rows)
    assert (own.province_code, own.business_date, own.confirmed_tco2e) == ("37", FRIDAY, 400)
    assert own.rows == (
        WeeklySummaryRow(application_no=NUMBER, credit_code=FIRST, is_confirmed=True, confirmed_tco2e=400),
        WeeklySummaryRow(
            application_no=NEXT_NUMBER, credit_code=FIRST, is_confirmed=False, confirmed_tco2e=0
        ),
    )


async def test_a_day_that_is_no_friday_comes_before_one_that_has_not_begun(uow, clock):
    before = kept(uow)
    for day in (FRIDAY - timedelta(days=1), FRIDAY + timedelta(days=1)):
        with pytest.raises(NotAFriday):
            await summarise(uow, clock, day)
    clock.set(BEGINS - SECOND_LONG)
    with pytest.raises(TooEarly):
        await summarise(uow, clock)
    assert kept(uow) == before
    clock.set(BEGINS)
    await summarise(uow, clock)
    assert len(uow.facts) == 32


@pytest.mark.parametrize("is_friday", [True, False])
async def test_a_summary_has_what_was_decided_before_the_end_of_its_friday(uow, clock, is_friday):
    clock.set(ENDS - SECOND_LONG if is_friday else ENDS)
    await decide(uow, clock, (NEXT_NUMBER, True))
    uow.facts.clear()
    clock.set(ENDS + timedelta(days=2))
    await summarise(uow, clock)
    assert rows_told(uow) == [[NUMBER, NEXT_NUMBER] if is_friday else [NUMBER]]


async def test_a_decision_is_in_one_summary(uow, clock):
    clock.set(BEGINS)
    await summarise(uow, clock)
    await decide(uow, clock, (NEXT_NUMBER, True))
    uow.facts.clear()
    clock.advance(days=7)
    assert await summarise(uow, clock, NEXT_FRIDAY) == SummaryCounts(summary_count=32, row_count=1)
    assert rows_told(uow) == [[NEXT_NUMBER]]


async def test_the_same_friday_again_gives_its_counts_and_changes_nothing(uow, clock):
    clock.set(BEGINS)
    first = await summarise(uow, clock)
    await decide(uow, clock, (NEXT_NUMBER, True))
    before = kept(uow)
    assert await summarise(uow, clock) == first
    assert kept(uow) == before
