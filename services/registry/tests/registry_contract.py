"""Every service and call of the registry's contract."""

import importlib
import pkgutil
from typing import Any

from ets.registry import v1
from google.protobuf.descriptor import ServiceDescriptor


def services() -> dict[str, tuple[ServiceDescriptor, Any]]:
    """Every service of the registry's contract with the module of its stubs."""
    found = {}
    for module in pkgutil.iter_modules(v1.__path__):
        if module.name.endswith("_service_pb2"):
            messages = importlib.import_module(f"ets.registry.v1.{module.name}")
            stubs = importlib.import_module(f"ets.registry.v1.{module.name}_grpc")
            for name, service in messages.DESCRIPTOR.services_by_name.items():
                found[name] = (service, stubs)
    return found


METHODS = {method.name: method for service, _ in services().values() for method in service.methods}
