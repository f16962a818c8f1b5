"""Signed tokens."""

import jwt
import pytest
from ets_kernel.domain.errors import TokenInvalid
from ets_kernel.domain.principal import Principal
from ets_kernel.runtime import auth
from ets_kernel.runtime.auth import AUDIENCE, ISSUER, TokenVerifier, current_principal, issue_token
from ets_kernel.runtime.signing import private_key_from_seed

KEY = private_key_from_seed(b"k" * 32)
CALLER = Principal(
    subject="zhang", roles=frozenset({"ROLE_PROVINCE"}), provinces=frozenset({"37"}), entities=frozenset()
)


@pytest.fixture
def verifier():
    return TokenVerifier(KEY.public_key())


def test_a_token_gives_back_its_principal(verifier):
    token = issue_token(KEY, CALLER)
    assert verifier.verify(token) == CALLER
    assert verifier.verify(token) == CALLER


def test_a_token_of_another_key_is_refused(verifier):
    with pytest.raises(TokenInvalid):
        verifier.verify(issue_token(private_key_from_seed(b"x" * 32), CALLER))


def test_an_expired_token_is_refused(verifier):
    with pytest.raises(TokenInvalid, match="expired"):
        verifier.verify(issue_token(KEY, CALLER, lifetime_seconds=-1))


def test_a_remembered_token_expires_too(verifier, monkeypatch):
    token = issue_token(KEY, CALLER, lifetime_seconds=100)
    verifier.verify(token)
    present = auth.time.time()
    monkeypatch.setattr(auth.time, "time", lambda: present + 101)
    monkeypatch.setattr(jwt, "decode", _expired)
    with pytest.raises(TokenInvalid):
        verifier.verify(token)


def _expired(*args, **kwargs):
    raise jwt.ExpiredSignatureError("Signature has expired")


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"aud": "other-platforms"},
        {"exp": None},
        {"sub": None},
        {"roles": "ROLE_PROVINCE"},
        {"provinces": [37]},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(verifier, change):
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": 4_000_000_000, "sub": "s", "roles": []} | change
    claims = {claim: value for claim, value in claims.items() if value is not None}
    with pytest.raises(TokenInvalid):
        verifier.verify(jwt.encode(claims, KEY, algorithm="EdDSA"))


def test_an_unsigned_token_is_refused(verifier):
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": 4_000_000_000, "sub": "s", "roles": ["ROLE_MINISTRY"]}
    with pytest.raises(TokenInvalid):
        verifier.verify(jwt.encode(claims, None, algorithm="none"))


def test_rubbish_is_refused(verifier):
    with pytest.raises(TokenInvalid):
        verifier.verify("not.a.token")


def test_the_memory_of_tokens_is_bounded(verifier, monkeypatch):
    monkeypatch.setattr(auth, "CACHED_TOKENS_MAX", 2)
    for lifetime_seconds in (100, 200, 300):
        verifier.verify(issue_token(KEY, CALLER, lifetime_seconds=lifetime_seconds))
    assert len(verifier._verified) == 2


def test_there_is_no_caller_outside_a_call():
    with pytest.raises(LookupError):
        current_principal()
