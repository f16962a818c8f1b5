"""Units and trades between trading and the two registries that keep the units.

CHK-11  The registry's trading bucket equals the allowance positions, per holder and product.
CHK-12  The CCER registry's trading bucket equals the positions on all venues, per holder and product.
CHK-13  Every transfer from the registry to trading arrives once or comes back.
CHK-14  Every transfer from the CCER registry to a venue arrives once or comes back.
CHK-15  Every withdrawal of allowances from trading is back in the registry once.
CHK-16  Every withdrawal from a venue is back in the CCER registry once.
CHK-17  Every settled allowance trade has exactly one unit leg in the registry, with the same content.
CHK-18  Every settled trade on a venue has exactly one unit leg in the CCER registry, with the same content.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from consistency_checker.domain.books import (
    POSITIONS,
    TRADES,
    TRADING,
    TRANSFERS_IN,
    WITHDRAWALS,
    Keeper,
)
from consistency_checker.domain.invariants.comparing import (
    Key,
    content_differences,
    evidence,
    quantity_differences,
    repeated,
    summed,
)
from consistency_checker.domain.rows import SettledTrade, Trade, TransferBack, TransferIn, TransferOut
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

ANSWERS: Final = {"ACCEPTED": "TransferInAccepted", "REFUSED": "TransferInRefused"}
WITHDRAWN: Final = "WithdrawalRequested"

Find = Callable[[Snapshot], Iterable[Evidence]]
Legs = Iterator[tuple[Key, int]]


def positions_equal_trading_bucket(keeper: Keeper) -> Find:
    """Compare a registry's trading bucket with the positions, per holder's account and product.

    The two differ by what one of them has done and the other not yet: transfers that trading took in, withdrawals
    that the registry took back, and trades whose unit leg is done. Other invariants compare each of these alone.
    """

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        snapshot.join(keeper.service, TRADING)
        expected = summed(
            [
                *(
                    ((row.account_no, row.product), row.quantity_tco2e)
                    for row in snapshot.rows(keeper.holdings)
                    if row.bucket == "trading"
                ),
                *_taken_in_unanswered(snapshot, keeper),
                *_returned_unheard(snapshot, keeper),
                *_settled_here_only(snapshot, keeper),
            ]
        )
        found = summed(
            ((row.holder_account_no, row.product), row.quantity_tco2e)
            for row in snapshot.rows(POSITIONS)
            if keeper.serves(row.market)
        )
        yield from quantity_differences(
            expected,
            found,
            expected_in=f"{keeper.holdings.path}, trading bucket and what is under way",
            found_in=POSITIONS.path,
        )

    return find


def transfers_arrive_once(keeper: Keeper) -> Find:
    """Compare every transfer to trading with what trading made of it, messages in flight included."""

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        snapshot.join(keeper.service, TRADING)
        sent = {row.transfer_no: row for row in snapshot.rows(keeper.transfers)}
        taken = {row.transfer_no: row for row in _transfers_in(snapshot, keeper)}
        asked = snapshot.flying_keys(TRADING, keeper.sent_event, "transfer_no")
        answers = _answers(snapshot, keeper)
        for number in sorted(sent.keys() | taken.keys()):
            wrong = _transfer_fault(
                sent.get(number), taken.get(number), is_asked=number in asked, answers=answers
            )
            if wrong:
                yield evidence((number,), *wrong)

    return find


def withdrawals_return_once(keeper: Keeper) -> Find:
    """Compare every withdrawal from trading with what the registry took back, messages in flight included."""

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        snapshot.join(keeper.service, TRADING)
        wanted = {row.withdrawal_no: row for row in snapshot.rows(WITHDRAWALS) if keeper.serves(row.market)}
        returned = {row.withdrawal_no: row for row in snapshot.rows(keeper.returns)}
        asked = snapshot.flying_keys(keeper.service, WITHDRAWN, "withdrawal_no")
        told = snapshot.flying_keys(TRADING, keeper.returned_event, "withdrawal_no")
        for number in sorted(wanted.keys() | returned.keys()):
            mine, theirs = wanted.get(number), returned.get(number)
            if mine is None or theirs is None:
                if theirs is not None or number not in asked:
                    yield evidence((number,), _withdrawal(mine), _withdrawal(theirs))
            elif (mine.holder_account_no, mine.product, mine.quantity_tco2e) != theirs[1:]:
                yield evidence((number,), _withdrawal(mine), _withdrawal(theirs))
            elif mine.state != "DONE" and number not in told:
                yield evidence(
                    (number,), "DONE, as the units are back", f"{mine.state} in {WITHDRAWALS.path}"
                )

    return find


def trades_settle_once(keeper: Keeper) -> Find:
    """Compare settled trades with their unit legs, one to one; a leg may be ahead while the trade is being settled."""

    def find(snapshot: Snapshot) -> Iterator[Evidence]:
        snapshot.join(keeper.service, TRADING)
        trades = {row.trade_no: row for row in snapshot.rows(TRADES) if keeper.serves(row.market)}
        legs = snapshot.rows(keeper.settled_trades)
        yield from repeated(((row.trade_no,) for row in legs), found_in=keeper.settled_trades.path)
        done = {row.trade_no for row in legs}
        yield from content_differences(
            {
                (number,): _leg(row)
                for number, row in trades.items()
                if row.status == "SETTLED" or (row.status == "SETTLING" and number in done)
            },
            {(row.trade_no,): row[1:] for row in legs},
            expected_in=TRADES.path,
            found_in=keeper.settled_trades.path,
        )

    return find


def _transfers_in(snapshot: Snapshot, keeper: Keeper) -> list[TransferIn]:
    return [row for row in snapshot.rows(TRANSFERS_IN) if keeper.serves(row.market)]


def _answers(snapshot: Snapshot, keeper: Keeper) -> frozenset[tuple[str, str]]:
    return frozenset(
        (number, state)
        for state, event in ANSWERS.items()
        for number in snapshot.flying_keys(keeper.service, event, "transfer_no")
    )


def _transfer_fault(
    sent: TransferOut | None,
    taken: TransferIn | None,
    *,
    is_asked: bool,
    answers: frozenset[tuple[str, str]],
) -> tuple[str, str] | None:
    """Tell what was expected and what was found when a transfer is not where it can be."""
    if sent is None:
        return "a transfer that a registry sent", f"{taken} in {TRANSFERS_IN.path}"
    if taken is None:
        is_on_its_way = sent.state == "SENT" and is_asked
        return (
            None
            if is_on_its_way
            else (f"{sent.state} with an answer of trading", "no such transfer in trading")
        )
    if sent[1:4] != (taken.holder_account_no, taken.product, taken.quantity_tco2e):
        return " ".join(map(str, sent[1:4])), " ".join(map(str, taken[2:5]))
    is_unanswered = sent.state == "SENT" and (sent.transfer_no, taken.state) in answers
    if sent.state == taken.state or is_unanswered:
        return None
    return f"{taken.state} as in {TRANSFERS_IN.path}", f"{sent.state} in the registry"


def _withdrawal(row: TransferBack | tuple[object, ...] | None) -> str:
    return "no such withdrawal" if row is None else " ".join(map(str, row))


def _leg(trade: Trade) -> tuple[str, str, str, int]:
    return (
        trade.seller_holder_account_no,
        trade.buyer_holder_account_no,
        trade.product,
        trade.quantity_tco2e,
    )


def _taken_in_unanswered(snapshot: Snapshot, keeper: Keeper) -> Legs:
    unanswered = {row.transfer_no for row in snapshot.rows(keeper.transfers) if row.state == "SENT"}
    for row in _transfers_in(snapshot, keeper):
        if row.state == "ACCEPTED" and row.transfer_no in unanswered:
            yield (row.holder_account_no, row.product), row.quantity_tco2e


def _returned_unheard(snapshot: Snapshot, keeper: Keeper) -> Legs:
    waiting = {row.withdrawal_no for row in snapshot.rows(WITHDRAWALS) if row.state != "DONE"}
    for row in snapshot.rows(keeper.returns):
        if row.withdrawal_no in waiting:
            yield (row.account_no, row.product), row.quantity_tco2e


def _settled_here_only(snapshot: Snapshot, keeper: Keeper) -> Legs:
    settled = {row.trade_no for row in snapshot.rows(TRADES) if row.status == "SETTLED"}
    for row in snapshot.rows(keeper.settled_trades):
        if row.trade_no not in settled:
            yield from _undone(row)


def _undone(row: SettledTrade) -> Legs:
    yield (row.seller_account_no, row.product), row.quantity_tco2e
    yield (row.buyer_account_no, row.product), -row.quantity_tco2e
