"""Ports for servers that are hosted on this machine.

They lie below the range from which the system takes ports for outgoing connections, or one of those could take a
port before its server does. Two processes that start together begin at different places, and one process gives no
port twice before it has come round.
"""

import contextlib
import os
import socket
from itertools import count
from typing import Final

PORT_FIRST: Final = 12_000
PORT_LAST: Final = 32_000
PORTS_APART: Final = 100

_places: Final = count(os.getpid() * PORTS_APART)


def free_ports(port_count: int) -> list[int]:
    """Find ports of the loopback interface that nobody listens on."""
    found: list[int] = []
    span = PORT_LAST - PORT_FIRST
    for _ in range(span):
        port = PORT_FIRST + next(_places) % span
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == port_count:
            return found
    raise RuntimeError(f"there are no {port_count} free ports between {PORT_FIRST} and {PORT_LAST}")
