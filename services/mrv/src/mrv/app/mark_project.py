"""Remember a voluntary-reduction project with its mark."""

from mrv.app.ports import UnitOfWork


async def mark_project(project_no: str, *, is_inside_national_market: bool, uow: UnitOfWork) -> None:
    """Remember whether the project is inside the national market."""
    await uow.offsets.put_project(project_no, is_inside_national_market=is_inside_national_market)
