"""Projects, and reductions issued once as one block."""

import pytest
from ccer_messages import C_OWNER, OTHER, OWNER, WIND, shanghai
from ccer_world import accepted, applicant, project, reasons, reductions
from ets.ccer.v1 import ccer_events_pb2
from ets.ccer.v1 import ccer_service_pb2 as pb
from ets_kernel.domain.errors import MalformedRequest, RoleForbidden
from ets_kernel.runtime.grpc.messages import to_timestamp


def register(*projects, request_id="projects"):
    return pb.RegisterProjectsRequest(request_id=request_id, projects=projects)


def issue(*issues, request_id="issues"):
    return pb.IssueReductionsRequest(request_id=request_id, issues=issues)


async def test_a_project_is_registered_and_told_once(world):
    wind = project("WIND1", is_inside_national_market=True)
    assert await accepted(world.centre.RegisterProjects(register(wind))) == ["WIND1"]
    before = await world.state()
    assert (
        await accepted(world.centre.RegisterProjects(register(wind, wind, request_id="b"))) == ["WIND1"] * 2
    )
    assert await world.state() == before
    (told,) = await world.events(ccer_events_pb2.ProjectRegistered)
    assert told.project == wind
    assert await world.book("projects") == [("WIND1", OWNER, "1")]


async def test_projects_that_may_not_be_are_refused_and_change_nothing(world):
    await accepted(world.centre.RegisterProjects(register(project("WIND1"))))
    before = await world.state()
    answer = await world.centre.RegisterProjects(
        register(
            project("WIND2", owner_credit_code="no code"),
            project("WIND1", owner_credit_code=OTHER),
            request_id="b",
        )
    )
    assert reasons(answer) == ["CREDIT_CODE_INVALID", "PROJECT_REGISTERED_DIFFERENTLY"]
    assert await world.state() == before
    with pytest.raises(MalformedRequest):
        await world.centre.RegisterProjects(register(project("wind-1"), request_id="c"))
    with pytest.raises(RoleForbidden):
        await world.holders.RegisterProjects(register(project("WIND2"), request_id="d"))


async def test_projects_are_listed_by_number_as_of_a_moment(world):
    await accepted(world.centre.RegisterProjects(register(project("B"), project("A"))))
    moment = world.clock.now()
    world.clock.set(shanghai("2021-10-27 09:00"))
    await accepted(world.centre.RegisterProjects(register(project("C"), request_id="later")))
    reads = world.reads()
    everything = await reads.ListProjects(pb.ListProjectsRequest())
    assert [one.project_no for one in everything.projects] == ["A", "B", "C"]
    then = await reads.ListProjects(pb.ListProjectsRequest(as_of=to_timestamp(moment)))
    assert [one.project_no for one in then.projects] == ["A", "B"]
    page = await reads.ListProjects(pb.ListProjectsRequest(page={"page_size": 2}))
    rest = await reads.ListProjects(
        pb.ListProjectsRequest(page={"page_size": 2, "page_token": page.page.next_page_token})
    )
    assert [one.project_no for one in rest.projects] == ["C"]


async def test_reductions_are_issued_as_blocks_to_the_owner(world):
    await world.register(("WIND1", False))
    await world.open(applicant(900, province_code=""))
    references = await accepted(
        world.centre.IssueReductions(
            issue(
                reductions(quantity=100, period_end="2015-06-30"),
                reductions(quantity=50, period_start="2015-07-01"),
            )
        )
    )
    assert references == [f"{WIND}/1-100", f"{WIND}/101-150"]
    told = await world.events(ccer_events_pb2.ReductionsIssued)
    assert [(one.product, one.account_no, one.block.serial_start, one.quantity_tco2e) for one in told] == [
        (WIND, C_OWNER, 1, 100),
        (WIND, C_OWNER, 101, 50),
    ]
    assert await world.holdings(OWNER) == {(WIND, "registered"): 150}
    assert await world.book("blocks") == [
        (WIND, "1", "100", "WIND1/2015-01-01/2015-06-30", C_OWNER, "registered"),
        (WIND, "101", "150", "WIND1/2015-07-01/2015-12-31", C_OWNER, "registered"),
    ]
    assert await world.book("journal_totals") == await world.book("holdings")


async def test_issues_that_may_not_be_are_refused_and_change_nothing(world):
    await world.register(("WIND1", False), ("WIND2", False))
    refused_early = await world.centre.IssueReductions(issue(reductions()))
    assert reasons(refused_early) == ["ACCOUNT_NOT_FOUND"]
    await world.open(applicant(900, province_code=""))
    await world.issue(reductions())
    before = await world.state()
    answer = await world.centre.IssueReductions(
        issue(
            reductions("NONE"),
            reductions(),
            reductions("WIND2", period_start="2015-02-30"),
            reductions("WIND2", period_start="2015-12-31", period_end="2015-01-01"),
            reductions("WIND2", 2014, period_start="2015-01-01", period_end="2015-12-31"),
            reductions("WIND2", 2021),
            request_id="b",
        )
    )
    assert reasons(answer) == ["PROJECT_NOT_FOUND", "ISSUED_ALREADY"] + ["MONITORING_PERIOD_INVALID"] * 4
    assert await world.state() == before


async def test_the_same_period_twice_in_one_batch_is_issued_once(world):
    await world.register(("WIND1", False))
    await world.open(applicant(900, province_code=""))
    answer = await world.centre.IssueReductions(issue(reductions(), reductions(quantity=1)))
    assert reasons(answer) == ["", "ISSUED_ALREADY"]
    assert await world.holdings(OWNER) == {(WIND, "registered"): 10_000}
