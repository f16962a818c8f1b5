"""Wall time and peak memory of the main job, as a user starts it."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any


async def measure(root: Path) -> dict[str, Any]:
    """Play the first compliance window once; seconds and MiB as the report tells them."""
    ets = Path(sys.executable).parent / "ets"
    with (root / "window.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(ets), "window", "--root", str(root), stdout=log, stderr=log
        )
        code = await process.wait()
    report = json.loads((root / "window" / "report.json").read_text(encoding="utf-8"))
    return {
        "exit_code": code,
        "wall_seconds": report["wall_seconds"],
        "peak_rss_mib": report["peak_rss_mib"],
        "events": report["events"],
        "goal": {"wall_seconds": 120, "total_mib": 1536},
    }
