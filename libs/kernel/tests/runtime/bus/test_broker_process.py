import pytest
from ets_kernel.embedded.broker import BrokerProcess, write_address
from ets_kernel.runtime.bus.connect import bus_for
from ets_kernel.runtime.bus.kafka import KafkaBus, broker_address
from ets_kernel.runtime.bus.memory import MemoryBus
from ets_kernel.testing.bus_contract import collect_numbers, records_of, started

TOPIC = "ets.test.one.v1"


@pytest.fixture
def broker(tmp_path):
    broker = BrokerProcess(tmp_path / "run" / "broker.address", {TOPIC: 3})
    yield broker
    broker.stop()


def test_the_process_tells_its_address_in_the_file_and_to_its_parent(broker, tmp_path):
    address = broker.start()
    assert broker_address(f"@{tmp_path}/run/broker.address")() == address
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["broker.address"]


def test_an_address_is_replaced_whole(tmp_path):
    write_address(tmp_path / "address", "127.0.0.1:1")
    write_address(tmp_path / "address", "127.0.0.1:2")
    assert (tmp_path / "address").read_text(encoding="utf-8") == "127.0.0.1:2\n"


def test_a_process_that_cannot_start_is_an_error(tmp_path):
    broker = BrokerProcess(tmp_path / "address", {TOPIC: -1})
    with pytest.raises(ChildProcessError):
        broker.start()


async def test_a_bus_follows_a_broker_process_that_comes_back_on_another_port(broker, tmp_path, make_options):
    before = broker.start()
    bus = KafkaBus(
        f"@{tmp_path}/run/broker.address", partitions={TOPIC: 3}, options=make_options(is_sole_member=True)
    )
    await bus.start()
    await bus.publish(records_of(TOPIC, 6))
    consumer = await started(bus, "group", TOPIC)
    await collect_numbers(consumer, set(range(6)))
    await consumer.commit()
    broker.stop()
    assert broker.start() != before
    await bus.publish(records_of(TOPIC, 3, first=6))
    await collect_numbers(consumer, {6, 7, 8})
    await bus.stop()


def test_a_setting_names_its_bus(tmp_path):
    assert isinstance(bus_for("memory"), MemoryBus)
    assert isinstance(bus_for(f"@{tmp_path}/address"), KafkaBus)
    assert isinstance(bus_for("127.0.0.1:9092"), KafkaBus)
