import hashlib
from datetime import UTC, date, datetime

import pytest
from ets_kernel.domain.canonical import (
    SEGMENT_COUNT,
    canonical_content,
    canonical_row,
    canonical_text,
    parse_content,
    rows_digest,
    segment_of,
)
from ets_kernel.domain.ensure import BrokenClaim
from hypothesis import given
from hypothesis import strategies as st

texts = st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=5)


@pytest.mark.parametrize(
    ("values", "encoded"),
    [
        ((), b""),
        (("",), b"0:,"),
        ((None,), b"0:,"),
        (("R-E-1", 12, date(2021, 10, 26)), b"5:R-E-1,2:12,10:2021-10-26,"),
        ((0, -7, 9223372036854775807), b"1:0,2:-7,19:9223372036854775807,"),
        (("山东省", "a,b", "1:x,"), b"9:\xe5\xb1\xb1\xe4\xb8\x9c\xe7\x9c\x81,3:a,b,4:1:x,,"),
    ],
)
def test_row_has_these_bytes(values, encoded):
    assert canonical_row(values) == encoded


@pytest.mark.parametrize(
    ("rows", "digest"),
    [
        ((), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (((),), "643d76d2766c1c66bf6df40630304dc3b86aa16ace3849a62e16419d2ed3cce7"),
        (
            (("R-E-1", 12, date(2021, 10, 26)), ("山东省", None)),
            "cae5903edb43b5869b6ca15710a15d9a81da0a6d9c0edc530f743eed59180754",
        ),
    ],
)
def test_digest_of_rows_is_this(rows, digest):
    assert rows_digest(canonical_row(row) for row in rows).hex() == digest


def test_order_of_rows_counts():
    assert rows_digest([b"a", b"b"]) != rows_digest([b"b", b"a"])


def test_edge_between_rows_counts():
    assert rows_digest([b"ab", b"c"]) != rows_digest([b"a", b"bc"])


@given(texts, texts)
def test_different_texts_have_different_bytes(one, other):
    assert (canonical_row(one) == canonical_row(other)) is (one == other)


@given(st.lists(st.one_of(st.none(), st.integers(), st.dates(), st.text(st.characters(codec="utf-8")))))
def test_row_of_values_is_the_row_of_their_texts(values):
    assert canonical_row(values) == canonical_row([canonical_text(value) for value in values])


@pytest.mark.parametrize("value", [True, datetime(2021, 1, 1, tzinfo=UTC), b"bytes", 1.5, ("nested",)])
def test_value_without_a_canonical_text_is_our_own_mistake(value):
    with pytest.raises(BrokenClaim):
        canonical_row([value])


@pytest.mark.parametrize(("value", "segment"), [("", 35), ("91350100M000100Y43", 24), (42, 51), ("42", 51)])
def test_segment_is_this(value, segment):
    assert segment_of(value) == segment


def test_rows_fall_in_every_segment():
    assert {segment_of(number) for number in range(2000)} == set(range(SEGMENT_COUNT))


@given(st.lists(texts, max_size=5))
def test_a_content_is_read_back_and_its_sha256_is_the_digest(rows):
    encoded = [canonical_row(row) for row in rows]
    content = canonical_content(encoded)
    assert parse_content(content) == rows
    assert hashlib.sha256(content).digest() == rows_digest(encoded)


@pytest.mark.parametrize("content", [b"x", b"3:ab,", b"02:1:,", b"1:a,", b"3:1:a,x"])
def test_what_is_no_content_is_not_read(content):
    with pytest.raises(ValueError, match=r"canonical rows|invalid"):
        parse_content(content)
