"""What every rule of the later machine needs: its market, its clock, and its past."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from later_model import LaterModel
from later_past import remembered_later, told_later
from later_state import OLD, LaterPlant
from later_told import told_by_later
from machine_base import MachineBase
from machine_past import Past

# 2023-12-01 09:00 in Shanghai.
LATER_START = datetime(2023, 12, 1, 1, 0, tzinfo=UTC)
# Moments that matter, most of them shortly before something ends.
MOMENTS = tuple(
    datetime.fromisoformat(f"{moment}+08:00").astimezone(UTC)
    for moment in (
        "2023-12-31T23:59:57",
        "2024-11-15T09:00:00",
        "2024-12-31T23:59:57",
        "2025-11-15T09:00:00",
        "2025-12-31T23:58:56",
        "2025-12-31T23:59:57",
        "2026-01-20T09:00:00",
        "2026-03-20T23:59:57",
        "2026-06-10T23:59:55",
        "2026-08-31T23:59:57",
    )
)


class LaterBase(MachineBase):
    """One registry and one model of the years from 2022 on."""

    start = LATER_START
    model_class = LaterModel
    model: LaterModel
    later_plants: dict[int, LaterPlant]

    def tick(self, seconds: int = 1) -> None:
        super().tick(seconds)
        self.model.pass_to(self.registry.clock.now())

    def go_to(self, moment: datetime) -> None:
        """Let time pass until a moment, if it is still to come."""
        left = int((moment - self.registry.clock.now()).total_seconds())
        if left > 0:
            self.tick(left)

    def go_on(self) -> None:
        """Let time pass until the next moment that matters."""
        now = self.registry.clock.now()
        self.go_to(next((moment for moment in MOMENTS if moment > now), now))

    def any_held(self, account_no: str, index: int) -> str:
        """A vintage, those first that are free in an account."""
        free = [product for product in OLD if self.model.units.count((account_no, "registered"), product)]
        return (free or OLD)[index % len(free or OLD)]

    def remembered(self) -> Past:
        return remembered_later(self.model)

    def facts(self) -> dict[str, "Counter[Any]"]:
        return told_by_later(self.model)

    def told_of(self, at: datetime) -> Past:
        return told_later(self.registry, at, self.model)
