"""The contracts keep their promises: who may call, idempotency, fresh code, documented reasons and topics."""

import filecmp
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import ets
import pytest
from ets.common.v1 import options_pb2
from ets.topics import TOPICS
from ets_kernel.domain.errors import reasons
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

sys.path.insert(0, str(Path(__file__).parent))
import house


def methods() -> list[MethodDescriptor]:
    found = []
    for module in pkgutil.walk_packages(ets.__path__, "ets."):
        if module.name.endswith("_service_pb2"):
            descriptor = importlib.import_module(module.name).DESCRIPTOR
            for service in descriptor.services_by_name.values():
                found.extend(service.methods)
    assert len(found) > 60
    return found


METHODS = {method.full_name: method for method in methods()}


def is_read(method: MethodDescriptor) -> bool:
    return method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS


@pytest.mark.parametrize("name", METHODS)
def test_every_rpc_declares_who_may_call(name):
    rule = METHODS[name].GetOptions().Extensions[options_pb2.authorization]
    assert rule.public or rule.roles
    assert options_pb2.ROLE_UNSPECIFIED not in rule.roles


@pytest.mark.parametrize("name", METHODS)
def test_every_scope_field_exists(name):
    rule = METHODS[name].GetOptions().Extensions[options_pb2.authorization]
    for path in filter(None, (rule.province_field, rule.entity_field)):
        message = METHODS[name].input_type
        *steps, last = path.split(".")
        for step in steps:
            message = message.fields_by_name[step].message_type
        assert message.fields_by_name[last].type == FieldDescriptor.TYPE_STRING


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if not is_read(method)])
def test_every_write_has_an_idempotency_key(name):
    if METHODS[name].GetOptions().idempotency_level == MethodOptions.IDEMPOTENT:
        assert name == "ets.common.v1.ClockService.SetClock"
        return
    assert "request_id" in METHODS[name].input_type.fields_by_name


def test_generated_code_is_fresh(tmp_path):
    subprocess.run(
        [sys.executable, str(house.ROOT / "proto" / "build.py"), "--python", str(tmp_path)], check=True
    )
    committed = house.ROOT / "libs" / "contracts" / "src"
    stale = [
        str(path.relative_to(tmp_path))
        for path in sorted(tmp_path.rglob("*.py*"))
        if not filecmp.cmp(path, committed / path.relative_to(tmp_path), shallow=False)
    ]
    extra = [
        str(path.relative_to(committed))
        for path in sorted(committed.rglob("*.py*"))
        if "__pycache__" not in path.parts and not (tmp_path / path.relative_to(committed)).exists()
    ]
    assert (stale, extra) == ([], [])


def test_the_topic_table_is_fresh():
    sys.path.insert(0, str(house.ROOT / "proto"))
    build = importlib.import_module("build")
    assert build.topics_table() in (house.ROOT / "proto" / "README.md").read_text()


def test_every_topic_has_a_known_producer_and_consumers():
    for topic in TOPICS.values():
        assert topic.producer in house.SERVICES
        assert set(topic.consumers) <= set(house.SERVICES)
        assert topic.partitions >= 1


def error_modules() -> list[str]:
    return [
        "ets_kernel.domain.errors", "ets_kernel.runtime.application", "ets_ledger.domain.errors",
        *(module for service in house.SERVICES for module in own_error_modules(service)),
    ]  # fmt: skip


def own_error_modules(service: str) -> list[str]:
    package = service.replace("-", "_")
    folder = house.ROOT / "services" / service / "src" / package / "domain"
    return [f"{package}.domain.{path.stem}" for path in sorted(folder.glob("*errors.py"))]


def test_every_reason_is_unique_and_well_formed():
    """A reason used twice fails at import; here all services are imported into one process."""
    for module in error_modules():
        importlib.import_module(module)
    assert len(reasons()) > 60
    assert [reason for reason in reasons() if not re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", reason)] == []


@pytest.mark.parametrize("service", house.SERVICES)
def test_every_reason_of_a_service_is_in_its_readme(service):
    modules = own_error_modules(service)
    for module in modules:
        importlib.import_module(module)
    readme = (house.ROOT / "services" / service / "README.md").read_text()
    missing = [
        reason
        for reason, refusal in reasons().items()
        if refusal.__module__ in modules and reason not in readme
    ]
    assert missing == []


def test_every_shared_reason_is_in_the_contracts_readme():
    for module in error_modules():
        importlib.import_module(module)
    readme = (house.ROOT / "proto" / "README.md").read_text()
    shared = [r for r, c in reasons().items() if c.__module__.split(".")[0] in {"ets_kernel", "ets_ledger"}]
    assert [reason for reason in shared if reason not in readme] == []


def test_every_reason_that_the_contracts_name_exists():
    """What a contract's comment promises, some service can really answer."""
    for module in error_modules():
        importlib.import_module(module)
    allowed = {
        "NO_SIDE_EFFECTS",
        "NAME_MATCHES",
        "OBLIGATION_MATCHES",
        "WITHIN_FIVE_PERCENT",
        "PROJECTS_ELIGIBLE",
        "ACCOUNT_OPEN",
    }
    unknown = set()
    for path in (house.ROOT / "proto" / "ets").rglob("*_service.proto"):
        for line in path.read_text().splitlines():
            if line.strip().startswith("//"):
                words = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", line))
                unknown |= {
                    w
                    for w in words
                    if w not in reasons() and w not in allowed and not w.startswith(("ROLE_", "ETS_"))
                }
    assert unknown == set()
