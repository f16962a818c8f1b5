"""Certificate of a voluntary cancellation (自愿注销证明): which units are gone for good, and what for.

Canonical content as of the certificates of surrender (`registry.domain.certificates`). It names no account.
Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 19.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.canonical import canonical_row
from ets_ledger.domain.values import SerialRange

from registry.domain.cancellation import CancellationPurpose
from registry.domain.certificates import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationCertificate:
    """What is certified; the holder's name is that of the moment of registration."""

    certificate_no: str
    holder_name: str
    product: str
    quantity_tco2e: int
    purpose: CancellationPurpose
    beneficiary: str
    # Registered and certified at once.
    issued_time: datetime
    serials: tuple[SerialRange, ...]

    def rows(self) -> Iterator[bytes]:
        """Give the canonical rows."""
        yield canonical_row(
            [
                "ets-cancellation-certificate-1",
                self.certificate_no,
                self.holder_name,
                self.product,
                self.quantity_tco2e,
                self.purpose,
                self.beneficiary,
                moment(self.issued_time),
            ]
        )
        for start, end in self.serials:
            yield canonical_row([start, end])
