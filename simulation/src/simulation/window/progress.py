"""How far a window has been played, so that it can be stopped and resumed.

PRG-1  The file is written after every moment; a moment that was interrupted is played again with the same
       request ids, and what had taken effect answers as it did the first time.
PRG-2  `wall_seconds` is the time of all parts together, up to the last time that the file was written.
"""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path


class ProgressUnreadable(Exception):
    """The file was not written by this version, or not to its end; the text names it."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """What a later run must know of an earlier one."""

    cycle: str
    seed: int
    plan_digest: str
    database_url: str = ""
    kafka: str = ""
    is_prepared: bool = False
    last_date: str = ""
    last_moment: str = ""
    references: dict[str, str] = field(default_factory=dict)
    daily: list[dict[str, int | str]] = field(default_factory=list)
    wall_seconds: float = 0.0
    peak_rss_mib: dict[str, int] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the file so that a crash leaves the old one or the new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Progress | None":
        """Read the file; None when no window was played. Raises ProgressUnreadable."""
        if not path.exists():
            return None
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (TypeError, ValueError) as error:
            raise ProgressUnreadable(f"{path} is damaged or of another version: {error}") from error


class ProgressFile:
    """Where one part of a run writes its progress; `started` is the monotonic time at which the part began."""

    def __init__(self, path: Path, progress: Progress, *, started: float | None = None) -> None:
        self.path = path
        self.progress = progress
        self._started = time.monotonic() if started is None else started
        self._before = progress.wall_seconds

    def write(self) -> None:
        """Write the progress with the time that it took so far."""
        self.progress.wall_seconds = self._before + time.monotonic() - self._started
        self.progress.write(self.path)
