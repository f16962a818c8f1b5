"""Build everything that is generated from the contracts.

`python proto/build.py` writes the Python package in libs/contracts, the descriptor image and the topic table of
proto/README.md. `python proto/build.py --image FILE` writes only the image.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from google.protobuf import any_pb2, descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
from google.protobuf.message import Message
from protovalidate._gen.buf.validate import validate_pb

PROTO = Path(__file__).resolve().parent
CONTRACTS = PROTO.parent / "libs" / "contracts" / "src"
TABLE_START = "<!-- topics: generated from topics.yaml -->"
TABLE_END = "<!-- /topics -->"
TOPICS_HEADER = '''"""The topics of the platform, generated from proto/topics.yaml. Never edit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic: who writes it, who reads it, how it is split and how long it is kept."""

    name: str
    key: str
    partitions: int
    producer: str
    consumers: tuple[str, ...]
    retention_hours: int


TOPICS: dict[str, Topic] = {
'''
COMMENTS_HEADER = (
    '"""What the contracts say of their elements, generated from proto/. Never edit."""\n\nCOMMENTS = {\n'
)


def validate_descriptors() -> bytes:
    """Return the descriptor set of protovalidate's own contract, which its wheel ships only in compiled form."""
    files = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2, any_pb2):
        module.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.add().ParseFromString(validate_pb.desc().proto.to_binary())
    return files.SerializeToString()


def run(*command: str) -> None:
    """Run a command; its failure is ours."""
    subprocess.run(command, check=True, cwd=PROTO)


def sources() -> list[str]:
    """Return every contract file, relative to proto/."""
    return sorted(str(path.relative_to(PROTO)) for path in (PROTO / "ets").rglob("*.proto"))


def build_image(image: Path) -> None:
    """Write the descriptor image of all contracts."""
    image.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / "validate.binpb"
        seed.write_bytes(validate_descriptors())
        run(
            sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--descriptor_set_in={seed}",
            "--include_imports", "--include_source_info", f"--descriptor_set_out={image}", *sources(),
        )  # fmt: skip


def build_python(target: Path) -> None:
    """Write the Python package of all contracts into the folder."""
    target.mkdir(parents=True, exist_ok=True)
    binaries = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / "validate.binpb"
        seed.write_bytes(validate_descriptors())
        run(
            sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--descriptor_set_in={seed}",
            f"--plugin=protoc-gen-mypy={binaries / 'protoc-gen-mypy'}",
            f"--plugin=protoc-gen-mypy_grpc={binaries / 'protoc-gen-mypy_grpc'}",
            f"--python_out={target}", f"--grpc_python_out={target}", f"--mypy_out={target}",
            f"--mypy_grpc_out={target}", "buf/validate/validate.proto", *sources(),
        )  # fmt: skip
    for package in {path.parent for path in target.rglob("*_pb2.py")}:
        for folder_path in (package, *package.parents):
            if folder_path == target:
                break
            (folder_path / "__init__.py").touch()
    (target / "ets" / "py.typed").touch()
    (target / "ets" / "topics.py").write_text(topics_module())
    build_comments(target)
    for generated in target.rglob("*_pb2_grpc.py*"):
        if not generated.name.split("_pb2_grpc")[0].endswith("_service"):
            generated.unlink()


def build_comments(target: Path) -> None:
    """Write what the contracts say of their elements as one module per package, for their OpenAPI description."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "contracts.binpb"
        build_image(image)
        files = descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file
    told: dict[str, dict[str, str]] = {}
    for file in files:
        if file.package.startswith("ets."):
            told.setdefault(file.package, {}).update(comments_of(file))
    for package, comments in told.items():
        rows = "".join(f"    {name!r}: {comments[name]!r},\n" for name in sorted(comments))
        (target / Path(*package.split(".")) / "comments.py").write_text(f"{COMMENTS_HEADER}{rows}}}\n")


def comments_of(file: descriptor_pb2.FileDescriptorProto) -> dict[str, str]:
    """Return the comment above each element of a file by the element's full name."""
    found = {}
    for location in file.source_code_info.location:
        if location.leading_comments and len(location.path) % 2 == 0:
            name = element_name(file, list(location.path))
            found[name] = " ".join(location.leading_comments.split())
    return found


def element_name(file: descriptor_pb2.FileDescriptorProto, path: list[int]) -> str:
    """Return the full name of the element at a path of field numbers and positions (descriptor.proto)."""
    names = [file.package]
    element: Message = file
    for number, position in zip(path[::2], path[1::2], strict=True):
        field = element.DESCRIPTOR.fields_by_number[number]
        element = getattr(element, field.name)[position]
        names.append(element.name)  # type: ignore[attr-defined]
    return ".".join(names)


def renew_python() -> None:
    """Bring libs/contracts up to date file by file, so that what runs meanwhile always finds a whole package."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        build_python(fresh)
        made = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
        for path in made:
            target = CONTRACTS / path
            if not target.exists() or target.read_bytes() != (fresh / path).read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(fresh / path, target)
        for package in ("ets", "buf"):
            for path in (CONTRACTS / package).rglob("*"):
                if (
                    path.is_file()
                    and path.suffix in {".py", ".pyi", ".typed"}
                    and path.relative_to(CONTRACTS) not in made
                ):
                    path.unlink()


def topics() -> list[dict[str, object]]:
    """Return the topic catalogue."""
    loaded: list[dict[str, object]] = yaml.safe_load((PROTO / "topics.yaml").read_text())["topics"]
    return loaded


def topics_module() -> str:
    """Return the catalogue as a Python module."""
    rows = "".join(
        f'    "{t["name"]}": Topic(name="{t["name"]}", key="{t["key"]}", partitions={t["partitions"]}, '
        f'producer="{t["producer"]}", consumers={tuple(t["consumers"])!r}, '  # type: ignore[arg-type]
        f"retention_hours={t['retention_hours']}),\n"
        for t in topics()
    )
    return f"{TOPICS_HEADER}{rows}}}\n"


def topics_table() -> str:
    """Return the catalogue as the table of proto/README.md."""
    head = "| topic | key | partitions | producer | consumers | retention |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| `{t['name']}` | {t['key']} | {t['partitions']} | {t['producer']} | "
        f"{', '.join(t['consumers']) or '(people)'} | {t['retention_hours']} h |\n"  # type: ignore[arg-type]
        for t in topics()
    )


def build_readme() -> None:
    """Renew the topic table of proto/README.md."""
    readme = PROTO / "README.md"
    before, rest = readme.read_text().split(TABLE_START)
    after = rest.split(TABLE_END)[1]
    readme.write_text(f"{before}{TABLE_START}\n\n{topics_table()}\n{TABLE_END}{after}")


def main() -> None:
    """Build what the arguments ask for."""
    if sys.argv[1:2] == ["--image"]:
        build_image(Path(sys.argv[2]).resolve())
    elif sys.argv[1:2] == ["--python"]:
        build_python(Path(sys.argv[2]).resolve())
    else:
        renew_python()
        build_readme()


if __name__ == "__main__":
    main()
