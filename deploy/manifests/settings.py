"""Which ETS_ variables the programs read: the fields of their settings classes."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from ets_kernel.runtime.settings import ServiceSettings

from manifests.inventory import JOBS

CLI_VARIABLES = frozenset(
    {
        "ETS_PEER_CCER_BRIDGE",
        "ETS_PEER_CONSISTENCY_CHECKER",
        "ETS_PEER_MRV",
        "ETS_PEER_REGISTRY",
        "ETS_PEER_TRADING",
        "ETS_SERVICE_TOKEN",
    }
)
"""What `ets run` reads: where the services are and who it is."""


def settings_class(service: str) -> type[ServiceSettings]:
    """Return the settings class of a service: the one of its settings module, else the kernel's."""
    module = f"{service.replace('-', '_')}.settings"
    if find_spec(module) is None:
        return ServiceSettings
    found = [
        value
        for value in vars(import_module(module)).values()
        if isinstance(value, type) and issubclass(value, ServiceSettings)
    ]
    return max(found, key=lambda candidate: len(candidate.__mro__), default=ServiceSettings)


def known_variables(services: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return every variable that each program reads."""
    return {JOBS: CLI_VARIABLES} | {
        service: frozenset(_variable(name) for name in settings_class(service).model_fields)
        for service in services
    }


def required_variables(services: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return the variables without which a program does not start."""
    return {JOBS: frozenset({"ETS_SERVICE_TOKEN"})} | {
        service: frozenset(
            _variable(name)
            for name, field in settings_class(service).model_fields.items()
            if field.is_required()
        )
        for service in services
    }


def _variable(field: str) -> str:
    return f"ETS_{field.upper()}"
