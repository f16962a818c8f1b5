"""Refusals of reads for people, in the tree of `registry.domain.errors`.

Invalid
└── StatementTooLong                STATEMENT_TOO_LONG
NotFound
└── CancellationCertificateNotFound CANCELLATION_CERTIFICATE_NOT_FOUND
"""

from ets_kernel.domain.errors import Invalid, NotFound


class StatementTooLong(Invalid):
    """A statement has more postings than one file takes. Metadata: line_count_max."""

    reason = "STATEMENT_TOO_LONG"


class CancellationCertificateNotFound(NotFound):
    """No cancellation of that holder was registered under the number (by then). Metadata: certificate_no."""

    reason = "CANCELLATION_CERTIFICATE_NOT_FOUND"
