"""The access lists of the Kafka users, tried on Apache Kafka with mutual TLS: enough for a service, and no more.

Strimzi makes the certificates and hands the lists to the broker; here the test does both.
"""

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)
from ets.topics import TOPICS
from ets_kernel.embedded import apache_kafka
from ets_kernel.embedded.apache_kafka import ApacheKafka, ApacheKafkaMissing, find_libs
from ets_kernel.runtime.bus.kafka import KafkaBus
from ets_kernel.runtime.bus.kafka_options import KafkaOptions, mutual_tls
from ets_kernel.runtime.bus.kafka_topics import ensure_topics
from ets_kernel.runtime.bus.port import BusUnavailable, Record
from ets_kernel.testing.certificates import Authority
from manifests.inventory import K8S

pytestmark = [pytest.mark.apache_kafka, pytest.mark.slow]

SECURE = """
inter.broker.listener.name=SSL
ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={folder}/keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/ca.crt
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:CN=broker;User:ANONYMOUS
"""
"""ANONYMOUS is the controller's own listener, which speaks plain text to the same process."""

GRANT_SECONDS_MAX = 20.0
EVERYTHING = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
)

PUBLISHED = Record(topic="ets.mrv.roster.v1", partition=0, key=b"key", value=b"value")


def secured(properties: str, folder: Path) -> str:
    """Turn the properties of the plain broker into those of one that asks for certificates and has access lists."""
    for plain, secure in (
        ("PLAINTEXT://127.0.0.1:{port}", "SSL://localhost:{port}"),
        ("PLAINTEXT:PLAINTEXT\nlog", "SSL:SSL\nlog"),
    ):
        assert plain in properties
        properties = properties.replace(plain, secure)
    return properties + SECURE.format(folder=folder)


def grant(address: str, broker: Path) -> None:
    """Hand the lists of users.yaml to the broker, as Strimzi's user operator does."""
    kinds = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}
    bindings = [
        AclBinding(
            kinds[acl["resource"]["type"]],
            acl["resource"]["name"],
            ResourcePatternType.LITERAL,
            f"User:CN={user['metadata']['name']}",
            "*",
            AclOperation[operation.upper()],
            AclPermissionType.ALLOW,
        )
        for user in yaml.safe_load_all((K8S / "platform/kafka/users.yaml").read_text(encoding="utf-8"))
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    ]
    admin = AdminClient(
        {
            "bootstrap.servers": address,
            "security.protocol": "SSL",
            "ssl.ca.location": str(broker / "ca.crt"),
            "ssl.certificate.location": str(broker / "user.crt"),
            "ssl.key.location": str(broker / "user.key"),
            "log_level": 0,
        }
    )
    for granted in admin.create_acls(bindings, request_timeout=20).values():
        granted.result()
    # A list is granted when the controller has it; the broker that judges by it learns of it a moment later.
    deadline = time.monotonic() + GRANT_SECONDS_MAX
    while time.monotonic() < deadline:
        if len(admin.describe_acls(EVERYTHING, request_timeout=20).result()) == len(bindings):
            return
    raise AssertionError("the broker did not learn of the access lists")


@pytest.fixture
def secure_kafka(tmp_path, monkeypatch):
    """A broker with the cluster's access lists: its address, and how to become one of its users."""
    try:
        libs = find_libs()
    except ApacheKafkaMissing as missing:
        if os.environ.get("ETS_REQUIRE_KAFKA") == "1":
            raise
        pytest.skip(str(missing))
    authority = Authority()
    broker = authority.issue(tmp_path / "broker", "broker")
    keystore = (broker / "user.key").read_bytes() + (broker / "user.crt").read_bytes()
    (broker / "keystore.pem").write_bytes(keystore)
    monkeypatch.setattr(apache_kafka, "_PROPERTIES", secured(apache_kafka._PROPERTIES, broker))
    kafka = ApacheKafka(libs, tmp_path / "kafka")
    kafka.start()
    address = kafka.address.replace("127.0.0.1", "localhost")

    def options(user: str) -> KafkaOptions:
        return KafkaOptions(ssl_context=mutual_tls(authority.issue(tmp_path / user, user)))

    try:
        asyncio.run(ensure_topics(address, options=KafkaOptions(ssl_context=mutual_tls(broker))))
        grant(address, broker)
        yield address, options
    finally:
        kafka.stop()


async def first_of(bus: KafkaBus, group: str, topic: str):
    consumer = bus.subscribe(group, [topic])
    await consumer.start()
    try:
        for _ in range(20):
            if received := await consumer.poll(10, 1.0):
                await consumer.commit()
                return received
    finally:
        await consumer.stop()
    return []


async def publish_and_read(address: str, mrv: KafkaOptions, registry: KafkaOptions) -> None:
    producer, consumer = KafkaBus(address, options=mrv), KafkaBus(address, options=registry)
    # It gives up after one attempt, and tells why.
    refused = KafkaBus(address, options=replace(mrv, publish_timeout_seconds=0.0))
    buses = (producer, consumer, refused)
    for bus in buses:
        await bus.start()
    try:
        await producer.publish([PUBLISHED])
        (received,) = await first_of(consumer, "registry", PUBLISHED.topic)
        assert received.value == PUBLISHED.value
        foreign = next(name for name, topic in TOPICS.items() if topic.producer == "registry")
        with pytest.raises(BusUnavailable) as caught:
            await refused.publish([Record(topic=foreign, partition=0, key=b"key", value=b"value")])
        assert "TopicAuthorizationFailed" in caught.value.metadata["cause"]
    finally:
        for bus in buses:
            await bus.stop()


def test_a_service_writes_its_topics_and_reads_those_it_consumes_and_is_refused_elsewhere(secure_kafka):
    address, options = secure_kafka
    asyncio.run(publish_and_read(address, options("mrv-kafka"), options("registry-kafka")))
