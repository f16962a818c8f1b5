"""The registry under test: its handlers, its consumer and its reads on the real database, called one after the other.

Everything is wired by `registry.main.build`: calls go through the gRPC adapters' methods, the door and the SQL unit
of work, without a network. Events go through the consumer with its inbox, from producers whose outboxes are lists.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ets.common.v1.event_pb2 import EventEnvelope
from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.principal import Principal
from ets_kernel.runtime.auth import bind_principal
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.bus.port import Received
from ets_kernel.runtime.consumer import Consumer
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.signing import Ed25519Verifier, private_key_to_pem, public_key_to_pem
from ets_ledger.domain.verification import Report, verify_export
from ets_ledger.runtime.export import export_lines
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from machine_locks import watched
from machine_told import Facts, facts_of
from registry.adapters.books import BOOKS
from registry.adapters.db import tables
from registry.adapters.db.schema import metadata
from registry.main import build, unit_of_work
from registry.settings import RegistrySettings
from registry_messages import CENTRE_KEY, PROVINCE_KEY, REGISTRY_KEY
from sqlalchemy import text

START = datetime(2021, 10, 26, 1, 0, tzinfo=UTC)
PROVINCES = ("37", "11")
EVERY = frozenset({"*"})
# Who calls under which roles; everybody else is staff of the registration body.
HOLDER = ("EMITTER", "HOLDER")
ROLES = {
    **dict.fromkeys(("agents", "alice", "bob"), HOLDER),
    "official": ("PROVINCE",),
    "exchange": ("SERVICE",),
}
STAFF = ("REGISTRY_OPERATOR",)
# What entities of these sectors may carry over without having sold anything; small enough to matter.
BASES = {"power": 20, "steel": 35}

BOOK_SQL = {book.name: book.sql for book in BOOKS}


class Outboxes:
    """What others have published, as a producer's outbox gives it to whoever missed something."""

    def __init__(self) -> None:
        self._events: dict[str, list[EventEnvelope]] = {}

    def publish(self, topic: str, message: Message) -> Received:
        """Put an event behind the last one of its topic; give it as the bus would bring it."""
        stream = f"{topic}/0"
        events = self._events.setdefault(stream, [])
        envelope = EventEnvelope(
            event_id=f"{stream}#{len(events) + 1}",
            type=message.DESCRIPTOR.full_name,
            stream=stream,
            sequence=len(events) + 1,
            aggregate="any",
            aggregate_id="any",
            payload=message.SerializeToString(deterministic=True),
        )
        events.append(envelope)
        return Received(
            topic=topic, partition=0, offset=len(events), key=b"any", value=envelope.SerializeToString()
        )

    async def heads(self, producer: str) -> Mapping[str, int]:
        return {stream: len(events) for stream, events in self._events.items()}

    async def read(self, stream: str, after_sequence: int, limit: int) -> Sequence[EventEnvelope]:
        return self._events.get(stream, [])[after_sequence : after_sequence + limit]


class Wiring:
    """What `registry.main.build` asks of an application: keeps what it is given instead of serving it."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        keys = {f"province/{province}": PROVINCE_KEY for province in PROVINCES} | {"ccer-centre": CENTRE_KEY}
        self.settings = RegistrySettings(
            database_url="postgresql+asyncpg://none",
            auth_public_key=public_key_to_pem(REGISTRY_KEY.public_key()),
            seal_keys=json.dumps({name: public_key_to_pem(key.public_key()) for name, key in keys.items()}),
            signing_key=private_key_to_pem(REGISTRY_KEY),
            carry_over_base_power_tco2e=BASES["power"],
            carry_over_base_steel_tco2e=BASES["steel"],
        )
        self.clock = clock
        self.database = database
        self.verifier = None
        self.commands: dict[str, Any] = {}
        self.reads: dict[str, Any] = {}
        self.subscriptions: list[Any] = []

    def door(self, unit_of_work: Any) -> Door:
        return Door(self.database, unit_of_work)

    def serve_grpc(self, _add_to_server: Any, servicer: object, descriptor: ServiceDescriptor) -> None:
        methods = self.reads if descriptor.name.endswith("QueryService") else self.commands
        methods |= {method.name: getattr(servicer, method.name) for method in descriptor.methods}

    def consume(self, subscriptions: Any, _unit_of_work: Any) -> None:
        self.subscriptions = subscriptions

    def http(self, _router: Any) -> None:
        """People's routes are not called here."""

    def books(self, books: Any) -> None:
        """The books are read straight from their definitions."""


