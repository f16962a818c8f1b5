"""Every benchmark as it is printed in the annexes of the plans, and what a second year is to the first."""

from decimal import Decimal

import pytest
from registry.domain import plan_2019_2020 as first
from registry.domain import plan_2021_2022 as second
from registry.domain import plan_2023_2024 as third
from registry.domain.allocation_table import Category

ROWS = (Category.COAL_ABOVE_300MW, Category.COAL_UP_TO_300MW, Category.UNCONVENTIONAL_COAL, Category.GAS)
LAST_PLACE = Decimal("0.0001")


def printed(column: str) -> dict[Category, Decimal]:
    return dict(zip(ROWS, map(Decimal, column.split()), strict=True))


@pytest.mark.parametrize(
    ("benchmarks", "column"),
    [
        pytest.param(first.SUPPLY_BENCHMARK, "0.877 0.979 1.146 0.392", id="2019-2020 供电"),
        pytest.param(first.HEAT_BENCHMARK, "0.126 0.126 0.126 0.059", id="2019-2020 供热"),
        pytest.param(second.SUPPLY_BENCHMARK["2021"], "0.8218 0.8773 0.9350 0.3920", id="2021 供电"),
        pytest.param(second.SUPPLY_BENCHMARK["2022"], "0.8177 0.8729 0.9303 0.3901", id="2022 供电"),
        pytest.param(second.HEAT_BENCHMARK["2021"], "0.1111 0.1111 0.1111 0.0560", id="2021 供热"),
        pytest.param(second.HEAT_BENCHMARK["2022"], "0.1105 0.1105 0.1105 0.0557", id="2022 供热"),
        pytest.param(third.GENERATION_BENCHMARK["2023"], "0.7950 0.8090 0.8285 0.3305", id="2023 发电"),
        pytest.param(third.GENERATION_BENCHMARK["2024"], "0.7910 0.8049 0.8244 0.3288", id="2024 发电"),
        pytest.param(third.HEAT_BENCHMARK["2023"], "0.1038 0.1038 0.1038 0.0536", id="2023 供热"),
        pytest.param(third.HEAT_BENCHMARK["2024"], "0.1033 0.1033 0.1033 0.0533", id="2024 供热"),
    ],
)
def test_a_benchmark_is_the_printed_one(benchmarks, column):
    assert dict(benchmarks) == printed(column)


@pytest.mark.parametrize(
    ("first_year", "second_year"),
    [
        (second.SUPPLY_BENCHMARK["2021"], second.SUPPLY_BENCHMARK["2022"]),
        (second.HEAT_BENCHMARK["2021"], second.HEAT_BENCHMARK["2022"]),
        (third.GENERATION_BENCHMARK["2023"], third.GENERATION_BENCHMARK["2024"]),
        (third.HEAT_BENCHMARK["2023"], third.HEAT_BENCHMARK["2024"]),
    ],
)
def test_the_second_year_of_a_plan_is_half_a_percent_stricter_to_the_last_printed_place(
    first_year, second_year
):
    for category in ROWS:
        stricter = first_year[category] * Decimal("0.995")
        assert abs(stricter - second_year[category]) < LAST_PLACE
