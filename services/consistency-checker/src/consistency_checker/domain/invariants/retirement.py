"""Units that leave their vintage for good: voluntary cancellation, and carry-over into 2025.

CHK-67  Units in pending cancellation are those of the applications that wait.
CHK-68  Cancelled units are those of the registered cancellations, each under a certificate of its own.
CHK-69  Units in pending carry-over are those of the applications that wait.
CHK-70  Units carried over are replaced by as many of 2025, and of no entity by more than its notice may allow.
CHK-80  Sales in carry-over notices are those of trading's settled trades of 2024 and 2025.
CHK-83  What went over of carry-over notices went over by a merger of these entities, and adds to the notices as much.
"""

from collections.abc import Iterator
from typing import Final

from consistency_checker.domain.books import CANCELLATION_APPLICATIONS as CANCELLATIONS
from consistency_checker.domain.books import (
    CARRY_OVER_LINES,
    CARRY_OVER_NOTICES,
    CARRY_OVER_SUCCESSIONS,
    MERGERS,
    REGISTRY,
    REGISTRY_UNITS,
    TRADES,
    TRADING,
)
from consistency_checker.domain.invariants.comparing import (
    evidence,
    held_in_bucket,
    quantity_differences,
    repeated,
    summed,
)
from consistency_checker.domain.invariants.corrections import corrections
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence

CARRIED_OVER_ACCOUNT: Final = "R-CARRIED-OVER"
NEW_PRODUCT: Final = "CEA-2025"
# Source: 2023、2024年度全国碳排放权交易发电行业配额总量和分配方案, 国环规气候〔2024〕1号, 2024-10-15, annex 5.
SALES_FACTOR_NUMERATOR: Final = 3
SALES_FACTOR_DENOMINATOR: Final = 2

# As above: vintages and trading dates whose trades count, dates as text, both ends included.
OLD_PRODUCTS: Final = frozenset({"CEA-2019-2020", "CEA-2021", "CEA-2022", "CEA-2023", "CEA-2024"})
FIRST_TRADING_DATE: Final = "2024-01-01"
LAST_TRADING_DATE: Final = "2025-12-31"

WAITING_CANCELLATIONS: Final = frozenset({"SUBMITTED", "CHECKED"})
WAITING_CARRY_OVERS: Final = frozenset({"SUBMITTED", "PROCESSING"})
REGISTERED: Final = "REGISTERED"
WITHDRAWN: Final = "WITHDRAWN"


