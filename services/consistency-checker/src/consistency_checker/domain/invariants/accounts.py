"""Registration accounts: closed ones are empty, holders have one, and each stands as its history says.

CHK-60  Every closed account is empty in every bucket.
CHK-61  Every holder has one open account.
CHK-62  Every account stands as its history and its restrictions say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from consistency_checker.domain.account_rows import AccountRestriction, AccountVersion
from consistency_checker.domain.books import (
    ACCOUNT_RESTRICTIONS,
    ACCOUNT_VERSIONS,
    ACCOUNTS,
    REGISTRY_UNITS,
)
from consistency_checker.domain.invariants.comparing import evidence, repeated
from consistency_checker.domain.rows import RegistryAccount
from consistency_checker.domain.snapshot import Snapshot
from consistency_checker.domain.verdict import Evidence


def closed_accounts_are_empty(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for units in closed accounts."""
    closed = {row.account_no for row in snapshot.rows(ACCOUNTS) if row.status == "CLOSED"}
    for row in snapshot.rows(REGISTRY_UNITS.holdings):
        if row.account_no in closed and row.quantity_tco2e:
            yield evidence(
                (row.account_no, row.product, row.bucket),
                f"nothing, as {row.account_no} is closed in {ACCOUNTS.path}",
                f"{row.quantity_tco2e} in {REGISTRY_UNITS.holdings.path}",
            )


def holders_have_one_account(snapshot: Snapshot) -> Iterator[Evidence]:
    """Look for numbers that come twice, and for holders with two open accounts; persons do not show in books."""
    rows = snapshot.rows(ACCOUNTS)
    yield from repeated(((row.account_no,) for row in rows), found_in=ACCOUNTS.path)
    yield from repeated(
        ((row.credit_code,) for row in rows if row.credit_code and row.status == "OPEN"),
        found_in=f"{ACCOUNTS.path}, open",
    )


def accounts_stand_as_their_history_says(snapshot: Snapshot) -> Iterator[Evidence]:
    """Compare accounts with their versions and with their restrictions."""
    versions: defaultdict[str, list[AccountVersion]] = defaultdict(list)
    for version in snapshot.rows(ACCOUNT_VERSIONS):
        versions[version.account_no].append(version)
    restrictions: defaultdict[str, list[AccountRestriction]] = defaultdict(list)
    for restriction in snapshot.rows(ACCOUNT_RESTRICTIONS):
        restrictions[restriction.account_no].append(restriction)
    known = {row.account_no: row for row in snapshot.rows(ACCOUNTS)}
    for account_no in sorted(versions.keys() | restrictions.keys() | known.keys()):
        row = known.get(account_no)
        if row is None:
            yield evidence((account_no,), f"in {ACCOUNTS.path}", f"only in {ACCOUNT_VERSIONS.path}")
            continue
        history = sorted(versions[account_no], key=lambda version: version.version)
        yield from _history(row, history)
        yield from _restrictions(row, history, restrictions[account_no])


def _history(row: RegistryAccount, history: Sequence[AccountVersion]) -> Iterator[Evidence]:
    numbers = [version.version for version in history]
    if not numbers or numbers != list(range(1, row.version + 1)):
        found = f"{numbers} in {ACCOUNT_VERSIONS.path}"
        yield evidence((row.account_no,), f"versions 1 to {row.version}", found)
        return
    last = history[-1]
    if (row.status, row.restricted_uses) != (last.status, last.restricted_uses):
        yield evidence(
            (row.account_no,),
            f"{last.status} [{last.restricted_uses}] at version {last.version}",
            f"{row.status} [{row.restricted_uses}] in {ACCOUNTS.path}",
        )
    if (last.change == "CLOSED") != (row.status == "CLOSED"):
        yield evidence((row.account_no,), f"closed by its last step {last.change}", f"{row.status}")


def _restrictions(
    row: RegistryAccount, history: Sequence[AccountVersion], restrictions: Sequence[AccountRestriction]
) -> Iterator[Evidence]:
    in_force = {use for one in restrictions if not one.is_lifted for use in one.uses.split()}
    stopped = " ".join(sorted(in_force))
    if stopped != row.restricted_uses:
        yield evidence(
            (row.account_no,),
            f"[{stopped}] by {ACCOUNT_RESTRICTIONS.path}",
            f"[{row.restricted_uses}] in {ACCOUNTS.path}",
        )
    steps = Counter(str(version.change) for version in history)
    made = (steps["RESTRICTED"], steps["RESTRICTION_LIFTED"])
    kept = (len(restrictions), sum(one.is_lifted for one in restrictions))
    if made != kept:
        yield evidence(
            (row.account_no,),
            f"{made[0]} restrictions and {made[1]} liftings in {ACCOUNT_VERSIONS.path}",
            f"{kept[0]} and {kept[1]} in {ACCOUNT_RESTRICTIONS.path}",
        )
