"""What may be cancelled: each refusal at its boundary, and in the order in which they are given."""

from dataclasses import replace

import pytest
from ccer_bridge.domain.accounts import Account, AccountStatus
from ccer_bridge.domain.applications import ConfirmedApplication
from ccer_bridge.domain.cancellation import (
    Cancellation,
    CancellationDesk,
    WantedCancellation,
    blocks_text,
    parse_blocks,
)
from ccer_bridge.domain.projects import Project
from ccer_messages import C_PLANT, OTHER, OWNER, PLANT, SOLAR, WIND, shanghai
from ets_ledger.domain.values import SerialRange
from hypothesis import given
from hypothesis import strategies as st

IN_TIME, LATE = shanghai("2021-12-15 16:59"), shanghai("2021-12-15 17:00")
ACCOUNT = Account(
    account_no=C_PLANT,
    credit_code=PLANT,
    name="Plant 1",
    province_code="37",
    venue="BJ",
    status=AccountStatus.OPEN,
    version=3,
)
PROJECT = Project(
    project_no="WIND1",
    name="Wind",
    project_type="wind",
    methodology="CM-001-V01",
    owner_credit_code=OWNER,
    is_inside_national_market=False,
)
APPLICATION = ConfirmedApplication(
    application_no="OA-1",
    credit_code=PLANT,
    province_code="37",
    confirmed_tco2e=150,
    lines_tco2e={WIND: 100, SOLAR: 50},
)


def desk(*, account=ACCOUNT, project=PROJECT, application=APPLICATION, held=1_000, at=IN_TIME):
    return CancellationDesk(
        applications={"OA-1": application},
        accounts={C_PLANT: account} if account else {},
        projects={"WIND1": project} if project else {},
        registered_tco2e={(C_PLANT, WIND): held},
        at=at,
    )


def wanted(quantity=100, **changes):
    values = {"credit_code": PLANT, "application_no": "OA-1", "product": WIND} | changes
    return WantedCancellation(quantity_tco2e=quantity, **values)


def reason(outcome):
    return "" if isinstance(outcome, Cancellation) else outcome.reason


def test_a_cancellation_names_everything_that_the_province_needs():
    made = desk().judge(wanted(100))
    assert (made.cancellation_no, made.entity_name, made.province_code) == ("CX-OA-1-1", "Plant 1", "37")
    assert (made.project_no, made.project_name, made.reduction_year) == ("WIND1", "Wind", 2015)
    assert made.cancelled_time == IN_TIME


# Each row breaks one more rule than the row below it, from the top of the documented order.
WRONG = [
    ("CANCELLATION_WINDOW_CLOSED", {"at": LATE}, {"application_no": "OA-2"}),
    ("APPLICATION_NOT_CONFIRMED", {}, {"application_no": "OA-2", "credit_code": OTHER}),
    ("ENTITY_MISMATCH", {"account": None}, {"credit_code": OTHER}),
    ("ACCOUNT_NOT_FOUND", {"account": None}, {"product": "CCER-WIND1-2016"}),
    (
        "ACCOUNT_NOT_FOUND",
        {"account": replace(ACCOUNT, status=AccountStatus.FIRST_REVIEWED)},
        {"product": "CCER-WIND1-2016"},
    ),
    (
        "PROJECT_NOT_IN_APPLICATION",
        {"project": replace(PROJECT, is_inside_national_market=True)},
        {"product": "CCER-WIND1-2016"},
    ),
    (
        "PROJECT_INSIDE_NATIONAL_MARKET",
        {"project": replace(PROJECT, is_inside_national_market=True)},
        {"quantity": 101},
    ),
    ("CONFIRMED_QUANTITY_EXCEEDED", {"held": 0}, {"quantity": 101}),
    ("INSUFFICIENT_HOLDING", {"held": 99}, {}),
    ("INSUFFICIENT_HOLDING", {"project": None}, {}),
    ("", {"held": 100}, {}),
]


@pytest.mark.parametrize(("expected", "world", "item"), WRONG)
def test_the_first_refusal_in_order_is_given(expected, world, item):
    assert reason(desk(**world).judge(wanted(**item))) == expected


def test_a_refused_item_leaves_what_it_asked_for_to_the_next():
    judge = desk(held=100).judge
    assert [reason(judge(wanted(quantity))) for quantity in (60, 60, 40, 1)] == [
        "",
        "CONFIRMED_QUANTITY_EXCEEDED",
        "",
        "CONFIRMED_QUANTITY_EXCEEDED",
    ]


def test_numbers_go_on_behind_the_last_cancellation():
    before = replace(APPLICATION, cancelled_tco2e={WIND: 10}, cancellation_count=4)
    assert desk(application=before).judge(wanted(90)).cancellation_no == "CX-OA-1-5"
    assert reason(desk(application=before).judge(wanted(91))) == "CONFIRMED_QUANTITY_EXCEEDED"


@given(st.lists(st.integers(1, 60), max_size=30), st.integers(0, 200))
def test_accepted_items_never_exceed_the_line_or_the_holding(quantities, held):
    judge = desk(held=held)
    made = [
        outcome
        for quantity in quantities
        if isinstance(outcome := judge.judge(wanted(quantity)), Cancellation)
    ]
    total = sum(cancellation.quantity_tco2e for cancellation in made)
    assert total <= min(100, held)
    assert judge.applications["OA-1"].cancelled_total_tco2e == total
    assert len({cancellation.cancellation_no for cancellation in made}) == len(made)


def test_blocks_read_as_they_were_written():
    blocks = (SerialRange(1, 100), SerialRange(150, 150))
    assert blocks_text(blocks) == "1-100,150-150"
    assert parse_blocks("1-100,150-150") == blocks
