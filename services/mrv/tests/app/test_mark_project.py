"""Remembering voluntary-reduction projects with their mark."""

from mrv.app.mark_project import mark_project
from mrv_fakes import FakeUnitOfWork


async def test_a_project_is_known_with_the_mark_that_was_told_last():
    uow = FakeUnitOfWork()
    for is_inside in (False, False, True):
        await mark_project("WIND1", is_inside_national_market=is_inside, uow=uow)
        assert uow.offsets.known_projects == {"WIND1": is_inside}
    assert uow.facts == []
