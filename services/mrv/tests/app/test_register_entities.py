"""Putting entities on the roster: once, by a known province, for a planned period."""

from dataclasses import replace

import pytest
from ets_kernel.testing.clock import START, HandClock
from mrv.app.register_entities import EntityForm, RegisterEntities, register_entities
from mrv.domain.events import EntityListed
from mrv.domain.roster import Entity
from mrv_fakes import FakeUnitOfWork
from mrv_messages import FIRST, PERIOD, SECOND
from mrv_steps import kept, told

FORM = EntityForm(credit_code=FIRST, name="one", province_code="37", period=PERIOD)
ENTITY = Entity(credit_code=FIRST, name="one", province_code="37", period=PERIOD)


@pytest.fixture
def uow() -> FakeUnitOfWork:
    return FakeUnitOfWork()


async def register(uow, *forms):
    return told(await register_entities(RegisterEntities(forms=forms), uow=uow, clock=HandClock()))


async def test_an_entity_is_listed_and_told(uow):
    assert await register(uow, FORM, replace(FORM, credit_code=SECOND)) == [FIRST, SECOND]
    assert uow.roster.entities[FIRST, PERIOD] == ENTITY
    assert uow.facts == [
        EntityListed(entity=ENTITY, at=START),
        EntityListed(entity=replace(ENTITY, credit_code=SECOND), at=START),
    ]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"credit_code": FIRST[:-1], "province_code": "00", "period": "2021"}, "CREDIT_CODE_INVALID"),
        ({"province_code": "00", "period": "2021"}, "PROVINCE_UNKNOWN"),
        ({"period": "2021"}, "PERIOD_UNKNOWN"),
        ({"name": "two"}, "ENTITY_LISTED_DIFFERENTLY"),
        ({"province_code": "66"}, "ENTITY_LISTED_DIFFERENTLY"),
    ],
)
async def test_refusals_of_a_form_come_in_their_order_and_change_nothing(uow, wrong, expected):
    await register(uow, FORM)
    before = kept(uow)
    assert await register(uow, replace(FORM, **wrong)) == [expected]
    assert kept(uow) == before


async def test_a_refused_form_keeps_no_other_of_its_batch_from_being_listed(uow):
    forms = [replace(FORM, period="2021"), FORM, replace(FORM, name="two")]
    assert await register(uow, *forms) == ["PERIOD_UNKNOWN", FIRST, "ENTITY_LISTED_DIFFERENTLY"]
    assert list(uow.roster.entities.values()) == [ENTITY]


async def test_the_same_entity_again_is_accepted_listed_once_and_told_once(uow):
    assert await register(uow, FORM, FORM) == [FIRST, FIRST]
    before = kept(uow)
    assert await register(uow, FORM) == [FIRST]
    assert kept(uow) == before
    assert len(uow.facts) == 1
