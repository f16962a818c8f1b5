"""Run measurements and print them; see `bench/__init__.py`."""

import argparse
import json
import shutil
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

import uvloop

from bench import calls, events, journal, ledger, window

ROOT: Final = Path("var/bench")
MEASUREMENTS: Final[Mapping[str, Callable[[Path], Coroutine[Any, Any, dict[str, Any]]]]] = {
    "ledger": ledger.measure,
    "calls": calls.measure,
    "journal": journal.measure,
    "events": events.measure,
    "window": window.measure,
}


def main() -> None:
    """Run what the arguments name, or everything."""
    parser = argparse.ArgumentParser(description="Measure the platform.")
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, []], help="default: all")
    names = parser.parse_args().names or list(MEASUREMENTS)
    for name in names:
        folder = ROOT / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        result = uvloop.run(MEASUREMENTS[name](folder.resolve()))
        (ROOT / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(f"== {name}")
        print(json.dumps({key: value for key, value in result.items() if key != "runs"}, indent=2))


if __name__ == "__main__":
    main()
