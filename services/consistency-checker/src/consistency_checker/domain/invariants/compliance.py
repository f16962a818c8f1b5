"""Surrender and compliance: applications, obligations, retired units, and what the management platform knows.

CHK-30  Nobody surrenders beyond an obligation that was never changed, and completion follows from what counts.
CHK-31  Registered applications and forced surrenders make the surrendered sums and the retired units.
CHK-32  Units set aside are those of the applications that wait.
CHK-33  Used credits make the offset of each entity.
CHK-34  Credits used, made or still to be made stay within 5 % of the highest obligation that there was.
CHK-35  Confirmed applications stay within 5 % of the highest obligation that there was.
CHK-36  The management platform knows each entity's compliance as the registry does.
"""

from collections.abc import Iterator
from typing import Final

from ets_kernel.domain.quantities import percent_floor

from consistency_checker.domain.books import (
    APPLICATIONS,
    COMPLIANCE,
    CREDITS,
    FORCED,
    HANDOVER_ROWS,
    MRV,
    OBLIGATION_VERSIONS,
    OBLIGATIONS,
    REGISTRY,
    REGISTRY_UNITS,
    SURRENDERS,
)
from consistency_checker.domain.invariants.comparing import (
    Key,
    evidence,
    held_in_bucket,
    quantity_differences,
    summed,
)
from consistency_checker.domain.invariants.corrections import corrections
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.surrender_rows import Obligation, ObligationVersion
from consistency_checker.domain.verdict import Evidence

# Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 29; 关于做好全国碳排放权交易市场第一个履约周期
# 碳排放配额清缴工作的通知, 2021-10-23, annex 1, section 一(一): at most 5 % of the obligation.
OFFSET_LIMIT_PERCENT: Final = 5

# Source: 国环规气候〔2025〕2号, 2025-11-16: nothing offsets the obligation of industry for 2024.
WITHOUT_OFFSET: Final = {"2024": frozenset({"STEEL", "CEMENT", "ALUMINIUM"})}

OFFSET_PREFIX: Final = "OFFSET-"
OPEN_STATES: Final = frozenset({"OFFERED", "SUBMITTED", "CONFIRMED"})
# Events that tell how an entity stands after them.
TOLD: Final = ("SurrenderRegistered", "ForcedSurrenderRegistered", "ObligationChanged", "SurrenderCorrected")


def by_sector(row: Obligation) -> dict[str, int]:
    """Give what is owed for each sector: beside, and for the obligation's own what is left."""
    beside = {
        "POWER": row.beside_power_tco2e,
        "STEEL": row.beside_steel_tco2e,
        "CEMENT": row.beside_cement_tco2e,
        "ALUMINIUM": row.beside_aluminium_tco2e,
    }
    own = row.obligation_tco2e - sum(beside.values())
    return {sector: owed + (own if sector == row.sector else 0) for sector, owed in beside.items()}


def offset_limit(row: Obligation) -> int:
    """Give the credits that count at most: 5 % of what is owed for each sector that they offset, rounded down."""
    excluded = WITHOUT_OFFSET.get(row.period, frozenset())
    return sum(
        percent_floor(max(owed, 0), 0 if sector in excluded else OFFSET_LIMIT_PERCENT)
        for sector, owed in by_sector(row).items()
    )


def stood(row: Obligation, version: ObligationVersion) -> Obligation:
    """Give an obligation as it stood by a version of it."""
    return row._replace(
        obligation_tco2e=version.obligation_tco2e,
        beside_power_tco2e=version.beside_power_tco2e,
        beside_steel_tco2e=version.beside_steel_tco2e,
        beside_cement_tco2e=version.beside_cement_tco2e,
        beside_aluminium_tco2e=version.beside_aluminium_tco2e,
    )


