"""MRV-12: which decisions belong to which Friday, and one summary for each province."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from ets_kernel.domain.errors import TooEarly
from ets_kernel.domain.provinces import PROVINCES
from mrv.domain.errors import NotAFriday
from mrv.domain.offset_application import ApplicationStatus, OffsetApplication
from mrv.domain.weekly_summary import decided_before, require_summary_day, summarise
from mrv_steps import form

FRIDAY = date(2021, 10, 29)
BEGINS = datetime(2021, 10, 28, 16, 0, tzinfo=UTC)
CONFIRMED = OffsetApplication(
    application_no="OA-2", ordinal=2, form=form(400), status=ApplicationStatus.CONFIRMED, submitted_time=BEGINS
)  # fmt: skip


def test_a_friday_may_be_summarised_from_its_first_second_on():
    require_summary_day(FRIDAY, BEGINS)
    with pytest.raises(TooEarly):
        require_summary_day(FRIDAY, BEGINS - timedelta(seconds=1))


@pytest.mark.parametrize("days", [-1, 1])
def test_no_other_day_has_a_summary(days):
    with pytest.raises(NotAFriday):
        require_summary_day(FRIDAY + timedelta(days=days), BEGINS - timedelta(days=9))


def test_decisions_belong_to_a_friday_until_it_ends_in_shanghai():
    assert decided_before(FRIDAY) == BEGINS + timedelta(days=1)


def test_every_province_has_a_summary_and_rows_come_in_number_order():
    refused = replace(CONFIRMED, application_no="OA-1", status=ApplicationStatus.REFUSED)
    cancelled = replace(CONFIRMED, application_no="OA-3", status=ApplicationStatus.CANCELLED)
    summaries = summarise(FRIDAY, [CONFIRMED, cancelled, refused])
    assert [summary.province_code for summary in summaries] == list(PROVINCES)
    (own,) = (summary for summary in summaries if summary.rows)
    assert (own.province_code, own.confirmed_tco2e) == ("37", 800)
    assert [(row.application_no, row.is_confirmed, row.confirmed_tco2e) for row in own.rows] == [
        ("OA-1", False, 0),
        ("OA-2", True, 400),
        ("OA-3", True, 400),
    ]
