import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import ProductInvalid
from ets_kernel.domain.products import (
    Product,
    ProductKind,
    allowance_product,
    ccer_product,
    offset_product_of,
    parse_product,
    parse_project_no,
)
from hypothesis import given
from hypothesis import strategies as st

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def test_codes_are_built_from_their_parts():
    assert allowance_product("2019-2020") == "CEA-2019-2020"
    assert ccer_product("P0042", 2016) == "CCER-P0042-2016"
    assert offset_product_of("CCER-P0042-2016") == "OFFSET-P0042-2016"


def test_allowance_is_taken_apart():
    product = parse_product("CEA-2019-2020")
    assert (product.kind, product.vintage) == (ProductKind.ALLOWANCE, "2019-2020")
    assert (product.project_no, product.year) == (None, None)


@given(st.text(ALPHABET, min_size=1, max_size=20), st.integers(1000, 9999))
def test_project_products_come_back_from_their_code(project_no, year):
    product = parse_product(ccer_product(project_no, year))
    assert (product.kind, product.project_no, product.year) == (ProductKind.CCER, project_no, year)
    offset = parse_product(offset_product_of(product.code))
    assert (offset.kind, offset.project_no, offset.year) == (ProductKind.OFFSET, project_no, year)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CEA",
        "CEA-",
        "CEA-2018",
        "cea-2021",
        "CEA-2021 ",
        "CCER-P1",
        "CCER-P1-16",
        "CCER-P1-0016",
        "CCER-p1-2016",
        "CCER--2016",
        "CCER-P-1-2016",
        "CCER-" + "P" * 21 + "-2016",
        "CCER-P1-2016\n",
        "CCER-P1-２０１６",
        "VER-P1-2016",
    ],
)
def test_other_text_is_refused(text):
    with pytest.raises(ProductInvalid) as caught:
        parse_product(text, "items.0.product_code")
    assert caught.value.metadata["field"] == "items.0.product_code"
    assert caught.value.metadata["value"] == text


@pytest.mark.parametrize("text", ["CEA-2021", "OFFSET-P1-2016"])
def test_offset_credit_is_made_from_ccer_only(text):
    with pytest.raises(ProductInvalid, match="CCER-<project_no>-<year>"):
        offset_product_of(text)


@pytest.mark.parametrize("text", ["", "P-1", "p1", "P" * 21, "项目"])
def test_project_number_outside_its_form_is_refused(text):
    with pytest.raises(ProductInvalid):
        parse_project_no(text)


def test_project_number_is_taken():
    assert parse_project_no("P0042") == "P0042"


def test_product_whose_code_is_of_another_is_our_own_mistake():
    with pytest.raises(BrokenClaim):
        Product(code="CEA-2021", kind=ProductKind.ALLOWANCE, vintage="2022")
