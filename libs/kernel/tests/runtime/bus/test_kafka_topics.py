"""Topics are counted once the broker's metadata knows them; a broker that never does is unavailable, not wrong."""

from types import SimpleNamespace

import pytest
from ets_kernel.domain.ensure import BrokenClaim
from ets_kernel.runtime.bus import kafka_topics
from ets_kernel.runtime.bus.kafka_options import KafkaOptions
from ets_kernel.runtime.bus.port import BusUnavailable
from ets_kernel.testing.messages import TEST_TOPICS

TOPIC = next(iter(TEST_TOPICS.values()))


class LateAdmin:
    """An administration client whose broker makes a topic, and tells of its partitions in these answers."""

    def __init__(self, counts):
        self.counts = list(counts)

    def __call__(self, **options):
        return self

    async def start(self):
        pass

    async def close(self):
        pass

    async def create_topics(self, topics):
        return SimpleNamespace(topic_errors=[(topic.name, 0, None) for topic in topics])

    async def describe_topics(self, names):
        count = self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]
        return [{"topic": name, "partitions": [{}] * count} for name in names]


async def ensure_topic(monkeypatch, *counts, seconds_max=60.0):
    admin = LateAdmin(counts)
    monkeypatch.setattr(kafka_topics, "AIOKafkaAdminClient", admin)
    options = KafkaOptions(request_timeout_seconds=seconds_max)
    await kafka_topics.ensure_topics("nowhere:9092", [TOPIC], options=options)


async def test_a_topic_that_the_metadata_tells_of_later_is_waited_for(monkeypatch):
    await ensure_topic(monkeypatch, 0, TOPIC.partitions)


async def test_a_topic_that_the_metadata_never_tells_of_is_no_bug_of_ours(monkeypatch):
    with pytest.raises(BusUnavailable):
        await ensure_topic(monkeypatch, 0, seconds_max=0.1)


async def test_a_topic_with_another_number_of_partitions_is_a_bug(monkeypatch):
    with pytest.raises(BrokenClaim):
        await ensure_topic(monkeypatch, 0, TOPIC.partitions + 1)
