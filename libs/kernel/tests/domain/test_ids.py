import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import CreditCodeInvalid
from ets_kernel.domain.ids import (
    NATIONAL_ACCOUNT,
    CreditCode,
    MarketCode,
    ProvinceCode,
    ccer_account,
    emitter_account,
    make_credit_code,
    parse_credit_code,
    provincial_account,
    trading_account,
)
from hypothesis import given
from hypothesis import strategies as st

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# The code that is commonly shown as the example of GB 32100-2015.
EXAMPLE = "91350100M000100Y43"

first17 = st.builds(
    lambda head, division, body: head + division + body,
    st.text(CHARACTERS, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CHARACTERS, min_size=9, max_size=9),
)


def test_common_example_is_taken():
    assert parse_credit_code(EXAMPLE) == EXAMPLE


def test_check_character_of_the_example_is_made():
    assert make_credit_code(EXAMPLE[:-1]) == EXAMPLE


@pytest.mark.parametrize(
    ("text", "wrong", "allowed"),
    [
        ("", "0 characters", "18 characters"),
        (EXAMPLE[:-1], "17 characters", "18 characters"),
        (EXAMPLE + "0", "19 characters", "18 characters"),
        ("91350100M00010OY43", "'O' at position 15", f"one of {CHARACTERS}"),
        ("91350100m000100Y43", "'m' at position 9", f"one of {CHARACTERS}"),
        ("9135010AM000100Y43", "'35010A' at positions 3 to 8", "six digits"),
        ("91350100M000100Y44", "check character '4'", "check character '3'"),
        ("９1350100M000100Y43", "'９' at position 1", f"one of {CHARACTERS}"),
    ],
)
def test_wrong_credit_code_is_refused_with_what_is_wrong_and_what_is_allowed(text, wrong, allowed):
    with pytest.raises(CreditCodeInvalid) as caught:
        parse_credit_code(text, "items.3.credit_code")
    assert caught.value.metadata == {"field": "items.3.credit_code", "wrong": wrong, "allowed": allowed}


@given(first17)
def test_made_credit_code_is_taken(first):
    assert parse_credit_code(make_credit_code(first))[:-1] == first


@given(first17, st.integers(0, 17), st.sampled_from(CHARACTERS))
def test_one_mistyped_character_is_always_found(first, position, character):
    code = make_credit_code(first)
    mistyped = code[:position] + character + code[position + 1 :]
    if mistyped != code:
        with pytest.raises(CreditCodeInvalid):
            parse_credit_code(mistyped)


@pytest.mark.parametrize("first", ["", EXAMPLE, "9135010OM000100Y4"])
def test_making_a_credit_code_from_something_else_is_our_own_mistake(first):
    with pytest.raises(BrokenClaim):
        make_credit_code(first)


def test_account_numbers_follow_from_their_holders():
    code = CreditCode(EXAMPLE)
    assert NATIONAL_ACCOUNT == "R-NATIONAL"
    assert provincial_account(ProvinceCode("66")) == "R-P-66"
    assert emitter_account(code) == "R-E-91350100M000100Y43"
    assert ccer_account(code) == "C-91350100M000100Y43"
    assert trading_account(MarketCode("CEA"), code) == "T-CEA-91350100M000100Y43"
