"""What the architecture tests share: where our own code is, and how its syntax trees are read."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("mrv", "registry", "trading", "ccer-bridge", "consistency-checker")
FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 400
# What running makes; .gitignore has the same names.
MADE_HERE = {
    ".git", ".venv", "var", "uv.lock", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
    ".import_linter_cache",
}  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    """Return our hand-written modules under the folders, tests included."""
    found: list[Path] = []
    for folder in folders:
        found.extend(
            path
            for path in sorted((ROOT / folder).rglob("*.py"))
            if "libs/contracts/src" not in str(path.relative_to(ROOT))
        )
    return found


def tracked() -> list[Path]:
    """Return every file that a clone has, the ones not yet added included; without git, every file of ours."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return [
            path
            for path in sorted(ROOT.rglob("*"))
            if path.is_file() and not MADE_HERE & set(path.relative_to(ROOT).parts)
        ]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def is_migration(path: Path) -> bool:
    """Tell whether a module records a step of a database's schema."""
    return path.parent.name == "versions" and path.parent.parent.name == "migrations"


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function of a module, methods and inner ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: Function) -> int:
    """Count the lines of a function without its docstring, decorators left out."""
    first = node.body[0]
    docstring = 0
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        docstring = (first.end_lineno or first.lineno) - first.lineno + 1
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def long_functions(tree: ast.AST) -> list[str]:
    """Return the functions that are longer than the house allows."""
    return [node.name for node in functions(tree) if lines_of(node) > FUNCTION_LINES_MAX]


def floats(tree: ast.AST) -> list[int]:
    """Return the lines on which a float literal or the name `float` stands."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]


def sleeps(tree: ast.AST) -> list[int]:
    """Return the lines on which something sleeps; `sleep(0)` only lets others run and waits for nothing."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sleep"
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]


def defines_use_case(tree: ast.Module) -> bool:
    """Tell whether a module of `app/` is a use case: it has a public function that awaits its ports."""
    return any(isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_") for node in tree.body)


def imported(tree: ast.AST) -> set[str]:
    """Name the modules that are imported from, in full."""
    return {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def table_rows(text: str, start: str) -> list[list[str]]:
    """Give the rows of the first table behind a line, without its head."""
    _, _, rest = text.partition(f"\n{start}\n")
    assert rest, f"{start} is a line of the document"
    table = re.search(r"\n\|.*?\n\|[-|]+\n(.*?)\n(?!\|)", rest, re.DOTALL)
    assert table, f"a table follows {start}"
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table[1].splitlines()]
