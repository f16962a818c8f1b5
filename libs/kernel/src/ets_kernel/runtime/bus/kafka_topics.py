"""The catalogue's topics on a broker that can make topics; the embedded one has them from its start."""

from collections.abc import Iterable
from typing import Final

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from ets.topics import TOPICS, Topic
from tenacity import AsyncRetrying, RetryError, retry_if_result, stop_after_delay, wait_fixed

from ets_kernel.domain.ensure import ensure
from ets_kernel.runtime.bus.kafka_options import MESSAGE_BYTES_MAX, KafkaOptions
from ets_kernel.runtime.bus.port import BusUnavailable

METADATA_WAIT_SECONDS: Final = 0.1

_log = structlog.stdlib.get_logger(__name__)


async def ensure_topics(
    address: str,
    topics: Iterable[Topic] = tuple(TOPICS.values()),
    *,
    replicas: int = 1,
    options: KafkaOptions | None = None,
) -> None:
    """Make the topics that are missing; doing it again changes nothing.

    A topic that exists with another number of partitions is a bug and is left alone: growing it would send
    the events of one key to two partitions. Raises BusUnavailable when the broker refuses to make a topic, or
    does not know all of them in time.
    """
    wanted = {topic.name: topic for topic in topics}
    options = options or KafkaOptions()
    admin = AIOKafkaAdminClient(
        bootstrap_servers=address,
        request_timeout_ms=options.milliseconds(options.request_timeout_seconds),
        **options.security(),
    )
    try:
        await admin.start()
        answer = await admin.create_topics([_new_topic(topic, replicas) for topic in wanted.values()])
        for name, code, text in answer.topic_errors:
            if code not in {0, TopicAlreadyExistsError.errno}:
                raise BusUnavailable(f"topic {name} was not made", cause=f"{for_code(code).__name__}: {text}")
        counts = await _settled_counts(admin, list(wanted), seconds_max=options.request_timeout_seconds)
        for name, count in counts.items():
            ensure(count == wanted[name].partitions, f"{name} has the catalogue's partitions, not {count}")
    finally:
        await admin.close()
    _log.info("bus.topics.ensured", topics=len(wanted))


async def _settled_counts(
    admin: AIOKafkaAdminClient, names: list[str], *, seconds_max: float
) -> dict[str, int]:
    """Give the partitions of every topic, once the broker's metadata knows all of them."""
    again = AsyncRetrying(
        retry=retry_if_result(lambda counts: not all(counts.values())),
        wait=wait_fixed(METADATA_WAIT_SECONDS),
        stop=stop_after_delay(seconds_max),
    )
    try:
        counts: dict[str, int] = await again(_counts, admin, names)
    except RetryError as error:
        raise BusUnavailable("the broker does not know all topics in time", topics=len(names)) from error
    return counts


async def _counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    described = await admin.describe_topics(names)
    return {description["topic"]: len(description["partitions"]) for description in described}


def _new_topic(topic: Topic, replicas: int) -> NewTopic:
    return NewTopic(
        name=topic.name,
        num_partitions=topic.partitions,
        replication_factor=replicas,
        topic_configs={
            "max.message.bytes": str(MESSAGE_BYTES_MAX),
            "retention.ms": str(topic.retention_hours * 3_600_000),
            "cleanup.policy": "delete",
            # With three replicas one may be down and nothing acknowledged is lost.
            "min.insync.replicas": str(max(1, replicas - 1)),
        },
    )
