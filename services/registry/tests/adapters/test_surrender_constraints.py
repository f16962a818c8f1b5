"""What the tables of surrender refuse by themselves, whoever writes: REG-5, REG-60, REG-63, REG-64, REG-67."""

import pytest
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from surrender_world import Surrender

OF_ENTITY = f"WHERE credit_code = '{DEFICIT}' AND period = '{PERIOD}'"
CHANGED = f"('OC-1', 1, '{DEFICIT}', '{PERIOD}', 1, 2, 'D-1', '', 'confirmed', 'first', now(), %s, now())"
BROKEN = {
    "more than is owed": (
        "obligation_is_not_exceeded",
        "UPDATE obligation SET surrendered_tco2e = 5800001, completed_time = now(), certificate_ordinal = 1",
    ),
    "more CCER than 5 %": ("obligation_is_not_exceeded", "UPDATE obligation SET offset_tco2e = 290001"),
    "complete without being covered": (
        "obligation_is_complete_when_covered",
        "UPDATE obligation SET completed_time = now(), certificate_ordinal = 1",
    ),
    "covered without being complete": (
        "obligation_is_complete_when_covered",
        "UPDATE obligation SET surrendered_tco2e = obligation_tco2e",
    ),
    "noticed never": ("obligation_is_noticed_and_certified", "UPDATE obligation SET notice_ordinal = 0"),
    "withdrawn without a time": (
        "surrender_application_closed",
        "UPDATE surrender_application SET status = 'withdrawn'",
    ),
    "help confirmed without consent": (
        "surrender_application_help_is_consented",
        (
            f"UPDATE surrender_application SET status = 'confirmed', helper_credit_code = '{SURPLUS}',"
            f" helper_account_no = 'R-E-{SURPLUS}'"
        ),
    ),
    "help of oneself": (
        "surrender_application_help_is_consented",
        (
            f"UPDATE surrender_application SET helper_credit_code = '{DEFICIT}', helper_account_no = 'R',"
            " consented_time = now()"
        ),
    ),
}


async def refused(world, constraint, statement):
    with pytest.raises(IntegrityError, match=constraint):
        async with world.database.begin() as transaction:
            await transaction.connection.execute(text(statement))


@pytest.mark.parametrize("name", BROKEN)
async def test_a_row_that_breaks_a_rule_is_refused_by_the_table(world, name):
    await world.allocate()
    await world.apply((CEA, 1))
    constraint, statement = BROKEN[name]
    await refused(world, constraint, f"{statement} {OF_ENTITY}")


async def test_one_person_changes_no_obligation_and_forces_no_surrender(world):
    await world.allocate()
    await refused(
        world,
        "obligation_change_by_two_people",
        f"INSERT INTO obligation_change VALUES {CHANGED % repr('first')}",
    )
    await refused(
        world,
        "forced_surrender_by_two_people",
        "INSERT INTO forced_surrender"
        f" VALUES ('FS-1', 1, '{DEFICIT}', '37', 'D-1', 'registered', 'first', now(), 'first', now())",
    )


async def test_a_lowered_obligation_may_have_more_registered_than_is_owed(world):
    await world.allocate()
    surrender = Surrender(world)
    await surrender.surrender((CEA, 5_000_000), credit_code=SURPLUS)
    await surrender.change(4_000_000, SURPLUS)
    assert (await world.status(SURPLUS)).surplus_tco2e == 1_000_000
