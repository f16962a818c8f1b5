import json

from ets_kernel.domain.principal import Principal
from ets_kernel.domain.provinces import PROVINCES
from ets_kernel.runtime.auth import TokenVerifier
from ets_kernel.runtime.signing import public_key_from_pem
from simulation.platform.secrets import SIGNERS, Secrets


def test_keys_are_made_once_and_kept(tmp_path):
    secrets = Secrets(tmp_path / "secrets")
    secrets.ensure()
    before = {path.name: path.read_bytes() for path in secrets.folder.glob("*.pem")}
    secrets.ensure()
    after = {path.name: path.read_bytes() for path in secrets.folder.glob("*.pem")}
    assert before == after
    assert len(before) == 1 + len(SIGNERS) + len(PROVINCES) + 1  # and the public half of the token key


def test_private_keys_are_for_their_owner_only(tmp_path):
    secrets = Secrets(tmp_path / "secrets")
    secrets.ensure()
    assert secrets.folder.stat().st_mode & 0o077 == 0
    assert secrets.private_path("auth").stat().st_mode & 0o077 == 0


def test_every_signer_and_province_has_a_seal_key(tmp_path):
    secrets = Secrets(tmp_path / "secrets")
    secrets.ensure()
    keys = json.loads((secrets.folder / "seal_keys.json").read_text(encoding="utf-8"))
    assert keys.keys() == {*SIGNERS, *(f"province/{code}" for code in PROVINCES)}


def test_a_token_names_its_principal(tmp_path):
    secrets = Secrets(tmp_path / "secrets")
    secrets.ensure()
    principal = Principal(
        subject="somebody",
        roles=frozenset({"ROLE_PROVINCE"}),
        provinces=frozenset({"37"}),
        entities=frozenset(),
    )
    verifier = TokenVerifier(public_key_from_pem(secrets.public_pem("auth")))
    assert verifier.verify(secrets.token(principal)) == principal
