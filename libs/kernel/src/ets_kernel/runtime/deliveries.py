"""What reaches a consumer: a record from the bus, or an event read back from its producer's outbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets.common.v1.event_pb2 import EventEnvelope
from google.protobuf.message import DecodeError

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import Invalid
from ets_kernel.runtime import telemetry
from ets_kernel.runtime.bus.port import Received
from ets_kernel.runtime.outbox import stream_name
from ets_kernel.runtime.relay import RECORDED_HEADER

OFFSET_FROM_OUTBOX = -1


class EnvelopeUndecodable(Invalid):
    """A record is not an event envelope, or one of another stream. Metadata: topic, partition, offset."""

    reason = "ENVELOPE_UNDECODABLE"


class PayloadUndecodable(Invalid):
    """An envelope's payload is not a message of the type that it names. Metadata: type."""

    reason = "PAYLOAD_UNDECODABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message as it came. A message that could not be decoded has an empty envelope."""

    topic: str
    partition: int
    offset: int
    original: bytes
    envelope: EventEnvelope
    traceparent: str = ""
    recorded_time_seconds: float | None = None

    @property
    def stream(self) -> str:
        """Give the stream that the message came on."""
        return stream_name(self.topic, self.partition)

    @property
    def sequence(self) -> int:
        """Give the sequence number; 0 when the envelope could not be decoded."""
        return self.envelope.sequence

    @property
    def is_decoded(self) -> bool:
        """Tell whether the envelope could be decoded."""
        return self.envelope.sequence > 0


def from_bus(received: Received) -> Delivery:
    """Decode a record; an envelope that is none leaves the delivery not decoded."""
    try:
        envelope = EventEnvelope.FromString(received.value)
    except DecodeError:
        envelope = EventEnvelope()
    # Any few bytes can be a protobuf message by chance, so the envelope has to name the stream that it came
    # on.
    stream = stream_name(received.topic, received.partition)
    if envelope.stream != stream or envelope.sequence < 1 or not envelope.type:
        envelope = EventEnvelope()
    return Delivery(
        topic=received.topic,
        partition=received.partition,
        offset=received.offset,
        original=received.value,
        envelope=envelope,
        traceparent=received.headers.get(telemetry.TRACEPARENT, envelope.traceparent),
        recorded_time_seconds=_seconds(received.headers.get(RECORDED_HEADER)),
    )


def from_outbox(stream: str, events: Sequence[EventEnvelope]) -> list[Delivery]:
    """Take events as the producer's outbox has them; their order and stream are the producer's promise."""
    topic, _, partition = stream.rpartition("/")
    deliveries = []
    for event in events:
        ensure(
            event.stream == stream and event.sequence > 0, "an outbox gives events of the stream asked for"
        )
        deliveries.append(
            Delivery(
                topic=topic,
                partition=int(partition),
                offset=OFFSET_FROM_OUTBOX,
                original=event.SerializeToString(),
                envelope=event,
                traceparent=event.traceparent,
            )
        )
    return deliveries


def undecodable(delivery: Delivery) -> EnvelopeUndecodable:
    """Say what is wrong with a delivery that is not decoded."""
    return EnvelopeUndecodable(
        "the record is no event of this stream",
        topic=delivery.topic,
        partition=delivery.partition,
        offset=delivery.offset,
    )


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
