"""Fetches kubectl from its pinned wheel, and renders kustomizations with it."""

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml

from manifests.inventory import ROOT

Manifest = dict[str, Any]

LOCK = ROOT / "deploy" / "tools.lock"
TOOLS = ROOT / "var" / "tools"
RENDER_SECONDS_MAX = 60


def fetch_kubectl(tools: Path = TOOLS) -> Path:
    """Return the path of kubectl, fetched once per pinned version; a wheel with another hash is an error."""
    version = LOCK.read_text(encoding="utf-8").split("==")[1].split()[0]
    kubectl = tools / f"kubectl-{version}" / "kubectl"
    if not kubectl.exists():
        tools.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=tools) as folder:
            _install_wheel(Path(folder))
            _unpack(Path(folder), kubectl)
    return kubectl


def render(folder: Path, *, kubectl: Path) -> list[Manifest]:
    """Return the objects that a kustomization makes; one that can't be built raises ValueError."""
    done = subprocess.run(  # noqa: S603
        [kubectl, "kustomize", folder],
        capture_output=True,
        text=True,
        timeout=RENDER_SECONDS_MAX,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{folder.name} cannot be rendered: {done.stderr.strip()}")
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def _install_wheel(target: Path) -> None:
    """Let uv, which the environment has for itself, fetch the wheel and compare its hash."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(  # noqa: S603
        [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", target, "--no-deps",
         "--require-hashes", "--requirements", LOCK],
        check=True,
    )  # fmt: skip


def _unpack(target: Path, kubectl: Path) -> None:
    """Take kubectl out of the archive in the archive in the wheel; only a whole file gets its final name."""
    (package,) = target.glob("aws_cdk/*/_jsii/*.tgz")
    with tarfile.open(package) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        content = layer.read() if layer else b""
    kubectl.parent.mkdir(parents=True, exist_ok=True)
    part = target / "kubectl"
    with zipfile.ZipFile(io.BytesIO(content)) as archive_in_archive:
        part.write_bytes(archive_in_archive.read("kubectl/kubectl"))
    part.chmod(0o755)
    part.replace(kubectl)
