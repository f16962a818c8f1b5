"""Each rule finds what it is there for: a good manifest spoilt in one place, and one rule that says so."""

from collections.abc import Callable
from typing import Any

import pytest
from manifests.inventory import load_inventory
from manifests.pods import of_kind
from manifests.rules import RULES, variables_are_settings
from manifests.schemas import schema_problems
from manifests.settings import known_variables, required_variables

Objects = list[dict[str, Any]]


def found(objects: Objects) -> dict[str, list[str]]:
    services = load_inventory().services
    problems = {rule.__name__: list(rule(objects)) for rule in RULES}
    problems["variables_are_settings"] = list(
        variables_are_settings(
            objects, known=known_variables(services), required=required_variables(services)
        )
    )
    return {rule: said for rule, said in problems.items() if said}


def one(objects: Objects, kind: str, name: str = "mrv") -> dict[str, Any]:
    return next(m for m in of_kind(objects, kind) if m["metadata"]["name"].startswith(name))


def pod(objects: Objects) -> dict[str, Any]:
    return one(objects, "Deployment")["spec"]["template"]["spec"]


def container(objects: Objects) -> dict[str, Any]:
    return pod(objects)["containers"][0]


def config(objects: Objects) -> dict[str, Any]:
    return one(objects, "ConfigMap", "mrv-config")["data"]


def job(objects: Objects) -> dict[str, Any]:
    return one(objects, "CronJob", "handover")["spec"]


def policy(objects: Objects, name: str) -> dict[str, Any]:
    return one(objects, "NetworkPolicy", name)["spec"]


def variable(objects: Objects, name: str) -> dict[str, Any]:
    return next(entry for entry in container(objects)["env"] if entry["name"] == name)


def give(objects: Objects, name: str, value: str) -> None:
    entry = variable(objects, name)
    entry.clear()
    entry.update(name=name, value=value)


def drop(objects: Objects, kind: str, name: str) -> None:
    objects.remove(one(objects, kind, name))


def test_the_manifests_before_they_are_spoilt_are_good(objects):
    assert found(objects) == {}


SPOILS: list[tuple[str, Callable[[Objects], Any]]] = [
    ("runs_as_nobody", lambda o: pod(o)["securityContext"].update(runAsNonRoot=False)),
    ("runs_as_nobody", lambda o: pod(o)["securityContext"].update(runAsUser=0)),
    ("runs_as_nobody", lambda o: pod(o)["securityContext"]["seccompProfile"].update(type="Unconfined")),
    ("runs_as_nobody", lambda o: pod(o).update(hostNetwork=True)),
    ("containers_locked", lambda o: container(o)["securityContext"].update(readOnlyRootFilesystem=False)),
    ("containers_locked", lambda o: container(o)["securityContext"].pop("allowPrivilegeEscalation")),
    ("containers_locked", lambda o: container(o)["securityContext"]["capabilities"].update(add=["NET_RAW"])),
    ("containers_locked", lambda o: container(o)["securityContext"].update(privileged=True)),
    ("containers_locked", lambda o: container(o)["securityContext"].update(runAsUser=0)),
    ("no_uninvited_knowledge", lambda o: pod(o).pop("automountServiceAccountToken")),
    ("no_uninvited_knowledge", lambda o: pod(o).update(enableServiceLinks=True)),
    ("needs_and_limits", lambda o: container(o)["resources"].pop("limits")),
    ("needs_and_limits", lambda o: container(o)["resources"]["requests"].update(memory="plenty")),
    ("images_by_digest", lambda o: container(o).update(image="ets/mrv:latest")),
    ("images_by_digest", lambda o: container(o).update(image="ets/mrv:1.0")),
    ("images_by_digest", lambda o: container(o).update(image="ets/mrv")),
    ("services_are_probed", lambda o: container(o).pop("startupProbe")),
    ("services_are_probed", lambda o: container(o)["readinessProbe"]["grpc"].update(port=1)),
    ("services_are_probed", lambda o: container(o).pop("livenessProbe")),
    ("services_are_probed", lambda o: container(o)["livenessProbe"]["httpGet"].update(path="/healthz/ready")),
    ("time_to_drain", lambda o: pod(o).update(terminationGracePeriodSeconds=30)),
    ("time_to_drain", lambda o: config(o).update(ETS_DRAIN_SECONDS="60")),
    ("time_to_drain", lambda o: container(o).pop("lifecycle")),
    ("jobs_end_today", lambda o: job(o).pop("timeZone")),
    ("jobs_end_today", lambda o: job(o).update(timeZone="Etc/UTC")),
    ("jobs_end_today", lambda o: job(o).update(concurrencyPolicy="Allow")),
    ("jobs_end_today", lambda o: job(o).pop("startingDeadlineSeconds")),
    ("jobs_end_today", lambda o: job(o).update(schedule="5 22 * * *")),
    ("jobs_end_today", lambda o: job(o).update(schedule="*/5 * * * *")),
    ("variables_are_settings", lambda o: config(o).update(ETS_KAFAK="ets-kafka-bootstrap:9092")),
    ("variables_are_settings", lambda o: container(o)["env"].remove(variable(o, "ETS_AUTH_PUBLIC_KEY"))),
    ("no_secrets_inside", lambda o: config(o).update(ETS_SERVICE_TOKEN="eyJ")),
    ("no_secrets_inside", lambda o: config(o).update(ETS_OTLP_ENDPOINT="http://me:secret@collector:4317")),
    ("no_secrets_inside", lambda o: give(o, "ETS_SERVICE_TOKEN", "eyJ")),
    (
        "no_secrets_inside",
        lambda o: give(o, "ETS_DATABASE_URL", "postgresql+asyncpg://$(DATABASE_USER):x@h:5432/mrv"),
    ),
    (
        "no_secrets_inside",
        lambda o: o.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {}}),
    ),
    ("references_resolve", lambda o: pod(o).update(serviceAccountName="default")),
    ("references_resolve", lambda o: drop(o, "Cluster", "mrv")),
    ("references_resolve", lambda o: drop(o, "KafkaUser", "mrv")),
    (
        "references_resolve",
        lambda o: variable(o, "ETS_SERVICE_TOKEN")["valueFrom"]["secretKeyRef"].update(name="x"),
    ),
    ("references_resolve", lambda o: container(o)["envFrom"][0]["configMapRef"].update(name="mrv-config")),
    (
        "references_resolve",
        lambda o: one(o, "Service")["spec"]["selector"].update({"app.kubernetes.io/name": "mvr"}),
    ),
    (
        "references_resolve",
        lambda o: one(o, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"].pop(
            "app.kubernetes.io/component"
        ),
    ),
    ("everything_denied_first", lambda o: drop(o, "NetworkPolicy", "deny-all")),
    ("everything_denied_first", lambda o: policy(o, "deny-all").update(policyTypes=["Ingress"])),
    ("everything_denied_first", lambda o: policy(o, "allow-mrv-to-kafka-in")["ingress"][0].pop("from")),
    ("everything_denied_first", lambda o: policy(o, "allow-mrv-to-kafka-in")["ingress"][0].pop("ports")),
    ("edges_open_at_both_ends", lambda o: drop(o, "NetworkPolicy", "allow-trading-to-registry-in")),
    ("edges_open_at_both_ends", lambda o: drop(o, "NetworkPolicy", "allow-trading-to-registry-out")),
    (
        "edges_open_at_both_ends",
        lambda o: policy(o, "allow-trading-to-registry-in")["ingress"][0]["ports"][0].update(port=50052),
    ),
    (
        "edges_open_at_both_ends",
        lambda o: policy(o, "allow-mrv-to-kafka-in")["podSelector"]["matchLabels"].update(
            {"strimzi.io/name": "ets"}
        ),
    ),
    ("targets_within_edges", lambda o: config(o).pop("ETS_PEER_REGISTRY")),
    ("targets_within_edges", lambda o: config(o).update(ETS_PEER_REGISTRY="registry:50052")),
]


