"""A real Apache Kafka on loopback: one KRaft node from the jars that `deploy/local/kafka/pom.xml` resolves.

For the tests that must not believe the embedded broker, and for `make kafka`, which runs
`python -m ets_kernel.embedded.apache_kafka check`. Needs Java 17 or later.
"""

import argparse
import asyncio
import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ets.topics import Topic

from ets_kernel.embedded.ports import free_ports
from ets_kernel.runtime.bus.kafka import KafkaBus
from ets_kernel.runtime.bus.kafka_topics import ensure_topics
from ets_kernel.runtime.bus.port import Record

LIBS_VARIABLE = "ETS_KAFKA_LIBS"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 20.0
_LOOK_SECONDS = 0.05
# A small heap and the cheap compiler: the broker is started often and lives for seconds.
_JAVA_OPTIONS = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={records}
# Topics are made by `ensure_topics` with the catalogue's partitions, never by a typing error.
auto.create.topics.enable=false
message.max.bytes=4194304
replica.fetch.max.bytes=4194304
group.initial.rebalance.delay.ms=0
# One node: internal topics have one replica and, for a fast start, one partition.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
# After a kill the controller waits for the old session of the node before it lets it in again.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# The default buffer of the cleaner is half of the heap.
log.cleaner.dedupe.buffer.size=4194304
num.network.threads=2
num.io.threads=2
"""


class ApacheKafkaMissing(Exception):
    """Java or Kafka's jars are not on this machine; the message says how to get them."""


class ApacheKafka:
    """One broker: its ports and its data directory stay the same over kills and restarts."""

    def __init__(self, libs: Path, data_dir: Path) -> None:
        self._libs = libs
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._port, self._controller_port = free_ports(2)
        self.address = f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the broker and return once it listens; the first start also formats the storage."""
        if not self._properties.exists():
            self._format()
        log = (self._data_dir / "kafka.log").open("ab")
        with log:
            self._process = subprocess.Popen(  # noqa: S603
                self._java("kafka.Kafka", str(self._properties)), stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_until_listening()

    def stop(self) -> None:
        """Shut the broker down and wait for it; a second call changes nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the broker without warning, as a failing machine does; acknowledged records stay on disk."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def restart(self) -> None:
        """Kill the broker and start it on the same port with the same data."""
        self.kill()
        self.start()

    def erase(self) -> None:
        """Delete every record, topic and group of a broker that is not running."""
        shutil.rmtree(self._records, ignore_errors=True)
        self._properties.unlink(missing_ok=True)

    def pause(self) -> None:
        """Freeze the process: connections stay open and nothing answers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen process go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    @property
    def _properties(self) -> Path:
        return self._data_dir / "server.properties"

    @property
    def _records(self) -> Path:
        return self._data_dir / "records"

    def _format(self) -> None:
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(
            _PROPERTIES.format(port=self._port, controller_port=self._controller_port, records=self._records),
            encoding="utf-8",
        )
        cluster = base64.urlsafe_b64encode(hashlib.md5(self.address.encode(), usedforsecurity=False).digest())
        command = self._java(
            "kafka.tools.StorageTool",
            "format",
            # One word: an id may begin with a dash, and would be taken for an option.
            f"--cluster-id={cluster.decode().rstrip('=')}",
            "-c",
            str(self._properties),
        )
        done = subprocess.run(command, capture_output=True, check=False, timeout=START_SECONDS_MAX)  # noqa: S603
        if done.returncode != 0:
            raise ChildProcessError(f"Kafka's storage was not formatted: {done.stderr.decode()[-2000:]}")

    def _java(self, *arguments: str) -> list[str]:
        java = shutil.which("java")
        if java is None:
            raise ApacheKafkaMissing("Apache Kafka needs Java 17 or later on the PATH")
        return [java, *_JAVA_OPTIONS, "-cp", f"{self._libs}/*", *arguments]

    def _wait_until_listening(self) -> None:
        """Try to connect until the broker accepts; it has no other sign that it is ready."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(_LOOK_SECONDS)
        self.kill()
        log = (self._data_dir / "kafka.log").read_text(encoding="utf-8", errors="replace")
        raise ChildProcessError(f"Apache Kafka did not start: {log[-2000:]}")


def find_libs() -> Path:
    """Return the folder of Kafka's jars: ETS_KAFKA_LIBS, or `var/kafka/libs` here or in a folder above.

    Raises ApacheKafkaMissing when there is no Java or no jar.
    """
    if shutil.which("java") is None:
        raise ApacheKafkaMissing("Apache Kafka needs Java 17 or later on the PATH")
    here = Path.cwd()
    named = os.environ.get(LIBS_VARIABLE)
    folders = [Path(named)] if named else [folder / "var/kafka/libs" for folder in (here, *here.parents)]
    for folder in folders:
        if any(folder.glob("kafka_2.13-*.jar")):
            return folder
    raise ApacheKafkaMissing(f"no Kafka jars: run `make kafka`, or name their folder in {LIBS_VARIABLE}")


async def _round_trip(address: str) -> None:
    """Publish one record and read it back."""
    topic = Topic(name="ets.check.v1", key="none", partitions=2, producer="", consumers=(), retention_hours=1)
    await ensure_topics(address, [topic])
    bus = KafkaBus(address, partitions={topic.name: topic.partitions})
    await bus.start()
    try:
        consumer = bus.subscribe("check", [topic.name])
        await consumer.start()
        await bus.publish([Record(topic=topic.name, partition=1, key=b"key", value=b"value")])
        async with asyncio.timeout(START_SECONDS_MAX):
            while not await consumer.poll(1, 1.0):
                pass
    finally:
        await bus.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove that Apache Kafka starts on this machine and that the bus works on it."""
    parser = argparse.ArgumentParser(prog="python -m ets_kernel.embedded.apache_kafka", description=__doc__)
    parser.add_argument("command", choices=["check"])
    parser.parse_args(arguments)
    try:
        libs = find_libs()
    except ApacheKafkaMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ets-kafka-") as folder:
        kafka = ApacheKafka(libs, Path(folder))
        try:
            kafka.start()
            listening = time.monotonic()
            asyncio.run(_round_trip(kafka.address))
            done = time.monotonic()
        finally:
            kafka.stop()
    (jar,) = libs.glob("kafka_2.13-*.jar")
    sys.stdout.write(
        f"{jar.stem}: started in {listening - began:.1f} s, round trip in {done - listening:.1f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
