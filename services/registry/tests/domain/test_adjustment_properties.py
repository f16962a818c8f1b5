"""REG-50, REG-51, REG-53, REG-54 on any course: tables of three periods with decisions and changes between them."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from ets_kernel.domain.ids import Period, ProvinceCode, make_credit_code
from hypothesis import given, settings
from hypothesis import strategies as st
from registry.domain.accounts import ListedEntity
from registry.domain.adjustment import (
    AdjustmentKind,
    changes_of_table,
    outstanding,
    parse_decision,
    record,
    refusal_of_decision,
)
from registry.domain.allocation_history import allocated_before, table_no_of, tables_before
from registry.domain.allocation_table import (
    Category,
    EntityRow,
    Issuance,
    IssuanceStatus,
    TableKind,
    TransmittedTable,
    UnitRow,
    digest_of,
)
from registry.domain.recomputation import recompute

CODE = make_credit_code("91370000000000001")
PROVINCE = ProvinceCode("37")
ROSTER = {CODE: ListedEntity(credit_code=CODE, name="发电企业", province_code=PROVINCE)}
TONNES = st.integers(min_value=0, max_value=100_000)
DECISIONS = st.lists(
    st.tuples(st.sampled_from(["2021", "2022", "2023"]), st.integers(-50_000, 150_000).filter(bool)),
    max_size=3,
)
VERIFIED = st.tuples(TONNES, TONNES, TONNES)  # allowances, emissions, wish to borrow
PERIOD = st.tuples(TONNES, DECISIONS, VERIFIED, DECISIONS, st.lists(VERIFIED, max_size=2))


class Course:
    """One entity, its tables and what the registry knows of it."""

    def __init__(self):
        self.rows = {}
        self.remainders = {}
        self.issued = defaultdict(int)
        self.deducted = defaultdict(int)
        self.decided = self.borrowed = 0

    def decide(self, decisions):
        for from_period, change in decisions:
            decision = parse_decision(
                credit_code=CODE,
                from_period=from_period,
                kind=AdjustmentKind.CORRECTION,
                change_tco2e=change,
                reference="D",
            )
            if refusal_of_decision(decision, self.remainders) is None:
                record(decision, self.remainders)
                self.decided += change

    def issue(self, period, kind, unit, *, wish=0, ordinal=0):
        """Transmit what the registry itself computes, and issue it."""
        number = table_no_of(period=period, kind=kind, province_code=PROVINCE, ordinal=ordinal)
        before = allocated_before(tables_before(number), self.rows)
        known = {
            "roster": ROSTER,
            "pre_allocated_tco2e": {code: one.allocated_tco2e for code, one in before.items()},
            "deducted_tco2e": {code: one.deducted_tco2e for code, one in before.items()},
            "adjustment_tco2e": {CODE: outstanding(self.remainders, CODE, period)},
        }
        table = TransmittedTable(
            table_no=number,
            revision=1,
            province_code=PROVINCE,
            period=Period(period),
            kind=kind,
            unit_rows=(unit,),
            entity_rows=(blank(wish),),
            digest=b"",
        )
        (row,) = recompute(table, **known).rows
        right = replace(table, entity_rows=(row,), digest=digest_of([row], period))
        again = recompute(right, **known)
        assert again.rows == (row,)
        assert [one for one in again.differences if not one.unit_no] == []
        self.rows[number] = [row]
        changes = list(changes_of_table(issuance(right), row, self.remainders))
        self.issued[period] += row.issue_tco2e
        self.deducted[period] += row.deducted_tco2e - row.returned_tco2e
        self.borrowed += row.borrowed_tco2e
        assert sum(one.change_tco2e for one in changes if one.from_period <= period) == (
            row.returned_tco2e - row.deducted_tco2e
        )
        assert outstanding(self.remainders, CODE, period) == row.remainder_tco2e
        return row


def blank(borrowed):
    return EntityRow(
        credit_code=CODE,
        name="",
        pre_allocated_tco2e=0,
        verified_tco2e=0,
        issue_tco2e=0,
        emissions_tco2e=0,
        obligation_tco2e=0,
        is_capped=False,
        borrowed_tco2e=borrowed,
    )


def unit(year, *, emissions, allowance=0):
    """A unit of unconventional coal with so many allowances by its heat, whichever plan holds."""
    heat_benchmark = {2021: "0.1111", 2022: "0.1105", 2023: "0.1038"}[year]
    heat = (Decimal(allowance) / Decimal(heat_benchmark)).quantize(Decimal("0.001")) + Decimal("0.001")
    return UnitRow(
        credit_code=CODE,
        unit_no="1",
        category=Category.UNCONVENTIONAL_COAL,
        is_air_cooled=False,
        is_cogeneration=False,
        year=year,
        net_supply_mwh=Decimal(0),
        heat_supply_gj=heat,
        heat_ratio=Decimal(0),
        load_factor=Decimal(1),
        emissions_tco2e=emissions,
        allowance_tco2e=0,
        obligation_tco2e=0,
    )


def issuance(table):
    return Issuance(
        table_no=table.table_no,
        revision=1,
        province_code=PROVINCE,
        period=table.period,
        kind=table.kind,
        status=IssuanceStatus.ISSUED,
        issue_tco2e=0,
        entity_count=1,
        difference_count=0,
        recomputed_digest=b"",
        transmitted_digest=b"",
    )


@settings(deadline=None)
@given(periods=st.tuples(PERIOD, PERIOD, PERIOD))
def test_what_is_issued_is_what_is_allocated_less_what_is_deducted(periods):
    course = Course()
    for period, (base, first, verified, second, changes) in zip(
        ("2021", "2022", "2023"), periods, strict=True
    ):
        year = int(period)
        course.decide(first)
        course.issue(period, TableKind.PRE_ALLOCATION, unit(max(2021, year - 1), emissions=base))
        course.decide(second)
        results = [(TableKind.VERIFIED, verified), *((TableKind.CHANGED, change) for change in changes)]
        for ordinal, (kind, (allowance, emissions, wish)) in enumerate(results):
            made = unit(year, emissions=emissions, allowance=allowance)
            row = course.issue(period, kind, made, wish=wish, ordinal=ordinal)
            assert course.issued[period] == row.verified_tco2e - course.deducted[period] >= 0
            assert row.borrowed_tco2e == 0 or (kind, period < "2023") == (TableKind.VERIFIED, True)
    remaining = outstanding(course.remainders, CODE, "2023")
    assert remaining == course.decided + course.borrowed - sum(course.deducted.values())
