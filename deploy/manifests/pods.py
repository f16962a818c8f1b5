"""Where pods hide in manifests, and small readings of them that several rules share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """The pod that a workload makes: whose it is, its labels and its specification."""

    owner: str
    kind: str
    labels: Mapping[str, str]
    spec: Manifest

    @property
    def containers(self) -> list[Manifest]:
        """Every container, those that run before the others too."""
        return [*self.spec.get("initContainers", []), *self.spec.get("containers", [])]


def of_kind(objects: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    """Return the objects of the kinds, in their order."""
    return [manifest for manifest in objects if manifest["kind"] in kinds]


def name_of(manifest: Manifest) -> str:
    """Return an object's name."""
    return str(manifest["metadata"]["name"])


def pods(objects: Sequence[Manifest]) -> Iterator[Pod]:
    """Give the pod of every workload that we write; the operators' pods are theirs."""
    for manifest in of_kind(objects, "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"):
        kind = manifest["kind"]
        spec = manifest["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else manifest["spec"]
        template = spec["template"]
        yield Pod(
            owner=f"{kind}/{name_of(manifest)}",
            kind=kind,
            labels=template.get("metadata", {}).get("labels", {}),
            spec=template["spec"],
        )


def config_of(pod: Pod, objects: Sequence[Manifest]) -> dict[str, str]:
    """Return the variables that a pod's containers take whole from ConfigMaps."""
    maps = {name_of(manifest): manifest.get("data", {}) for manifest in of_kind(objects, "ConfigMap")}
    sources = [source for container in pod.containers for source in container.get("envFrom", [])]
    names = [source["configMapRef"]["name"] for source in sources if "configMapRef" in source]
    return {key: value for name in names for key, value in maps.get(name, {}).items()}


def variables_of(pod: Pod) -> list[Manifest]:
    """Return the variables that a pod's containers name one by one."""
    return [variable for container in pod.containers for variable in container.get("env", [])]


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector takes the labels; an empty selector takes all."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_expression_holds(expression, labels) for expression in selector.get("matchExpressions", []))


def _expression_holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", [])
    return {
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
    }[expression["operator"]]
