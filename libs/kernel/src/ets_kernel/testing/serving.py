"""A real gRPC server on loopback: the platform's interceptors, a key of its own, tokens for anybody."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import grpc.aio

from ets_kernel.domain.principal import Principal
from ets_kernel.runtime.auth import TokenVerifier, issue_token
from ets_kernel.runtime.grpc.client import connect
from ets_kernel.runtime.grpc.server import GrpcServer, Served
from ets_kernel.runtime.signing import private_key_from_seed

TEST_KEY: Final = private_key_from_seed(bytes(range(32)))


def token_for(
    *roles: str, provinces: Iterable[str] = (), entities: Iterable[str] = (), subject: str = "tester"
) -> str:
    """Sign a token that the servers of this module accept."""
    principal = Principal(
        subject=subject,
        roles=frozenset(roles),
        provinces=frozenset(provinces),
        entities=frozenset(entities),
    )
    return issue_token(TEST_KEY, principal)


@dataclass(slots=True)
class Serving:
    """A server that runs; channels to it are closed with it."""

    target: str
    server: GrpcServer
    _channels: list[grpc.aio.Channel] = field(default_factory=list)

    def channel(
        self,
        *roles: str,
        provinces: Iterable[str] = (),
        entities: Iterable[str] = (),
        subject: str = "tester",
        attempts_max: int = 1,
    ) -> grpc.aio.Channel:
        """Connect as a caller with these roles and scopes; with no role, without a token."""
        token = token_for(*roles, provinces=provinces, entities=entities, subject=subject) if roles else ""
        channel = connect(self.target, token=token, attempts_max=attempts_max)
        self._channels.append(channel)
        return channel

    async def close(self) -> None:
        """Close the channels and stop the server."""
        for channel in self._channels:
            await channel.close()
        await self.server.drain(grace_seconds=0)


@asynccontextmanager
async def serving(*services: Served) -> AsyncIterator[Serving]:
    """Serve services on a free loopback port for the length of a test."""
    server = GrpcServer(services, TokenVerifier(TEST_KEY.public_key()))
    port = await server.start("127.0.0.1", 0)
    await server.set_ready(True)
    running = Serving(target=f"127.0.0.1:{port}", server=server)
    try:
        yield running
    finally:
        await running.close()
