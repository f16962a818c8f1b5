"""One way through the later machine on which every kind of command of the later years is accepted at least once."""

from later_machine import POWER, STEEL, LaterMachine, later_plant
from later_state import LaterPlant


def small_later_plants() -> dict[int, LaterPlant]:
    """The second is at risk in every year, and the first allocated so little for 2022 that it borrows."""
    outputs = {
        1: {2022: 70, 2023: 130, 2024: 120},
        2: {2022: 100, 2023: 130, 2024: 130},
        3: {2022: 100, 2023: 140, 2024: 140},
    }
    return {
        number: later_plant(
            number,
            dict.fromkeys(range(2021, 2025), 90),
            outputs.get(number, {}),
            frozenset({"2022", "2023", "2024"}) if number == 2 else frozenset(),
        )
        for number in (*POWER, STEEL)
    }


def walk_later(machine: LaterMachine) -> None:
    """Take the courses one after the other, and compare after each step."""
    machine.begin(small_later_plants(), 0)
    machine.compare()
    for course in machine.courses():
        for _ in course():
            machine.compare()
        machine.remember()
        machine.tick()
        machine.compare()
    machine.teardown()
