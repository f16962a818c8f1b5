"""The manifests as they are: rendered, strict, within the rules, fresh."""

import subprocess
import sys
from pathlib import Path

import pytest
import validate
import yaml
from ets_kernel.runtime.bus.kafka_options import MESSAGE_BYTES_MAX
from manifests.generated import generated_files, stale_files, write_files
from manifests.inventory import K8S, ROOT, build_inventory, load_inventory
from manifests.kubectl import render
from manifests.layout import SERVICE_FILES, layout_problems
from manifests.pods import of_kind
from manifests.schemas import schema_problems


@pytest.mark.parametrize("folder", validate.folders(), ids=lambda folder: str(folder.relative_to(K8S)))
def test_every_folder_renders_into_objects_that_the_schemas_accept(folder, kubectl):
    objects = render(folder, kubectl=kubectl)
    assert objects
    assert schema_problems(objects) == []


@pytest.mark.parametrize("overlay", validate.overlays(), ids=lambda overlay: overlay.name)
def test_every_overlay_keeps_every_rule(overlay, kubectl):
    assert validate.rule_problems(render(overlay, kubectl=kubectl)) == []


def test_the_generated_manifests_are_fresh():
    assert stale_files(load_inventory()) == [], "run: python deploy/generate.py"


def test_the_command_line_tells_that_all_is_well(kubectl):
    done = subprocess.run(
        [sys.executable, ROOT / "deploy" / "validate.py", "--tools-dir", kubectl.parent.parent],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "overlays/local" in done.stdout


def test_services_have_the_same_files_and_overlays_only_patch():
    assert layout_problems(load_inventory().services) == []


def test_there_is_one_kafka_topic_for_each_topic_of_the_catalogue(objects):
    topics = {manifest["metadata"]["name"]: manifest["spec"] for manifest in of_kind(objects, "KafkaTopic")}
    catalogue = yaml.safe_load((ROOT / "proto" / "topics.yaml").read_text(encoding="utf-8"))["topics"]
    assert set(topics) == {topic["name"] for topic in catalogue}
    for topic in catalogue:
        assert topics[topic["name"]]["partitions"] == topic["partitions"]
        assert topics[topic["name"]]["config"]["retention.ms"] == topic["retention_hours"] * 3_600_000


def test_kafka_takes_the_largest_message_that_the_services_send(objects):
    (kafka,) = of_kind(objects, "Kafka")
    assert kafka["spec"]["kafka"]["config"]["message.max.bytes"] == MESSAGE_BYTES_MAX
    assert kafka["spec"]["kafka"]["config"]["replica.fetch.max.bytes"] == MESSAGE_BYTES_MAX
    for topic in of_kind(objects, "KafkaTopic"):
        assert topic["spec"]["config"]["max.message.bytes"] == MESSAGE_BYTES_MAX


def test_a_service_may_write_what_it_produces_and_read_what_it_consumes_and_nothing_else(objects):
    catalogue = yaml.safe_load((ROOT / "proto" / "topics.yaml").read_text(encoding="utf-8"))["topics"]
    for user in of_kind(objects, "KafkaUser"):
        service = user["metadata"]["name"].removesuffix("-kafka")
        may = {
            (acl["resource"]["name"], operation)
            for acl in user["spec"]["authorization"]["acls"]
            for operation in acl["operations"]
            if operation != "Describe"
        }
        writes = {(topic["name"], "Write") for topic in catalogue if topic["producer"] == service}
        reads = {(topic["name"], "Read") for topic in catalogue if service in topic["consumers"]}
        assert may == writes | reads | {(service, "Read")}


def test_every_service_has_a_database_of_its_own(objects):
    databases = [
        cluster["spec"]["bootstrap"]["initdb"]["database"] for cluster in of_kind(objects, "Cluster")
    ]
    assert sorted(databases) == sorted(service.replace("-", "_") for service in load_inventory().services)


def small_inventory(*topics):
    listed = {"services": ["mrv", "registry"], "calls": [], "jobs": []}
    return build_inventory(listed, topics)


TOPIC = {"name": "t", "partitions": 1, "producer": "mrv", "consumers": ["registry"], "retention_hours": 1}


def test_a_consumer_of_a_topic_may_call_its_producer():
    assert small_inventory(TOPIC).edges() == [("registry", "mrv")]


def test_a_topic_of_an_unknown_service_is_an_error():
    with pytest.raises(ValueError, match="registrar"):
        small_inventory(TOPIC | {"consumers": ["registrar"]})


def test_a_policy_whose_edge_is_gone_is_stale_and_is_removed(tmp_path: Path):
    write_files(small_inventory(TOPIC), tmp_path)
    assert stale_files(small_inventory(TOPIC), tmp_path) == []
    gone = Path("components/network-policies/allow-registry-to-mrv.yaml")
    assert gone in stale_files(small_inventory(), tmp_path)
    write_files(small_inventory(), tmp_path)
    assert not (tmp_path / gone).exists()


def test_a_topic_changed_in_the_catalogue_makes_its_file_stale(tmp_path: Path):
    write_files(small_inventory(TOPIC), tmp_path)
    assert stale_files(small_inventory(TOPIC | {"partitions": 2}), tmp_path) == [
        Path("platform/kafka/topics.yaml")
    ]


def test_generated_files_say_that_they_are_generated():
    assert all(
        text.startswith("# Generated by deploy/generate.py")
        for text in generated_files(load_inventory()).values()
    )


def lay_out(folder: Path, **changes: str) -> Path:
    for service in ("mrv", "registry"):
        here = folder / "base" / service
        here.mkdir(parents=True)
        for name in SERVICE_FILES:
            (here / name).write_text(
                (K8S / "base" / service / name).read_text(encoding="utf-8"), encoding="utf-8"
            )
    overlay = folder / "overlays" / "local"
    overlay.mkdir(parents=True)
    (overlay / "kustomization.yaml").write_text("resources: [../../base]\n", encoding="utf-8")
    return folder


def test_a_service_with_another_file_is_found(tmp_path: Path):
    folder = lay_out(tmp_path)
    (folder / "base" / "registry" / "ingress.yaml").touch()
    assert layout_problems(["mrv", "registry"], folder) == [
        "base/registry: ingress.yaml is missing or too much"
    ]


def test_a_service_with_another_shape_is_found(tmp_path: Path):
    folder = lay_out(tmp_path)
    path = folder / "base" / "registry" / "deployment.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("seconds: 5", "seconds: 6"), encoding="utf-8")
    (problem,) = layout_problems(["mrv", "registry"], folder)
    assert problem.startswith("base/registry/deployment.yaml")


def test_a_service_that_needs_more_is_no_other_shape(tmp_path: Path):
    folder = lay_out(tmp_path)
    path = folder / "base" / "registry" / "deployment.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("512Mi", "1Gi"), encoding="utf-8")
    assert layout_problems(["mrv", "registry"], folder) == []


def test_a_setting_that_only_one_service_has_is_no_other_shape(tmp_path: Path):
    folder = lay_out(tmp_path)
    path = folder / "base" / "registry" / "deployment.yaml"
    text = path.read_text(encoding="utf-8")
    own, shared = "            - name: ETS_OWN\n", "            - name: ETS_KAFKA\n"
    head, line, rest = text.partition("            - name: ETS_SERVICE_TOKEN\n")
    path.write_text(f"{head}{own}              value: x\n{line}{rest}", encoding="utf-8")
    assert layout_problems(["mrv", "registry"], folder) == []
    path.write_text(f"{head}{shared}              value: x\n{line}{rest}", encoding="utf-8")
    assert len(layout_problems(["mrv", "registry"], folder)) == 1


@pytest.mark.parametrize(
    "line", ["resources: [own.yaml]", "namePrefix: x-", "configMapGenerator: [{name: a}]"]
)
def test_an_overlay_that_does_more_than_patch_is_found(tmp_path: Path, line: str):
    folder = lay_out(tmp_path)
    (folder / "overlays" / "local" / "kustomization.yaml").write_text(f"{line}\n", encoding="utf-8")
    assert len(layout_problems(["mrv", "registry"], folder)) == 1


def test_a_folder_that_kustomize_refuses_is_an_error(tmp_path: Path, kubectl):
    (tmp_path / "kustomization.yaml").write_text("resources: [missing.yaml]\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"missing\.yaml"):
        render(tmp_path, kubectl=kubectl)
