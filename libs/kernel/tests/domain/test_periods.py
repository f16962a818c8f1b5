import pytest
from ets_kernel.domain.errors import PeriodUnknown
from ets_kernel.domain.periods import PERIODS, parse_period


def test_first_period_covers_two_years_and_the_later_ones_one():
    assert {name: list(period.years) for name, period in PERIODS.items()} == {
        "2019-2020": [2019, 2020],
        "2021": [2021],
        "2022": [2022],
        "2023": [2023],
        "2024": [2024],
        "2025": [2025],
    }


def test_known_period_is_taken():
    assert parse_period("2019-2020").first_year == 2019


@pytest.mark.parametrize("text", ["", "2019", "2020", "2019-2021", "2018", "2019–2020"])
def test_unknown_period_is_refused(text):
    with pytest.raises(PeriodUnknown) as caught:
        parse_period(text)
    assert caught.value.metadata == {
        "field": "period",
        "value": text,
        "allowed": "2019-2020 2021 2022 2023 2024 2025",
    }
