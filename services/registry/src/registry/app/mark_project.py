"""Remember whether a project is inside the national market."""

from datetime import datetime

from registry.app.ports import UnitOfWork


async def mark_project(
    project_no: str, *, is_inside_national_market: bool, registered_time: datetime, uow: UnitOfWork
) -> None:
    """Store a project's mark, and when the voluntary-reduction registry registered it."""
    await uow.projects.put(
        project_no, is_inside_national_market=is_inside_national_market, registered_time=registered_time
    )
