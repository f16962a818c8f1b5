"""The shape of deploy/k8s: one set of file names for all services, overlays that only patch."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from ets_kernel.runtime.settings import ServiceSettings

from manifests.inventory import K8S

SERVICE_FILES = frozenset(
    {
        "config.env",
        "deployment.yaml",
        "kustomization.yaml",
        "migrate-job.yaml",
        "poddisruptionbudget.yaml",
        "service.yaml",
        "serviceaccount.yaml",
    }
)
OVERLAY_FIELDS = frozenset({"apiVersion", "kind", "resources", "components", "patches", "replicas", "images"})
NAMES_IN_PLACE = "SERVICE"


def layout_problems(services: Sequence[str], folder: Path = K8S) -> list[str]:
    """Return every departure from the shape; empty when there is none."""
    return [
        *(problem for service in services for problem in _service_problems(service, services[0], folder)),
        *(
            problem
            for overlay in sorted(folder.glob("overlays/*/"))
            for problem in _overlay_problems(overlay)
        ),
    ]


def _service_problems(service: str, first: str, folder: Path) -> list[str]:
    """Compare one service's files with the first one's: their names, then what is in them."""
    here = folder / "base" / service
    names = {path.name for path in here.iterdir()}
    if names != SERVICE_FILES:
        return [f"base/{service}: {name} is missing or too much" for name in sorted(names ^ SERVICE_FILES)]
    return [
        f"base/{service}/{name}: differs from that of {first} in more than names and resources"
        for name in sorted(SERVICE_FILES - {"config.env"})
        if _shape(here / name, service) != _shape(folder / "base" / first / name, first)
    ]


def _shape(path: Path, service: str) -> object:
    """Return a file's content without the service's name, and without how much it needs."""
    text = path.read_text(encoding="utf-8")
    if path.name != "kustomization.yaml" or service in text:
        text = text.replace(service.replace("-", "_"), NAMES_IN_PLACE).replace(service, NAMES_IN_PLACE)
    return _without_amounts(yaml.safe_load(text))


def _without_amounts(value: object) -> object:
    if isinstance(value, dict):
        return {
            key: _without_amounts(inner)
            for key, inner in value.items()
            if key not in ("resources", "replicas")
        }
    if isinstance(value, list):
        return [_without_amounts(inner) for inner in value if not _is_own_setting(inner)]
    return value


def _is_own_setting(entry: object) -> bool:
    """Tell whether an entry gives a variable that only this service's settings have, such as a signing key."""
    name = entry.get("name", "") if isinstance(entry, dict) else ""
    return name.startswith("ETS_") and name.removeprefix("ETS_").lower() not in ServiceSettings.model_fields


def _overlay_problems(overlay: Path) -> list[str]:
    kustomization = yaml.safe_load((overlay / "kustomization.yaml").read_text(encoding="utf-8"))
    fields = sorted(set(kustomization) - OVERLAY_FIELDS)
    own = [entry for entry in kustomization.get("resources", []) if not entry.startswith("../../")]
    return [
        *(f"overlays/{overlay.name}: {field} is more than a patch" for field in fields),
        *(f"overlays/{overlay.name}: {entry} is a resource of its own" for entry in own),
    ]
