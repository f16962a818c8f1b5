"""Applying to use CCER: in the window, for eligible projects, together for at most 5 % of the obligation."""

from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.testing.clock import START
from mrv.domain.events import OffsetApplicationSubmitted
from mrv.domain.offset_application import ApplicationStatus, OffsetApplication
from mrv_fakes import FakeUnitOfWork
from mrv_messages import FIRST, PERIOD, SECOND
from mrv_steps import NEXT_NUMBER, NUMBER, decide, form, kept, line, listed, obliged, submit

SECOND_LONG = timedelta(seconds=1)
# 26 October 2021, 0:00, and 11 December 2021, 0:00, in Shanghai.
OPENS, CLOSES = datetime(2021, 10, 25, 16, 0, tzinfo=UTC), datetime(2021, 12, 10, 16, 0, tzinfo=UTC)


@pytest.fixture
def uow() -> FakeUnitOfWork:
    """The first entity owes 10,000 t, so it may use 500 t."""
    made = FakeUnitOfWork()
    obliged(made)
    return made


async def test_an_application_is_numbered_stored_and_told(uow, clock):
    assert await submit(uow, clock, form(300, 200)) == [NUMBER]
    application = OffsetApplication(
        application_no=NUMBER, ordinal=1, form=form(300, 200), status=ApplicationStatus.SUBMITTED,
        submitted_time=START,
    )  # fmt: skip
    assert uow.offsets.stored == {NUMBER: application}
    assert uow.facts == [OffsetApplicationSubmitted(application=application, at=START)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (OPENS - SECOND_LONG, "APPLICATION_WINDOW_CLOSED"),
        (OPENS, NUMBER),
        (CLOSES - SECOND_LONG, NUMBER),
        (CLOSES, "APPLICATION_WINDOW_CLOSED"),
    ],
)
async def test_applications_are_taken_from_26_october_to_the_end_of_10_december(uow, clock, moment, expected):
    clock.set(moment)
    assert await submit(uow, clock, form(1)) == [expected]


NOWHERE = (line(600, "NOWHERE"),)
ORDER = [
    (form(600, period="2021", credit_code="X"), CLOSES, "PERIOD_UNKNOWN"),
    (form(600, credit_code="X"), CLOSES, "CREDIT_CODE_INVALID"),
    (form(600, credit_code=SECOND, province_code="32"), CLOSES, "APPLICATION_WINDOW_CLOSED"),
    (form(600, credit_code=SECOND, province_code="32"), START, "ENTITY_NOT_LISTED"),
    (form(province_code="32", lines=NOWHERE), START, "PROVINCE_MISMATCH"),
    (form(lines=(line(600), line(600))), START, "OFFSET_LINE_REPEATED"),
    (form(lines=NOWHERE), START, "PROJECT_UNKNOWN"),
    (form(lines=(line(600, "CAPTIVE1"),)), START, "PROJECT_INSIDE_NATIONAL_MARKET"),
    (form(501), START, "OFFSET_LIMIT_EXCEEDED"),
]


@pytest.mark.parametrize(("wrong", "moment", "expected"), ORDER)
async def test_refusals_of_a_form_come_in_their_order_and_change_nothing(uow, clock, wrong, moment, expected):
    clock.set(moment)
    before = kept(uow)
    assert await submit(uow, clock, wrong) == [expected]
    assert kept(uow) == before


async def test_who_owes_nothing_yet_has_nothing_to_offset(uow, clock):
    listed(uow, SECOND)
    wrong = form(lines=NOWHERE, credit_code=SECOND)
    assert await submit(uow, clock, wrong) == ["OBLIGATION_UNKNOWN"]


async def test_forms_of_one_batch_share_the_limit_and_a_refused_one_takes_no_number(uow, clock):
    outcomes = await submit(uow, clock, form(400), form(101), form(100), form(1))
    assert outcomes == [NUMBER, "OFFSET_LIMIT_EXCEEDED", NEXT_NUMBER, "OFFSET_LIMIT_EXCEEDED"]
    told = [fact.application.application_no for fact in uow.told(OffsetApplicationSubmitted)]
    assert told == [NUMBER, NEXT_NUMBER] == list(uow.offsets.stored)


async def test_entities_of_one_batch_have_limits_and_numbers_of_their_own(uow, clock):
    listed(uow, SECOND)
    uow.oblige(SECOND, 20)
    forms = [form(500), form(1, credit_code=SECOND), form(1, credit_code=SECOND)]
    assert await submit(uow, clock, *forms) == [NUMBER, f"OA-{PERIOD}-{SECOND}-1", "OFFSET_LIMIT_EXCEEDED"]


async def test_the_same_form_again_is_another_application_within_what_is_left(uow, clock):
    assert await submit(uow, clock, form(250)) == [NUMBER]
    assert await submit(uow, clock, form(250)) == [NEXT_NUMBER]
    assert await submit(uow, clock, form(1)) == ["OFFSET_LIMIT_EXCEEDED"]


async def test_what_the_province_refused_is_free_to_be_applied_for_again(uow, clock):
    await submit(uow, clock, form(500))
    await decide(uow, clock, (NUMBER, False))
    assert await submit(uow, clock, form(500)) == [NEXT_NUMBER]
    assert FIRST in NEXT_NUMBER
