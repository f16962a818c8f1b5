"""The settings that every service has, read once from the environment (prefix ``ETS_``) in ``main.py``."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, PositiveFloat, PositiveInt, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _text_or_file(value: str) -> str:
    return Path(value[1:]).read_text(encoding="utf-8").strip() if value.startswith("@") else value


TextOrFile = Annotated[str, AfterValidator(_text_or_file)]
"""A text, or ``@path`` of a file that holds it (a mounted secret)."""

Port = Annotated[int, Field(ge=0, le=65535)]


class ServiceSettings(BaseSettings):
    """What every service needs to be told. A service adds its own fields in a subclass."""

    model_config = SettingsConfigDict(
        env_prefix="ETS_", frozen=True, extra="ignore", use_attribute_docstrings=True, env_ignore_empty=True
    )

    database_url: str
    """The service's own database, as ``postgresql+asyncpg://…``."""

    migrate_on_start: bool = False
    """Bring the schema up to date before serving, for one process on one machine; in a cluster a Job migrates."""

    database_pool_max: PositiveInt = 6
    """Connections at most."""

    kafka: str = "memory"
    """Bootstrap servers of the broker (``host:port,…``), or ``memory`` for a bus inside the process."""

    kafka_tls_directory: Path | None = None
    """Folder with ca.crt, user.crt and user.key for a broker that asks for mutual TLS; none speaks plain text."""

    grpc_host: str = "127.0.0.1"
    """Address on which gRPC listens."""

    grpc_port: Port = 50051
    """Port on which gRPC listens; 0 takes a free one."""

    http_host: str = "127.0.0.1"
    """Address on which HTTP listens."""

    http_port: Port = 8080
    """Port on which HTTP (health, readiness, metrics, routers for people) listens; 0 takes a free one."""

    clock: Literal["system", "simulated"] = "system"
    """``simulated`` registers the ClockService, and business time stands still until somebody sets it."""

    clock_start: AwareDatetime | None = None
    """Business time at which a simulated clock starts that has never been set."""

    auth_public_key: TextOrFile = Field(repr=False)
    """Ed25519 public key (PEM, or @file) that verifies callers' tokens."""

    service_token: TextOrFile = Field(default="", repr=False)
    """Token (or @file) that this service shows to its peers."""

    peer_mrv: str = ""
    """gRPC target of mrv, ``host:port``; empty when this service never calls it."""

    peer_registry: str = ""
    """gRPC target of registry, ``host:port``."""

    peer_trading: str = ""
    """gRPC target of trading, ``host:port``."""

    peer_ccer_bridge: str = ""
    """gRPC target of ccer-bridge, ``host:port``."""

    peer_consistency_checker: str = ""
    """gRPC target of consistency-checker, ``host:port``."""

    call_deadline_seconds: PositiveFloat = 10.0
    """Seconds that one attempt at a peer may take."""

    otlp_endpoint: str | None = None
    """OTLP/gRPC collector for spans; none makes no spans."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least level that is written."""

    drain_seconds: PositiveFloat = 20.0
    """Seconds from SIGTERM until everything must have ended; the pod's grace period must be longer."""

    stuck_seconds: PositiveFloat = 180.0
    """Seconds without progress after which a background task counts as dead and liveness fails; longer than
    the longest statement or publication."""

    watch_seconds: PositiveFloat = 5.0
    """Seconds between two looks at the producers' streams; a stream that did not move between two is read from
    its producer's outbox."""

    @classmethod
    def load(cls) -> Self:
        """Read the environment; raises ValidationError, which names each variable that is wrong."""
        return cls()  # type: ignore[call-arg]  # the environment gives the fields

    @model_validator(mode="after")
    def _simulated_clock_has_a_start(self) -> Self:
        if self.clock == "simulated" and self.clock_start is None:
            raise ValueError("a simulated clock needs ETS_CLOCK_START")
        return self

    def peer(self, service: str) -> str:
        """Give the gRPC target of a peer by its name ("ccer-bridge"); raises LookupError when not set."""
        target: str = getattr(self, f"peer_{service.replace('-', '_')}", "")
        if not target:
            raise LookupError(f"ETS_PEER_{service.replace('-', '_').upper()} is not set")
        return target
