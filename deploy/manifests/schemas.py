"""Strict schemas: Kubernetes' own from the kubernetes-validate package, the operators' from deploy/schemas.

A kind that neither side knows is an error, never a warning.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

Manifest = dict[str, Any]

KUBERNETES = "1.37"
SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"

METADATA: Manifest = {
    "type": "object",
    "required": ["name", "labels"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", "maxLength": 253},
        "namespace": {"type": "string"},
        "labels": {"$ref": "#/$defs/labels"},
    },
}


def schema_problems(objects: Sequence[Manifest]) -> list[str]:
    """Return everything that the schemas have against the objects; empty when all are well."""
    return [problem for manifest in objects for problem in _problems(manifest)]


def title(manifest: Manifest) -> str:
    """Return what people call an object: kind/name."""
    return f"{manifest.get('kind', '?')}/{(manifest.get('metadata') or {}).get('name', '?')}"


def _problems(manifest: Manifest) -> list[str]:
    kind, api_version = manifest.get("kind"), manifest.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(api_version, str):
        return [f"{title(manifest)}: has no kind or no apiVersion"]
    validator = _ours(kind, api_version) or _kubernetes(kind, api_version)
    if validator is None:
        return [f"{title(manifest)}: no schema for {kind} of {api_version}"]
    errors = sorted(validator.iter_errors(manifest), key=lambda error: error.json_path)
    return [f"{title(manifest)}: {error.json_path}: {error.message}" for error in errors]


@cache
def _ours(kind: str, api_version: str) -> Draft202012Validator | None:
    path = SCHEMAS / f"{kind.lower()}.{api_version.replace('/', '.')}.yaml"
    if not path.is_file():
        return None
    return Draft202012Validator(
        {
            "$defs": yaml.safe_load((SCHEMAS / "shared.yaml").read_text(encoding="utf-8")),
            "type": "object",
            "required": ["apiVersion", "kind", "metadata", "spec"],
            "additionalProperties": False,
            "properties": {
                "apiVersion": {"const": api_version},
                "kind": {"const": kind},
                "metadata": METADATA,
                "spec": yaml.safe_load(path.read_text(encoding="utf-8")),
            },
        }
    )


@cache
def _kubernetes(kind: str, api_version: str) -> Draft202012Validator | None:
    # networking.k8s.io/v1 is filed as networking-v1, apps/v1 as apps-v1, v1 as v1.
    group_and_version = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    name = f"kubernetes-json-schema/v{KUBERNETES}.0-local-strict/{kind.lower()}-{group_and_version}.json"
    try:
        schema = schema_contents(name, KUBERNETES)
    except FileNotFoundError:
        return None
    return Draft202012Validator(schema, registry=_definitions()(schema))


@cache
def _definitions() -> Callable[[Any], Any]:
    shared = Resource.from_contents(
        schema_contents(f"kubernetes-json-schema/v{KUBERNETES}.0-local-strict/_definitions.json", KUBERNETES)
    )
    return lambda schema: shared @ (Resource.from_contents(schema) @ Registry())
