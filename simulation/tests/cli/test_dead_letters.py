"""`ets dead-letters`: what is printed and with which exit code. A consumer that answers as asked stands in."""

import json
from datetime import UTC, datetime

import pytest
from ets.common.v1 import dead_letter_service_pb2 as pb
from ets.common.v1.dead_letter_service_pb2_grpc import (
    DeadLetterServiceServicer,
    add_DeadLetterServiceServicer_to_server,
)
from ets.common.v1.page_pb2 import PageResponse
from ets_kernel.domain.errors import Refused
from ets_kernel.runtime.grpc.errors import STATUS_OF_KIND, TRAILER, to_detail
from ets_kernel.runtime.grpc.messages import to_timestamp
from simulation.cli.app import app
from typer.testing import CliRunner

AT = datetime(2021, 11, 2, 8, 30, tzinfo=UTC)
FIRST, SECOND, STUBBORN = (f"00000000-0000-5000-8000-00000000000{digit}" for digit in "123")


def letter(dead_letter_id: str) -> pb.DeadLetterRecord:
    return pb.DeadLetterRecord(
        dead_letter_id=dead_letter_id,
        topic="ets.trading.transfers.v1",
        partition=1,
        sequence=17,
        handler="on_withdrawal",
        reason="TRANSFER_DIFFERS",
        message="Another quantity.",
        occurred_time=to_timestamp(AT),
        status=pb.DEAD_LETTER_STATUS_OPEN,
    )


class Registry(DeadLetterServiceServicer):
    """Has two letters, one on each page, and refuses to redrive the stubborn one."""

    def __init__(self) -> None:
        self.listed: list[pb.ListDeadLettersRequest] = []
        self.redriven: list[pb.RedriveDeadLetterRequest] = []

    def ListDeadLetters(self, request, context):  # noqa: N802
        self.listed.append(request)
        if request.page.page_token:
            return pb.ListDeadLettersResponse(dead_letters=[letter(SECOND)])
        return pb.ListDeadLettersResponse(
            dead_letters=[letter(FIRST)], page=PageResponse(next_page_token="more")
        )

    def RedriveDeadLetter(self, request, context):  # noqa: N802
        if request.dead_letter_id == STUBBORN:
            refusal = Refused("still not")
            context.set_trailing_metadata([(TRAILER, to_detail(refusal).SerializeToString())])
            context.abort(STATUS_OF_KIND[refusal.kind], refusal.message)
        is_new = all(request.dead_letter_id != known.dead_letter_id for known in self.redriven)
        self.redriven.append(request)
        return pb.RedriveDeadLetterResponse(
            outcome=pb.REDRIVE_OUTCOME_APPLIED if is_new else pb.REDRIVE_OUTCOME_ALREADY_REDRIVEN
        )


@pytest.fixture
def registry(stand_in, monkeypatch) -> Registry:
    monkeypatch.setenv("COLUMNS", "200")
    return stand_in("REGISTRY", add_DeadLetterServiceServicer_to_server, Registry())


def run(*words: str):
    return CliRunner().invoke(app, ["dead-letters", *words])


def test_open_letters_are_listed_to_the_last_page(registry):
    answer = run("list", "--json")
    assert answer.exit_code == 0
    rows = json.loads(answer.output)["dead_letters"]
    assert [row["dead_letter_id"] for row in rows] == [FIRST, SECOND]
    assert rows[0] == {
        "service": "registry",
        "dead_letter_id": FIRST,
        "status": "open",
        "place": "ets.trading.transfers.v1/1#17",
        "handler": "on_withdrawal",
        "reason": "TRANSFER_DIFFERS",
        "message": "Another quantity.",
        "occurred_time": "2021-11-02 16:30:00+08:00",
    }
    assert {request.status for request in registry.listed} == {pb.DEAD_LETTER_STATUS_OPEN}


def test_letters_are_listed_as_they_are_asked_for(registry):
    answer = run("list", "--service", "registry", "--all", "--topic", "t", "--reason", "R")
    assert answer.exit_code == 0
    assert "2 dead letters" in answer.output
    assert FIRST in answer.output
    asked = registry.listed[0]
    assert (asked.status, asked.topic, asked.reason) == (pb.DEAD_LETTER_STATUS_UNSPECIFIED, "t", "R")


def test_letters_are_redriven_in_the_order_given_and_a_refusal_ends_with_one(registry):
    answer = run("redrive", "registry", FIRST, STUBBORN, SECOND, FIRST)
    assert answer.exit_code == 1
    assert answer.output.splitlines() == [
        f"{FIRST}: applied",
        f"{STUBBORN}: {Refused.reason}: still not",
        f"{SECOND}: applied",
        f"{FIRST}: had been redriven already",
    ]


def test_each_call_of_redrive_is_a_new_request(registry):
    for _ in range(2):
        assert run("redrive", "registry", FIRST).exit_code == 0
    assert len({request.request_id for request in registry.redriven}) == 2


@pytest.mark.parametrize(
    "words", [("list", "--service", "trading"), ("redrive", "consistency-checker", FIRST)]
)
def test_a_service_that_is_no_consumer_or_not_reached_is_wrong_use(registry, words):
    answer = run(*words)
    assert answer.exit_code == 2
    assert "no consumer that can be reached" in answer.stderr
