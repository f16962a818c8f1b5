"""Every refusal of the registration system, beside those of `ets_kernel.domain.errors` and `ets_ledger.domain.errors`.

NotFound
├── ObligationNotFound       OBLIGATION_NOT_FOUND
├── TransferNotFound         TRANSFER_NOT_FOUND
└── TreeHeadNotFound         TREE_HEAD_NOT_FOUND
Conflict
├── AccountOpenAlready       ACCOUNT_OPEN_ALREADY
├── TableRevisionStale       TABLE_REVISION_STALE
├── TransferDiffers          TRANSFER_DIFFERS
├── CreditsCreatedAlready    CREDITS_CREATED_ALREADY
└── HandoverRowDuplicate     HANDOVER_ROW_DUPLICATE
Refused
├── AccountRestricted        ACCOUNT_RESTRICTED
├── EntityUnknown            ENTITY_UNKNOWN
├── NameMismatch             NAME_MISMATCH
├── TableNotMatched          TABLE_NOT_MATCHED
├── IssuanceNotInitiated     ISSUANCE_NOT_INITIATED
├── ProductNotTradable       PRODUCT_NOT_TRADABLE
├── ProductNotUsable         PRODUCT_NOT_USABLE
├── ObligationExceeded       OBLIGATION_EXCEEDED
├── HandoverCountWrong       HANDOVER_COUNT_WRONG
├── HandoverSumWrong         HANDOVER_SUM_WRONG
├── HandoverDigestWrong      HANDOVER_DIGEST_WRONG
├── HandoverOutOfOrder       HANDOVER_OUT_OF_ORDER
├── HandoverChainBroken      HANDOVER_CHAIN_BROKEN
├── HandoverRowQuantityWrong HANDOVER_ROW_QUANTITY_WRONG
└── HandoverRowAboveConfirmed HANDOVER_ROW_ABOVE_CONFIRMED

Shared with other services, and so in the kernel: ACCOUNT_NOT_FOUND, TABLE_NOT_FOUND, APPLICATION_NOT_FOUND,
TABLE_ALREADY_ISSUED, APPLICATION_ALREADY_DECIDED, TRADE_SETTLED_DIFFERENTLY, ENTITY_NOT_LISTED, PROVINCE_MISMATCH,
PRE_ALLOCATION_NOT_ISSUED, OFFSET_LIMIT_EXCEEDED, PROJECT_INSIDE_NATIONAL_MARKET.
"""

from ets_kernel.domain.errors import (
    AccountNotFound,
    ApplicationAlreadyDecided,
    ApplicationNotFound,
    Conflict,
    EntityNotListed,
    NotFound,
    OffsetLimitExceeded,
    PreAllocationNotIssued,
    ProjectInsideNationalMarket,
    ProvinceMismatch,
    Refused,
    TableAlreadyIssued,
    TableNotFound,
    TradeSettledDifferently,
)

__all__ = [
    "AccountNotFound",
    "AccountOpenAlready",
    "AccountRestricted",
    "ApplicationAlreadyDecided",
    "ApplicationNotFound",
    "CreditsCreatedAlready",
    "EntityNotListed",
    "EntityUnknown",
    "HandoverChainBroken",
    "HandoverCountWrong",
    "HandoverDigestWrong",
    "HandoverOutOfOrder",
    "HandoverRowAboveConfirmed",
    "HandoverRowDuplicate",
    "HandoverRowQuantityWrong",
    "HandoverSumWrong",
    "IssuanceNotInitiated",
    "NameMismatch",
    "ObligationExceeded",
    "ObligationNotFound",
    "OffsetLimitExceeded",
    "PreAllocationNotIssued",
    "ProductNotTradable",
    "ProductNotUsable",
    "ProjectInsideNationalMarket",
    "ProvinceMismatch",
    "TableAlreadyIssued",
    "TableNotFound",
    "TableNotMatched",
    "TableRevisionStale",
    "TradeSettledDifferently",
    "TransferDiffers",
    "TransferNotFound",
    "TreeHeadNotFound",
]


class ObligationNotFound(NotFound):
    """The entity has no obligation for the period (yet). Metadata: credit_code, period."""

    reason = "OBLIGATION_NOT_FOUND"


