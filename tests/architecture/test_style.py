"""House rules that no linter knows, each with its own good and bad sample."""

import ast
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import house

CODE = ("libs", "services", "simulation", "bench", "proto", "deploy")
TESTS = ("tests",)
DOMAINS = [
    path
    for path in house.sources("libs", "services")
    if "domain" in path.relative_to(house.ROOT).parts and "tests" not in path.relative_to(house.ROOT).parts
]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    return str(path.relative_to(house.ROOT))


def test_no_function_is_longer_than_sixty_lines():
    """Only the wiring in main.py is exempt, and a migration, which is a record and is never read as a story."""
    found = {
        name_of(path): names
        for path in house.sources(*CODE, *TESTS)
        if path.name != "main.py"
        and not house.is_migration(path)
        and (names := house.long_functions(parse(path)))
    }
    assert found == {}


def test_a_function_of_sixty_one_lines_is_found():
    body = "\n".join(f"    x = {n}" for n in range(60))
    assert house.long_functions(ast.parse(f"def f():\n{body}")) == ["f"]
    assert house.long_functions(ast.parse(f"def f():\n{body[: body.rindex(chr(10))]}")) == []


def test_no_module_is_longer_than_four_hundred_lines():
    found = {
        name_of(path): count
        for path in house.sources(*CODE, *TESTS)
        if not house.is_migration(path)
        and (count := len(path.read_text().splitlines())) > house.MODULE_LINES_MAX
    }
    assert found == {}


def test_no_float_in_a_domain():
    assert {name_of(path): lines for path in DOMAINS if (lines := house.floats(parse(path)))} == {}


@pytest.mark.parametrize("line", ["x = 0.5", "x: float = 1", "x = float('1')"])
def test_a_float_is_found(line):
    assert house.floats(ast.parse(line)) == [1]


def test_an_integer_is_no_float():
    assert house.floats(ast.parse("x = 5")) == []


def test_tests_do_not_sleep():
    """A test that sleeps waits for luck; it must wait for the thing itself."""
    tests = [
        path for path in house.sources("libs", "services", "simulation", "tests") if "tests" in path.parts
    ]
    assert {name_of(path): lines for path in tests if (lines := house.sleeps(parse(path)))} == {}


def test_a_sleep_is_found():
    assert house.sleeps(ast.parse("import time\ntime.sleep(1)")) == [2]
    assert house.sleeps(ast.parse("await asyncio.sleep(0)")) == []


@pytest.mark.parametrize("service", house.SERVICES)
def test_every_service_has_the_same_shape(service):
    root = house.ROOT / "services" / service
    package = root / "src" / service.replace("-", "_")
    expected = [
        "README.md", "pyproject.toml", "src/{p}/main.py", "src/{p}/settings.py", "src/{p}/domain/errors.py",
        "src/{p}/domain/events.py", "src/{p}/app/ports.py", "src/{p}/app/queries.py", "src/{p}/adapters/events.py",
        "src/{p}/adapters/db/tables.py", "src/{p}/adapters/db/repositories.py", "src/{p}/adapters/db/unit_of_work.py",
        "src/{p}/migrations/env.py", "src/{p}/migrations/versions/0001_initial.py",
    ]  # fmt: skip
    missing = [name for name in expected if not (root / name.format(p=package.name)).exists()]
    assert missing == []


@pytest.mark.parametrize("service", house.SERVICES)
def test_every_use_case_has_its_own_test(service):
    """What the adapters call of `app/`; steps that only use cases share are tested with them."""
    root = house.ROOT / "services" / service
    package = root / "src" / service.replace("-", "_")
    called = {name for path in (package / "adapters").rglob("*.py") for name in house.imported(parse(path))}
    use_cases = {
        path.stem
        for path in (package / "app").glob("*.py")
        if f"{package.name}.app.{path.stem}" in called and house.defines_use_case(parse(path))
    }
    assert use_cases
    assert {name for name in use_cases if not (root / "tests/app" / f"test_{name}.py").exists()} == set()


def test_a_use_case_is_known_by_its_public_asynchronous_function():
    assert house.defines_use_case(ast.parse("async def settle_trade(uow): ..."))
    for other in (
        "def settle(x): ...",
        "async def _settle(uow): ...",
        "class A:\n    async def f(self): ...",
    ):
        assert not house.defines_use_case(ast.parse(other))
    assert house.imported(ast.parse("from a.app.b import c\nimport d")) == {"a.app.b"}


def test_nothing_points_at_a_machine_or_a_registry_of_packages():
    """A clone must not know where it was written, nor where its packages came from."""
    forbidden = (
        "/wo" + "rk/",
        "pypi." + "org",
        "files.python" + "hosted",
        "registry.npm" + "js",
        "repo.maven." + "apache",
    )
    found = [
        f"{name_of(path)}: {word}"
        for path in house.tracked()
        for word in forbidden
        if word in path.read_text(errors="ignore")
    ]
    assert found == []
