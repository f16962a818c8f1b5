"""What deploy/k8s/inventory.yaml and proto/topics.yaml say: the services, the jobs, and who may call whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"

JOBS = "scheduled-jobs"
"""The name that all CronJobs share, as a caller and as a folder of the base."""

GRPC_PORT = 50051
KAFKA_PORT = 9093


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One scheduled call: `ets run <name> --date today` on a schedule in Asia/Shanghai."""

    name: str
    callee: str
    schedule: str
    start_within_seconds: int
    run_within_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One row of the topic catalogue, as far as the cluster needs it."""

    name: str
    partitions: int
    producer: str
    consumers: tuple[str, ...]
    retention_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that the generated manifests follow from."""

    services: tuple[str, ...]
    calls: tuple[tuple[str, str], ...]
    jobs: tuple[Job, ...]
    topics: tuple[Topic, ...]

    def edges(self) -> list[tuple[str, str]]:
        """Return every (caller, callee) between pods of ours, sorted.

        A consumer of a topic calls its producer's StreamService when it finds a gap, so each pair of the
        catalogue is an edge too.
        """
        streams = {(consumer, topic.producer) for topic in self.topics for consumer in topic.consumers}
        jobs = {(JOBS, job.callee) for job in self.jobs}
        return sorted(edge for edge in {*self.calls, *streams, *jobs} if edge[0] != edge[1])


def load_inventory(
    inventory: Path = K8S / "inventory.yaml", topics: Path = ROOT / "proto" / "topics.yaml"
) -> Inventory:
    """Read both sources; a name that is no service raises ValueError."""
    return build_inventory(
        yaml.safe_load(inventory.read_text(encoding="utf-8")),
        yaml.safe_load(topics.read_text(encoding="utf-8"))["topics"],
    )


def build_inventory(listed: Mapping[str, Any], topics: Sequence[Mapping[str, Any]]) -> Inventory:
    """Make the inventory of the two parsed sources."""
    inventory = Inventory(
        services=tuple(listed["services"]),
        calls=tuple((call["caller"], call["callee"]) for call in listed["calls"]),
        jobs=tuple(Job(**job) for job in listed["jobs"]),
        topics=tuple(
            Topic(
                name=topic["name"],
                partitions=topic["partitions"],
                producer=topic["producer"],
                consumers=tuple(topic["consumers"]),
                retention_hours=topic["retention_hours"],
            )
            for topic in topics
        ),
    )
    known = {*inventory.services, JOBS}
    if unknown := sorted({name for edge in inventory.edges() for name in edge} - known):
        raise ValueError(f"not among the services of the inventory: {', '.join(unknown)}")
    return inventory
