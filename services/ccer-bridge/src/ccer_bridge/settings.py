"""Settings of the voluntary-reduction registry, beside those of every service."""

from ets_kernel.runtime.settings import ServiceSettings, TextOrFile
from pydantic import Field, PositiveInt


class CcerBridgeSettings(ServiceSettings):
    """What the voluntary-reduction registry needs to be told."""

    signing_key: TextOrFile = Field(default="", repr=False)
    """Ed25519 private key (PEM, or @file) that seals the daily manifests, under the key id "ccer-centre"."""

    acknowledgement_hours: PositiveInt = 24
    """Hours of business time within which the registry answers a hand-over; ours."""
