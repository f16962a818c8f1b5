"""Every figure of the scenario says what it is and where it comes from."""

import pytest
from simulation.population.plan import Moment
from simulation.scenario import FigureKind, load_scenario


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("2019-2020")


def test_every_figure_has_unit_kind_source_and_date(scenario):
    for figure in scenario.figures.values():
        assert figure.unit
        assert figure.source
        assert figure.date.year >= 2020
        assert figure.kind in FigureKind


def test_what_is_assumed_is_marked(scenario):
    assumed = {key for key, figure in scenario.figures.items() if figure.kind is FigureKind.ASSUMED}
    assert {"october_listed_t", "october_block_t", "opening_close_fen", "offset_deficit_users"} <= assumed
    assert assumed.isdisjoint({"entities", "deficit_t", "november_volume_t", "december_turnover_fen"})


def test_monthly_volumes_are_the_sum_of_their_modes(scenario):
    for month in ("november", "december"):
        assert scenario[f"{month}_volume_t"] == scenario[f"{month}_listed_t"] + scenario[f"{month}_block_t"]


def test_moments_come_in_order_and_the_hand_over_after_the_cut_off(scenario):
    times = [scenario.moments[moment] for moment in Moment]
    assert times == sorted(times)
    assert scenario.moments[Moment.PREPARATION].hour < 17 <= scenario.moments[Moment.HANDOVER].hour


def test_there_are_nine_venues(scenario):
    assert len({venue.code for venue in scenario.venues}) == 9


def test_an_unknown_cycle_is_no_scenario():
    with pytest.raises(KeyError):
        load_scenario("2031")
