"""Rule K8S-12: traffic is denied unless an edge allows it, open at both ends and known to the caller."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from manifests.pods import Manifest, Pod, config_of, name_of, of_kind, pods, selects, variables_of

TARGET = re.compile(r"(?:^|[/@])([a-z0-9-]+):(\d+)(?:/|$)")


def everything_denied_first(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-12, first part: one policy denies every pod both directions, and no policy allows everybody."""
    policies = of_kind(objects, "NetworkPolicy")
    denies = [
        policy
        for policy in policies
        if policy["spec"]["podSelector"] == {}
        and set(policy["spec"].get("policyTypes", [])) == {"Ingress", "Egress"}
        and not policy["spec"].get("ingress")
        and not policy["spec"].get("egress")
    ]
    if not denies:
        yield "nothing denies all traffic"
    for policy in policies:
        for rule in policy["spec"].get("ingress", []):
            if not rule.get("from") or {} in [peer.get("podSelector") for peer in rule["from"]]:
                yield f"NetworkPolicy/{name_of(policy)}: lets everybody in"
        for rule in [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]:
            if not rule.get("ports"):
                yield f"NetworkPolicy/{name_of(policy)}: allows every port"


def edges_open_at_both_ends(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-12, second part: what one end allows the other allows too, and both ends are pods that exist."""
    policies = of_kind(objects, "NetworkPolicy")
    everybody = [*(dict(pod.labels) for pod in pods(objects)), *_operated(objects)]
    outward = {half for policy in policies for half in _halves(policy, "egress", "to")}
    inward = {half for policy in policies for half in _halves(policy, "ingress", "from")}
    for caller, callee, port in sorted(outward ^ {(end, start, port) for start, end, port in inward}):
        yield f"the edge {dict(caller)} to {dict(callee)} on {port} is open at one end only"
    for end in sorted({end for caller, callee, _ in outward | inward for end in (caller, callee)}):
        if not any(selects({"matchLabels": dict(end)}, labels) for labels in everybody):
            yield f"no pod has the labels {dict(end)} that a policy names"


def _operated(objects: Sequence[Manifest]) -> Iterator[dict[str, str]]:
    """Give the labels of the pods that the operators make of our resources."""
    for cluster in of_kind(objects, "Cluster"):
        yield {"cnpg.io/cluster": name_of(cluster)}
    for kafka in of_kind(objects, "Kafka"):
        yield {"strimzi.io/cluster": name_of(kafka), "strimzi.io/name": f"{name_of(kafka)}-kafka"}


def targets_within_edges(objects: Sequence[Manifest]) -> Iterator[str]:
    """K8S-12, third part: a caller is told the address of every service of ours that it may call."""
    every_pod = list(pods(objects))
    services = {name_of(service): service["spec"]["selector"] for service in of_kind(objects, "Service")}
    for policy in of_kind(objects, "NetworkPolicy"):
        for caller, callee, port in _halves(policy, "egress", "to"):
            names = [
                name
                for name, selector in services.items()
                if selects({"matchLabels": dict(callee)}, selector)
            ]
            for pod in every_pod:
                if names and selects({"matchLabels": dict(caller)}, pod.labels):
                    yield from _missing_target(pod, names[0], port, objects)


def _missing_target(pod: Pod, service: str, port: int, objects: Sequence[Manifest]) -> Iterator[str]:
    values = [*config_of(pod, objects).values(), *(str(v.get("value", "")) for v in variables_of(pod))]
    targets = {(host, int(number)) for value in values for host, number in TARGET.findall(value)}
    if (service, port) not in targets:
        yield f"{pod.owner}: may call {service}:{port} but is not told so"


Half = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...], int]


def _halves(policy: Manifest, direction: str, peers: str) -> Iterator[Half]:
    """Give (this end, other end, port) of every rule between named pods of this namespace."""
    here = _labels(policy["spec"]["podSelector"])
    for rule in policy["spec"].get(direction, []):
        for peer in rule.get(peers, []):
            there = _labels(peer.get("podSelector", {}))
            if here and there and "namespaceSelector" not in peer:
                yield from ((here, there, port["port"]) for port in rule.get("ports", []))


def _labels(selector: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(selector.get("matchLabels", {}).items()))
