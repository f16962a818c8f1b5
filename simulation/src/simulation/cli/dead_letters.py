"""Messages that consumers could not apply: looked at and redriven by the people who look after the platforms."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import typer
from ets.common.v1.dead_letter_service_pb2 import (
    DEAD_LETTER_STATUS_OPEN,
    DEAD_LETTER_STATUS_UNSPECIFIED,
    REDRIVE_OUTCOME_ALREADY_REDRIVEN,
    REDRIVE_OUTCOME_APPLIED,
    DeadLetterRecord,
    DeadLetterStatus,
    ListDeadLettersRequest,
    ListDeadLettersResponse,
    RedriveDeadLetterRequest,
    RedriveOutcome,
)
from ets.common.v1.page_pb2 import PageRequest
from ets.topics import TOPICS
from ets_kernel.domain.clock import ZONE
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.grpc.messages import from_timestamp
from rich.console import Console

from simulation.window.gather import pages
from simulation.window.world import World, principal

CONSUMERS: Final = frozenset(consumer for topic in TOPICS.values() for consumer in topic.consumers)
_OUTCOMES: Final[Mapping[RedriveOutcome.ValueType, str]] = MappingProxyType(
    {
        REDRIVE_OUTCOME_APPLIED: "applied",
        REDRIVE_OUTCOME_ALREADY_REDRIVEN: "had been redriven already",
    }
)


async def show(
    world: World,
    *,
    services: Sequence[str],
    is_redriven_included: bool,
    topic: str,
    reason: str,
    as_json: bool,
    console: Console,
) -> None:
    """Print the dead letters of services, in the order in which each of them set them aside."""
    status = DEAD_LETTER_STATUS_UNSPECIFIED if is_redriven_included else DEAD_LETTER_STATUS_OPEN
    wanted = ListDeadLettersRequest(status=status, topic=topic, reason=reason)
    rows = [row for service in services for row in await _listed(world, service, wanted)]
    if as_json:
        typer.echo(json.dumps({"dead_letters": rows}, indent=2, ensure_ascii=False))
        return
    for row in rows:
        head = "  ".join(row[name] for name in ("service", "dead_letter_id", "status", "reason"))
        place = ", ".join(row[name] for name in ("place", "handler", "occurred_time") if row[name])
        console.print(f"{head}\n  {place}\n  {row['message']}", markup=False, soft_wrap=True)
    console.print(f"{len(rows)} dead letters")


async def redrive(
    world: World,
    service: str,
    dead_letter_ids: Sequence[str],
    *,
    subject: str,
    request_id: str,
    console: Console,
) -> bool:
    """Apply dead letters of a service after all, one by one, and print what happened; tell whether none was refused."""
    stub = world.dead_letters(service, principal(subject, "OPERATIONS"))
    is_refused = False
    for dead_letter_id in dead_letter_ids:
        request = RedriveDeadLetterRequest(
            request_id=f"{request_id}-{dead_letter_id}", dead_letter_id=dead_letter_id
        )
        try:
            answer = await stub.RedriveDeadLetter(request)
        except EtsError as error:
            is_refused = True
            told = f"{error.reason}: {error.message}"
        else:
            told = _OUTCOMES[answer.outcome]
        console.print(f"{dead_letter_id}: {told}", markup=False, soft_wrap=True)
    return not is_refused


async def _listed(world: World, service: str, wanted: ListDeadLettersRequest) -> list[dict[str, str]]:
    stub = world.dead_letters(service)

    async def page_of(page: PageRequest) -> ListDeadLettersResponse:
        request = ListDeadLettersRequest(page=page)
        request.MergeFrom(wanted)
        return await stub.ListDeadLetters(request)

    return [_row(service, letter) async for letter in pages(page_of, lambda answer: answer.dead_letters)]


def _row(service: str, letter: DeadLetterRecord) -> dict[str, str]:
    number = f"#{letter.sequence}" if letter.sequence else f"@{letter.offset}"
    return {
        "service": service,
        "dead_letter_id": letter.dead_letter_id,
        "status": DeadLetterStatus.Name(letter.status).removeprefix("DEAD_LETTER_STATUS_").lower(),
        "place": f"{letter.topic}/{letter.partition}{number}",
        "handler": letter.handler,
        "reason": letter.reason,
        "message": letter.message,
        "occurred_time": from_timestamp(letter.occurred_time).astimezone(ZONE).isoformat(sep=" "),
    }
