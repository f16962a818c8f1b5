"""Refusals of cancellation and carry-over, beside those of `registry.domain.errors`.

NotFound
├── CarryOverNoticeNotFound  CARRY_OVER_NOTICE_NOT_FOUND
└── CarryOverRunNotFound     CARRY_OVER_RUN_NOT_FOUND
Conflict
├── CarryOverNoticeIssued    CARRY_OVER_NOTICE_ISSUED
└── CarryOverRunDecided      CARRY_OVER_RUN_DECIDED
Refused
├── ProductNotCancellable    PRODUCT_NOT_CANCELLABLE
├── CancellationNotChecked   CANCELLATION_NOT_CHECKED
├── SurrenderMissed          SURRENDER_MISSED
├── NetSalesNotDeclared      NET_SALES_NOT_DECLARED
├── NetSalesDiffer           NET_SALES_DIFFER
├── ProductNotCarriedOver    PRODUCT_NOT_CARRIED_OVER
├── CarryOverClosed          CARRY_OVER_CLOSED
└── CarryOverLimitExceeded   CARRY_OVER_LIMIT_EXCEEDED
"""

from ets_kernel.domain.errors import Conflict, NotFound, Refused


class CarryOverNoticeNotFound(NotFound):
    """The entity has no carry-over notice (yet). Metadata: credit_code, and cause where something stops it."""

    reason = "CARRY_OVER_NOTICE_NOT_FOUND"


class CarryOverRunNotFound(NotFound):
    """There is no such run of a carry-over batch. Metadata: run_no."""

    reason = "CARRY_OVER_RUN_NOT_FOUND"


class CarryOverNoticeIssued(Conflict):
    """The notice was issued with other net sales. Metadata: credit_code, notice_no."""

    reason = "CARRY_OVER_NOTICE_ISSUED"


class CarryOverRunDecided(Conflict):
    """The run was confirmed or turned down before. Metadata: run_no, status."""

    reason = "CARRY_OVER_RUN_DECIDED"


class ProductNotCancellable(Refused):
    """Only allowances are cancelled, and no borrowed ones. Metadata: product."""

    reason = "PRODUCT_NOT_CANCELLABLE"


class CancellationNotChecked(Refused):
    """The first person has not checked the application. Metadata: application_no."""

    reason = "CANCELLATION_NOT_CHECKED"


class SurrenderMissed(Refused):
    """A surrender that decides about carry-over was missed. Metadata: credit_code, period."""

    reason = "SURRENDER_MISSED"


class NetSalesNotDeclared(Refused):
    """The trading system has not declared the entity's net sales. Metadata: credit_code."""

    reason = "NET_SALES_NOT_DECLARED"


class NetSalesDiffer(Refused):
    """Net sales counted here and declared by the trading system are not the same. Metadata: credit_code."""

    reason = "NET_SALES_DIFFER"


class ProductNotCarriedOver(Refused):
    """Units of this product are not carried over. Metadata: product."""

    reason = "PRODUCT_NOT_CARRIED_OVER"


class CarryOverClosed(Refused):
    """Applications ended, and no court released so much since. Metadata: product, requested_tco2e, released_tco2e."""

    reason = "CARRY_OVER_CLOSED"


class CarryOverLimitExceeded(Refused):
    """More than the notice leaves. Metadata: requested_tco2e, left_tco2e, allowed_tco2e."""

    reason = "CARRY_OVER_LIMIT_EXCEEDED"
