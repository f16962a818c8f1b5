"""Ed25519 behind the sealing ports: keys come as PEM, signatures are 64 bytes over a digest."""

from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.errors import SealInvalid

SEED_BYTES: Final = 32


def private_key_from_pem(pem: str) -> Ed25519PrivateKey:
    """Read a private key in PKCS #8 PEM."""
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("the private key is an Ed25519 key")
    return key


def public_key_from_pem(pem: str) -> Ed25519PublicKey:
    """Read a public key in SubjectPublicKeyInfo PEM."""
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("the public key is an Ed25519 key")
    return key


def private_key_from_seed(seed: bytes) -> Ed25519PrivateKey:
    """Make the key of a 32-byte seed; the same seed always gives the same key, for simulations and tests."""
    ensure(len(seed) == SEED_BYTES, "a seed has 32 bytes")
    return Ed25519PrivateKey.from_private_bytes(seed)


def private_key_to_pem(key: Ed25519PrivateKey) -> str:
    """Write a private key as PKCS #8 PEM, unencrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_key_to_pem(key: Ed25519PublicKey) -> str:
    """Write a public key as SubjectPublicKeyInfo PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Ed25519Signer:
    """Signs digests under one key id."""

    def __init__(self, key_id: str, private_key: Ed25519PrivateKey) -> None:
        self.key_id = key_id
        self._private_key = private_key

    def sign(self, digest: bytes) -> bytes:
        """Sign a digest; Ed25519 is deterministic, so the same digest gives the same 64 bytes."""
        return self._private_key.sign(digest)


class Ed25519Verifier:
    """Verifies signatures of the known key ids, and of no other."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)

    def verify(self, key_id: str, digest: bytes, signature: bytes) -> None:
        """Return when the signature is the key's; raises SealInvalid otherwise."""
        key = self._keys.get(key_id)
        if key is None:
            raise SealInvalid(f"no public key is known as {key_id}", key_id=key_id)
        try:
            key.verify(signature, digest)
        except InvalidSignature as error:
            raise SealInvalid(
                f"the signature is not that of {key_id} over this digest", key_id=key_id
            ) from error
