"""Offset credits: made once from cancelled CCER, keep its serials, used once, never transferred.

Source: 关于做好全国碳排放权交易市场第一个履约周期碳排放配额清缴工作的通知, 生态环境部办公厅, 2021-10-23, annex 1,
step 7 (用于抵销登记的CCER).

REG-6  A cancellation makes credits once, and a CCER serial is in one credit.
REG-7  A credit's serials are in at most one surrender application that waits or is registered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.ids import CancellationNo, ProductCode
from ets_kernel.domain.products import ProductKind
from ets_ledger.domain.values import SerialRange


def is_offset(product: str) -> bool:
    """Tell whether a product is offset credits."""
    return product.startswith(f"{ProductKind.OFFSET}-")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditBlock:
    """Serials of one cancellation that became a credit, in the order of creation."""

    cancellation_no: CancellationNo
    block_no: int
    product: ProductCode
    serials: SerialRange
    # When the project of the CCER was registered in the voluntary-reduction registry; None where nothing tells.
    registered_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditUse:
    """Serials of a credit that a surrender application holds."""

    cancellation_no: CancellationNo
    block_no: int
    product: ProductCode
    serials: SerialRange


def take_first(free: Sequence[CreditBlock], quantity: int) -> tuple[list[CreditUse], list[CreditBlock]]:
    """Take units from the first blocks; return what is used and what stays free. There must be enough."""
    uses: list[CreditUse] = []
    left: list[CreditBlock] = []
    missing = quantity
    for block in free:
        if not missing:
            left.append(block)
            continue
        taken = min(missing, block.serials.quantity)
        edge = block.serials.start + taken
        uses.append(
            CreditUse(
                cancellation_no=block.cancellation_no,
                block_no=block.block_no,
                product=block.product,
                serials=SerialRange(block.serials.start, edge - 1),
            )
        )
        if edge <= block.serials.end:
            left.append(_part(block, edge, block.serials.end))
        missing -= taken
    return uses, left


def _part(block: CreditBlock, start: int, end: int) -> CreditBlock:
    return CreditBlock(
        cancellation_no=block.cancellation_no,
        block_no=block.block_no,
        product=block.product,
        serials=SerialRange(start, end),
        registered_time=block.registered_time,
    )
