import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.domain.errors import CreditCodeInvalid, IdentityNumberInvalid
from ets_kernel.domain.ids import (
    NATIONAL_ACCOUNT,
    CreditCode,
    MarketCode,
    ProvinceCode,
    ccer_account,
    emitter_account,
    individual_account,
    institution_account,
    make_credit_code,
    make_identity_number,
    masked,
    parse_credit_code,
    parse_identity_number,
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


# The number that GB 11643-1999 gives as its example.
PERSON = "11010519491231002X"


def test_the_standards_example_of_a_persons_number_is_taken():
    assert parse_identity_number(PERSON) == PERSON
    assert make_identity_number(PERSON[:-1]) == PERSON


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "0 characters"),
        (PERSON[:-1], "17 characters"),
        ("11010519491231002x", "another check character"),
        ("110105194912310021", "another check character"),
        ("1101051949123100AX", "something else than a digit"),
        ("１1010519491231002X", "something else than a digit"),
        ("11010519491331002X", "no day of birth at positions 7 to 14"),
    ],
)
def test_what_is_no_persons_number_is_refused_and_not_repeated(text, wrong):
    with pytest.raises(IdentityNumberInvalid) as refusal:
        parse_identity_number(text)
    assert refusal.value.metadata["wrong"] == wrong
    assert not text or text not in str(refusal.value)


@given(st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_persons_number_is_noticed(order, place, shift):
    number = make_identity_number(f"11010519491231{order:03d}")
    digit = str((int(number[place]) + shift) % 10)
    with pytest.raises(IdentityNumberInvalid):
        parse_identity_number(number[:place] + digit + number[place + 1 :])


def test_a_persons_number_is_shown_by_its_last_four_characters():
    assert masked(PERSON) == "**************002X"
    assert masked("") == ""


def test_accounts_of_institutions_and_persons_are_named():
    assert institution_account(CreditCode(EXAMPLE)) == f"R-I-{EXAMPLE}"
    assert individual_account(7) == "R-N-00000007"