class TransferNotFound(NotFound):
    """The registry sent no such transfer to trading. Metadata: transfer_no."""

    reason = "TRANSFER_NOT_FOUND"


class TreeHeadNotFound(NotFound):
    """No head was signed for the business date. Metadata: business_date."""

    reason = "TREE_HEAD_NOT_FOUND"


class AccountOpenAlready(Conflict):
    """The holder has an account: one entity, one account. Metadata: account_no."""

    reason = "ACCOUNT_OPEN_ALREADY"


class TableRevisionStale(Conflict):
    """A message is about another transmission than the present one. Metadata: table_no, revision, present_revision."""

    reason = "TABLE_REVISION_STALE"


class TransferDiffers(Conflict):
    """An answer or a withdrawal has other content than the registry knows. Metadata: transfer_no."""

    reason = "TRANSFER_DIFFERS"


class CreditsCreatedAlready(Conflict):
    """Serials of the row are those of another cancellation. Metadata: cancellation_no, other_cancellation_no."""

    reason = "CREDITS_CREATED_ALREADY"


class HandoverRowDuplicate(Conflict):
    """The cancellation was handed over before. Metadata: cancellation_no, handover_no."""

    reason = "HANDOVER_ROW_DUPLICATE"


class AccountRestricted(Refused):
    """A restriction in force stops this use of the account. Metadata: account_no, use."""

    reason = "ACCOUNT_RESTRICTED"


class EntityUnknown(Refused):
    """A hand-over row is about an entity that is not listed. Metadata: credit_code."""

    reason = "ENTITY_UNKNOWN"


class NameMismatch(Refused):
    """The name is not the one on the roster. Metadata: credit_code, name, roster_name."""

    reason = "NAME_MISMATCH"


class TableNotMatched(Refused):
    """Recomputed, transmitted and sealed figures are not (yet) the same. Metadata: table_no, status."""

    reason = "TABLE_NOT_MATCHED"


class IssuanceNotInitiated(Refused):
    """Nobody has proposed to issue the table. Metadata: table_no, status."""

    reason = "ISSUANCE_NOT_INITIATED"


class ProductNotTradable(Refused):
    """Only allowances are traded from registration accounts. Metadata: product."""

    reason = "PRODUCT_NOT_TRADABLE"


class ProductNotUsable(Refused):
    """The product cannot be surrendered for the period. Metadata: product, period."""

    reason = "PRODUCT_NOT_USABLE"


class ObligationExceeded(Refused):
    """More than what is still owed and not applied for. Metadata: requested_tco2e, outstanding_tco2e."""

    reason = "OBLIGATION_EXCEEDED"


class HandoverCountWrong(Refused):
    """The manifest counts other rows than there are. Metadata: manifest_count, row_count."""

    reason = "HANDOVER_COUNT_WRONG"


class HandoverSumWrong(Refused):
    """The manifest's sum is not that of the rows. Metadata: manifest_tco2e, rows_tco2e."""

    reason = "HANDOVER_SUM_WRONG"


class HandoverDigestWrong(Refused):
    """A digest of the manifest is not that of what it covers. Metadata: digest."""

    reason = "HANDOVER_DIGEST_WRONG"


class HandoverOutOfOrder(Refused):
    """A hand-over of this or a later date was taken before. Metadata: business_date, last_business_date."""

    reason = "HANDOVER_OUT_OF_ORDER"


class HandoverChainBroken(Refused):
    """The manifest does not follow the last one that was taken. Metadata: previous_digest, expected_digest."""

    reason = "HANDOVER_CHAIN_BROKEN"


class HandoverRowQuantityWrong(Refused):
    """A row's serial blocks are not as many as its quantity, or overlap. Metadata: quantity_tco2e, blocks_tco2e."""

    reason = "HANDOVER_ROW_QUANTITY_WRONG"


class HandoverRowAboveConfirmed(Refused):
    """More was cancelled under the application than the province confirmed. Metadata: taken_tco2e, confirmed_tco2e."""

    reason = "HANDOVER_ROW_ABOVE_CONFIRMED"
