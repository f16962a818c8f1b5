import pytest
from ets_kernel.domain.periods import PERIODS
from ets_kernel.domain.products import allowance_product
from registry.domain.movements import is_tradable


def test_allowances_of_every_vintage_are_traded_of_whichever_sector():
    assert all(is_tradable(allowance_product(vintage)) for vintage in PERIODS)


@pytest.mark.parametrize(
    "product", ["BORROWED-2023", "OFFSET-WIND1-2015", "CCER-WIND1-2015", "CEA-1999", "CEA", ""]
)
def test_nothing_else_is_traded_here(product):
    assert not is_tradable(product)
