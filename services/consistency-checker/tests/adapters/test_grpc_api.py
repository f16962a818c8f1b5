"""The checker's RPCs end to end, on PostgreSQL, with the platform's books set by the test."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from checker_books import NOW
from checker_clean import TRADE_CEA
from checker_platform import FakePlatform
from consistency_checker.adapters.examinations import Examinations
from consistency_checker.adapters.grpc_api import CheckerGrpc, CheckerQueryGrpc
from consistency_checker.app.run_reconciliation import examine
from consistency_checker.app.take_snapshot import Limits
from consistency_checker.domain.books import REGISTRY_UNITS
from consistency_checker.domain.errors import ReconciliationNotFound
from consistency_checker.domain.invariants import INVARIANTS
from consistency_checker.main import unit_of_work
from ets.checker.v1 import checker_service_pb2 as pb
from ets.checker.v1 import checker_service_pb2_grpc as rpc
from ets.checker.v1.checker_events_pb2 import ReconciliationCompleted
from ets.checker.v1.checker_types_pb2 import Verdict
from ets.common.v1.page_pb2 import PageRequest
from ets_kernel.domain.errors import MalformedRequest, RoleForbidden
from ets_kernel.runtime.db import Database
from ets_kernel.runtime.door import Door
from ets_kernel.runtime.grpc.messages import from_timestamp
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.runtime.streams import read_stream, stream_heads
from ets_kernel.testing.clock import HandClock
from ets_kernel.testing.page_contract import check_page_tokens
from ets_kernel.testing.serving import Serving, serving

LIMITS = Limits(recaptures_max=3, looks_max=3, in_flight_events_max=10, trace_events_max=100)


@dataclass
class Checker:
    platform: FakePlatform
    running: Serving

    def commands(self, role: str = "ROLE_SCHEDULER") -> Any:
        return rpc.CheckerServiceStub(self.running.channel(role))

    def queries(self, role: str = "ROLE_OPERATIONS") -> Any:
        return rpc.CheckerQueryServiceStub(self.running.channel(role))

    async def run(self, request_id: str) -> Any:
        answer = await self.commands().RunReconciliation(pb.RunReconciliationRequest(request_id=request_id))
        return answer.reconciliation


@pytest_asyncio.fixture
async def checker(database: Database) -> AsyncIterator[Checker]:
    platform, clock = FakePlatform(), HandClock()
    door = Door(database, unit_of_work)
    examinations = Examinations(lambda: examine(platform, clock=clock, limits=LIMITS))
    services = pb.DESCRIPTOR.services_by_name
    commands = Served(
        add_to_server=rpc.add_CheckerServiceServicer_to_server,
        servicer=CheckerGrpc(door=door, clock=clock, examinations=examinations),
        descriptor=services["CheckerService"],
    )
    queries = Served(
        add_to_server=rpc.add_CheckerQueryServiceServicer_to_server,
        servicer=CheckerQueryGrpc(door=door),
        descriptor=services["CheckerQueryService"],
    )
    async with serving(commands, queries) as running:
        yield Checker(platform=platform, running=running)


async def test_a_run_tells_every_verdict_and_every_digest(checker: Checker):
    run = await checker.run("r-1")
    assert run.reconciliation_no == "RC-1"
    assert (run.kept_count, run.broken_count, run.unchecked_count) == (len(INVARIANTS), 0, 0)
    assert [finding.invariant_id for finding in run.findings] == [found.invariant_id for found in INVARIANTS]
    assert from_timestamp(run.business_time) == NOW
    assert run.digests.keys() == checker.platform.books.rows.keys()
    assert all(len(digest) == 64 for digest in run.digests.values())


async def test_a_break_is_told_with_its_evidence_and_an_absent_service_with_its_cause(checker: Checker):
    checker.platform.books.drop(REGISTRY_UNITS.settled_trades)
    checker.platform.away.add("mrv")
    run = await checker.run("r-1")
    by_id = {finding.invariant_id: finding for finding in run.findings}
    assert by_id["CHK-17"].verdict == Verdict.VERDICT_BROKEN
    assert by_id["CHK-17"].evidence_count == 1
    assert by_id["CHK-17"].evidence[0].subject == TRADE_CEA
    assert by_id["CHK-26"].verdict == Verdict.VERDICT_UNCHECKED
    assert "mrv could not be captured" in by_id["CHK-26"].cause
    assert run.broken_count == 1
    assert run.kept_count + run.broken_count + run.unchecked_count == len(INVARIANTS)


async def test_the_same_request_again_gives_the_first_answer_and_looks_at_nothing(checker: Checker):
    first = await checker.run("r-1")
    checker.platform.books.drop(REGISTRY_UNITS.settled_trades)
    captures = len(checker.platform.captured)
    assert await checker.run("r-1") == first
    assert len(checker.platform.captured) == captures
    assert (await checker.run("r-2")).reconciliation_no == "RC-2"


async def test_the_same_request_twice_at_once_is_examined_once(checker: Checker):
    first, second = await asyncio.gather(checker.run("r-1"), checker.run("r-1"))
    assert first == second
    assert checker.platform.captured.count("registry") == 1


async def test_a_run_is_told_to_the_bus_without_its_digests(checker: Checker, database: Database):
    run = await checker.run("r-1")
    async with database.snapshot() as connection:
        ((stream, head),) = (await stream_heads(connection)).items()
        (event,) = await read_stream(connection, stream, after_sequence=0, limit=9)
    message = ReconciliationCompleted.FromString(event.payload).reconciliation
    assert (stream, head, event.aggregate_id) == ("ets.checker.reconciliations.v1/0", 1, "RC-1")
    assert not message.digests
    message.digests.update(run.digests)
    assert message == run


async def test_a_run_is_read_back_as_it_was_told(checker: Checker):
    checker.platform.books.drop(REGISTRY_UNITS.settled_trades)
    checker.platform.away.add("mrv")
    first = await checker.run("r-1")
    checker.platform.away.clear()
    second = await checker.run("r-2")
    queries = checker.queries("ROLE_MINISTRY")
    got = await queries.GetReconciliation(pb.GetReconciliationRequest(reconciliation_no="RC-1"))
    assert got.reconciliation == first
    latest = await queries.GetReconciliation(pb.GetReconciliationRequest())
    assert latest.reconciliation == second


@pytest.mark.parametrize("number", ["", "RC-9"])
async def test_a_run_that_is_not_there_is_refused(checker: Checker, number: str):
    with pytest.raises(ReconciliationNotFound):
        await checker.queries().GetReconciliation(pb.GetReconciliationRequest(reconciliation_no=number))


async def test_runs_are_listed_newest_first_by_page_without_findings(checker: Checker):
    for number in range(3):
        await checker.run(f"r-{number}")
    queries = checker.queries()
    first = await queries.ListReconciliations(pb.ListReconciliationsRequest(page=PageRequest(page_size=2)))
    assert [run.reconciliation_no for run in first.reconciliations] == ["RC-3", "RC-2"]
    assert not first.reconciliations[0].findings
    assert first.reconciliations[0].kept_count == len(INVARIANTS)
    page = PageRequest(page_size=2, page_token=first.page.next_page_token)
    last = await queries.ListReconciliations(pb.ListReconciliationsRequest(page=page))
    assert [run.reconciliation_no for run in last.reconciliations] == ["RC-1"]
    assert not last.page.next_page_token


async def test_runs_are_listed_with_the_lists_own_page_tokens_only(checker: Checker):
    queries = pb.DESCRIPTOR.services_by_name["CheckerQueryService"]
    assert await check_page_tokens(checker.running, queries) == 1


async def test_a_request_without_an_id_is_malformed(checker: Checker):
    with pytest.raises(MalformedRequest):
        await checker.run("")


@pytest.mark.parametrize("role", ["ROLE_EMITTER", "ROLE_MINISTRY", "ROLE_SERVICE"])
async def test_only_the_scheduler_and_operations_run_the_checker(checker: Checker, role: str):
    with pytest.raises(RoleForbidden):
        await checker.commands(role).RunReconciliation(pb.RunReconciliationRequest(request_id="r-1"))
    with pytest.raises(ReconciliationNotFound):
        await checker.queries().GetReconciliation(pb.GetReconciliationRequest())


async def test_an_examination_that_failed_is_begun_again():
    outcomes: list[Any] = [RuntimeError("a bug"), "an examination"]

    async def examine_once() -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    examinations = Examinations(examine_once)
    with pytest.raises(RuntimeError, match="a bug"):
        await examinations.of("r-1")
    assert await examinations.of("r-1") == "an examination"
    assert await examinations.of("r-1") == "an examination"


async def test_an_examination_outlives_a_caller_that_went_away():
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def examine_slowly() -> Any:
        begun.set()
        await go_on.wait()
        return "an examination"

    examinations = Examinations(examine_slowly)
    caller = asyncio.create_task(examinations.of("r-1"))
    await begun.wait()
    caller.cancel()
    go_on.set()
    assert await examinations.of("r-1") == "an examination"
