"""The two machines together play every command of the registry and every event that it handles."""

from later_machine import LaterMachine
from later_model import LaterModel
from later_walk import walk_later
from model_books import Model
from walk import walk


def test_every_kind_of_command_is_accepted_on_one_of_the_walks(bind):
    first, later = bind(Model), bind(LaterModel, LaterMachine)
    walk(first())
    walk_later(later())
    seen = first.seen + later.seen
    accepted = {kind for kind, reason in seen if not reason}
    assert {kind for kind, _ in seen} == accepted == first.registry.kinds | {"handover row"}
