"""The inbox: how far each consumed stream has taken effect.

INB-1  The position of a stream moves in the transaction of the effect, from n to n + 1 and never otherwise.
INB-2  Whoever applies events of a stream holds the lock of its row, so two replicas cannot apply the same
       one.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Another replica may move a stream without this process noticing, so a wait looks into the table this often
# at least.
LOOK_SECONDS_MAX: Final = 1.0

_LOCK: Final = text(
    "SELECT last_sequence FROM kernel_inbox WHERE consumer = :consumer AND stream = :stream FOR UPDATE"
)
_OPEN: Final = text(
    "INSERT INTO kernel_inbox (consumer, stream, last_sequence) VALUES (:consumer, :stream, 0)"
    " ON CONFLICT DO NOTHING"
)
_MOVE: Final = text("""
UPDATE kernel_inbox SET last_sequence = :last_sequence, duplicate_count = duplicate_count + :duplicates,
                        repaired_count = repaired_count + :repaired
WHERE consumer = :consumer AND stream = :stream
""")
_POSITIONS: Final = text(
    "SELECT stream, last_sequence FROM kernel_inbox WHERE consumer = :consumer ORDER BY stream"
)


async def lock(connection: AsyncConnection, *, consumer: str, stream: str) -> int:
    """Lock a stream for this transaction; give the last number that took effect, 0 before the first."""
    key = {"consumer": consumer, "stream": stream}
    last: int | None = (await connection.execute(_LOCK, key)).scalar_one_or_none()
    if last is None:
        await connection.execute(_OPEN, key)
        last = (await connection.execute(_LOCK, key)).scalar_one()
    return last


async def move(
    connection: AsyncConnection,
    *,
    consumer: str,
    stream: str,
    last_sequence: int,
    duplicates: int = 0,
    repaired: int = 0,
) -> None:
    """Store the new position of a locked stream and count what was ignored and what was read back."""
    await connection.execute(
        _MOVE,
        {
            "consumer": consumer,
            "stream": stream,
            "last_sequence": last_sequence,
            "duplicates": duplicates,
            "repaired": repaired,
        },
    )


async def positions(connection: AsyncConnection, *, consumer: str) -> dict[str, int]:
    """Give the last effect of every stream that the consumer has seen."""
    rows = await connection.execute(_POSITIONS, {"consumer": consumer})
    return {row.stream: row.last_sequence for row in rows}


class InboxProgress:
    """What this process knows of its inbox, for whoever waits until a stream has got somewhere."""

    def __init__(self, topics: Collection[str]) -> None:
        self.topics = frozenset(topics)
        self._last: dict[str, int] = {}
        self._moved = asyncio.Condition()

    async def moved(self, reached: Mapping[str, int]) -> None:
        """Tell everybody who waits that streams have moved."""
        async with self._moved:
            for stream, last in reached.items():
                self._last[stream] = max(last, self._last.get(stream, 0))
            self._moved.notify_all()

    def behind(self, wanted: Mapping[str, int]) -> dict[str, int]:
        """Give the streams that have not got as far as wanted, with where they are."""
        return {
            stream: self._last.get(stream, 0)
            for stream, sequence in wanted.items()
            if self._last.get(stream, 0) < sequence
        }

    async def wait(self, wanted: Mapping[str, int], *, until: float) -> bool:
        """Wait until nothing is behind, `until` on the monotonic clock, or the table should be read again.

        Tell whether everything wanted was reached.
        """
        async with self._moved:
            seconds = min(until - time.monotonic(), LOOK_SECONDS_MAX)
            try:
                async with asyncio.timeout(max(seconds, 0.0)):
                    await self._moved.wait_for(lambda: not self.behind(wanted))
            except TimeoutError:
                return not self.behind(wanted)
            return True
