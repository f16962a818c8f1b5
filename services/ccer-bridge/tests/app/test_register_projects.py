from dataclasses import replace

import pytest
from ccer_bridge.app.register_projects import RegisterProjects, register_projects
from ccer_bridge.domain.events import ProjectRegistered
from ccer_fakes import NOW, project, registry
from ets_kernel.domain.clock import FixedClock
from venue_steps import reasons

CLOCK = FixedClock(NOW)


@pytest.fixture
async def uow():
    return await registry(CLOCK)


async def register(uow, *projects):
    command = RegisterProjects(projects=projects)
    return reasons(await register_projects(command, uow=uow, clock=CLOCK))


async def test_projects_are_registered_with_their_mark_and_told(uow):
    inside = project("NEW2", is_inside_national_market=True)
    assert await register(uow, project("NEW1"), inside) == ["NEW1", "NEW2"]
    assert uow.projects.projects["NEW2"] == inside
    assert uow.facts == [ProjectRegistered(project=one, at=NOW) for one in (project("NEW1"), inside)]


async def test_each_refusal_leaves_the_other_items_alone(uow):
    changed = replace(project("WIND1"), name="another")
    assert await register(uow, replace(project("NEW1"), owner_credit_code="x"), changed, project("NEW2")) == [
        "CREDIT_CODE_INVALID",
        "PROJECT_REGISTERED_DIFFERENTLY",
        "NEW2",
    ]
    assert uow.projects.projects["WIND1"] == project("WIND1")
    assert "NEW1" not in uow.projects.projects
    assert len(uow.facts) == 1


async def test_the_same_project_again_is_accepted_and_changes_nothing(uow):
    assert await register(uow, project("NEW1"), project("NEW1"), project("WIND1")) == [
        "NEW1",
        "NEW1",
        "WIND1",
    ]
    assert [fact.project.project_no for fact in uow.told(ProjectRegistered)] == ["NEW1"]
