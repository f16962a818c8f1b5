"""Every refusal of the registration system, beside those of `ets_kernel.domain.errors` and `ets_ledger.domain.errors`.

Invalid
└── ChangeEmpty              CHANGE_EMPTY
NotFound
├── InstructionNotFound      INSTRUCTION_NOT_FOUND
├── RestrictionNotFound      RESTRICTION_NOT_FOUND
├── OperatorNotFound         OPERATOR_NOT_FOUND
├── ObligationNotFound       OBLIGATION_NOT_FOUND
├── TransferNotFound         TRANSFER_NOT_FOUND
└── TreeHeadNotFound         TREE_HEAD_NOT_FOUND
Conflict
├── InstructionDecidedAlready INSTRUCTION_DECIDED_ALREADY
├── RestrictionLiftedAlready RESTRICTION_LIFTED_ALREADY
├── AccountApplicationPending ACCOUNT_APPLICATION_PENDING
├── AccountOpenAlready       ACCOUNT_OPEN_ALREADY
├── TableRevisionStale       TABLE_REVISION_STALE
├── TransferDiffers          TRANSFER_DIFFERS
├── CreditsCreatedAlready    CREDITS_CREATED_ALREADY
└── HandoverRowDuplicate     HANDOVER_ROW_DUPLICATE
Refused
├── ConfirmationNotNeeded    CONFIRMATION_NOT_NEEDED
├── ConfirmationNeeded       CONFIRMATION_NEEDED
├── OperatorsIncomplete      OPERATORS_INCOMPLETE
├── AccountBusy              ACCOUNT_BUSY
├── AccountNotEmpty          ACCOUNT_NOT_EMPTY
├── SystemAccount            SYSTEM_ACCOUNT
├── AccountKindWrong         ACCOUNT_KIND_WRONG
├── AccountClosed            ACCOUNT_CLOSED
├── AccountRestricted        ACCOUNT_RESTRICTED
├── EntityUnknown            ENTITY_UNKNOWN
├── NameMismatch             NAME_MISMATCH
├── TableNotMatched          TABLE_NOT_MATCHED
├── TableBeforeNotIssued     TABLE_BEFORE_NOT_ISSUED
├── TableOutdated            TABLE_OUTDATED
├── AdjustmentExceeded       ADJUSTMENT_EXCEEDED
├── EarmarkExceeded          EARMARK_EXCEEDED
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
Forbidden
└── OperatorDutyMissing      OPERATOR_DUTY_MISSING

Shared with other services, and so in the kernel: ACCOUNT_NOT_FOUND, TABLE_NOT_FOUND, APPLICATION_NOT_FOUND,
TABLE_ALREADY_ISSUED, APPLICATION_ALREADY_DECIDED, TRADE_SETTLED_DIFFERENTLY, ENTITY_NOT_LISTED, PROVINCE_MISMATCH,
PRE_ALLOCATION_NOT_ISSUED, OFFSET_LIMIT_EXCEEDED, PROJECT_INSIDE_NATIONAL_MARKET, IDENTITY_NUMBER_INVALID,
REVIEW_OUT_OF_ORDER.
"""

