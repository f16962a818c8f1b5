import pytest
from ets_kernel.runtime.bus.kafka_options import KafkaOptions
from ets_kernel.testing.bus_contract import PATIENCE_SECONDS


@pytest.fixture
def make_options():
    def make(publish_timeout_seconds: float = PATIENCE_SECONDS, **changed: float) -> KafkaOptions:
        patience = {
            "publish_timeout_seconds": publish_timeout_seconds,
            "attempt_timeout_seconds": 3.0,
            "request_timeout_seconds": 2.0,
            "session_timeout_seconds": 6.0,
            "heartbeat_seconds": 0.5,
            "build_timeout_seconds": 20.0,
            "poll_grace_seconds": 4.0,
            "probe_seconds": 0.2,
            "stall_seconds": 8.0,
        }
        return KafkaOptions(**(patience | changed))

    return make
