"""The small window from end to end: what the report says is what the plan wants, and every step left its trace."""

from collections import Counter
from datetime import date, datetime, time

import pytest
from ets.ccer.v1.ccer_service_pb2 import ListCancellationsRequest
from ets.mrv.v1.mrv_service_pb2 import ListOffsetApplicationsRequest
from ets.mrv.v1.mrv_types_pb2 import OffsetApplicationStatus
from ets.registry.v1.registry_service_pb2 import (
    GetComplianceStatusRequest,
    GetTreeHeadRequest,
    ListEntityOffsetUsagesRequest,
    ListProvinceOffsetUsagesRequest,
)
from ets.registry.v1.registry_types_pb2 import ComplianceState
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.grpc.messages import to_timestamp
from processes import state_of
from simulation.platform import control
from simulation.platform.layout import Layout
from simulation.platform.secrets import Secrets
from simulation.platform.supervisor import Options
from simulation.population.expected import completion_by_date, expected_figures
from simulation.window.session import WindowOptions
from simulation.window.world import World, province
from small_plan import FIRST, LAST_CANCELLATION, small_plan
from small_roster import make_roster

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.slow]

HANDOVER_DAYS = (LAST_CANCELLATION - FIRST).days + 1
PLAN = small_plan()
DAYS = PLAN.days.values()
CANCELLATIONS = [one for day in DAYS for one in (*day.cancellations, *day.late_cancellations)]


@pytest.fixture(scope="module")
def served(window):
    """The platform started again on what the window left."""
    layout = Layout(root=window.folder)
    try:
        control.start(Options(root=layout.root, clock_start=WindowOptions.CLOCK_START))
        yield layout
    finally:
        control.stop(layout)


@pytest.fixture
async def world(served):
    world = World(state_of(served).targets(), Secrets(served.secrets).token)
    yield world
    await world.close()


def end_of(day: date):
    return to_timestamp(datetime.combine(day, time(20), tzinfo=ZONE))


def test_both_parts_of_the_window_end_with_zero(window):
    assert window.exit_codes == (0, 0), (window.folder / "console.txt").read_text(encoding="utf-8")


def test_every_figure_is_the_plan_s(window):
    rows = {row["figure"]: row["simulated"] for row in window.report["published"]}
    expected = expected_figures(PLAN)
    assert rows.keys() & expected.keys() >= {"entities", "deficit_t", "offset_t", "entities_in_full_on_time"}
    assert {key: rows[key] for key in rows if key in expected} == {
        key: expected[key] for key in rows if key in expected
    }
    assert all(row["equal"] for row in window.report["published"])


def test_totals_are_the_plan_s(window):
    report = window.report
    surrenders = [one for day in DAYS for one in day.surrender_applications]
    assert report["entities"] == len(PLAN.entities)
    assert report["obligation_t"] == sum(entity.obligation_tco2e for entity in PLAN.entities)
    assert report["surrendered_t"] == sum(one.allowance_tco2e for one in surrenders)
    assert report["ccer_cancelled_t"] == sum(one.quantity_tco2e for one in CANCELLATIONS)
    assert report["offset_registered_t"] == report["ccer_cancelled_t"]


def test_every_book_is_proven_equal(window):
    verdicts = window.report["reconciliation"]
    assert (verdicts["broken"], verdicts["unchecked"]) == (0, 0)
    assert verdicts["kept"] == len(verdicts["findings"]) > 0


def test_every_day_is_handed_over_to_every_province_and_acknowledged(window):
    handed_over = window.report["handovers"]
    count = HANDOVER_DAYS * len(PROVINCES)
    assert (handed_over["count"], handed_over["acknowledged"]) == (count, count)
    assert handed_over["rows"] == len(CANCELLATIONS)
    assert 0 < count - handed_over["zero_row_days"] <= len(CANCELLATIONS)


def test_late_cancellations_go_to_the_next_day(window):
    rows = Counter[str]()
    for day in DAYS:
        rows[day.date.isoformat()] += len(day.cancellations)
        rows[date.fromordinal(day.date.toordinal() + 1).isoformat()] += len(day.late_cancellations)
    told = {day["date"]: day["handover_rows"] for day in window.report["completion"]}
    assert {day: count for day, count in told.items() if count} == {
        day: count for day, count in rows.items() if count
    }


def test_completion_by_date_is_the_plan_s(window):
    told = {
        date.fromisoformat(day["date"]): (day["completed_entities"], day["surrendered_t"] + day["offset_t"])
        for day in window.report["completion"]
    }
    wanted = {
        day: (one.entities_in_full, one.surrendered_tco2e) for day, one in completion_by_date(PLAN).items()
    }
    assert told == wanted


