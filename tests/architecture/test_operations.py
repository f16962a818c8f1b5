"""What operators are told is what the programs have: commands, options, variables, metrics, targets of make."""

import importlib
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from ets_kernel.runtime import metrics
from ets_kernel.runtime.settings import ServiceSettings
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase
from pydantic.fields import FieldInfo
from simulation.cli.app import app
from typer.core import TyperGroup

sys.path.insert(0, str(Path(__file__).parent))
import house

OPERATIONS = (house.ROOT / "docs" / "operations.md").read_text()
WINDOW = (house.ROOT / "docs" / "window.md").read_text()
OPTION = re.compile(r"--[a-z][a-z-]+")


def settings_of(service: str) -> type[ServiceSettings]:
    module = importlib.import_module(f"{service.replace('-', '_')}.settings")
    (found,) = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, ServiceSettings) and value is not ServiceSettings
    ]
    return found


def variables(fields: Mapping[str, FieldInfo]) -> dict[str, tuple[str, str]]:
    """Write fields as the document does: name of the variable to default and meaning."""
    return {
        f"ETS_{name.upper()}": (
            "(required)" if field.is_required() else written(field.default),
            " ".join((field.description or "").replace("``", "`").split()),
        )
        for name, field in fields.items()
    }


def written(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "none" if default is None else "empty" if default == "" else str(default)


def told(text: str, start: str) -> dict[str, tuple[str, str]]:
    return {name.strip("`"): (default, meaning) for name, default, meaning in house.table_rows(text, start)}


def test_every_variable_of_every_service_is_told_with_its_default():
    assert told(OPERATIONS, "### Every service") == variables(ServiceSettings.model_fields)


@pytest.mark.parametrize("service", house.SERVICES)
def test_every_variable_of_one_service_is_told_with_its_default(service):
    own = {
        name: field
        for name, field in settings_of(service).model_fields.items()
        if name not in ServiceSettings.model_fields
    }
    assert told(OPERATIONS, f"**{service}**") == variables(own)


def test_every_metric_of_every_service_is_told():
    found = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    names = {metric._name + "_total" * isinstance(metric, Counter) for metric in found}
    table = OPERATIONS[OPERATIONS.index("\n| metric | kind |") :]
    assert {row[0].strip("`") for row in house.table_rows(f"\nmetrics\n{table}", "metrics")} == names


def commands() -> Iterator[tuple[str, Any]]:
    """Give every command of `ets` with the words that call it."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    for name, command in root.commands.items():
        if isinstance(command, TyperGroup):
            yield from ((f"ets {name} {inner}", found) for inner, found in command.commands.items())
        else:
            yield f"ets {name}", command


def options_of(command: Any) -> set[str]:
    return {option for one in command.params for option in one.opts if option.startswith("--")}


def test_every_command_is_told_with_its_options():
    lines = {
        re.split(r" (?=[^a-z]|SERVICE)", row[0].strip("`"))[0]: row[0]
        for row in house.table_rows(OPERATIONS, "## ets")
    }
    found = dict(commands())
    assert set(lines) == set(found)
    wrong = {
        words: set(OPTION.findall(lines[words])) ^ options_of(command)
        for words, command in found.items()
        if words != "ets window" and set(OPTION.findall(lines[words])) != options_of(command)
    }
    assert wrong == {}


def test_every_option_of_the_window_is_told():
    listed = {OPTION.findall(row[0])[0] for row in house.table_rows(WINDOW, "## Options")}
    assert listed == options_of(dict(commands())["ets window"])


def test_every_target_of_make_is_told():
    makefile = (house.ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)) - {"help"}
    assert {
        name
        for row in house.table_rows(OPERATIONS, "## make")
        for name in re.findall(r"make ([a-z-]+)", row[0])
    } == targets
