"""A service's HTTP side on loopback, and answers as tests look at them."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from ets_kernel.runtime.health import Health
from ets_kernel.runtime.http.app import HttpServer, make_app


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, content type and body of an answer."""

    status: int
    content_type: str
    content: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    @property
    def body(self) -> Any:  # noqa: ANN401  # whatever JSON holds
        """The body as JSON."""
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class HttpServing:
    """A server that runs."""

    url: str

    async def fetch(self, path: str, token: str = "", *, method: str = "GET") -> Answer:
        """Fetch a path as the caller with this token; with none, as nobody."""
        return await asyncio.to_thread(self._fetch, path, token, method)

    def _fetch(self, path: str, token: str, method: str) -> Answer:
        request = urllib.request.Request(f"{self.url}{path}", method=method)  # noqa: S310  # our own loopback
        if token:
            request.add_header("authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return Answer(
                    status=answer.status, content_type=answer.headers["content-type"], content=answer.read()
                )
        except urllib.error.HTTPError as error:
            with error:
                return Answer(
                    status=error.code, content_type=error.headers["content-type"], content=error.read()
                )


@asynccontextmanager
async def serving_http(*routers: APIRouter, health: Health | None = None) -> AsyncIterator[HttpServing]:
    """Serve routers on a free loopback port for the length of a test."""
    server = HttpServer(make_app("sample", health or Health(), routers))
    port = await server.start("127.0.0.1", 0)
    try:
        yield HttpServing(f"http://127.0.0.1:{port}")
    finally:
        await server.stop()
