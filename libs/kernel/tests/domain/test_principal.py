import dataclasses

import pytest
from ets_kernel.domain.principal import Principal


def test_principal_has_the_roles_it_was_given():
    principal = Principal(subject="zhang", roles=frozenset({"ROLE_PROVINCE"}))
    assert principal.has_role_of(frozenset({"ROLE_PROVINCE", "ROLE_MINISTRY"}))
    assert not principal.has_role_of(frozenset({"ROLE_MINISTRY"}))
    assert not principal.has_role_of(frozenset())


def test_principal_acts_for_what_it_names_only():
    principal = Principal(
        subject="zhang",
        roles=frozenset(),
        provinces=frozenset({"37"}),
        entities=frozenset({"91350100M000100Y43"}),
    )
    assert principal.acts_for_province("37")
    assert not principal.acts_for_province("36")
    assert principal.acts_for_entity("91350100M000100Y43")
    assert not principal.acts_for_entity("*")


def test_star_acts_for_all_and_nothing_acts_for_none():
    everyone = Principal(subject="mee", roles=frozenset(), provinces=frozenset("*"), entities=frozenset("*"))
    nobody = Principal(subject="mee", roles=frozenset())
    assert everyone.acts_for_province("37")
    assert everyone.acts_for_entity("x")
    assert not nobody.acts_for_province("37")
    assert not nobody.acts_for_entity("x")


def test_principal_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Principal(subject="zhang", roles=frozenset()).subject = "li"