def nothing_is_surrendered_beyond_the_obligation(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for obligations that are exceeded, or whose completion does not follow from what counts.

    Of one that was lowered, credits above the new limit do not count, and more may be registered than is owed.
    """
    for row in snapshot.rows(OBLIGATIONS):
        registered = row.surrendered_tco2e + row.offset_tco2e
        covered = row.surrendered_tco2e + min(row.offset_tco2e, offset_limit(row))
        is_exceeded = row.notice_ordinal == 1 and registered > row.obligation_tco2e
        if is_exceeded or min(row.surrendered_tco2e, row.offset_tco2e) < 0:
            expected = f"at most {row.obligation_tco2e}, none below 0"
            yield _about(row, expected, f"{registered} in {OBLIGATIONS.path}")
        elif bool(row.completed_date) != (covered >= row.obligation_tco2e):
            found = f"completed on {row.completed_date}" if row.completed_date else "not completed"
            yield _about(row, f"{covered} of {row.obligation_tco2e} registered", found)


def registered_applications_make_the_sums(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare what was registered and not corrected with the obligations, and with the units that are retired."""
    lines = [
        (line.credit_code, line.period, line.product, line.quantity_tco2e)
        for line in snapshot.rows(SURRENDERS)
        if line.status == "REGISTERED"
    ]
    lines += [
        (forced.credit_code, forced.period, forced.product, forced.quantity_tco2e)
        for forced in snapshot.rows(FORCED)
        if forced.status == "REGISTERED" and forced.period
    ]
    lines += [
        (row.credit_code, row.period, row.product, row.change_tco2e)
        for row in corrections(snapshot, "SURRENDER", "FORCED_SURRENDER")
    ]
    expected = summed(
        ((credit_code, period, _side(product)), quantity) for credit_code, period, product, quantity in lines
    )
    found = summed(
        [
            amount
            for row in snapshot.rows(OBLIGATIONS)
            for amount in (
                ((row.credit_code, row.period, "allowances"), row.surrendered_tco2e),
                ((row.credit_code, row.period, "credits"), row.offset_tco2e),
            )
        ]
    )
    yield from quantity_differences(
        expected,
        found,
        expected_in=f"{SURRENDERS.path} and {FORCED.path}",
        found_in=OBLIGATIONS.path,
        keys_max=1,
    )
    yield from quantity_differences(
        summed(((product,), quantity) for _, _, product, quantity in lines),
        summed(
            ((row.product,), row.quantity_tco2e)
            for row in snapshot.rows(REGISTRY_UNITS.holdings)
            if row.bucket == "surrendered"
        ),
        expected_in=f"{SURRENDERS.path} and {FORCED.path}",
        found_in=f"{REGISTRY_UNITS.holdings.path}, surrendered",
    )


def open_applications_hold_their_units(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare units set aside with the applications that wait, per account and product."""
    yield from quantity_differences(
        summed(
            ((line.account_no, line.product), line.quantity_tco2e)
            for line in snapshot.rows(SURRENDERS)
            if line.status in OPEN_STATES
        ),
        held_in_bucket(snapshot, "pending_surrender"),
        expected_in=f"{SURRENDERS.path}, not yet decided or registered",
        found_in=f"{REGISTRY_UNITS.holdings.path}, pending surrender",
    )


def used_credits_make_the_offset(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare used credits with the offset of obligations per entity; no credit is used beyond what it is."""
    for row in snapshot.rows(CREDITS):
        if not 0 <= row.used_tco2e <= row.credited_tco2e:
            yield evidence(
                (row.cancellation_no,),
                f"0 to {row.credited_tco2e} used",
                f"{row.used_tco2e} in {CREDITS.path}",
            )
    yield from quantity_differences(
        summed(((row.credit_code,), row.used_tco2e) for row in snapshot.rows(CREDITS)),
        summed(((row.credit_code,), row.offset_tco2e) for row in snapshot.rows(OBLIGATIONS)),
        expected_in=CREDITS.path,
        found_in=OBLIGATIONS.path,
    )


def offset_stays_within_five_percent(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare what is used, what was credited or will be, with 5 % of the highest obligation, rounded down.

    What was made under a higher obligation stays; that it does not count above the present limit is CHK-30.
    """
    limits = _limits(snapshot)
    amounts = {
        f"used in {OBLIGATIONS.path}": summed(
            ((row.credit_code,), row.offset_tco2e) for row in snapshot.rows(OBLIGATIONS)
        ),
        f"accepted in {HANDOVER_ROWS.path}": summed(
            ((row.credit_code,), row.quantity_tco2e)
            for row in snapshot.rows(HANDOVER_ROWS)
            if row.is_accepted
        ),
        f"credited in {CREDITS.path}": summed(
            ((row.credit_code,), row.credited_tco2e) for row in snapshot.rows(CREDITS)
        ),
    }
    yield from _above(limits, amounts)


def confirmations_stay_within_five_percent(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare what provinces confirmed with 5 % of the highest obligation, rounded down."""
    snapshot.join(MRV, REGISTRY)
    confirmed = summed(
        ((row.credit_code,), row.confirmed_tco2e)
        for row in snapshot.rows(APPLICATIONS)
        if row.status in {"CONFIRMED", "CANCELLED"}
    )
    yield from _above(_limits(snapshot), {f"confirmed in {APPLICATIONS.path}": confirmed})


def compliance_is_known_alike(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare each entity's compliance in the two systems; what is in flight counts as arrived."""
    snapshot.join(MRV, REGISTRY)
    known = {(row.credit_code, row.period): row for row in snapshot.rows(COMPLIANCE)}
    told = _told(snapshot)
    certified = snapshot.flying_keys(MRV, "ComplianceCertificateIssued", "credit_code")
    owed = {(row.credit_code, row.period): row for row in snapshot.rows(OBLIGATIONS)}
    for key in sorted(known.keys() - owed.keys()):
        if known[key][2:5] != (0, 0, 0):
            yield evidence(key[:1], f"an obligation in {OBLIGATIONS.path}", f"only in {COMPLIANCE.path}")
    for key, obligation in sorted(owed.items()):
        row = known.get(key)
        own = (row.obligation_tco2e, row.surrendered_tco2e, row.offset_tco2e) if row is not None else None
        sums = told.get(key) or own or (obligation.obligation_tco2e, 0, 0)
        if row is not None and sums[0] != obligation.obligation_tco2e:
            yield _about(
                obligation,
                f"obligation {obligation.obligation_tco2e} in {OBLIGATIONS.path}",
                f"obligation {sums[0]} in {COMPLIANCE.path}",
            )
        if sums[1:] != (obligation.surrendered_tco2e, obligation.offset_tco2e):
            yield _about(
                obligation,
                f"surrendered {obligation.surrendered_tco2e}, offset {obligation.offset_tco2e} in {OBLIGATIONS.path}",
                f"surrendered {sums[1]}, offset {sums[2]} in {COMPLIANCE.path}",
            )
        is_settled = key not in told and key[0] not in certified and obligation.obligation_tco2e > 0
        if is_settled and row is not None and row.is_completed != bool(obligation.completed_date):
            yield _about(
                obligation,
                f"completed: {bool(obligation.completed_date)} in {OBLIGATIONS.path}",
                f"completed: {row.is_completed} in {COMPLIANCE.path}",
            )


def _told(snapshot: Snapshot) -> dict[Key, tuple[int, int, int]]:
    """Give what the last event in flight says about each entity and period: owed, surrendered, offset."""
    found: dict[Key, tuple[int, int, int]] = {}
    for event in sorted(
        (event for name in TOLD for event in snapshot.flying(MRV, name)),
        key=lambda event: (event.stream, event.sequence),
    ):
        key = (event.text("status.credit_code"), event.text("status.period"))
        found[key] = (
            event.quantity("status.obligation_tco2e"),
            event.quantity("status.surrendered_tco2e"),
            event.quantity("status.offset_tco2e"),
        )
    return found


def _limits(snapshot: Snapshot) -> dict[Key, int]:
    """Give the highest limit of credits that each entity had, its periods added up."""
    owed = {(row.credit_code, row.period): row for row in snapshot.rows(OBLIGATIONS)}
    highest = {key: offset_limit(row) for key, row in owed.items()}
    for version in snapshot.rows(OBLIGATION_VERSIONS):
        key = (version.credit_code, version.period)
        if key in owed:
            highest[key] = max(highest[key], offset_limit(stood(owed[key], version)))
    return summed(((key[0],), limit) for key, limit in highest.items())


def _above(limits: dict[Key, int], amounts: dict[str, dict[Key, int]]) -> Iterator[Evidence]:
    for name, by_entity in amounts.items():
        for key, amount in sorted(by_entity.items()):
            if amount > limits.get(key, 0):
                yield evidence(
                    key, f"at most {limits.get(key, 0)}, 5 % of the obligation", f"{amount} {name}"
                )


def _side(product: str) -> str:
    return "credits" if product.startswith(OFFSET_PREFIX) else "allowances"


def _about(row: Obligation, expected: str, found: str) -> Evidence:
    return evidence((row.credit_code,), expected, found, subject=f"{row.credit_code} {row.period}")