from ets_kernel.domain.errors import (
    AccountNotFound,
    ApplicationAlreadyDecided,
    ApplicationNotFound,
    Conflict,
    EntityNotListed,
    Forbidden,
    Invalid,
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
    "AccountApplicationPending",
    "AccountBusy",
    "AccountClosed",
    "AccountKindWrong",
    "AccountNotEmpty",
    "AccountNotFound",
    "AccountOpenAlready",
    "AccountRestricted",
    "AdjustmentExceeded",
    "ApplicationAlreadyDecided",
    "ApplicationNotFound",
    "ChangeEmpty",
    "ConfirmationNeeded",
    "ConfirmationNotNeeded",
    "CreditsCreatedAlready",
    "EarmarkExceeded",
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
    "InstructionDecidedAlready",
    "InstructionNotFound",
    "IssuanceNotInitiated",
    "NameMismatch",
    "ObligationExceeded",
    "ObligationNotFound",
    "OffsetLimitExceeded",
    "OperatorDutyMissing",
    "OperatorNotFound",
    "OperatorsIncomplete",
    "PreAllocationNotIssued",
    "ProductNotTradable",
    "ProductNotUsable",
    "ProjectInsideNationalMarket",
    "ProvinceMismatch",
    "RestrictionLiftedAlready",
    "RestrictionNotFound",
    "SystemAccount",
    "TableAlreadyIssued",
    "TableBeforeNotIssued",
    "TableNotFound",
    "TableNotMatched",
    "TableOutdated",
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
    """The registry sent no such transfer to trading, or has none in its journal. Metadata: transfer_no."""

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


class TableBeforeNotIssued(Refused):
    """A change of an allocation follows a table that is not issued. Metadata: table_no, table_before_no."""

    reason = "TABLE_BEFORE_NOT_ISSUED"


class TableOutdated(Refused):
    """Figures that the table builds on have changed since it was computed. Metadata: table_no, credit_code."""

    reason = "TABLE_OUTDATED"


class AdjustmentExceeded(Refused):
    """Less remains to be deducted than is taken back. Metadata: credit_code, from_period, remainder_tco2e."""

    reason = "ADJUSTMENT_EXCEEDED"


class EarmarkExceeded(Refused):
    """Fewer allowances are earmarked than are taken. Metadata: credit_code, product, earmarked_tco2e."""

    reason = "EARMARK_EXCEEDED"


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


class ChangeEmpty(Invalid):
    """An application changes nothing, or registers an operator without a duty. Metadata: account_no."""

    reason = "CHANGE_EMPTY"


class OperatorNotFound(NotFound):
    """The person is no operator of the account. Metadata: account_no, subject."""

    reason = "OPERATOR_NOT_FOUND"


class RestrictionNotFound(NotFound):
    """No such restriction was imposed. Metadata: restriction_no."""

    reason = "RESTRICTION_NOT_FOUND"


class InstructionNotFound(NotFound):
    """No such instruction, or not of this holder. Metadata: instruction_no."""

    reason = "INSTRUCTION_NOT_FOUND"


class AccountApplicationPending(Conflict):
    """An application of that kind waits. Metadata: account_no, application_no."""

    reason = "ACCOUNT_APPLICATION_PENDING"


class RestrictionLiftedAlready(Conflict):
    """The restriction was lifted. Metadata: restriction_no."""

    reason = "RESTRICTION_LIFTED_ALREADY"


class InstructionDecidedAlready(Conflict):
    """The instruction was carried out or rejected. Metadata: instruction_no, status."""

    reason = "INSTRUCTION_DECIDED_ALREADY"


class AccountClosed(Refused):
    """The account was closed; its holder may apply for it again. Metadata: account_no."""

    reason = "ACCOUNT_CLOSED"


class AccountKindWrong(Refused):
    """This kind of account is opened in another way, or by nobody. Metadata: kind."""

    reason = "ACCOUNT_KIND_WRONG"


class SystemAccount(Refused):
    """Nobody changes, restricts or closes this account. Metadata: account_no."""

    reason = "SYSTEM_ACCOUNT"


class AccountNotEmpty(Refused):
    """An account that holds units in any bucket is not closed. Metadata: account_no."""

    reason = "ACCOUNT_NOT_EMPTY"


class AccountBusy(Refused):
    """Something of the account is pending, so it keeps open, or its operators. Metadata: account_no, pending."""

    reason = "ACCOUNT_BUSY"


class ConfirmationNeeded(Refused):
    """A second operator confirms the commands of this account. Metadata: account_no."""

    reason = "CONFIRMATION_NEEDED"


class ConfirmationNotNeeded(Refused):
    """The account has no confirmer: its commands are given directly. Metadata: account_no."""

    reason = "CONFIRMATION_NOT_NEEDED"


class OperatorsIncomplete(Refused):
    """A change leaves nobody to initiate, or nobody else to confirm.

    Metadata: account_no, initiator_count, confirmer_count.
    """

    reason = "OPERATORS_INCOMPLETE"


class OperatorDutyMissing(Forbidden):
    """The caller is not registered with this duty. Metadata: account_no, duty."""

    reason = "OPERATOR_DUTY_MISSING"
