"""Every pair of commands at once on the same accounts, named in opposite orders: none is broken off by a deadlock.

The order of locks is in `registry.app.ports`. What PostgreSQL breaks off is counted where its errors are translated,
before anybody tries again: so a deadlock is found that no caller would see.
"""

import asyncio
from collections import Counter
from contextlib import contextmanager
from itertools import combinations_with_replacement

import pytest
from change_partition import assert_frozen_is_in_freezes
from ets_kernel.domain.errors import DatabaseUnavailable
from ets_kernel.runtime import db
from hot_market import HOT, PLANTS, HotMarket

DEADLOCK = "40P01"
COMMANDS = (
    *("transfer", "settle", "submit", "decide", "register", "answer", "hand_over", "credit", "sign"),
    *("cancel", "cancel_for_good", "help", "owe_otherwise", "freeze", "restrict"),
)
BOOKS = (
    *("settled_trades", "surrender_applications", "offset_credits"),
    *("cancellation_applications", "obligation_changes", "judicial_freezes", "account_restrictions"),
)
# Of these one runs at a time anyhow: the consumer takes events one stream after the other.
EVENTS = {"answer", "hand_over"}


@pytest.fixture
def broken_off(monkeypatch):
    """The causes for which PostgreSQL broke transactions off."""
    causes = []
    translated = db.translated

    @contextmanager
    def counted():
        try:
            with translated():
                yield
        except DatabaseUnavailable as error:
            causes.append(error.metadata.get("sqlstate", ""))
            raise

    monkeypatch.setattr(db, "translated", counted)
    return causes


async def test_no_pair_of_commands_ends_in_a_deadlock(world, broken_off):
    await world.allocate(PLANTS)
    market = HotMarket(world)
    for one in HOT:
        await world.send_to_trading(one, 1_000)
    deadlocked = []
    for one, other in combinations_with_replacement(COMMANDS, 2):
        before = len(broken_off)
        sides = [(one, HOT), (other, HOT[::-1])]
        if one not in EVENTS:
            sides.append((one, HOT[2:] + HOT[:2]))
        if other not in EVENTS:
            sides.append((other, HOT[::-1]))
        if {one, other} <= EVENTS:
            sides.pop()
        await asyncio.gather(*(getattr(market, name)(codes) for name, codes in sides))
        if DEADLOCK in broken_off[before:]:
            deadlocked.append((one, other))
    assert deadlocked == []
    done = [len(await world.book(book)) for book in BOOKS]
    assert min(done) > len(COMMANDS), "commands that all are refused wait for nobody"
    assert await world.book("journal_totals") == await world.book("holdings")
    await assert_every_surrender_counts(world)
    await assert_frozen_is_in_freezes(world)


async def assert_every_surrender_counts(world):
    """No obligation has lost what was registered towards it, and none has more applied for than is owed."""
    registered, applied = Counter(), Counter()
    for _no, credit_code, status, _product, quantity, period, *_ in await world.book(
        "surrender_applications"
    ):
        registered[credit_code, period] += int(quantity) if status == "registered" else 0
        applied[credit_code, period] += (
            int(quantity) if status in {"submitted", "confirmed", "registered"} else 0
        )
    for credit_code, period, _province, owed, surrendered, offset, *_ in await world.book("obligations"):
        assert int(surrendered) + int(offset) == registered[credit_code, period]
        assert applied[credit_code, period] <= max(int(owed), registered[credit_code, period])
