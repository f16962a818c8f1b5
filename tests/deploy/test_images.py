"""The image recipe, by its text only: there is no container engine here, so nobody has run it."""

import re
import tomllib

import pytest
import yaml
from manifests.inventory import K8S, ROOT

RECIPE = ROOT / "deploy" / "images" / "service.Dockerfile"


def instructions(text: str) -> list[tuple[str, str]]:
    """Return (instruction, argument), with comments dropped and continued lines joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\s*\\\n\s*", " ", lines)
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]  # type: ignore[misc]


def recipe_problems(text: str) -> list[str]:
    steps = instructions(text)
    last = max(number for number, (name, _) in enumerate(steps) if name == "FROM")
    build, final = steps[:last], steps[last:]
    users = [argument for name, argument in final if name == "USER"]
    defaults = dict(argument.split("=", 1) for name, argument in build if name == "ARG" and "=" in argument)
    installs = [argument for name, argument in steps if name == "RUN" and "pip install" in argument]
    checks = {
        "the base is pinned by a tag": re.fullmatch(
            r"python:\d+\.\d+\.\d+-slim-[a-z]+", defaults.get("PYTHON_IMAGE", "")
        ),
        "every stage has the same base": all(
            a.split()[0] == "${PYTHON_IMAGE}" for n, a in steps if n == "FROM"
        ),
        "there are two stages": sum(name == "FROM" for name, _ in steps) == 2,
        "the final stage runs nothing": all(name not in ("RUN", "ADD") for name, _ in final),
        "the final stage takes only what was built": [a for n, a in final if n == "COPY"]
        == ["--from=build /app /app"],
        "the user is a number other than 0": len(users) == 1 and re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[0]),
        "the program is chosen by SERVICE": ("ARG", "SERVICE") in build,
        "it starts the program itself": ("ENTRYPOINT", '["/app/bin/entrypoint"]') in final,
        "hashes are checked": all("--require-hashes" in run or "--verify-hashes" in run for run in installs),
        "the lock decides": any("--constraints requirements.lock" in run for run in installs),
        "no secret is built in": not re.search(r"(?i)token|password|secret", text),
    }
    return [claim for claim, is_kept in checks.items() if not is_kept]


def test_the_recipe_is_well():
    assert recipe_problems(RECIPE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "claim"),
    [
        (
            "PYTHON_IMAGE=python:3.11.14-slim-bookworm\n\n",
            "PYTHON_IMAGE=python:latest\n\n",
            "the base is pinned by a tag",
        ),
        ("USER 10001:10001", "USER root", "the user is a number other than 0"),
        ("USER 10001:10001", "", "the user is a number other than 0"),
        ("USER 10001", "RUN apt-get install gcc\nUSER 10001", "the final stage runs nothing"),
        ("--verify-hashes ", "", "hashes are checked"),
        ("--constraints requirements.lock", "", "the lock decides"),
        ("COPY --from=build /app /app", "COPY . /app", "the final stage takes only what was built"),
        ('ENTRYPOINT ["/app/bin/entrypoint"]', "ENTRYPOINT sh", "it starts the program itself"),
    ],
)
def test_a_spoilt_recipe_is_found(old: str, new: str, claim: str):
    text = RECIPE.read_text(encoding="utf-8")
    assert old in text
    assert claim in recipe_problems(text.replace(old, new))


def test_the_recipe_builds_with_the_uv_of_the_workspace():
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (pin,) = (entry for entry in workspace["dependency-groups"]["dev"] if entry.startswith("uv=="))
    assert f"\n{pin} " in (ROOT / "deploy" / "images" / "build-tools.lock").read_text(encoding="utf-8")


def test_the_user_of_the_image_is_the_user_of_the_pods():
    (user,) = (
        argument for name, argument in instructions(RECIPE.read_text(encoding="utf-8")) if name == "USER"
    )
    deployment = yaml.safe_load((K8S / "base" / "mrv" / "deployment.yaml").read_text(encoding="utf-8"))
    context = deployment["spec"]["template"]["spec"]["securityContext"]
    assert user == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_every_program_named_by_a_manifest_can_be_built():
    commands = {
        path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))["project"]["scripts"]
        for path in [*ROOT.glob("services/*/pyproject.toml"), ROOT / "simulation" / "pyproject.toml"]
    }
    for path in K8S.glob("base/*/deployment.yaml"):
        deployment = yaml.safe_load(path.read_text(encoding="utf-8"))
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["command"][0] in commands[container["image"].removeprefix("ets/")]
    assert "ets" in commands["simulation"]
