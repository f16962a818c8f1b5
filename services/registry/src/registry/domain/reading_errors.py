"""Refusals of reads for people, in the tree of `registry.domain.errors`.

Invalid
└── StatementTooLong         STATEMENT_TOO_LONG
"""

from ets_kernel.domain.errors import Invalid


class StatementTooLong(Invalid):
    """A statement has more postings than one file takes. Metadata: line_count_max."""

    reason = "STATEMENT_TOO_LONG"
