"""Who answers for rows: a digest (`canonical.rows_digest`) and a signature over it, behind two ports."""

from typing import Protocol


class Signer(Protocol):
    """Whoever holds one private key."""

    @property
    def key_id(self) -> str:
        """Name the key: "province/37", "ccer-centre"."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """Sign a digest of 32 bytes; the signature has 64."""
        ...


class Verifier(Protocol):
    """Whoever knows the public keys."""

    def verify(self, key_id: str, digest: bytes, signature: bytes) -> None:
        """Return if the key signed the digest, else raise SEAL_INVALID, also for an unknown key."""
        ...
