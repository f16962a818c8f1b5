"""The metrics that only this service has, beside those of the kernel."""

from typing import Final

from ets_kernel.runtime.metrics import REGISTRY
from prometheus_client import Counter

HANDOVERS_UNACKNOWLEDGED: Final = Counter(
    "ets_ccer_handovers_unacknowledged",
    "Hand-overs that the registry did not answer in time; each is counted when its alarm is raised.",
    registry=REGISTRY,
)
