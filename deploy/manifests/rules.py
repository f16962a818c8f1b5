"""What rendered manifests must keep beyond their schemas. A rule takes the objects and gives what breaks it.

K8S-1  A pod runs as a numbered user that is not root, under the runtime's seccomp profile.
K8S-2  A container's root file system is read-only; it has no capabilities and can't gain any.
K8S-3  A pod gets no token of the API server, and no addresses of other services in its environment.
K8S-4  A container says what it needs and what it may take, of processor and memory.
K8S-5  An image is named by its digest.
K8S-6  A service is asked over gRPC whether it is ready, and over HTTP whether its tasks get somewhere.
K8S-7  A service has time to drain: its grace period is longer than its preStop sleep and ETS_DRAIN_SECONDS.
K8S-8  A scheduled job runs on Shanghai time, never twice at once, and ends on the day it calls "today".
K8S-9  An ETS_ variable is a setting of its program, and every setting without a default is given.
K8S-10 No manifest holds a secret: passwords, tokens and keys are references.
K8S-11 What is referred to exists: ConfigMaps, service accounts, the pods that selectors mean.
K8S-12 Traffic is denied unless an edge allows it; an edge is open at both ends and known to the caller.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from manifests.network import edges_open_at_both_ends, everything_denied_first, targets_within_edges
from manifests.pods import Manifest, Pod, config_of, name_of, of_kind, pods, selects, variables_of

DIGEST = re.compile(r"^[a-z0-9./-]+@sha256:[0-9a-f]{64}$")
DAY_SECONDS = 24 * 3600
DRAIN = "ETS_DRAIN_SECONDS"
LIVENESS_PATH = "/healthz/live"
SECRET_WORDS = re.compile(r"TOKEN|PASSWORD|SECRET|PRIVATE|DATABASE_URL|PUBLIC_KEY")
REFERENCE = re.compile(r"\$\([A-Z_]+\)")
PASSWORD_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]+@")
MADE_BY_HAND = re.compile(r"ets-auth|[a-z-]+-identity")
BY_HAND = ("Secret", "by hand")
WITH_COMPONENT = ("Service", "PodDisruptionBudget", "Deployment")


def runs_as_nobody(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-1."""
    for pod in pods(objects):
        context = pod.spec.get("securityContext", {})
        if context.get("runAsNonRoot") is not True:
            yield f"{pod.owner}: runAsNonRoot is not true"
        if not context.get("runAsUser") or not context.get("runAsGroup"):
            yield f"{pod.owner}: runAsUser and runAsGroup must be numbers other than 0"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{pod.owner}: the seccomp profile is not RuntimeDefault"
        if any(pod.spec.get(field) for field in ("hostNetwork", "hostPID", "hostIPC")):
            yield f"{pod.owner}: shares a namespace of its node"


def containers_locked(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-2."""
    for pod, container in _containers(objects):
        context = container.get("securityContext", {})
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{pod.owner}: the root file system is not read-only"
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{pod.owner}: privileges can be gained"
        capabilities = context.get("capabilities", {})
        if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
            yield f"{pod.owner}: has capabilities"
        if context.get("privileged") or context.get("runAsUser") == 0 or context.get("runAsNonRoot") is False:
            yield f"{pod.owner}: a container undoes what its pod promises"


def no_uninvited_knowledge(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-3."""
    for pod in pods(objects):
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.owner}: gets a token of the API server"
        if pod.spec.get("enableServiceLinks") is not False:
            yield f"{pod.owner}: gets addresses of services in its environment"


