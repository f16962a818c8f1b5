"""Posting: read and lock what a batch needs, decide in memory, write set by set.

Runs inside the caller's transaction and never commits. Locks are taken in one order by everybody: balances by
id, serial counters by product, and the head of the journal when the transaction has done everything else, so that
whoever waits for it waits for little more than a commit. (A row that two batches open at the same instant can still
make PostgreSQL break one of them off; the caller's retry of transient errors covers that.)
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple

import asyncpg
from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import DatabaseUnavailable
from ets_kernel.domain.ids import ProductCode
from ets_kernel.runtime.db import Transaction

from ets_ledger.domain.commands import Command, parts_of
from ets_ledger.domain.decide import Decisions, Result, decide
from ets_ledger.domain.entries import Entry, canonical_time, entry_bytes, serials_text
from ets_ledger.domain.journal import BATCH_FORMAT, GENESIS_HASH
from ets_ledger.domain.merkle import leaf_hash, root_of
from ets_ledger.domain.needs import Needs, Prefetched, needs_of
from ets_ledger.domain.values import Position
from ets_ledger.runtime.block_rows import BlockRows
from ets_ledger.runtime.driver import Driver, driver_of, numbers, texts
from ets_ledger.runtime.remembering import BLOCKS_PER_DRAW, drawn_positions
from ets_ledger.runtime.statements import statements_for
from ets_ledger.runtime.tables import LedgerTables, PositionKeys

BATCH_SIZE_MAX = 10_000


class LedgerStore:
    """One ledger within one transaction."""

    def __init__(self, transaction: Transaction, tables: LedgerTables) -> None:
        self._transaction = transaction
        self._has_blocks = tables.has_blocks
        self._sql = statements_for(tables.prefix)
        self._transfer_id_constraint = f"{tables.prefix}_journal_transfer_id"
        self._unchained: list[_Post] = []

    async def post(
        self, batch: Sequence[Command], *, effective_time: datetime, recorded_time: datetime
    ) -> Sequence[Result]:
        """Carry out a batch; return an entry or a refusal for each command, at its index.

        Refused commands change nothing, the others are written together. `effective_time` is the business
        time of commands that name none; `recorded_time` is the time of writing, moved up to that of the batch
        before it if it lies earlier, so that recorded times never fall along the journal. It becomes a batch of the
        journal, or several in order if it is longer than one may be, chained just before the commit.

        Post once per transaction where you can: a second batch locks its balances when the first one's are locked,
        and PostgreSQL may have to break the transaction off as a deadlock, to be tried again.
        """
        if not batch:
            return ()
        if len(batch) > BATCH_SIZE_MAX:
            # All at once and in order, and not part by part.
            await self._lock(await driver_of(self._transaction.connection), needs_of(batch))
        results: list[Result] = []
        for part in parts_of(batch, BATCH_SIZE_MAX):
            results += await self._post(part, effective_time, recorded_time)
        return tuple(results)

    async def judge(self, batch: Sequence[Command], *, effective_time: datetime) -> Sequence[Result]:
        """Return what `post` would answer now, and carry out nothing; the balances stay locked."""
        if not batch:
            return ()
        driver = await driver_of(self._transaction.connection)
        return (await self._decide(driver, batch, effective_time)).decisions.results

    async def _post(
        self, batch: Sequence[Command], effective_time: datetime, recorded_time: datetime
    ) -> Sequence[Result]:
        driver = await driver_of(self._transaction.connection)
        judged = await self._decide(driver, batch, effective_time)
        decisions = judged.decisions
        if decisions.entries:
            await self._write_counters(driver, decisions.next_serials, judged.locked.counters)
            post_id = await self._write(driver, decisions, judged.locked.keys, judged.rows)
            leaves = [leaf_hash(entry_bytes(entry)) for entry in decisions.entries]
            post = _Post(post_id, decisions.entries, leaves, recorded_time)
            if self._has_blocks:
                await self._remember(driver, post, judged.locked.keys)
            self._chain_last(post)
        return decisions.results

    async def _decide(self, driver: Driver, batch: Sequence[Command], effective_time: datetime) -> "_Judged":
        needs = needs_of(batch)
        locked = await self._lock(driver, needs)
        rows = BlockRows(driver, self._sql, locked.keys)
        known = await driver.fetch(self._sql.known_transfer_ids, texts(needs.transfer_ids))
        decisions = decide(
            batch,
            Prefetched(
                balances=locked.balances,
                blocks=await rows.read(needs) if self._has_blocks else None,
                known_transfer_ids=frozenset(row[0] for row in known),
                next_serials=locked.counters,
                occupied=await rows.occupied(needs.issued),
            ),
            effective_time=effective_time,
        )
        return _Judged(decisions, locked, rows)

    async def _lock(self, driver: Driver, needs: Needs) -> "_Locked":
        keys = PositionKeys(needs.positions)
        balances = await self._lock_balances(driver, keys)
        return _Locked(keys, balances, await self._lock_counters(driver, tuple(sorted(needs.issued))))

    async def _lock_balances(self, driver: Driver, keys: PositionKeys) -> dict[Position, int]:
        wanted = numbers(keys.text.values())
        found = await driver.fetch(self._sql.lock_balances, wanted)
        if len(found) < len(keys.text):
            await self._open_balances(driver, keys, {row[0] for row in found})
            found = await driver.fetch(self._sql.lock_balances, wanted)
        balances: dict[Position, int] = {}
        for key, account, product, bucket, quantity in found:
            position = keys.position[key]
            ensure(position == (account, product, bucket), "no two positions have one id")
            balances[position] = quantity
        ensure(len(balances) == len(keys.text), "every position of a batch has a row")
        return balances

    async def _open_balances(self, driver: Driver, keys: PositionKeys, present: AbstractSet[int]) -> None:
        missing = {key: position for key, position in keys.position.items() if key not in present}
        await driver.execute(
            self._sql.open_balances,
            numbers(missing),
            texts([position.account for position in missing.values()]),
            texts([position.product for position in missing.values()]),
            texts([position.bucket for position in missing.values()]),
        )

    async def _lock_counters(self, driver: Driver, products: Sequence[ProductCode]) -> dict[ProductCode, int]:
        if not products or not self._has_blocks:
            return {}
        found = await driver.fetch(self._sql.lock_counters, texts(products))
        if len(found) < len(products):
            await driver.execute(self._sql.open_counters, texts(products))
            found = await driver.fetch(self._sql.lock_counters, texts(products))
        return {ProductCode(product): next_serial for product, next_serial in found}

    async def _write_counters(
        self, driver: Driver, next_serials: Mapping[ProductCode, int], stored: Mapping[ProductCode, int]
    ) -> None:
        if next_serials != stored:
            await driver.execute(
                self._sql.change_counters, texts(tuple(next_serials)), numbers(next_serials.values())
            )

    async def _write(self, driver: Driver, decisions: Decisions, keys: PositionKeys, rows: BlockRows) -> int:
        changes = decisions.changes
        parameters = (
            numbers([keys.text[at] for at in changes]),
            numbers(changes.values()),
            *_entry_columns(decisions, keys),
        )
        sql = self._sql.write
        if decisions.blocks is not None:
            sql = self._sql.write_with_blocks
            parameters += (await rows.changes(decisions.blocks)).parameters()
        try:
            found = await driver.fetch(sql, *parameters)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != self._transfer_id_constraint:
                raise
            # Between other positions, so the two did not wait for each other; tried again, it is known and refused.
            raise DatabaseUnavailable("another transaction has just used one of the transfer ids") from error
        return int(found[0][0])

    async def _remember(self, driver: Driver, post: "_Post", keys: PositionKeys) -> None:
        drawn = drawn_positions(post.entries, post.leaves)
        if drawn:
            await driver.execute(
                self._sql.remember,
                numbers([keys.text[position] for position, _ in drawn]),
                numbers([number for _, number in drawn]),
                post.post_id,
                BLOCKS_PER_DRAW,
            )

    def _chain_last(self, post: "_Post") -> None:
        if not self._unchained:
            self._transaction.at_last(self._chain)
        self._unchained.append(post)

    async def _chain(self) -> None:
        """Append the transaction's posts to the chain of batches."""
        posts, self._unchained = self._unchained, []
        parameters = (
            [post.post_id for post in posts],
            [root_of(post.leaves) for post in posts],
            [len(post.entries) for post in posts],
            [post.recorded_time for post in posts],
            BATCH_FORMAT,
            [min(entry.effective_time for entry in post.entries) for post in posts],
            [max(entry.effective_time for entry in post.entries) for post in posts],
        )
        driver = await driver_of(self._transaction.connection)
        appended = await driver.fetch(self._sql.append_batches, *parameters)
        if not appended:
            # The first batch of all finds no head.
            await driver.execute(self._sql.open_head, GENESIS_HASH)
            appended = await driver.fetch(self._sql.append_batches, *parameters)
        ensure(len(appended) == len(posts), "every post becomes a batch of the journal")


