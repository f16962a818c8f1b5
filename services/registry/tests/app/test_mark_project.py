from registry.app.mark_project import mark_project
from registry_fakes import NOW, FakeUnitOfWork


async def test_a_projects_mark_is_remembered_and_the_last_word_counts():
    uow = FakeUnitOfWork()
    await mark_project("WIND1", is_inside_national_market=False, registered_time=NOW, uow=uow)
    assert uow.projects.inside == set()
    for _ in range(2):
        await mark_project("WIND1", is_inside_national_market=True, registered_time=NOW, uow=uow)
        assert uow.projects.inside == {"WIND1"}
    await mark_project("WIND1", is_inside_national_market=False, registered_time=NOW, uow=uow)
    assert uow.projects.inside == set()
    assert uow.projects.registered == {"WIND1": NOW}
    assert uow.facts == []
