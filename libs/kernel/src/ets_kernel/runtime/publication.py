"""How a service tells its facts: a table from the type of a fact to where it goes and how it is put in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from google.protobuf.message import Message

from ets_kernel.runtime.db import OutgoingEvent


class Fact(Protocol):
    """What happened in a domain, and when."""

    @property
    def at(self) -> datetime:
        """When it happened, in business time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message with its key and its business case; versions count from 1, 0 where there are none."""

    aggregate_id: str
    flow_id: str
    message: Message
    aggregate_version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where facts of one type go and how they are put in words."""

    topic: str
    aggregate: str
    tell: Callable[[Any], Told]

    def outgoing(self, fact: Fact) -> OutgoingEvent:
        """Put a fact in its message."""
        told = self.tell(fact)
        return OutgoingEvent(
            topic=self.topic,
            aggregate=self.aggregate,
            aggregate_id=told.aggregate_id,
            aggregate_version=told.aggregate_version,
            message=told.message,
            occurred_time=fact.at,
            flow_id=told.flow_id,
        )
