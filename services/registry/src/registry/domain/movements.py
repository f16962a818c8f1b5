"""Movements of the registry, in the ledger's words: who gives what to whom, under which number."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from ets_kernel.domain.errors import ProductInvalid
from ets_kernel.domain.ids import AccountNo, ProductCode, emitter_account, provincial_account
from ets_kernel.domain.products import ProductKind, allowance_product, parse_product
from ets_ledger.domain.commands import Command, Issue, Transfer
from ets_ledger.domain.values import Bucket, Place, SerialRange

from registry.domain.accounts import RECOVERED, SURRENDERED
from registry.domain.allocation_table import EntityRow, Issuance
from registry.domain.earmark import EarmarkChange, EarmarkKind
from registry.domain.handover import AcceptedRow
from registry.domain.plan_2021_2022 import BORROWED_PRODUCT
from registry.domain.surrender import SurrenderApplication, SurrenderLine
from registry.domain.trading import ReturnedUnits, Settlement, TradingTransfer

SETTLEMENT: Final = "settlement"
"""Kind of the journal's entries about settled trades."""


@lru_cache(maxsize=1024)
def is_tradable(product: str) -> bool:
    """Tell whether units may leave a registration account for trading: allowances only."""
    try:
        return parse_product(product, "product").kind is ProductKind.ALLOWANCE
    except ProductInvalid:
        return False


def issuance_commands(
    issuance: Issuance, rows: Sequence[EntityRow], earmarked: Sequence[EarmarkChange] = ()
) -> Iterator[Command]:
    """Issue to the provincial account, then on to the emitter; take back what a true-up is below zero by.

    All commands of a table are one group. Each issue is followed by its transfer, so that with nothing else in the
    provincial account an emitter gets the serials of its own table row; what stays with the province comes last.
    `earmarked` is what the table changes of that: units taken back are the province's first.
    """
    product = allowance_product(issuance.period)
    from_province = {
        change.credit_code: -change.change_tco2e
        for change in earmarked
        if change.kind is EarmarkKind.RECOVERED
    }
    left = []
    for row in rows:
        if row.issue_tco2e > 0 and row.differentiation.is_held_by_province:
            left.append(row)
        elif row.issue_tco2e > 0:
            yield from _given(issuance, row, product, row.issue_tco2e)
        elif row.issue_tco2e < 0:
            yield from _taken_back(issuance, row, product, from_province.get(row.credit_code, 0))
        if row.borrowed_tco2e:
            yield from _given(issuance, row, BORROWED_PRODUCT, row.borrowed_tco2e, step="borrow_")
    for row in left:
        yield _issue(issuance, row, product, row.issue_tco2e, step="")


def _given(
    issuance: Issuance, row: EntityRow, product: ProductCode, quantity_tco2e: int, *, step: str = ""
) -> Iterator[Command]:
    flow_id = f"{issuance.table_no}/{row.credit_code}"
    yield _issue(issuance, row, product, quantity_tco2e, step=step)
    yield Transfer(
        transfer_id=f"{flow_id}/{step}allocate",
        kind=f"{step}allocate",
        product=product,
        quantity=quantity_tco2e,
        source=Place(provincial_account(issuance.province_code), Bucket.REGISTERED),
        destination=Place(emitter_account(row.credit_code), Bucket.REGISTERED),
        group=issuance.table_no,
        flow_id=flow_id,
    )


def _issue(
    issuance: Issuance, row: EntityRow, product: ProductCode, quantity_tco2e: int, *, step: str
) -> Issue:
    flow_id = f"{issuance.table_no}/{row.credit_code}"
    return Issue(
        transfer_id=f"{flow_id}/{step}issue",
        kind=f"{step}issue",
        product=product,
        quantity=quantity_tco2e,
        destination=Place(provincial_account(issuance.province_code), Bucket.REGISTERED),
        origin=flow_id,
        group=issuance.table_no,
        flow_id=flow_id,
    )


def _taken_back(
    issuance: Issuance, row: EntityRow, product: ProductCode, from_province_tco2e: int
) -> Iterator[Command]:
    flow_id = f"{issuance.table_no}/{row.credit_code}"
    givers = (
        (emitter_account(row.credit_code), "recover", -row.issue_tco2e - from_province_tco2e),
        (provincial_account(issuance.province_code), "recover_earmarked", from_province_tco2e),
    )
    for account_no, kind, quantity in givers:
        if quantity:
            yield Transfer(
                transfer_id=f"{flow_id}/{kind}",
                kind=kind,
                product=product,
                quantity=quantity,
                source=Place(account_no, Bucket.REGISTERED),
                destination=RECOVERED,
                group=issuance.table_no,
                flow_id=flow_id,
            )


