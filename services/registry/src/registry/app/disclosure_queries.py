"""What a province sees of itself, and what is published, as of a moment; paging as in `queries.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry.app.queries import PageOf
from registry.app.surrender_queries import CompletionView
from registry.domain.accounts import AccountKind
from registry.domain.cancellation_certificate import CancellationCertificate
from registry.domain.change import ChangeKind

PUBLISHED_KINDS = (ChangeKind.MERGER, ChangeKind.SPLIT)
"""Change registrations that are published.

Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 18.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceOverview:
    """A province's accounts, holdings, allocation and surrender, tCO2e."""

    open_accounts: Mapping[AccountKind, int]
    # By product and bucket.
    holdings: Mapping[tuple[str, str], int]
    issued_table_count: int
    issued_tco2e: int
    # None while no entity has an obligation.
    completion: CompletionView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedChange:
    """A merger or a split with the names of those whom it is about."""

    registration_no: str
    kind: ChangeKind
    province_code: str
    holder_name: str
    successor_names: tuple[str, ...]
    registered_time: datetime


class DisclosureReader(Protocol):
    """Reads in one snapshot of the database."""

    async def overview(
        self, *, province_code: str, period: str, at: datetime, is_now: bool
    ) -> ProvinceOverview:
        """Give how a province stood at a moment; now is read without going through the journal."""
        ...

    async def cancellation_certificate(
        self, certificate_no: str, *, holder_no: str, province_code: str, at: datetime
    ) -> CancellationCertificate:
        """Give the certificate of a cancellation that was registered by a moment, of a holder or province or of any.

        CANCELLATION_CERTIFICATE_NOT_FOUND.
        """
        ...

    async def completion(self, *, province_code: str, period: str, at: datetime) -> Sequence[CompletionView]:
        """Give how far the entities of a province, or of each, had surrendered at a moment, by province."""
        ...

    async def published_changes(
        self, *, province_code: str, at: datetime, page: PageOf
    ) -> Sequence[PublishedChange]:
        """Give mergers and splits registered by a moment, by number."""
        ...
