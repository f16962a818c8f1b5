"""Remember whether a project is inside the national market."""

from registry.app.ports import UnitOfWork


async def mark_project(project_no: str, *, is_inside_national_market: bool, uow: UnitOfWork) -> None:
    """Store a project's mark."""
    await uow.projects.put(project_no, is_inside_national_market=is_inside_national_market)
