import pytest
from ets_kernel.domain.errors import ProvinceUnknown
from ets_kernel.domain.provinces import PROVINCES, parse_province_code


def test_there_are_32_authorities_with_the_corps():
    assert len(PROVINCES) == 32
    assert PROVINCES["66"].name_zh == "新疆生产建设兵团"
    assert PROVINCES["37"].name_zh == "山东省"


def test_names_are_unique_and_keys_are_codes():
    assert len({province.name_zh for province in PROVINCES.values()}) == 32
    assert len({province.name_en for province in PROVINCES.values()}) == 32
    assert all(code == province.code for code, province in PROVINCES.items())


def test_known_code_is_taken():
    assert parse_province_code("11") == "11"


@pytest.mark.parametrize("text", ["", "1", "011", "71", "81", "82", "BJ", " 11"])
def test_unknown_code_is_refused_with_the_allowed_ones(text):
    with pytest.raises(ProvinceUnknown) as caught:
        parse_province_code(text, "province")
    assert caught.value.metadata["field"] == "province"
    assert caught.value.metadata["value"] == text
    assert caught.value.metadata["allowed"].split() == list(PROVINCES)
