"""The topics of the platform, generated from proto/topics.yaml. Never edit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic: who writes it, who reads it, how it is split and how long it is kept."""

    name: str
    key: str
    partitions: int
    producer: str
    consumers: tuple[str, ...]
    retention_hours: int


TOPICS: dict[str, Topic] = {
    "ets.mrv.dead-letters.v1": Topic(name="ets.mrv.dead-letters.v1", key="dead letter id", partitions=1, producer="mrv", consumers=(), retention_hours=720),
}
