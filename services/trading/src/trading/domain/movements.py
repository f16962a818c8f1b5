"""What comes into trading and what leaves it: cash by way of the bank, units by way of their registry."""

from dataclasses import dataclass
from enum import StrEnum

from ets_kernel.domain.ensure import ensure
from ets_kernel.domain.ids import AccountNo, MarketCode, ProductCode, TransferNo


class CashWithdrawalStatus(StrEnum):
    """Where a cash withdrawal stands."""

    REQUESTED = "REQUESTED"
    PAID = "PAID"
    RETURNED = "RETURNED"


class TransferInState(StrEnum):
    """What became of units that a registry sent."""

    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class UnitWithdrawalState(StrEnum):
    """Where a withdrawal of units stands."""

    REQUESTED = "REQUESTED"
    DONE = "DONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDeposit:
    """Cash that arrived at the settlement bank, fen."""

    bank_reference: str
    account_no: AccountNo
    quantity_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CashWithdrawal:
    """Cash on its way out, fen; frozen until the bank has paid it out or given it back."""

    cash_withdrawal_no: str
    account_no: AccountNo
    quantity_fen: int
    status: CashWithdrawalStatus

    def __post_init__(self) -> None:
        ensure(self.quantity_fen > 0, "A cash withdrawal is above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferIn:
    """Units that a registry sent, tCO2e."""

    transfer_no: TransferNo
    market: MarketCode
    holder_account_no: AccountNo
    product: ProductCode
    quantity_tco2e: int
    state: TransferInState


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitWithdrawal:
    """Units on their way back to their registry, tCO2e; in transit until the registry has them."""

    withdrawal_no: str
    market: MarketCode
    account_no: AccountNo
    holder_account_no: AccountNo
    product: ProductCode
    quantity_tco2e: int
    state: UnitWithdrawalState

    def __post_init__(self) -> None:
        ensure(self.quantity_tco2e > 0, "A withdrawal is above zero")
