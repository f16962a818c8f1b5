"""Send units from general holding accounts to venues."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, MarketCode, ProductCode

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.results import ItemOutcome
from ccer_bridge.domain.accounts import Account, account_no_of, parse_venue, refusal_of_use
from ccer_bridge.domain.events import UnitsTransferredToVenue
from ccer_bridge.domain.movements import transfer_to_venue
from ccer_bridge.domain.projects import refusal_of_product
from ccer_bridge.domain.transfers import TransferState, VenueTransfer, transfer_no


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTransfer:
    """Units that a holder wants at a venue, tCO2e."""

    credit_code: str
    venue: str
    product: str
    quantity_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferToVenue:
    """Transfers of one request in order; they are numbered by it."""

    request_id: str
    transfers: tuple[WantedTransfer, ...]


async def transfer_units_to_venue(
    command: TransferToVenue, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Send what each account holds; the units are in transit until trading answers."""
    at = clock.now()
    accounts = await uow.accounts.lock({account_no_of(wanted.credit_code) for wanted in command.transfers})
    decided = [
        _decide(wanted, accounts.get(account_no_of(wanted.credit_code)), command.request_id, index)
        for index, wanted in enumerate(command.transfers)
    ]
    planned = [transfer for transfer in decided if isinstance(transfer, VenueTransfer)]
    results = await uow.ledger.post([transfer_to_venue(transfer) for transfer in planned], at=at)
    refusals = {
        transfer.transfer_no: result
        for transfer, result in zip(planned, results, strict=True)
        if isinstance(result, EtsError)
    }
    sent = [transfer for transfer in planned if transfer.transfer_no not in refusals]
    await uow.transfers.add(sent)
    for transfer in sent:
        uow.record(UnitsTransferredToVenue(transfer=transfer, at=at))
    return [
        outcome if isinstance(outcome, EtsError) else refusals.get(outcome.transfer_no, outcome.transfer_no)
        for outcome in decided
    ]


def _decide(
    wanted: WantedTransfer, account: Account | None, request_id: str, index: int
) -> VenueTransfer | EtsError:
    account_no = account_no_of(wanted.credit_code)
    refusal = refusal_of_use(account, account_no) or _refusal_of_venue(wanted.venue)
    if refusal is None:
        refusal = refusal_of_product(wanted.product, account_no, wanted.quantity_tco2e)
    if refusal is not None:
        return refusal
    return VenueTransfer(
        transfer_no=transfer_no(request_id, index),
        account_no=account_no,
        credit_code=CreditCode(wanted.credit_code),
        venue=MarketCode(wanted.venue),
        product=ProductCode(wanted.product),
        quantity_tco2e=wanted.quantity_tco2e,
        state=TransferState.SENT,
    )


def _refusal_of_venue(venue: str) -> EtsError | None:
    try:
        parse_venue(venue)
    except EtsError as refusal:
        return refusal
    return None
