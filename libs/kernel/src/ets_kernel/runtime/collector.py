"""Python's cycle collector, set for a service: a batch makes thousands of short-lived values and no cycles."""

import gc
from typing import Final

# The default, 700, makes the collector look through a batch of some hundred items dozens of times: a quarter of the
# processor time of a service under load. What has no cycle is freed without it, so it may look seldom.
YOUNG_MAX: Final = 50_000
YOUNG_PER_MIDDLE: Final = 20
MIDDLE_PER_OLD: Final = 10


def tune_collector() -> None:
    """Look for cycles seldom, and never again among what was made up to now: modules and wiring live for ever."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, YOUNG_PER_MIDDLE, MIDDLE_PER_OLD)