class RegistryUnderTest:
    """The registry in this process, for one caller at a time; `reset` makes it empty."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._database = Database.create(url, application_name="machine")
        self.clock = FixedClock(START)
        self._wiring = Wiring(self._database, self.clock)
        self._runner.run(build(self._wiring))
        self.outboxes = Outboxes()
        self._consumer = self._new_consumer()
        self._watch = watched(self._database)
        self.locks = self._watch.__enter__()

    @property
    def kinds(self) -> set[str]:
        """Every command, and every event that is handled."""
        events = {message.DESCRIPTOR.name for one in self._wiring.subscriptions for message in one.handlers}
        return set(self._wiring.commands) | events

    def reset(self, at: datetime = START) -> None:
        """Forget everything: no row, no event, the first moment."""
        names = ", ".join(table.name for table in metadata.sorted_tables)
        self._runner.run(self._write(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        self.clock.set(at)
        self.outboxes = Outboxes()
        self._consumer = self._new_consumer()

    def damage(self, sql: str) -> None:
        """Change the database behind the registry's back."""
        self._runner.run(self._write(sql))

    def close(self) -> None:
        self._watch.__exit__(None, None, None)
        self._runner.run(self._database.dispose())
        self._runner.close()

    def call(self, method: str, request: Message, *, by: str = "first") -> Any:
        """Send a command; give the answer, or the reason why it was refused as a whole."""
        return self._runner.run(self._call(self._wiring.commands[method], request, by))

    def read(self, method: str, request: Message) -> Any:
        return self._runner.run(self._call(self._wiring.reads[method], request, "reader"))

    def take(self, *records: Received) -> None:
        """Let the consumer take records in this order, each by itself."""

        async def take() -> None:
            for record in records:
                await self._consumer.take([record])

        self._runner.run(take())

    def books(self, names: Sequence[str]) -> dict[str, list[tuple[object, ...]]]:
        """Read books at one moment, each sorted."""

        async def read() -> dict[str, list[tuple[object, ...]]]:
            async with self._database.snapshot() as connection:
                found = {}
                for name in names:
                    rows = await connection.execute(text(BOOK_SQL[name]))
                    found[name] = sorted((tuple(row) for row in rows), key=repr)
                return found

        return self._runner.run(read())

    def statuses(self) -> dict[str, str]:
        """Where tables, runs and instructions stand."""
        rows = self._rows("SELECT table_no, status FROM issuance")
        rows += self._rows("SELECT run_no, status FROM carry_over_run")
        return dict(rows + self._rows("SELECT instruction_no, status FROM instruction"))

    def operators(self) -> dict[str, dict[str, tuple[bool, bool]]]:
        """Who acts for which account now, with their duties."""
        found: dict[str, dict[str, tuple[bool, bool]]] = {}
        for account_no, subject, *duties in self._rows(
            "SELECT account_no, subject, is_initiator, is_confirmer FROM account_operator WHERE removed_time IS NULL"
        ):
            found.setdefault(account_no, {})[subject] = (duties[0], duties[1])
        return found

    def frozen(self) -> dict[str, list[int]]:
        """The serials that each freeze holds."""
        found: dict[str, list[int]] = {}
        for freeze_no, start, end in self._rows(
            "SELECT freeze_no, serial_start, serial_end FROM judicial_freeze_block"
            " WHERE held_until_time IS NULL ORDER BY freeze_no, serial_start"
        ):
            found.setdefault(freeze_no, []).extend(range(start, end + 1))
        return found

    def facts(self) -> Facts:
        """What was told, fact by fact."""
        return facts_of(self._rows("SELECT type, payload FROM kernel_outbox"))

    def dead_letters(self) -> list[str]:
        return [row[0] for row in self._rows("SELECT reason FROM kernel_dead_letter")]

    def told(self) -> dict[str, int]:
        rows = self._rows("SELECT type, count(*) FROM kernel_outbox GROUP BY type")
        return {name.rpartition(".")[2]: count for name, count in rows}

    def verified_export(self) -> Report:
        """Export the journal and verify it offline, signatures too."""

        async def lines() -> list:
            async with self._database.snapshot() as connection:
                export = export_lines(connection, tables.ledger, ledger="registry")
                # As a file has them.
                return [json.loads(json.dumps(line)) async for line in export]

        verifier = Ed25519Verifier({"registry": REGISTRY_KEY.public_key()})
        return verify_export(self._runner.run(lines()), verifier)

    def _rows(self, sql: str) -> list[tuple]:
        async def read() -> list[tuple]:
            async with self._database.snapshot() as connection:
                return [tuple(row) for row in await connection.execute(text(sql))]

        return self._runner.run(read())

    async def _write(self, sql: str) -> None:
        async with self._database.begin() as transaction:
            # Without the triggers that keep a journal append-only.
            await transaction.connection.execute(text("SET LOCAL session_replication_role = replica"))
            await transaction.connection.execute(text(sql))

    async def _call(self, method, request: Message, by: str) -> Message | str:
        roles = frozenset(f"ROLE_{role}" for role in ROLES.get(by, STAFF))
        bind_principal(Principal(subject=by, roles=roles, provinces=EVERY, entities=EVERY))
        try:
            return await method(request, None)
        except EtsError as refusal:
            return refusal.reason

    def _new_consumer(self) -> Consumer:
        return Consumer(
            service="registry",
            database=self._database,
            bus=MemoryBus(),
            reader=self.outboxes,
            clock=self.clock,
            subscriptions=self._wiring.subscriptions,
            unit_of_work=unit_of_work,
        )
