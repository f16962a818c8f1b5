"""The books that the checker reads: where each is, and of what its rows are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from consistency_checker.domain.account_rows import AccountRestriction, AccountVersion
from consistency_checker.domain.adjustment_rows import (
    AdjustmentChange,
    EarmarkChange,
    IssuanceAdjustment,
)
from consistency_checker.domain.change_rows import (
    ChangeEntry,
    ChangeLine,
    JudicialFreeze,
    JudicialFreezeBlock,
    Merger,
    RecordCorrection,
    Succession,
)
from consistency_checker.domain.retirement_rows import (
    CancellationApplication,
    CarryOverLine,
    CarryOverNotice,
    CarryOverSuccession,
)
from consistency_checker.domain.rows import (
    AllocationRow,
    AllocationTable,
    Block,
    Cancellation,
    Cash,
    CashTotal,
    CcerAccount,
    Compliance,
    ConfirmedApplication,
    Entity,
    HandoverRow,
    Holding,
    Issuance,
    IssuanceRow,
    IssuedHandover,
    OffsetApplication,
    OffsetCredit,
    Position,
    PositionTotal,
    Project,
    ProvinceHandover,
    PublishedSummaryRow,
    Quote,
    ReceivedHandover,
    ReceivedSummaryRow,
    RegistryAccount,
    SettledTrade,
    Trade,
    TradingAccount,
    TransferBack,
    TransferIn,
    TransferOut,
    Withdrawal,
)
from consistency_checker.domain.surrender_rows import (
    ForcedLine,
    Obligation,
    ObligationChange,
    ObligationVersion,
    SurrenderLine,
)

MRV: Final = "mrv"
REGISTRY: Final = "registry"
TRADING: Final = "trading"
CCER: Final = "ccer-bridge"
SERVICES: Final = (MRV, REGISTRY, TRADING, CCER)

R_co = TypeVar("R_co", bound=tuple[object, ...], covariant=True)


@dataclass(frozen=True, slots=True)
class Table(Generic[R_co]):
    """A book of a service, and what a row of it is."""

    service: str
    book: str
    row: type[R_co]

    @property
    def path(self) -> str:
        """Name the book for people and in digests: "registry/holdings"."""
        return f"{self.service}/{self.book}"


ENTITIES: Final = Table(MRV, "entities", Entity)
ALLOCATION_ROWS: Final = Table(MRV, "allocation_rows", AllocationRow)
ALLOCATION_TABLES: Final = Table(MRV, "allocation_tables", AllocationTable)
APPLICATIONS: Final = Table(MRV, "offset_applications", OffsetApplication)
PUBLISHED_SUMMARIES: Final = Table(MRV, "weekly_summaries", PublishedSummaryRow)
PROVINCE_HANDOVERS: Final = Table(MRV, "handovers", ProvinceHandover)
COMPLIANCE: Final = Table(MRV, "compliance", Compliance)

ACCOUNTS: Final = Table(REGISTRY, "accounts", RegistryAccount)
ACCOUNT_VERSIONS: Final = Table(REGISTRY, "account_versions", AccountVersion)
ACCOUNT_RESTRICTIONS: Final = Table(REGISTRY, "account_restrictions", AccountRestriction)
ISSUANCES: Final = Table(REGISTRY, "issuances", Issuance)
ISSUANCE_ROWS: Final = Table(REGISTRY, "issuance_rows", IssuanceRow)
ISSUANCE_ADJUSTMENTS: Final = Table(REGISTRY, "issuance_adjustments", IssuanceAdjustment)
ADJUSTMENTS: Final = Table(REGISTRY, "allocation_adjustments", AdjustmentChange)
EARMARKS: Final = Table(REGISTRY, "earmarked_allowances", EarmarkChange)
OBLIGATIONS: Final = Table(REGISTRY, "obligations", Obligation)
OBLIGATION_VERSIONS: Final = Table(REGISTRY, "obligation_versions", ObligationVersion)
OBLIGATION_CHANGES: Final = Table(REGISTRY, "obligation_changes", ObligationChange)
FORCED: Final = Table(REGISTRY, "forced_surrenders", ForcedLine)
SURRENDERS: Final = Table(REGISTRY, "surrender_applications", SurrenderLine)
HANDOVER_ROWS: Final = Table(REGISTRY, "handover_rows", HandoverRow)
RECEIVED_HANDOVERS: Final = Table(REGISTRY, "handovers", ReceivedHandover)
CREDITS: Final = Table(REGISTRY, "offset_credits", OffsetCredit)
CANCELLATION_APPLICATIONS: Final = Table(REGISTRY, "cancellation_applications", CancellationApplication)
CARRY_OVER_NOTICES: Final = Table(REGISTRY, "carry_over_notices", CarryOverNotice)
CARRY_OVER_SUCCESSIONS: Final = Table(REGISTRY, "carry_over_successions", CarryOverSuccession)
CARRY_OVER_LINES: Final = Table(REGISTRY, "carry_over_applications", CarryOverLine)
CHANGES: Final = Table(REGISTRY, "change_registrations", ChangeLine)
CHANGE_ENTRIES: Final = Table(REGISTRY, "change_entries", ChangeEntry)
MERGERS: Final = Table(REGISTRY, "mergers", Merger)
SUCCESSIONS: Final = Table(REGISTRY, "obligation_successions", Succession)
FREEZES: Final = Table(REGISTRY, "judicial_freezes", JudicialFreeze)
FREEZE_BLOCKS: Final = Table(REGISTRY, "judicial_freeze_blocks", JudicialFreezeBlock)
RECORD_CORRECTIONS: Final = Table(REGISTRY, "record_corrections", RecordCorrection)

TRADING_ACCOUNTS: Final = Table(TRADING, "accounts", TradingAccount)
POSITIONS: Final = Table(TRADING, "positions", Position)
TRADING_JOURNAL_TOTALS: Final = Table(TRADING, "journal_totals", PositionTotal)
CASH: Final = Table(TRADING, "cash", Cash)
CASH_JOURNAL_TOTALS: Final = Table(TRADING, "cash_journal_totals", Cash)
CASH_TOTALS: Final = Table(TRADING, "cash_totals", CashTotal)
TRADES: Final = Table(TRADING, "trades", Trade)
QUOTES: Final = Table(TRADING, "quotes", Quote)
TRANSFERS_IN: Final = Table(TRADING, "transfers_in", TransferIn)
WITHDRAWALS: Final = Table(TRADING, "withdrawals", Withdrawal)

PROJECTS: Final = Table(CCER, "projects", Project)
CCER_ACCOUNTS: Final = Table(CCER, "accounts", CcerAccount)
CONFIRMED_APPLICATIONS: Final = Table(CCER, "confirmed_applications", ConfirmedApplication)
RECEIVED_SUMMARIES: Final = Table(CCER, "weekly_summaries", ReceivedSummaryRow)
CANCELLATIONS: Final = Table(CCER, "cancellations", Cancellation)
ISSUED_HANDOVERS: Final = Table(CCER, "handovers", IssuedHandover)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """A registry that keeps units: its books, what it says to trading, and which markets trade its units."""

    service: str
    holdings: Table[Holding]
    journal_totals: Table[Holding]
    journal_closings: Table[Holding]
    remembered_differences: Table[Holding]
    blocks: Table[Block]
    settled_trades: Table[SettledTrade]
    transfers: Table[TransferOut]
    returns: Table[TransferBack]
    sent_event: str
    returned_event: str

    def serves(self, market: str) -> bool:
        """Tell whether the units of a market lie here: allowances in the registration system, CCER in the other."""
        return (market == CEA_MARKET) == (self.service == REGISTRY)


CEA_MARKET: Final = "CEA"


def _keeper(service: str, *, transfers: str, returns: str, sent: str, returned: str) -> Keeper:
    return Keeper(
        service=service,
        holdings=Table(service, "holdings", Holding),
        journal_totals=Table(service, "journal_totals", Holding),
        journal_closings=Table(service, "journal_closings", Holding),
        remembered_differences=Table(service, "remembered_differences", Holding),
        blocks=Table(service, "blocks", Block),
        settled_trades=Table(service, "settled_trades", SettledTrade),
        transfers=Table(service, transfers, TransferOut),
        returns=Table(service, returns, TransferBack),
        sent_event=sent,
        returned_event=returned,
    )


REGISTRY_UNITS: Final = _keeper(
    REGISTRY,
    transfers="trading_transfers",
    returns="trading_returns",
    sent="UnitsTransferredToTrading",
    returned="UnitsReturnedFromTrading",
)
CCER_UNITS: Final = _keeper(
    CCER,
    transfers="venue_transfers",
    returns="venue_returns",
    sent="UnitsTransferredToVenue",
    returned="UnitsReturnedFromVenue",
)
KEEPERS: Final = (REGISTRY_UNITS, CCER_UNITS)

# Books that are copies of each other row by row: when their digests agree, the second is not fetched.
COPIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        copy.path: keeper.holdings.path
        for keeper in KEEPERS
        for copy in (keeper.journal_totals, keeper.journal_closings)
    }
)

TABLES: Final[tuple[Table[tuple[object, ...]], ...]] = (
    *(ENTITIES, ALLOCATION_ROWS, ALLOCATION_TABLES, APPLICATIONS, PUBLISHED_SUMMARIES, PROVINCE_HANDOVERS),
    *(ACCOUNT_VERSIONS, ACCOUNT_RESTRICTIONS),
    *(COMPLIANCE, ACCOUNTS, ISSUANCES, ISSUANCE_ROWS, OBLIGATIONS, SURRENDERS, HANDOVER_ROWS),
    *(OBLIGATION_VERSIONS, OBLIGATION_CHANGES, FORCED),
    *(CHANGES, CHANGE_ENTRIES, FREEZES, FREEZE_BLOCKS, RECORD_CORRECTIONS, MERGERS, SUCCESSIONS),
    *(ISSUANCE_ADJUSTMENTS, ADJUSTMENTS, EARMARKS),
    *(RECEIVED_HANDOVERS, CREDITS, TRADING_ACCOUNTS, POSITIONS, TRADING_JOURNAL_TOTALS, CASH, CASH_TOTALS),
    CASH_JOURNAL_TOTALS,
    *(CANCELLATION_APPLICATIONS, CARRY_OVER_NOTICES, CARRY_OVER_LINES, CARRY_OVER_SUCCESSIONS),
    *(TRADES, QUOTES, TRANSFERS_IN, WITHDRAWALS, PROJECTS, CCER_ACCOUNTS, CONFIRMED_APPLICATIONS),
    *(RECEIVED_SUMMARIES, CANCELLATIONS, ISSUED_HANDOVERS),
    *(keeper.holdings for keeper in KEEPERS),
    *(keeper.journal_totals for keeper in KEEPERS),
    *(keeper.journal_closings for keeper in KEEPERS),
    *(keeper.remembered_differences for keeper in KEEPERS),
    *(keeper.blocks for keeper in KEEPERS),
    *(keeper.settled_trades for keeper in KEEPERS),
    *(keeper.transfers for keeper in KEEPERS),
    *(keeper.returns for keeper in KEEPERS),
)
"""Every book that is fetched; an original stands before its copies."""
