"""REG-43 and the formula of T, on any course of applications and withdrawals."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from math import floor

from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, ProvinceCode
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.carry_over import CarryOverStanding, apply, withdraw
from registry.domain.carry_over_notice import Notice
from registry.domain.carry_over_rules import OLD_PRODUCTS, computed_quantity, net_sales
from registry_messages import code

WHO = CreditCode(code(1))
AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
TONNES = st.integers(min_value=0, max_value=10**9)
LINE = st.tuples(st.sampled_from((*OLD_PRODUCTS, "CEA-2025")), st.integers(min_value=1, max_value=60))
STEP = st.one_of(st.lists(LINE, min_size=1, max_size=3), st.integers(min_value=0, max_value=5))


@given(base=TONNES, sold=TONNES, bought=TONNES)
def test_the_quantity_is_the_formula_rounded_down(base, sold, bought):
    exact = base + Fraction(3, 2) * max(0, sold - bought)
    assert computed_quantity(base, net_sales(sold, bought)) == floor(exact)


@given(
    steps=st.lists(STEP, max_size=12),
    allowed=st.integers(min_value=0, max_value=120),
    held=st.lists(st.integers(min_value=0, max_value=80), min_size=5, max_size=5),
)
def test_what_is_applied_for_stays_within_notice_and_holding_and_loses_nothing(steps, allowed, held):
    start = dict(zip(OLD_PRODUCTS, held, strict=True))
    standing = standing_of(allowed, start)
    waiting = []
    for step in steps:
        if isinstance(step, int):
            if step < len(waiting):
                standing = taken_back(standing, waiting.pop(step))
            continue
        decided = apply(step, standing, at=AT)
        if isinstance(decided, EtsError):
            continue
        application, standing = decided
        waiting.append(application)
        assert application.quantity_tco2e == sum(quantity for _, quantity in step)
        frozen = sum(item.quantity_tco2e for item in waiting)
        assert standing.notice.applied_tco2e == frozen <= allowed
        assert min(standing.held_tco2e.values()) >= 0
        assert sum(standing.held_tco2e.values()) + frozen == sum(start.values())


def standing_of(allowed, held):
    notice = Notice(
        credit_code=WHO,
        province_code=ProvinceCode("37"),
        computed_tco2e=allowed,
        holding_tco2e=allowed,
        allowed_tco2e=allowed,
        applied_tco2e=0,
        issued_time=AT,
    )
    return CarryOverStanding(notice=notice, held_tco2e=held, released_tco2e={}, next_ordinal=1)


def taken_back(standing, application):
    """What the use case of withdrawing does with the standing."""
    number = application.application_no
    assert not isinstance(withdraw(application, application_no=number, credit_code=WHO, at=AT), EtsError)
    held = dict(standing.held_tco2e)
    for product, quantity in application.lines:
        held[product] += quantity
    applied = standing.notice.applied_tco2e - application.quantity_tco2e
    return replace(standing, notice=replace(standing.notice, applied_tco2e=applied), held_tco2e=held)
