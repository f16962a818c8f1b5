"""Which bus a service's setting means."""

from ets_kernel.runtime.bus.kafka import KafkaBus
from ets_kernel.runtime.bus.kafka_options import KafkaOptions
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.runtime.bus.port import Bus


def bus_for(kafka: str) -> Bus:
    """Return the bus for `ETS_KAFKA`, not yet started.

    `memory` is a bus inside this process; `@path` is the embedded broker, whose address is in that file and may
    change; anything else is the bootstrap servers of an Apache Kafka, whose topics exist.
    """
    if kafka == "memory":
        return MemoryBus()
    return KafkaBus(kafka, options=KafkaOptions(is_sole_member=kafka.startswith("@")))