def test_trades_by_month_are_the_plan_s(window):
    wanted: dict[str, Counter[str]] = {}
    for day in DAYS:
        month = wanted.setdefault(day.date.isoformat()[:7], Counter())
        for one in day.listed_rounds():
            cea = {order.ref for order in one.orders if order.market == "CEA"}
            month["volume_t"] += sum(take.quantity_tco2e for take in one.takes if take.order_ref in cea)
        month["volume_t"] += sum(deal.quantity_tco2e for deal in day.block_deals if deal.market == "CEA")
    told = {month: row["volume_t"] for month, row in window.report["trades"].items()}
    assert told == {month: row["volume_t"] for month, row in wanted.items() if row["volume_t"]}
    assert sum(row["volume_t"] for row in window.report["ccer_trades"].values()) > 0


def test_no_message_was_set_aside(window):
    events = window.report["events"]
    assert events["dead_letters"] == 0
    assert events["consumed"] > 0


def test_memory_is_told_for_every_process(window):
    assert window.report["peak_rss_mib"].keys() >= {
        "mrv", "registry", "trading", "ccer-bridge", "consistency-checker", "broker", "postgresql", "total",
    }  # fmt: skip


def test_the_page_is_written_beside_the_figures(window):
    page = (Layout(root=window.folder).window / "report.html").read_text(encoding="utf-8")
    assert f"{window.report['obligation_t']:,}" in page


async def test_an_entity_sees_what_became_of_its_cancellations_as_of_any_day(world):
    """Step 8: nothing before the hand-over, credits after it, used after registration."""
    user = make_roster()["OFFSET_ONLY"][0]

    async def usages(day: date):
        answer = await world.registry_query().ListEntityOffsetUsages(
            ListEntityOffsetUsagesRequest(credit_code=user.credit_code, period=PLAN.cycle, as_of=end_of(day))
        )
        return [
            (one.credited_tco2e, one.used_tco2e, len(one.surrender_application_nos)) for one in answer.usages
        ]

    total = user.deficit_tco2e
    assert await usages(date(2021, 10, 27)) == []
    assert await usages(date(2021, 10, 28)) == [(total, 0, 0)]
    assert await usages(date(2021, 12, 16)) == [(total, 0, 0)]
    assert await usages(date(2021, 12, 20)) == [(total, total, 1)]


async def test_a_province_sees_from_which_cancellation_every_credit_comes(world):
    for code in sorted({entity.province_code for entity in PLAN.entities}):
        mine = {entity.credit_code for entity in PLAN.entities if entity.province_code == code}
        used = await world.registry_query(province(code)).ListProvinceOffsetUsages(
            ListProvinceOffsetUsagesRequest(province_code=code, period=PLAN.cycle)
        )
        cancelled = await world.ccer_query(province(code)).ListCancellations(
            ListCancellationsRequest(province_code=code)
        )
        by_number = {one.cancellation_no: one for one in cancelled.cancellations}
        assert {one.cancellation_no for one in used.usages} == by_number.keys()
        assert sum(one.used_tco2e for one in used.usages) == sum(
            one.quantity_tco2e for one in CANCELLATIONS if one.credit_code in mine
        )
        assert all(one.credit_code == by_number[one.cancellation_no].credit_code for one in used.usages)


async def test_compliance_is_told_as_of_any_day(world):
    roster = make_roster()

    async def state(entity, day: date):
        answer = await world.registry_query().GetComplianceStatus(
            GetComplianceStatusRequest(credit_code=entity.credit_code, period=PLAN.cycle, as_of=end_of(day))
        )
        return answer.status.state

    early, absent, partial = roster["PLAIN"][0], roster["ABSENT"][0], roster["PARTIAL"][0]
    assert await state(early, date(2021, 10, 28)) == ComplianceState.COMPLIANCE_STATE_OPEN
    assert await state(early, date(2021, 10, 29)) == ComplianceState.COMPLIANCE_STATE_COMPLETED_ON_TIME
    assert await state(absent, date(2021, 12, 30)) == ComplianceState.COMPLIANCE_STATE_OPEN
    assert await state(partial, date(2021, 12, 17)) == ComplianceState.COMPLIANCE_STATE_PARTIAL


async def test_refused_forms_stay_refused_and_ineligible_ones_left_no_trace(world):
    answer = await world.mrv_query().ListOffsetApplications(ListOffsetApplicationsRequest(period=PLAN.cycle))
    counts = Counter(application.status for application in answer.applications)
    forms = [form for day in DAYS for form in day.applications]
    assert counts[OffsetApplicationStatus.OFFSET_APPLICATION_STATUS_REFUSED] == 1
    assert counts[OffsetApplicationStatus.OFFSET_APPLICATION_STATUS_CANCELLED] == len(forms) - 1


@pytest.mark.parametrize("day", [date(2021, 10, 25), date(2021, 11, 7), date(2021, 12, 31)])
async def test_the_journal_s_head_is_signed_every_day(world, day):
    answer = await world.registry_query().GetTreeHead(GetTreeHeadRequest(business_date=day.isoformat()))
    assert answer.tree_head.business_date == day.isoformat()
