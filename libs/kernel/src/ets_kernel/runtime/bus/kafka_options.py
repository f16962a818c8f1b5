"""What may be set about a Kafka client; every number with its unit and the reason for its default."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MESSAGE_BYTES_MAX = 4 * 1024 * 1024
"""Largest message on the wire; `max.message.bytes` of every topic is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOptions:
    """How long a client waits for a broker, and when it loses patience with itself."""

    publish_timeout_seconds: float = 60.0
    """A publication that is not acknowledged by then raises BusUnavailable; the relay offers it again."""

    attempt_timeout_seconds: float = 15.0
    """One attempt with one producer; then the producer is thrown away and the broker's address read again."""

    request_timeout_seconds: float = 10.0
    """One request to a broker; shorter than an attempt."""

    backoff_seconds: float = 0.1
    """Pause between two attempts."""

    session_timeout_seconds: float = 10.0
    """A member that is silent for so long loses its partitions; bounds the pause after a crash."""

    heartbeat_seconds: float = 3.0
    """A third of the session at most, so that one lost heartbeat costs nothing."""

    is_sole_member: bool = False
    """Take every partition without joining the group, for the embedded broker with its one process per service.

    Its group protocol makes a process that comes back wait for two sessions, and fails with a second member.
    """

    fetch_wait_seconds: float = 0.5
    """Longest time for which a broker may hold a fetch that has nothing to give. Apache Kafka answers as soon as there
    is something; the embedded broker answers an empty fetch only when this time is over, so there it is the latency.
    """

    poll_age_max_seconds: float = 300.0
    """Longest time between two polls, so the longest that the handling of one batch may take."""

    build_timeout_seconds: float = 30.0
    """Time in which a new consumer must have joined its group; longer than a session, for a dead member."""

    poll_grace_seconds: float = 10.0
    """How much longer than asked a poll may hang before the consumer is thrown away."""

    probe_seconds: float = 5.0
    """Pause between two looks at the end of the partitions while no records arrive."""

    stall_seconds: float = 30.0
    """A consumer that has a backlog and does not move for so long is thrown away and made again."""

    rebuilds_max: int = 3
    """After so many rebuilds in a row without moving, the consumer reports that it is not live."""

    ssl_context: ssl.SSLContext | None = None
    """Certificates for a cluster that asks for mutual TLS; none means plain text."""

    def security(self) -> dict[str, Any]:
        """Return the client options that say how to connect."""
        if self.ssl_context is None:
            return {"security_protocol": "PLAINTEXT"}
        return {"security_protocol": "SSL", "ssl_context": self.ssl_context}

    @staticmethod
    def milliseconds(seconds: float) -> int:
        """Return whole milliseconds, rounded to the nearest."""
        return round(seconds * 1000)


def mutual_tls(directory: Path) -> ssl.SSLContext:
    """Return what it takes to trust a broker and to be trusted by it: `ca.crt`, `user.crt` and `user.key`.

    The files are read once; a renewed certificate counts from the next start of the process.
    """
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=directory / "ca.crt")
    context.load_cert_chain(directory / "user.crt", directory / "user.key")
    return context
