"""Notices after mergers: what absorbed entities sold, held, missed, and what their notices left (REG-42, REG-46)."""

from datetime import UTC, datetime

import pytest
from ets_kernel.domain.ids import CreditCode, ProvinceCode
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.carry_over_notice import Absorbed, Notice, Sales, find, hand_over, notice_of
from registry.domain.compliance_rules import rules_of
from registry.domain.obligation import impose
from registry_messages import code

FIRST, SECOND, THIRD = (CreditCode(code(number)) for number in (1, 2, 3))
AT = datetime(2026, 1, 20, 2, 0, tzinfo=UTC)
NOTHING = Sales()
SOLD = Sales(sold_tco2e=40_000)


def owing(period="2024", tonnes=10):
    owed = impose(
        credit_code=SECOND,
        province_code=ProvinceCode("37"),
        obligation_tco2e=tonnes,
        rules=rules_of(period),
        at=datetime(2024, 10, 20, tzinfo=UTC),
    )
    return {period: owed}


def absorbed(sales=SOLD, *, declared=SOLD, obligations=None):
    return Absorbed(credit_code=SECOND, sales=sales, declared=declared, obligations=obligations or {})


def found(*others, sales=NOTHING, declared=NOTHING):
    return find(
        credit_code=FIRST,
        province_code=ProvinceCode("37"),
        base=10_000,
        sales=sales,
        declared=declared,
        holding_tco2e=120_000,
        obligations={},
        at=AT,
        absorbed=others,
    )


def test_what_an_absorbed_entity_sold_and_bought_counts_for_its_survivor_under_one_base():
    finding = found(absorbed())
    assert (finding.computed_tco2e, finding.reason) == (70_000, "")
    assert (finding.absorbed, finding.absorbed_sales) == ((SECOND,), SOLD)


def test_what_both_traded_with_each_other_is_no_net_sale():
    between = Sales(bought_tco2e=40_000)
    assert found(absorbed(), sales=between, declared=between).computed_tco2e == 10_000


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (absorbed(declared=None), "NET_SALES_DIFFER"),
        (absorbed(declared=Sales(sold_tco2e=39_999)), "NET_SALES_DIFFER"),
        (absorbed(NOTHING, declared=None), ""),
        (absorbed(obligations=owing()), "SURRENDER_MISSED"),
        (absorbed(obligations=owing(tonnes=0)), ""),
        # Where more apply: missed, then different.
        (absorbed(declared=None, obligations=owing()), "SURRENDER_MISSED"),
    ],
)
def test_an_absorbed_entity_stops_its_survivor_as_it_would_have_stopped_itself(other, reason):
    assert found(other).reason == reason


def noticed(credit_code, *, allowed=70_000, applied=0, taken_over=0):
    return Notice(
        credit_code=credit_code,
        province_code=ProvinceCode("37"),
        computed_tco2e=allowed,
        holding_tco2e=allowed,
        allowed_tco2e=allowed,
        applied_tco2e=applied,
        issued_time=AT,
        taken_over_tco2e=taken_over,
    )


def test_what_a_notice_leaves_goes_over_and_adds_to_the_survivors():
    notices = {FIRST: noticed(FIRST, applied=20_000), SECOND: noticed(SECOND, allowed=5_000, applied=1_000)}
    succession, changed = hand_over(FIRST, SECOND, notices, {})
    assert succession.quantity_tco2e == 50_000
    assert [(one.credit_code, one.left_tco2e) for one in changed] == [(FIRST, 0), (SECOND, 54_000)]


def test_nothing_goes_over_where_nothing_is_left():
    assert hand_over(FIRST, SECOND, {FIRST: noticed(FIRST, applied=70_000)}, {}) == (None, ())
    assert hand_over(FIRST, SECOND, {}, {}) == (None, ())


def test_a_survivor_without_a_notice_keeps_what_it_took_over_for_the_one_that_it_gets_or_hands_it_on():
    succession, changed = hand_over(FIRST, SECOND, {FIRST: noticed(FIRST)}, {})
    assert [one.credit_code for one in changed] == [FIRST]
    again, none = hand_over(SECOND, THIRD, {}, {SECOND: succession.quantity_tco2e})
    assert (again.quantity_tco2e, none) == (70_000, [])
    assert notice_of(found(), taken_over_tco2e=70_000).left_tco2e == 80_000


@given(
    own=st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=3, max_size=3),
    mergers=st.lists(st.permutations([0, 1, 2]), max_size=5),
)
def test_mergers_in_any_order_double_and_lose_no_right(own, mergers):
    codes = (FIRST, SECOND, THIRD)
    notices = {
        one: noticed(one, allowed=max(quantities), applied=min(quantities))
        for one, quantities in zip(codes, own, strict=True)
    }
    left = sum(notice.left_tco2e for notice in notices.values())
    for absorbing, survivor, _ in mergers:
        _, changed = hand_over(codes[absorbing], codes[survivor], notices, {})
        notices |= {notice.credit_code: notice for notice in changed}
        assert notices[codes[absorbing]].left_tco2e == 0
        assert sum(notice.left_tco2e for notice in notices.values()) == left
        assert sum(notice.taken_over_tco2e for notice in notices.values()) == 0
