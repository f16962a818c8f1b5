"""How calls that may be repeated are repeated: how often, and how far apart.

What may be repeated is written in one table, ``ets_kernel.domain.errors.RETRIABLE``. Repeating a write is
safe everywhere, because every write carries a request id and every event a sequence number.
"""

from typing import Final

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from ets_kernel.domain.errors import RETRIABLE, EtsError

ATTEMPTS_MAX: Final = 6
WAIT_FIRST_SECONDS: Final = 0.05
WAIT_MAX_SECONDS: Final = 2.0


def is_retriable(error: BaseException) -> bool:
    """Tell whether the same call may succeed later without anybody changing it."""
    return isinstance(error, EtsError) and RETRIABLE[error.kind]


def attempts(attempts_max: int = ATTEMPTS_MAX, wait_max_seconds: float = WAIT_MAX_SECONDS) -> AsyncRetrying:
    """Repeat retriable refusals, with full jitter between attempts; the last refusal is raised as it is."""
    return AsyncRetrying(
        retry=retry_if_exception(is_retriable),
        stop=stop_after_attempt(attempts_max),
        wait=wait_random_exponential(multiplier=WAIT_FIRST_SECONDS, max=wait_max_seconds),
        reraise=True,
    )
