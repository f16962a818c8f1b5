"""Entities, units and codes are sound, and an entity's own reckoning adds up."""

import re
from collections import Counter

from ets_kernel.domain.ids import parse_credit_code
from ets_kernel.domain.provinces import PROVINCES
from simulation.population.reckoning import allocation_of, is_gas


def test_every_code_is_valid_and_used_once(plan):
    codes = [entity.credit_code for entity in plan.entities] + [owner.credit_code for owner in plan.owners]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert parse_credit_code(code) == code


def test_the_code_of_an_entity_carries_its_province(plan):
    for entity in plan.entities:
        assert entity.credit_code[2:4] == entity.province_code
        assert entity.province_code in PROVINCES


def test_names_are_marked_as_made_up_and_used_once(plan):
    names = [entity.name for entity in plan.entities] + [owner.name for owner in plan.owners]
    assert len(set(names)) == len(names)
    assert all("虚构" in name for name in names)


def test_provinces_follow_their_weights_and_the_corps_has_its_own(scenario, plan):
    counts = Counter(entity.province_code for entity in plan.entities)
    assert counts["37"] == 320
    assert counts["32"] > counts["33"] > counts["46"] > 0
    assert counts["66"] > 0
    assert set(counts) == {*scenario.province_weights, "37"}


def test_units_have_one_to_six_members_of_their_category(plan):
    for entity in plan.entities:
        assert 1 <= len(entity.units) <= 6
        assert len({unit.unit_no for unit in entity.units}) == len(entity.units)
        for unit in entity.units:
            assert [year.year for year in unit.years] == [2018, 2019, 2020]
            assert (unit.category == "I") is (unit.capacity_mw >= 400 and not is_gas(unit))
            for year in unit.years:
                assert 0 < year.load_factor < 1
                assert (year.heat_gj > 0) is unit.cogeneration is (year.heat_ratio > 0)
                assert (year.emissions_tco2e > 0) is (year.year > 2018)


def test_an_entity_reckons_allocation_and_obligation_from_its_units(plan):
    for entity in plan.entities:
        years = [(unit, year) for unit in entity.units for year in unit.years if year.year > 2018]
        assert entity.allocation_tco2e == sum(allocation_of(unit, year) for unit, year in years)
        assert entity.emissions_tco2e == sum(year.emissions_tco2e for _, year in years)
        owed = sum(
            min(year.emissions_tco2e, allocation_of(unit, year)) if is_gas(unit) else year.emissions_tco2e
            for unit, year in years
        )
        if 5 * (entity.emissions_tco2e - entity.allocation_tco2e) > entity.emissions_tco2e:
            assert entity.emissions_tco2e % 5 == 0
            owed = entity.allocation_tco2e + entity.emissions_tco2e // 5
        assert entity.obligation_tco2e == owed


def test_a_gas_unit_is_above_or_below_its_allocation_in_both_years(plan):
    gas = [unit for entity in plan.entities for unit in entity.units if is_gas(unit)]
    assert gas
    for unit in gas:
        years = [year for year in unit.years if year.year > 2018]
        assert len({year.emissions_tco2e > allocation_of(unit, year) for year in years}) == 1


def test_some_entities_reach_the_cap(scenario, plan):
    capped = [
        entity
        for entity in plan.entities
        if 5 * (entity.emissions_tco2e - entity.allocation_tco2e) > entity.emissions_tco2e
    ]
    assert len(capped) == scenario["capped_entities"]


def test_pre_allocation_stays_below_the_verified_allocation(plan):
    for entity in plan.entities:
        first = sum(allocation_of(unit, unit.years[0]) for unit in entity.units)
        assert 2 * first * 7 // 10 < entity.allocation_tco2e


def test_projects_have_numbers_without_a_dash(plan):
    assert all(re.fullmatch("[A-Z0-9]{1,20}", project.project_no) for project in plan.projects)
    known = {entity.credit_code for entity in plan.entities} | {owner.credit_code for owner in plan.owners}
    assert {project.owner for project in plan.projects} <= known
