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

    carry_over_base_power_tco2e: int = Field(default=10_000, ge=0)
    """Base quantity of the carry-over into 2025 for power, in tCO2e."""

    carry_over_base_steel_tco2e: int = Field(default=10_000, ge=0)
    """Base quantity of the carry-over into 2025 for steel, in tCO2e."""

    carry_over_base_cement_tco2e: int = Field(default=10_000, ge=0)
    """Base quantity of the carry-over into 2025 for cement, in tCO2e."""

    carry_over_base_aluminium_tco2e: int = Field(default=10_000, ge=0)
    """Base quantity of the carry-over into 2025 for aluminium, in tCO2e."""
