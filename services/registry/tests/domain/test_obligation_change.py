"""Changes of obligations: two people, once, from the quantity that they name; and which applications go back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import ApplicationNo, ProductCode, ProvinceCode, make_credit_code
from hypothesis import given
from hypothesis import strategies as st
from registry.domain.compliance_rules import Sector, rules_of
from registry.domain.obligation import changed, impose, register
from registry.domain.obligation_change import ObligationChangeStatus, confirm, no_longer_fitting, propose
from registry.domain.surrender import SurrenderApplication, SurrenderLine, SurrenderStatus

CEA = "CEA-2019-2020"
OFFSET = "OFFSET-WIND1-2015"
CODE = make_credit_code("91370000000000001")
NOW = datetime(2021, 11, 1, tzinfo=UTC)
RULES = rules_of("2019-2020")
OWED = impose(credit_code=CODE, province_code=ProvinceCode("37"), obligation_tco2e=1_000, rules=RULES, at=NOW)


def proposed(tonnes=800, obligation=OWED):
    return propose(
        obligation, to_tco2e=tonnes, document_no="D-1", words="verified again", ordinal=1, by="first", at=NOW
    )


def reason(decided):
    return decided.reason if isinstance(decided, EtsError) else ""


def test_a_change_names_what_it_changes():
    change = proposed()
    assert (change.change_no, change.from_tco2e, change.to_tco2e) == (f"OC-2019-2020-{CODE}-1", 1_000, 800)
    assert reason(proposed(1_000)) == "OBLIGATION_UNCHANGED"


def test_of_several_sectors_the_one_that_changes_is_named_and_gives_no_more_than_it_owes():
    both = changed(OWED, obligation_tco2e=1_500, rules=RULES, at=NOW, sector=Sector.STEEL)

    def refused(tonnes, sector):
        change = propose(
            both, to_tco2e=tonnes, document_no="D-1", words="", ordinal=1, by="first", at=NOW, sector=sector
        )
        return reason(change)

    assert [refused(1_400, one) for one in (None, Sector.CEMENT, Sector.STEEL, Sector.POWER)] == [
        "OBLIGATION_SECTOR_WRONG",
        "OBLIGATION_SECTOR_WRONG",
        "",
        "",
    ]
    assert [refused(1_000, Sector.STEEL), refused(999, Sector.STEEL)] == ["", "OBLIGATION_SECTOR_WRONG"]
    # Where both apply: unchanged, then the sector.
    assert refused(1_500, None) == "OBLIGATION_UNCHANGED"
    assert proposed().sector is Sector.POWER


@pytest.mark.parametrize(
    ("status", "by", "owed", "refusal"),
    [
        (ObligationChangeStatus.INITIATED, "second", 1_000, ""),
        (ObligationChangeStatus.INITIATED, "second", 999, "OBLIGATION_CHANGE_STALE"),
        # Where more apply: confirmed, then person, then stale.
        (ObligationChangeStatus.INITIATED, "first", 999, "SAME_PERSON"),
        (ObligationChangeStatus.CONFIRMED, "first", 999, "OBLIGATION_CHANGE_ALREADY_CONFIRMED"),
    ],
)
def test_each_refusal_stands_in_its_order(status, by, owed, refusal):
    change = replace(proposed(), status=status)
    decided = confirm(change, replace(OWED, obligation_tco2e=owed), by=by, at=NOW)
    assert reason(decided) == refusal
    if not refusal:
        assert (decided.status, decided.confirmed_by) == (ObligationChangeStatus.CONFIRMED, "second")


def application(ordinal, allowances, ccer=0, status=SurrenderStatus.SUBMITTED):
    lines = [(CEA, allowances), (OFFSET, ccer)]
    return SurrenderApplication(
        application_no=ApplicationNo(f"SA-{ordinal}"),
        ordinal=ordinal,
        credit_code=CODE,
        province_code=OWED.province_code,
        period=OWED.period,
        lines=tuple(
            SurrenderLine(product=ProductCode(product), quantity_tco2e=quantity)
            for product, quantity in lines
            if quantity
        ),
        status=status,
        submitted_time=NOW,
    )


def returned(tonnes, *applications, registered=(0, 0)):
    owed = register(OWED, surrendered_tco2e=registered[0], offset_tco2e=registered[1], at=NOW)
    after = changed(owed, obligation_tco2e=tonnes, rules=RULES, at=NOW)
    gone = no_longer_fitting(applications, after, cause="OC-1", at=NOW)
    assert all((one.status, one.closed_by) == (SurrenderStatus.RETURNED, "OC-1") for one in gone)
    return [one.ordinal for one in gone]


def test_the_last_submitted_goes_back_first_until_the_rest_fits():
    three = [application(number, 300) for number in (1, 2, 3)]
    assert returned(900, *three) == []
    assert returned(899, *three) == [3]
    assert returned(600, *three) == [3]
    assert returned(100, *reversed(three)) == [3, 2, 1]


def test_confirmed_ones_go_back_too_and_decided_ones_do_not():
    confirmed = application(2, 300, status=SurrenderStatus.CONFIRMED)
    done = application(3, 300, status=SurrenderStatus.REGISTERED)
    assert returned(299, application(1, 299), confirmed, done) == [2]


def test_above_the_limit_only_applications_with_ccer_go_back():
    assert returned(960, application(1, 0, 40), application(2, 0, 9), application(3, 100)) == [2]


def test_what_is_registered_stays_and_leaves_less_room():
    assert returned(960, application(1, 10), application(2, 0, 1), registered=(900, 48)) == [2]
    assert returned(960, application(1, 10), application(2, 5), registered=(900, 50)) == [2]


@given(
    registered=st.tuples(st.integers(0, 900), st.integers(0, 50)),
    waiting=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 20)), max_size=6),
    tonnes=st.lists(st.integers(0, 1_500), min_size=1, max_size=3),
)
def test_after_any_changes_what_waits_fits_and_the_certificate_follows(registered, waiting, tonnes):
    owed = register(OWED, surrendered_tco2e=registered[0], offset_tco2e=registered[1], at=NOW)
    open_ones = [
        application(number, *quantities) for number, quantities in enumerate(waiting, 1) if sum(quantities)
    ]
    for quantity in tonnes:
        owed = changed(owed, obligation_tco2e=quantity, rules=RULES, at=NOW)
        gone = no_longer_fitting(open_ones, owed, cause="OC-1", at=NOW)
        open_ones = [one for one in open_ones if one.ordinal not in {two.ordinal for two in gone}]
        pending = sum(one.quantity_tco2e for one in open_ones)
        offset = sum(one.offset_tco2e for one in open_ones)
        assert pending <= owed.unmet_tco2e
        assert not offset or owed.offset_tco2e + offset <= owed.offset_limit_tco2e
        assert owed.counted_offset_tco2e <= quantity * 5 // 100
        assert owed.met_tco2e + owed.unmet_tco2e == quantity
        assert (owed.completed_time is not None) == (owed.unmet_tco2e == 0)
        assert bool(owed.certificate_no) == (owed.completed_time is not None)
    assert owed.notice_ordinal == 1 + len(tonnes)