def waiting_cancellations_hold_their_units(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare units in pending cancellation with the applications that wait, per account and product."""
    yield from quantity_differences(
        summed(
            ((row.account_no, row.product), row.quantity_tco2e)
            for row in snapshot.rows(CANCELLATIONS)
            if row.status in WAITING_CANCELLATIONS
        ),
        held_in_bucket(snapshot, "pending_cancellation"),
        expected_in=f"{CANCELLATIONS.path}, not yet decided",
        found_in=f"{REGISTRY_UNITS.holdings.path}, pending cancellation",
    )


def registered_cancellations_make_the_cancelled_units(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare cancelled units with registered cancellations per product, and look for shared certificates."""
    registered = [row for row in snapshot.rows(CANCELLATIONS) if row.status == REGISTERED]
    corrected = corrections(snapshot, "CANCELLATION")
    yield from quantity_differences(
        summed(
            [
                *(((row.product,), row.quantity_tco2e) for row in registered),
                *(((row.product,), row.change_tco2e) for row in corrected),
            ]
        ),
        summed(
            ((row.product,), row.quantity_tco2e)
            for row in snapshot.rows(REGISTRY_UNITS.holdings)
            if row.bucket == "cancelled"
        ),
        expected_in=f"{CANCELLATIONS.path}, registered and not corrected",
        found_in=f"{REGISTRY_UNITS.holdings.path}, cancelled",
    )
    yield from repeated(((row.certificate_no,) for row in registered), found_in=CANCELLATIONS.path)
    for row in registered:
        if not row.certificate_no:
            yield evidence((row.application_no,), "a certificate", "none")


def waiting_carry_overs_hold_their_units(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare units in pending carry-over with the applications that wait, per account and product."""
    yield from quantity_differences(
        summed(
            ((f"R-E-{line.credit_code}", line.product), line.quantity_tco2e)
            for line in snapshot.rows(CARRY_OVER_LINES)
            if line.status in WAITING_CARRY_OVERS
        ),
        held_in_bucket(snapshot, "pending_carry_over"),
        expected_in=f"{CARRY_OVER_LINES.path}, not yet registered",
        found_in=f"{REGISTRY_UNITS.holdings.path}, pending carry-over",
    )


def carried_over_units_are_replaced_within_the_notice(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare old units with new ones, and applications with the limits recomputed from each notice's figures."""
    lines = snapshot.rows(CARRY_OVER_LINES)
    registered = [line for line in lines if line.status == REGISTERED]
    corrected = corrections(snapshot, "CARRY_OVER")
    yield from quantity_differences(
        summed(
            [
                *(((line.product,), line.quantity_tco2e) for line in registered),
                *(((row.product,), row.change_tco2e) for row in corrected),
            ]
        ),
        summed(
            ((row.product,), row.quantity_tco2e)
            for row in snapshot.rows(REGISTRY_UNITS.holdings)
            if row.account_no == CARRIED_OVER_ACCOUNT
        ),
        expected_in=f"{CARRY_OVER_LINES.path}, registered and not corrected",
        found_in=f"{REGISTRY_UNITS.holdings.path}, {CARRIED_OVER_ACCOUNT}",
    )
    numbers = {line.application_no for line in lines}
    yield from quantity_differences(
        summed(((line.application_no,), line.quantity_tco2e) for line in registered),
        summed(
            ((block.origin,), block.quantity_tco2e)
            for block in snapshot.rows(REGISTRY_UNITS.blocks)
            if block.product == NEW_PRODUCT and block.origin in numbers
        ),
        expected_in=f"{CARRY_OVER_LINES.path}, registered",
        found_in=f"{REGISTRY_UNITS.blocks.path}, {NEW_PRODUCT}",
    )
    yield from _beyond_the_notice(snapshot)


def net_sales_follow_from_trades(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare what notices say was sold and bought with trading's own trades, per entity."""
    snapshot.join(REGISTRY, TRADING)
    notices = snapshot.rows(CARRY_OVER_NOTICES)
    counted = [
        trade
        for trade in snapshot.rows(TRADES)
        if trade.product in OLD_PRODUCTS
        and trade.status == "SETTLED"
        and FIRST_TRADING_DATE <= trade.trading_date <= LAST_TRADING_DATE
    ]
    noticed = {f"R-E-{notice.credit_code}" for notice in notices}
    told = summed(
        amount
        for notice in notices
        for amount in (
            ((f"R-E-{notice.credit_code}", "sold"), notice.sold_tco2e),
            ((f"R-E-{notice.credit_code}", "bought"), notice.bought_tco2e),
        )
    )
    all_traded = summed(
        (key, trade.quantity_tco2e)
        for trade in counted
        for key in ((trade.seller_holder_account_no, "sold"), (trade.buyer_holder_account_no, "bought"))
    )
    traded = {key: quantity for key, quantity in all_traded.items() if key[0] in noticed}
    yield from quantity_differences(
        traded, told, expected_in=TRADES.path, found_in=CARRY_OVER_NOTICES.path, keys_max=1
    )
    for notice in notices:
        expected = tuple(
            sum(all_traded.get((f"R-E-{code}", side), 0) for code in notice.absorbed_credit_codes.split())
            for side in ("sold", "bought")
        )
        absorbed = (notice.absorbed_sold_tco2e, notice.absorbed_bought_tco2e)
        if absorbed != expected:
            yield evidence(
                (notice.credit_code,),
                f"sold and bought by those absorbed {expected} in {TRADES.path}",
                f"{absorbed} in {CARRY_OVER_NOTICES.path}",
            )


def what_notices_leave_goes_over(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare what notices took over with what went over, and this with the mergers that it went over by."""
    mergers = {
        row.registration_no: (row.absorbed_credit_code, row.survivor_credit_code)
        for row in snapshot.rows(MERGERS)
    }
    successions = snapshot.rows(CARRY_OVER_SUCCESSIONS)
    for row in successions:
        of = (row.credit_code, row.successor_credit_code)
        if mergers.get(row.registration_no) != of or row.quantity_tco2e <= 0:
            yield evidence(
                (row.registration_no,),
                f"a merger of {' into '.join(of)} in {MERGERS.path}, something going over",
                f"{row.quantity_tco2e} in {CARRY_OVER_SUCCESSIONS.path}",
            )
    noticed = {row.credit_code for row in snapshot.rows(CARRY_OVER_NOTICES)}
    yield from quantity_differences(
        summed(
            ((code,), quantity)
            for row in successions
            for code, quantity in (
                (row.credit_code, -row.quantity_tco2e),
                (row.successor_credit_code, row.quantity_tco2e),
            )
            if code in noticed
        ),
        summed(((row.credit_code,), row.taken_over_tco2e) for row in snapshot.rows(CARRY_OVER_NOTICES)),
        expected_in=CARRY_OVER_SUCCESSIONS.path,
        found_in=CARRY_OVER_NOTICES.path,
    )


def _beyond_the_notice(snapshot: Snapshot) -> Iterator[Evidence]:
    limits: dict[str, int] = {}
    for notice in snapshot.rows(CARRY_OVER_NOTICES):
        sold = notice.sold_tco2e + notice.absorbed_sold_tco2e
        net_sales = max(0, sold - notice.bought_tco2e - notice.absorbed_bought_tco2e)
        computed = notice.base_tco2e + net_sales * SALES_FACTOR_NUMERATOR // SALES_FACTOR_DENOMINATOR
        allowed = min(computed, notice.holding_tco2e)
        limits[notice.credit_code] = allowed + notice.taken_over_tco2e
        told = (notice.computed_tco2e, notice.allowed_tco2e)
        if told != (computed, allowed):
            yield evidence(
                (notice.credit_code,),
                f"{computed} computed, {allowed} allowed",
                f"{told[0]} computed, {told[1]} allowed in {CARRY_OVER_NOTICES.path}",
            )
    applied = summed(
        [
            *(
                ((line.credit_code,), line.quantity_tco2e)
                for line in snapshot.rows(CARRY_OVER_LINES)
                if line.status != WITHDRAWN
            ),
            *(((row.credit_code,), row.change_tco2e) for row in corrections(snapshot, "CARRY_OVER")),
        ]
    )
    for key, quantity in sorted(applied.items()):
        if quantity > limits.get(key[0], 0):
            yield evidence(key, f"at most {limits.get(key[0], 0)}", f"{quantity} in {CARRY_OVER_LINES.path}")
