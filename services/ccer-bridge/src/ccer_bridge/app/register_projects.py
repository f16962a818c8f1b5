"""Register voluntary-reduction projects."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.results import ItemOutcome
from ccer_bridge.domain.events import ProjectRegistered
from ccer_bridge.domain.projects import Project, register_project


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterProjects:
    """Projects to register, in order."""

    projects: tuple[Project, ...]


async def register_projects(
    command: RegisterProjects, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Register each project that may be; one that is registered alike is accepted and changes nothing."""
    at = clock.now()
    known = dict(await uow.projects.lock({project.project_no for project in command.projects}))
    registered: list[Project] = []
    outcomes: list[ItemOutcome] = []
    for project in command.projects:
        refusal = register_project(project, known=known.get(project.project_no))
        outcomes.append(refusal or project.project_no)
        if refusal is None and project.project_no not in known:
            known[project.project_no] = project
            registered.append(project)
            uow.record(ProjectRegistered(project=project, at=at))
    await uow.projects.add(registered, at=at)
    return outcomes
