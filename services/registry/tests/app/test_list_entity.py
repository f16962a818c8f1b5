from dataclasses import replace

from ets_kernel.domain.ids import ProvinceCode
from registry.app.list_entity import list_entity
from registry.domain.accounts import ListedEntity
from registry_fakes import FakeUnitOfWork
from registry_messages import PERIOD, code, name

ENTITY = ListedEntity(credit_code=code(1), name=name(1), province_code=ProvinceCode("37"))


async def test_a_listed_entity_is_on_the_registrys_roster_and_the_last_word_counts():
    uow = FakeUnitOfWork()
    for entity in (ENTITY, ENTITY, replace(ENTITY, name="新名")):
        await list_entity(entity, period=PERIOD, uow=uow)
        assert await uow.roster.listed({code(1), code(2)}) == {code(1): entity}
    assert uow.facts == []
