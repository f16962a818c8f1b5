"""Ed25519 behind the sealing ports."""

import hashlib

import pytest
from ets_kernel.domain.errors import SealInvalid
from ets_kernel.runtime.signing import (
    Ed25519Signer,
    Ed25519Verifier,
    private_key_from_pem,
    private_key_from_seed,
    private_key_to_pem,
    public_key_from_pem,
    public_key_to_pem,
)

KEY = private_key_from_seed(bytes(range(32)))
DIGEST = hashlib.sha256(b"rows").digest()
SIGNER = Ed25519Signer("province/37", KEY)
VERIFIER = Ed25519Verifier({"province/37": KEY.public_key()})


def test_a_signature_verifies():
    VERIFIER.verify("province/37", DIGEST, SIGNER.sign(DIGEST))


def test_a_signature_is_the_golden_one():
    assert SIGNER.sign(DIGEST).hex() == (
        "d49b10faab50c30ccf6ff83d0c00698d05d198c3d6a9b76abbb09d3aeb12fe02"
        "f984fc792dfbfdc2bf1638dbb2740039dfd9a4b56913262676e2dfed9d45810e"
    )


def test_another_digest_is_refused():
    with pytest.raises(SealInvalid):
        VERIFIER.verify("province/37", hashlib.sha256(b"other").digest(), SIGNER.sign(DIGEST))


def test_a_broken_signature_is_refused():
    signature = bytearray(SIGNER.sign(DIGEST))
    signature[0] ^= 1
    for broken in (bytes(signature), b"", b"short"):
        with pytest.raises(SealInvalid):
            VERIFIER.verify("province/37", DIGEST, broken)


def test_an_unknown_key_is_refused():
    with pytest.raises(SealInvalid, match="province/11"):
        VERIFIER.verify("province/11", DIGEST, SIGNER.sign(DIGEST))


def test_keys_survive_pem():
    private = private_key_from_pem(private_key_to_pem(KEY))
    public = public_key_from_pem(public_key_to_pem(KEY.public_key()))
    Ed25519Verifier({"k": public}).verify("k", DIGEST, private.sign(DIGEST))
