"""Where a locally run platform keeps what it needs: one folder, by default `var/`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

SERVICES = ("mrv", "registry", "trading", "ccer-bridge", "consistency-checker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The files of one platform. Two platforms on one machine have two roots."""

    root: Path

    @property
    def database(self) -> Path:
        """Folder of the embedded PostgreSQL."""
        return self.root / "postgres"

    @property
    def secrets(self) -> Path:
        """Folder of the keys and tokens that are made on first start."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """Folder with one log per process."""
        return self.root / "log"

    @property
    def broker_address(self) -> Path:
        """File with the bootstrap address of the embedded broker; it is renewed when the broker starts again."""
        return self.root / "broker.address"

    @property
    def state(self) -> Path:
        """File that tells which processes run where; absent when nothing runs."""
        return self.root / "platform.json"

    @property
    def lock(self) -> Path:
        """File that the folder's one supervisor holds locked, with its process number."""
        return self.root / "supervisor.lock"

    @property
    def window(self) -> Path:
        """Folder of the window's progress and reports."""
        return self.root / "window"


class StateUnreadable(Exception):
    """The file was not written by this version; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAddress:
    """Where one service listens, and its database."""

    pid: int
    grpc: str
    http: str
    database_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformState:
    """What runs: the supervisor, the infrastructure it hosts or was given, and the services."""

    supervisor_pid: int
    supervisor_started: int
    database_url: str
    kafka: str
    broker_pid: int
    postgres_pid: int
    services: dict[str, ServiceAddress]

    def targets(self) -> dict[str, str]:
        """Give the gRPC target of every service."""
        return {name: address.grpc for name, address in self.services.items()}

    def write(self, path: Path) -> None:
        """Write the state so that a reader sees the old one or the new one, never half."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, path: Path) -> "PlatformState | None":
        """Read the state; None when nothing was started. Raises StateUnreadable."""
        if not path.exists():
            return None
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            services = {name: ServiceAddress(**address) for name, address in raw.pop("services").items()}
            return cls(services=services, **raw)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StateUnreadable(f"{path} is damaged or of another version: {error}") from error
