"""Settings of the registration system, beside those of every service."""

from ets_kernel.runtime.settings import ServiceSettings, TextOrFile
from pydantic import Field


class RegistrySettings(ServiceSettings):
    """What the registry needs to be told."""

    seal_keys: TextOrFile = "{}"
    """Public keys that verify seals: JSON object of key id ("province/37", "ccer-centre") to Ed25519 PEM."""

    signing_key: TextOrFile = Field(default="", repr=False)
    """Ed25519 private key (PEM, or @file) that signs tree heads."""

    signing_key_id: str = "registry"
    """Id under which others know the public part of `signing_key`."""
