"""A Kafka broker for one machine: librdkafka's own mock cluster, which speaks the real wire protocol.

Nothing to install and about 20 MB of memory, but it is a broker for development and tests: it keeps records
in memory only, at most 5 MiB per partition (fixed in librdkafka), forgets everything when it ends, gets
another port whenever it starts, and has no topic administration, no transactions and no `offsets_for_times`.
The platform doesn't need them: the outbox sends again whatever a consumer misses.

Run as its own process, `python -m ets_kernel.embedded.broker --topics-from-catalogue --address-file FILE`, or
hosted in a test's process by `EmbeddedBroker`, which can also be taken down and made to answer with errors.
"""

import argparse
import ctypes
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ets.topics import TOPICS

from ets_kernel.domain.ensure import ensure

REBALANCE_DELAY_MILLISECONDS = 100
"""How long the first join of a group waits for more members; librdkafka's default is 3 s."""

PROCESS_STOP_SECONDS = 10.0

_PRODUCE_API_KEY = 0
_PRODUCER_TYPE = 0
_BROKER_ID = 1
_OK = 0
_LOG_CRITICAL = b"2"


class EmbeddedBroker:
    """A mock cluster of one broker in this process, listening on a free loopback port until `stop`."""

    def __init__(self, partitions: Mapping[str, int]) -> None:
        self._rdkafka = _load_rdkafka()
        failure = ctypes.create_string_buffer(512)
        configuration = self._rdkafka.rd_kafka_conf_new()
        # Or librdkafka warns on stderr that its client, which nobody uses, has no broker to connect to.
        self._rdkafka.rd_kafka_conf_set(configuration, b"log_level", _LOG_CRITICAL, failure, 512)
        self._client = self._rdkafka.rd_kafka_new(_PRODUCER_TYPE, configuration, failure, 512)
        ensure(bool(self._client), f"librdkafka makes a client: {failure.value.decode()}")
        self._cluster = self._rdkafka.rd_kafka_mock_cluster_new(self._client, 1)
        ensure(bool(self._cluster), "librdkafka makes a mock cluster")
        self._rdkafka.rd_kafka_mock_group_initial_rebalance_delay_ms(
            self._cluster, REBALANCE_DELAY_MILLISECONDS
        )
        for topic, count in partitions.items():
            made = self._rdkafka.rd_kafka_mock_topic_create(self._cluster, topic.encode(), count, 1)
            ensure(made == _OK, f"the embedded broker makes topic {topic}")
        self.address: str = self._rdkafka.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def down(self) -> None:
        """Close the port and every connection; records and groups are kept."""
        self._rdkafka.rd_kafka_mock_broker_set_down(self._cluster, _BROKER_ID)

    def up(self) -> None:
        """Listen again, on the same port."""
        self._rdkafka.rd_kafka_mock_broker_set_up(self._cluster, _BROKER_ID)

    def fail_next_publications(self, codes: Sequence[int]) -> None:
        """Answer the next Produce requests with these Kafka error codes, one each."""
        array = (ctypes.c_int * len(codes))(*codes)
        self._rdkafka.rd_kafka_mock_push_request_errors_array(
            self._cluster, _PRODUCE_API_KEY, len(codes), array
        )

    def stop(self) -> None:
        """End the broker and free its memory; a second call changes nothing."""
        if self._cluster:
            self._rdkafka.rd_kafka_mock_cluster_destroy(self._cluster)
            self._rdkafka.rd_kafka_destroy(self._client)
            self._cluster = self._client = None


class BrokerProcess:
    """An embedded broker in a process of its own, as the platform runs it."""

    def __init__(self, address_file: Path, partitions: Mapping[str, int] | None = None) -> None:
        """Prepare a broker with these topics, or with the catalogue's."""
        topics = (
            ["--topics-from-catalogue"]
            if partitions is None
            else [f"--topic={name}:{count}" for name, count in partitions.items()]
        )
        self._command = [sys.executable, "-m", __spec__.name, *topics, f"--address-file={address_file}"]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start the process and return its address once it listens."""
        process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        self._process = process
        ensure(process.stdout is not None, "the broker's output is piped")
        address = process.stdout.readline().strip() if process.stdout else ""
        if not address:
            self.stop()
            raise ChildProcessError("the embedded broker ended before it listened")
        return address

    def stop(self) -> None:
        """Ask the process to end and wait for it; a second call changes nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(PROCESS_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def write_address(path: Path, address: str) -> None:
    """Write the address so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(f"{address}\n", encoding="utf-8")
    unfinished.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Host a broker until SIGTERM or SIGINT, telling its address in the file and on standard output."""
    options = _parse(arguments)
    partitions = {name: topic.partitions for name, topic in TOPICS.items()} if options.catalogue else {}
    partitions.update(
        (name, int(count)) for name, _, count in (item.rpartition(":") for item in options.topic)
    )
    ending = {signal.SIGTERM, signal.SIGINT}
    # Blocked before librdkafka makes its threads, so that only `sigwait` ever sees them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    broker = EmbeddedBroker(partitions)
    write_address(options.address_file, broker.address)
    sys.stdout.write(f"{broker.address}\n")
    sys.stdout.flush()
    signal.sigwait(ending)
    broker.stop()
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ets_kernel.embedded.broker", description=__doc__)
    parser.add_argument("--address-file", type=Path, required=True, help="file to which host:port is written")
    parser.add_argument("--topics-from-catalogue", dest="catalogue", action="store_true")
    parser.add_argument("--topic", action="append", default=[], metavar="NAME:PARTITIONS")
    return parser.parse_args(arguments)


def _load_rdkafka() -> Any:  # noqa: ANN401  (a ctypes library has no types)
    """Open the library that comes in confluent-kafka's wheel, and declare what is called.

    Without the declarations ctypes takes every result for a C int and cuts 64-bit pointers in half.
    """
    package = importlib.util.find_spec("confluent_kafka")
    ensure(package is not None and package.origin is not None, "confluent-kafka is installed")
    site_packages = Path(str(package and package.origin)).parents[1]
    found = sorted(site_packages.glob("confluent_kafka.libs/librdkafka-*.so*"))
    ensure(bool(found), "confluent-kafka's wheel brings librdkafka")
    library = ctypes.CDLL(str(found[0]))
    pointer, integer, text, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t
    int16, int32 = ctypes.c_int16, ctypes.c_int32
    for name, result, parameters in (
        ("rd_kafka_conf_new", pointer, ()),
        ("rd_kafka_conf_set", integer, (pointer, text, text, text, size)),
        ("rd_kafka_new", pointer, (integer, pointer, text, size)),
        ("rd_kafka_destroy", None, (pointer,)),
        ("rd_kafka_mock_cluster_new", pointer, (pointer, integer)),
        ("rd_kafka_mock_cluster_destroy", None, (pointer,)),
        ("rd_kafka_mock_cluster_bootstraps", text, (pointer,)),
        ("rd_kafka_mock_topic_create", integer, (pointer, text, integer, integer)),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, (pointer, int32)),
        ("rd_kafka_mock_broker_set_down", integer, (pointer, int32)),
        ("rd_kafka_mock_broker_set_up", integer, (pointer, int32)),
        ("rd_kafka_mock_push_request_errors_array", None, (pointer, int16, size, pointer)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, list(parameters)
    return library


if __name__ == "__main__":
    sys.exit(main())
