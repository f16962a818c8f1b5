"""The report's keys are a contract: they may grow, they never change (docs/window.md)."""

import json

import pytest
from outcomes import make_outcome, make_progress
from simulation.scenario import FigureKind
from simulation.window.page import write_page
from simulation.window.report import build_report, write_json
from simulation.window.session import is_whole

KEYS = (
    "scenario", "published", "entities", "obligation_t", "surrendered_t", "offset_registered_t",
    "ccer_cancelled_t", "handovers", "completion", "trades", "events", "reconciliation", "wall_seconds",
    "peak_rss_mib", "digests",
)  # fmt: skip


@pytest.fixture
def report(scenario):
    return build_report(scenario, make_progress(), make_outcome())


@pytest.mark.parametrize("key", KEYS)
def test_every_stable_key_is_there(report, key):
    assert key in report


def test_totals_are_those_of_the_platforms(report):
    assert (report["entities"], report["obligation_t"]) == (3, 2_700)
    assert (report["surrendered_t"], report["offset_registered_t"], report["ccer_cancelled_t"]) == (
        1_960,
        40,
        40,
    )


def test_hand_overs_are_counted_with_their_zero_row_days(report):
    assert report["handovers"] == {"count": 3, "rows": 2, "zero_row_days": 2, "acknowledged": 2}


def test_a_deficit_is_covered_by_ccer_by_trade_or_open(report):
    assert report["deficit"] == {"total_t": 300, "by_ccer_t": 40, "by_trade_t": 60, "open_t": 200}


def test_trades_are_summed_by_month_and_the_venues_apart(report):
    assert report["trades"]["2021-12"] == {
        "count": 2, "volume_t": 200_060, "turnover_fen": 60 * 5_422 + 200_000 * 5_000,
    }  # fmt: skip
    assert report["ccer_trades"] == {"2021-12": {"count": 1, "volume_t": 40, "turnover_fen": 144_000}}


def test_every_published_figure_stands_beside_the_simulated_one(report, scenario):
    rows = {row["figure"]: row for row in report["published"]}
    assert rows["entities"]["published"] == 2_162
    assert rows["entities"]["simulated"] == 3
    assert rows["entities"]["equal"] is False
    assert rows["november_close_fen"]["equal"] is True
    assert all(row["source"] for row in rows.values())
    assumed = {key for key, figure in scenario.figures.items() if figure.kind is FigureKind.ASSUMED}
    assert not assumed & rows.keys()
    assert assumed == {row["figure"] for row in report["scenario"]["assumed"]}


def test_provinces_count_who_is_in_full(report):
    shandong, guangdong = report["provinces"]
    assert (shandong["province_code"], shandong["entities"], shandong["completed"]) == ("37", 2, 1)
    assert (guangdong["province_code"], guangdong["entities"], guangdong["completed"]) == ("44", 1, 1)


def test_verdicts_are_never_merged(scenario):
    report = build_report(scenario, make_progress(), make_outcome(broken=1, unchecked=2))
    verdicts = report["reconciliation"]
    assert (verdicts["kept"], verdicts["broken"], verdicts["unchecked"]) == (1, 1, 2)
    assert [row["verdict"] for row in verdicts["findings"]] == ["Kept", "Broken", "Unchecked", "Unchecked"]


def test_digests_are_in_the_order_of_their_books(report):
    assert list(report["digests"]) == ["mrv/entities", "registry/holdings"]


def test_a_window_that_was_stopped_early_has_a_report_too(scenario):
    outcome = make_outcome()
    trades = [trade for trade in outcome.trades if trade.trading_date < "2021-11"]
    object.__setattr__(outcome, "trades", trades)
    report = build_report(scenario, make_progress(days=3), outcome)
    assert "november_volume_t" not in {row["figure"] for row in report["published"]}
    assert list(report["trades"]) == ["2021-10"]


def test_the_file_is_json_that_people_can_read(report, tmp_path):
    write_json(report, tmp_path / "window" / "report.json")
    text = (tmp_path / "window" / "report.json").read_text(encoding="utf-8")
    assert json.loads(text) == report
    assert "山东" in text


@pytest.mark.parametrize(
    ("broken", "unchecked", "is_partial", "is_proof"),
    [(0, 0, True, True), (1, 0, True, False), (0, 1, True, False), (0, 0, False, False)],
)
def test_a_run_is_a_proof_when_books_are_kept_and_at_the_end_figures_are_equal(
    scenario, broken, unchecked, is_partial, is_proof
):
    report = build_report(scenario, make_progress(), make_outcome(broken=broken, unchecked=unchecked))
    assert is_whole(report, is_partial=is_partial) is is_proof


def test_the_page_fetches_nothing_and_escapes_what_it_was_told(report, tmp_path):
    path = tmp_path / "report.html"
    write_page(report, path)
    text = path.read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", "")
    assert "<script" not in text
    assert "&lt;of the checker&gt;" in text
