"""The catalogue's topics on a broker that can make topics; the embedded one has them from its start."""

from collections.abc import Iterable

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from ets.topics import TOPICS, Topic

from ets_kernel.domain.ensure import ensure
from ets_kernel.runtime.bus.kafka_options import MESSAGE_BYTES_MAX, KafkaOptions
from ets_kernel.runtime.bus.port import BusUnavailable

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
    the events of one key to two partitions. Raises BusUnavailable when the broker refuses to make a topic.
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
        for description in await admin.describe_topics(list(wanted)):
            count, name = len(description["partitions"]), description["topic"]
            ensure(
                count in {0, wanted[name].partitions}, f"{name} has the catalogue's partitions, not {count}"
            )
    finally:
        await admin.close()
    _log.info("bus.topics.ensured", topics=len(wanted))


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
