"""Applications: each refusal at its boundary, in its order, and what an accepted one leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CancellationNo, ProductCode, ProvinceCode, make_credit_code
from ets_ledger.domain.values import SerialRange
from registry.domain.compliance_rules import Sector, rules_of
from registry.domain.obligation import impose, register
from registry.domain.offset_credit import CreditBlock
from registry.domain.surrender import Standing, SurrenderStatus, decide, merged_lines, submit

CEA = "CEA-2019-2020"
OFFSET = ProductCode("OFFSET-WIND1-2015")
CODE = make_credit_code("91370000000000001")
NOW = datetime(2021, 11, 1, tzinfo=UTC)
OWED = impose(
    credit_code=CODE,
    province_code=ProvinceCode("37"),
    obligation_tco2e=1_000,
    rules=rules_of("2019-2020"),
    at=NOW,
)
CREDITS = (
    CreditBlock(
        cancellation_no=CancellationNo("CX-1"), block_no=1, product=OFFSET, serials=SerialRange(1, 60)
    ),
)
STANDING = Standing(
    obligation=OWED,
    pending_tco2e=0,
    pending_offset_tco2e=0,
    held_tco2e={CEA: 900, OFFSET: 60},
    free_credits=CREDITS,
    next_ordinal=3,
)


def reason(lines, standing=STANDING, at=NOW):
    decided = submit(lines, standing, at=at)
    return decided.reason if isinstance(decided, EtsError) else ""


def test_an_accepted_application_names_its_serials_and_leaves_the_rest():
    application, left = submit([(CEA, 800), (OFFSET, 50)], STANDING, at=NOW)
    assert application.application_no == f"SA-2019-2020-{CODE}-3"
    assert (application.quantity_tco2e, application.offset_tco2e) == (850, 50)
    assert application.lines[1].uses[0].serials == SerialRange(1, 50)
    assert (left.pending_tco2e, left.pending_offset_tco2e, left.next_ordinal) == (850, 50, 4)
    assert (left.held_tco2e, left.free_credits[0].serials) == ({CEA: 100, OFFSET: 10}, SerialRange(51, 60))


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ([(CEA, 900), (OFFSET, 50)], ""),
        ([(CEA, 901)], "INSUFFICIENT_HOLDING"),
        ([(CEA, 951), (OFFSET, 50)], "OBLIGATION_EXCEEDED"),
        ([(OFFSET, 51)], "OFFSET_LIMIT_EXCEEDED"),
        ([(CEA, 500), (CEA, 401)], "INSUFFICIENT_HOLDING"),
        ([("CCER-WIND1-2015", 1)], "PRODUCT_NOT_USABLE"),
        ([("CEA-2021", 1)], "PRODUCT_NOT_USABLE"),
        ([("OFFSET-WIND1-15", 1)], "PRODUCT_NOT_USABLE"),
        ([("OFFSET-SUN1-2016", 1)], "INSUFFICIENT_HOLDING"),
        # Where two apply: obligation, then limit, then product, then holding.
        ([("CCER-WIND1-2015", 1_001)], "OBLIGATION_EXCEEDED"),
        ([("CCER-WIND1-2015", 900), (OFFSET, 51)], "OFFSET_LIMIT_EXCEEDED"),
        ([(CEA, 901), ("CCER-WIND1-2015", 1)], "INSUFFICIENT_HOLDING"),
    ],
)
def test_each_refusal_stands_at_its_boundary(lines, refusal):
    assert reason(lines) == refusal


def test_what_is_pending_and_registered_counts():
    pending = replace(STANDING, pending_tco2e=990, pending_offset_tco2e=45)
    assert [reason([(CEA, 10)], pending), reason([(CEA, 11)], pending)] == ["", "OBLIGATION_EXCEEDED"]
    assert [reason([(OFFSET, 5)], pending), reason([(OFFSET, 6)], pending)] == ["", "OFFSET_LIMIT_EXCEEDED"]
    registered = replace(STANDING, obligation=register(OWED, surrendered_tco2e=0, offset_tco2e=50, at=NOW))
    assert reason([(OFFSET, 1)], registered) == "OFFSET_LIMIT_EXCEEDED"
    assert reason([(CEA, 900)], registered) == ""


def test_lines_of_one_product_are_one_line():
    assert merged_lines([(CEA, 1), (OFFSET, 2), (CEA, 3)]) == [(CEA, 4), (OFFSET, 2)]


def test_a_province_decides_once_on_its_own_applications():
    application, _ = submit([(CEA, 1)], STANDING, at=NOW)

    def decided(item, province_code="37", *, is_confirmed=True):
        return decide(item, province_code=province_code, is_confirmed=is_confirmed, decided_by="x", at=NOW)

    assert decided(application, "11").reason == "PROVINCE_MISMATCH"
    confirmed, refused = decided(application), decided(application, is_confirmed=False)
    assert (confirmed.status, refused.status) == (SurrenderStatus.CONFIRMED, SurrenderStatus.REFUSED)
    assert decided(confirmed).reason == decided(refused).reason == "APPLICATION_ALREADY_DECIDED"


def test_borrowed_allowances_serve_the_year_that_they_were_borrowed_for():
    owed = impose(
        credit_code=CODE,
        province_code=ProvinceCode("37"),
        obligation_tco2e=1_000,
        rules=rules_of("2021"),
        at=NOW,
    )
    borrower = replace(STANDING, obligation=owed, held_tco2e={"BORROWED-2023": 90}, borrowed_tco2e=75)
    assert [reason([("BORROWED-2023", tonnes)], borrower) for tonnes in (75, 76)] == [
        "",
        "PRODUCT_NOT_USABLE",
    ]
    _, left = submit([("BORROWED-2023", 70)], borrower, at=NOW)
    assert reason([("BORROWED-2023", 6)], left) == "PRODUCT_NOT_USABLE"
    assert reason([("BORROWED-2023", 1)], replace(borrower, held_tco2e={})) == "INSUFFICIENT_HOLDING"


@pytest.mark.parametrize(
    ("registered", "refusal"),
    [
        (None, "PRODUCT_NOT_USABLE"),
        (datetime(2016, 1, 1, tzinfo=UTC), "PRODUCT_NOT_USABLE"),
        (datetime(2024, 6, 1, tzinfo=UTC), ""),
    ],
)
def test_only_ccer_of_the_new_market_offset_what_is_owed_for_2024(registered, refusal):
    owed = impose(
        credit_code=CODE,
        province_code=ProvinceCode("37"),
        obligation_tco2e=1_000,
        rules=rules_of("2024"),
        at=NOW,
    )
    blocks = tuple(replace(block, registered_time=registered) for block in CREDITS)
    assert reason([(OFFSET, 50)], replace(STANDING, obligation=owed, free_credits=blocks)) == refusal


@pytest.mark.parametrize("period", ["2021", "2022"])
def test_credits_that_the_first_cycle_left_over_offset_the_second(period):
    owed = impose(
        credit_code=CODE,
        province_code=ProvinceCode("37"),
        obligation_tco2e=1_000,
        rules=rules_of(period),
        at=NOW,
    )
    standing = replace(STANDING, obligation=owed)
    assert reason([(OFFSET, 50)], standing, at=datetime(2023, 12, 1, tzinfo=UTC)) == ""


def test_older_ccer_offset_what_is_overdue_until_the_last_second_of_2024():
    end = datetime(2025, 1, 1, tzinfo=ZONE)
    assert reason([(OFFSET, 50)], at=end - timedelta(seconds=1)) == ""
    assert reason([(OFFSET, 50)], at=end) == "PRODUCT_NOT_USABLE"


def test_nothing_offsets_what_industry_owes_for_2024():
    owed = impose(
        credit_code=CODE,
        province_code=ProvinceCode("37"),
        obligation_tco2e=1_000,
        rules=rules_of("2024"),
        sector=Sector.CEMENT,
        at=NOW,
    )
    assert reason([(OFFSET, 1)], replace(STANDING, obligation=owed)) == "OFFSET_LIMIT_EXCEEDED"
