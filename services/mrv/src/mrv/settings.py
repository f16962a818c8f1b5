"""Settings of the management platform, beside those of every service."""

from ets_kernel.runtime.settings import ServiceSettings, TextOrFile


class MrvSettings(ServiceSettings):
    """What the management platform needs to be told."""

    seal_keys: TextOrFile = "{}"
    """Public keys that verify seals: JSON object of key id ("province/37", "ccer-centre") to Ed25519 PEM."""
