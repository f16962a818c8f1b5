"""Which bus a service's setting means."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from ets_kernel.runtime.bus.kafka import KafkaBus
from ets_kernel.runtime.bus.kafka_options import KafkaOptions, mutual_tls
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.bus.port import Bus

EMBEDDED_FETCH_WAIT_SECONDS: Final = 0.01


def bus_for(kafka: str, *, tls_directory: Path | None = None) -> Bus:
    """Return the bus for `ETS_KAFKA`, not yet started.

    `memory` is a bus inside this process; `@path` is the embedded broker, whose address is in that file and may
    change; anything else is the bootstrap servers of an Apache Kafka, whose topics exist;
    `tls_directory` has the certificates for one that asks for mutual TLS.
    """
    if kafka == "memory":
        return MemoryBus()
    options = KafkaOptions(
        ssl_context=mutual_tls(tls_directory) if tls_directory is not None else None,
    )
    if kafka.startswith("@"):
        options = replace(options, is_sole_member=True, fetch_wait_seconds=EMBEDDED_FETCH_WAIT_SECONDS)
    return KafkaBus(kafka, options=options)
