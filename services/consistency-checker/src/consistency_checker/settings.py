"""Settings of the consistency checker, beside those of every service."""

from ets_kernel.runtime.settings import ServiceSettings
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt


class CheckerSettings(ServiceSettings):
    """What the consistency checker needs to be told. Every default is ours."""

    answer_seconds_max: PositiveFloat = 60.0
    """Seconds that one question to a service may take, attempts included; then the service counts as absent."""

    recaptures_max: NonNegativeInt = 4
    """How often producers are captured again when a consumer was ahead of them."""

    looks_max: PositiveInt = 3
    """How often all is captured and judged while something is broken and events are being written."""

    in_flight_events_max: PositiveInt = 10_000
    """Events in flight per stream that are read; with more, the two services are not compared."""

    trace_events_max: PositiveInt = 50_000
    """Events per service that are searched for the first one about a piece of evidence."""