@pytest.mark.parametrize(("rule", "spoil"), SPOILS, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(SPOILS)])
def test_a_spoilt_manifest_is_found_by_its_rule(objects, rule: str, spoil: Callable[[Objects], Any]):
    spoil(objects)
    assert rule in found(objects)


def test_every_rule_has_a_sample_that_breaks_it():
    assert {rule for rule, _ in SPOILS} == {*(rule.__name__ for rule in RULES), "variables_are_settings"}


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("Deployment", lambda m: m["spec"].update(replicsa=1)),
        ("Deployment", lambda m: m["spec"].update(replicas="one")),
        ("CronJob", lambda m: m["spec"].update(timezone="Asia/Shanghai")),
        ("NetworkPolicy", lambda m: m["spec"].update(policyType=["Egress"])),
        ("Kafka", lambda m: m["spec"]["kafka"].update(listners=[])),
        ("Kafka", lambda m: m["spec"]["kafka"]["listeners"][0].pop("networkPolicyPeers")),
        ("KafkaNodePool", lambda m: m["spec"].update(roles=["boss"])),
        ("Kafka", lambda m: m["spec"]["kafka"]["listeners"][0].update(tls=False)),
        ("KafkaUser", lambda m: m["spec"].pop("authorization")),
        ("KafkaUser", lambda m: m["spec"]["authorization"]["acls"][0].update(operations=["All"])),
        ("KafkaTopic", lambda m: m["spec"].update(partitions="2")),
        ("KafkaTopic", lambda m: m["spec"]["config"].update({"retention.hours": 1})),
        ("KafkaTopic", lambda m: m["metadata"].update(labls={})),
        ("Cluster", lambda m: m["spec"].update(instancs=3)),
        ("Cluster", lambda m: m["spec"].pop("storage")),
        ("Cluster", lambda m: m.update(apiVersion="postgresql.cnpg.io/v2")),
        ("Service", lambda m: m.update(kind="Servicee")),
        ("Service", lambda m: m.pop("apiVersion")),
    ],
)
def test_a_manifest_outside_its_schema_is_found(objects, kind: str, spoil: Callable[[dict[str, Any]], Any]):
    spoil(of_kind(objects, kind)[0])
    assert len(schema_problems(objects)) == 1


def test_all_errors_of_an_object_are_told_not_only_the_first(objects):
    deployment = of_kind(objects, "Deployment")[0]
    deployment["spec"].update(replicas="one", paused="no")
    assert len(schema_problems([deployment])) == 2


def test_a_kind_without_a_schema_is_an_error():
    unknown = {
        "apiVersion": "example.org/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "labels": {}},
        "spec": {},
    }
    assert schema_problems([unknown]) == ["Widget/w: no schema for Widget of example.org/v1"]