def transfer_to_trading(transfer: TradingTransfer) -> Transfer:
    """Send units on their way to trading."""
    return _move(
        transfer.account_no,
        transfer.product,
        transfer.quantity_tco2e,
        (Bucket.REGISTERED, Bucket.IN_TRANSIT),
        transfer_id=transfer.transfer_no,
        kind="transfer_to_trading",
        flow_id=transfer.transfer_no,
    )


def arrival(transfer: TradingTransfer, *, is_accepted: bool) -> Transfer:
    """Let units on their way arrive in trading, or come back."""
    return _move(
        transfer.account_no,
        transfer.product,
        transfer.quantity_tco2e,
        (Bucket.IN_TRANSIT, Bucket.TRADING if is_accepted else Bucket.REGISTERED),
        transfer_id=f"{transfer.transfer_no}/{'accepted' if is_accepted else 'refused'}",
        kind="transfer_to_trading_accepted" if is_accepted else "transfer_to_trading_refused",
        flow_id=transfer.transfer_no,
    )


def return_from_trading(returned: ReturnedUnits) -> Transfer:
    """Make units free again that trading released."""
    return _move(
        returned.account_no,
        returned.product,
        returned.quantity_tco2e,
        (Bucket.TRADING, Bucket.REGISTERED),
        transfer_id=f"return/{returned.withdrawal_no}",
        kind="return_from_trading",
        flow_id=returned.withdrawal_no,
    )


def settlement(trade: Settlement) -> Transfer:
    """Move the units of a trade from the seller's trading holding to the buyer's."""
    return Transfer(
        transfer_id=f"trade/{trade.trade_no}",
        kind=SETTLEMENT,
        product=ProductCode(trade.product),
        quantity=trade.quantity_tco2e,
        source=Place(AccountNo(trade.seller_account_no), Bucket.TRADING),
        destination=Place(AccountNo(trade.buyer_account_no), Bucket.TRADING),
        flow_id=trade.trade_no,
    )


def credit_creation(row: AcceptedRow) -> Issue:
    """Create the credits of a cancellation, with the serials of its CCER."""
    return Issue(
        transfer_id=f"credit/{row.cancellation_no}",
        kind="offset_credit",
        product=row.offset_product,
        quantity=row.quantity_tco2e,
        destination=Place(emitter_account(row.credit_code), Bucket.REGISTERED),
        origin=row.cancellation_no,
        serials=row.blocks,
        flow_id=row.offset_application_no,
    )


def pending(application: SurrenderApplication) -> Iterator[Transfer]:
    """Set the units of an application aside."""
    for line_no, line in enumerate(application.lines, start=1):
        yield _surrender_move(application, line_no, line, "pending", Bucket.REGISTERED)


def given_back(application: SurrenderApplication) -> Iterator[Transfer]:
    """Make the units of an application free again that was refused, withdrawn or returned."""
    for line_no, line in enumerate(application.lines, start=1):
        yield _surrender_move(application, line_no, line, application.status, Bucket.PENDING_SURRENDER)


def surrendered(application: SurrenderApplication) -> Iterator[Transfer]:
    """Retire the units of a confirmed application."""
    holder = application.account_no
    for line_no, line in enumerate(application.lines, start=1):
        yield Transfer(
            transfer_id=f"{application.application_no}/{line_no}/registered",
            kind="surrender",
            product=line.product,
            quantity=line.quantity_tco2e,
            source=Place(holder, Bucket.PENDING_SURRENDER),
            destination=SURRENDERED,
            serials=_serials(line),
            flow_id=application.application_no,
        )


def _surrender_move(
    application: SurrenderApplication, line_no: int, line: SurrenderLine, step: str, source: Bucket
) -> Transfer:
    holder = application.account_no
    is_back = source is Bucket.PENDING_SURRENDER
    return Transfer(
        transfer_id=f"{application.application_no}/{line_no}/{step}",
        kind=f"surrender_{step}",
        product=line.product,
        quantity=line.quantity_tco2e,
        source=Place(holder, source),
        destination=Place(holder, Bucket.REGISTERED if is_back else Bucket.PENDING_SURRENDER),
        serials=_serials(line),
        flow_id=application.application_no,
    )


def _serials(line: SurrenderLine) -> tuple[SerialRange, ...]:
    # Credits are picked one by one, so that a usage names the very serials; allowances are alike.
    return tuple(use.serials for use in line.uses)


def _move(
    account_no: str,
    product: str,
    quantity: int,
    buckets: tuple[Bucket, Bucket],
    *,
    transfer_id: str,
    kind: str,
    flow_id: str,
) -> Transfer:
    return Transfer(
        transfer_id=transfer_id,
        kind=kind,
        product=ProductCode(product),
        quantity=quantity,
        source=Place(AccountNo(account_no), buckets[0]),
        destination=Place(AccountNo(account_no), buckets[1]),
        flow_id=flow_id,
    )
