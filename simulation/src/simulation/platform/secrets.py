"""Development keys and tokens, made on first start. They protect nothing: real keys come from the operator."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ets_kernel.domain.principal import EVERY, Principal
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.auth import issue_token
from ets_kernel.runtime.signing import private_key_from_pem, private_key_to_pem, public_key_to_pem

# A platform may be left up for a look around; a person's token stays short.
SERVICE_TOKEN_SECONDS = 90 * 24 * 3600
SIGNERS = ("ccer-centre", "registry")


class Secrets:
    """The keys in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ensure(self) -> None:
        """Make what is missing; keep what is there."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("auth", *SIGNERS, *(f"province-{code}" for code in PROVINCES)):
            self._ensure_key(name)
        seal_keys = {f"province/{code}": self.public_pem(f"province-{code}") for code in PROVINCES}
        seal_keys |= {name: self.public_pem(name) for name in SIGNERS}
        (self.folder / "seal_keys.json").write_text(json.dumps(seal_keys, indent=2), encoding="utf-8")
        self.public_path("auth").write_text(self.public_pem("auth"), encoding="utf-8")
        service = Principal(
            subject="service",
            roles=frozenset({"ROLE_SERVICE", "ROLE_CHECKER"}),
            provinces=frozenset({EVERY}),
            entities=frozenset({EVERY}),
        )
        token = issue_token(self.private_key("auth"), service, lifetime_seconds=SERVICE_TOKEN_SECONDS)
        (self.folder / "service.token").write_text(token, encoding="utf-8")

    def token(self, principal: Principal) -> str:
        """Sign a token for a principal with the development key."""
        return issue_token(self.private_key("auth"), principal)

    def private_key(self, name: str) -> Ed25519PrivateKey:
        """Read a private key; raises FileNotFoundError before `ensure`."""
        return private_key_from_pem(self.private_path(name).read_text(encoding="utf-8"))

    def public_pem(self, name: str) -> str:
        """Give the public half of a key as PEM."""
        return public_key_to_pem(self.private_key(name).public_key())

    def private_path(self, name: str) -> Path:
        """Give the file of a private key."""
        return self.folder / f"{name}.pem"

    def public_path(self, name: str) -> Path:
        """Give the file of a public key."""
        return self.folder / f"{name}.public.pem"

    def _ensure_key(self, name: str) -> None:
        path = self.private_path(name)
        if path.exists():
            return
        path.touch(mode=0o600)
        path.write_text(private_key_to_pem(Ed25519PrivateKey.generate()), encoding="utf-8")