class _Locked(NamedTuple):
    """What a batch has locked."""

    keys: PositionKeys
    balances: Mapping[Position, int]
    counters: Mapping[ProductCode, int]


class _Judged(NamedTuple):
    """The answer to a batch, with what is needed to write it."""

    decisions: Decisions
    locked: _Locked
    rows: BlockRows


class _Post(NamedTuple):
    """What one post wrote and the chain does not have yet."""

    post_id: int
    entries: Sequence[Entry]
    leaves: Sequence[bytes]
    recorded_time: datetime


def _entry_columns(decisions: Decisions, keys: PositionKeys) -> tuple[str, ...]:
    entries = decisions.entries
    return (
        texts([entry.transfer_id for entry in entries]),
        texts([entry.kind for entry in entries]),
        numbers([keys.text[entry.source] for entry in entries]),
        numbers([keys.text[entry.destination] for entry in entries]),
        numbers([entry.quantity for entry in entries]),
        texts([serials_text(entry.serials) for entry in entries]),
        texts([entry.origin for entry in entries]),
        texts([entry.group for entry in entries]),
        texts([entry.flow_id for entry in entries]),
        texts([entry.corrects for entry in entries]),
        texts([canonical_time(entry.effective_time) for entry in entries]),
        numbers([source for source, _ in decisions.balances]),
        numbers([destination for _, destination in decisions.balances]),
    )