def needs_and_limits(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-4."""
    for pod, container in _containers(objects):
        for side in ("requests", "limits"):
            amounts = container.get("resources", {}).get(side, {})
            if not re.fullmatch(r"[1-9]\d*m?", str(amounts.get("cpu", ""))):
                yield f"{pod.owner}: {side} no processor"
            if not re.fullmatch(r"[1-9]\d*(Mi|Gi)", str(amounts.get("memory", ""))):
                yield f"{pod.owner}: {side} no memory"


def images_by_digest(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-5."""
    for pod, container in _containers(objects):
        if not DIGEST.match(container.get("image", "")):
            yield f"{pod.owner}: image {container.get('image')} is not named by its digest"


def services_are_probed(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-6. Liveness is not asked over gRPC: that answer is about readiness, and to wait is not to die."""
    for pod, container in _containers(objects):
        if pod.kind != "Deployment":
            continue
        ports = {port.get("name"): port["containerPort"] for port in container.get("ports", [])}
        for probe in ("startupProbe", "readinessProbe"):
            if container.get(probe, {}).get("grpc", {}).get("port") not in ports.values():
                yield f"{pod.owner}: its {probe} asks no gRPC port of the container"
        live = container.get("livenessProbe", {}).get("httpGet", {})
        if live.get("path") != LIVENESS_PATH or live.get("port") not in ports:
            yield f"{pod.owner}: its livenessProbe does not ask {LIVENESS_PATH}"


def time_to_drain(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-7."""
    for pod in pods(objects):
        if pod.kind != "Deployment":
            continue
        sleeps = [
            c.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            for c in pod.containers
        ]
        drain = config_of(pod, objects).get(DRAIN)
        if drain is None or not max(sleeps):
            yield f"{pod.owner}: says no {DRAIN}, or does not sleep before it stops"
        elif pod.spec.get("terminationGracePeriodSeconds", 30) <= max(sleeps) + float(drain):
            yield f"{pod.owner}: its grace period is not longer than preStop and {DRAIN}"


def jobs_end_today(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-8."""
    for manifest in of_kind(objects, "CronJob"):
        name, spec = name_of(manifest), manifest["spec"]
        if spec.get("timeZone") != "Asia/Shanghai":
            yield f"CronJob/{name}: is not on Shanghai time"
        if spec.get("concurrencyPolicy") != "Forbid":
            yield f"CronJob/{name}: may run twice at once"
        fields = spec["schedule"].split()
        late = spec.get("startingDeadlineSeconds")
        long = spec["jobTemplate"]["spec"].get("activeDeadlineSeconds")
        if len(fields) != 5 or not (fields[0].isdigit() and fields[1].isdigit()):
            yield f"CronJob/{name}: its schedule is not one time of day"
        elif not late or not long:
            yield f"CronJob/{name}: has no startingDeadlineSeconds or no activeDeadlineSeconds"
        elif int(fields[1]) * 3600 + int(fields[0]) * 60 + late + long >= DAY_SECONDS:
            yield f"CronJob/{name}: may still run on the next day"


def variables_are_settings(
    objects: Sequence[Manifest],
    *,
    known: Mapping[str, AbstractSet[str]],
    required: Mapping[str, AbstractSet[str]],
) -> Iterator[str]:
    """K8S-9; both mappings are by the name label of the pods."""
    for pod in pods(objects):
        name = pod.labels.get("app.kubernetes.io/name", "")
        given = {*config_of(pod, objects), *(variable["name"] for variable in variables_of(pod))}
        for variable in sorted(given):
            if variable.startswith("ETS_") and variable not in known.get(name, frozenset()):
                yield f"{pod.owner}: {variable} is no setting of {name}"
        for variable in sorted(required.get(name, frozenset()) - given):
            yield f"{pod.owner}: {variable} is not given"


def no_secrets_inside(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-10."""
    for manifest in of_kind(objects, "Secret"):
        yield f"Secret/{name_of(manifest)}: is written down"
    for manifest in of_kind(objects, "ConfigMap"):
        for key, value in manifest.get("data", {}).items():
            if SECRET_WORDS.search(key) or PASSWORD_IN_URL.search(value) or "PRIVATE KEY" in value:
                yield f"ConfigMap/{name_of(manifest)}: {key} looks like a secret"
    for pod in pods(objects):
        for variable in variables_of(pod):
            value = str(variable.get("value", ""))
            open_part = REFERENCE.sub("", value)
            is_named_secret = SECRET_WORDS.search(variable["name"]) and "value" in variable
            if PASSWORD_IN_URL.search(open_part) or (is_named_secret and open_part == value):
                yield f"{pod.owner}: {variable['name']} holds its secret itself"


def references_resolve(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-11."""
    names = {(manifest["kind"], name_of(manifest)) for manifest in objects}
    every_pod = list(pods(objects))
    for pod in every_pod:
        if ("ServiceAccount", pod.spec.get("serviceAccountName")) not in names:
            yield f"{pod.owner}: its service account is not there"
        for source in [source for container in pod.containers for source in container.get("envFrom", [])]:
            if ("ConfigMap", source.get("configMapRef", {}).get("name")) not in names:
                yield f"{pod.owner}: its ConfigMap is not there"
        for secret in sorted(_secrets(pod)):
            if _writer(secret) not in {*names, BY_HAND}:
                yield f"{pod.owner}: nobody writes the secret {secret}"
    for manifest in of_kind(objects, *WITH_COMPONENT):
        selector = manifest["spec"]["selector"]
        wanted = {"matchLabels": selector} if manifest["kind"] == "Service" else selector
        if sum(selects(wanted, pod.labels) for pod in every_pod) != 1:
            yield f"{manifest['kind']}/{name_of(manifest)}: does not select the pods of exactly one workload"


def _containers(objects: Sequence[Manifest]) -> Iterator[tuple[Pod, Manifest]]:
    for pod in pods(objects):
        for container in pod.containers:
            yield pod, container


def _secrets(pod: Pod) -> set[str]:
    sources: list[Mapping[str, Any]] = [variable.get("valueFrom", {}) for variable in variables_of(pod)]
    projected = [
        source
        for volume in pod.spec.get("volumes", [])
        for source in volume.get("projected", {}).get("sources", [])
    ]
    return {source["secretKeyRef"]["name"] for source in sources if "secretKeyRef" in source} | {
        source["secret"]["name"] for source in projected if "secret" in source
    }


def _writer(secret: str) -> tuple[str, str] | None:
    """Return the resource whose operator writes a secret, BY_HAND for those of deploy/README.md, else None."""
    if secret.endswith("-postgres-app"):
        return "Cluster", secret.removesuffix("-app")
    if secret.endswith("-cluster-ca-cert"):
        return "Kafka", secret.removesuffix("-cluster-ca-cert")
    if secret.endswith("-kafka"):
        return "KafkaUser", secret
    return BY_HAND if MADE_BY_HAND.fullmatch(secret) else None


RULES = (
    runs_as_nobody,
    containers_locked,
    no_uninvited_knowledge,
    needs_and_limits,
    images_by_digest,
    services_are_probed,
    time_to_drain,
    jobs_end_today,
    no_secrets_inside,
    references_resolve,
    everything_denied_first,
    edges_open_at_both_ends,
    targets_within_edges,
)
"""The rules that need nothing but the objects; variables_are_settings needs the programs' settings too."""
