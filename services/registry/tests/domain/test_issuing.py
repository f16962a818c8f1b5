from datetime import date

import pytest
from ets_kernel.domain.calendars import load_work_calendar
from registry.domain.issuing import issue_due_date


@pytest.mark.parametrize(
    ("matched", "due"),
    [
        pytest.param(date(2023, 7, 14), date(2023, 7, 21), id="over a weekend"),
        pytest.param(date(2023, 9, 28), date(2023, 10, 11), id="over holidays, with their make-up days"),
        pytest.param(date(2026, 12, 28), None, id="into a year that is not announced yet"),
    ],
)
def test_a_matched_table_is_to_be_issued_within_five_work_days(matched, due):
    assert issue_due_date(matched, load_work_calendar()) == due
