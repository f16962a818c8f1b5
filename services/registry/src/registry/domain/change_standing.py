"""What a change registration finds: accounts, holdings, freezes, entries; and the checks that several kinds share."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ets_kernel.domain.errors import EtsError, ProductInvalid
from ets_kernel.domain.products import ProductKind, parse_product
from ets_ledger.domain.entries import Entry
from ets_ledger.domain.errors import TransferInvalid
from ets_ledger.domain.values import Bucket

from registry.domain.accounts import Account, AccountKind, AccountUse, AddressedAccounts, refusal_of_use
from registry.domain.change import ChangeKind, ProposedChange
from registry.domain.change_errors import AccountNotEligible, HoldingsInProcess, ProductNotTransferable
from registry.domain.corrected_records import Record
from registry.domain.corrected_standing import RecordsStanding
from registry.domain.earmark import refusal_of_taking
from registry.domain.judicial_freeze import JudicialFreeze

HOLDERS: Final = frozenset({AccountKind.EMITTER, AccountKind.INSTITUTION, AccountKind.INDIVIDUAL})
LEGAL_PERSONS: Final = frozenset({AccountKind.EMITTER, AccountKind.INSTITUTION})

HoldingKey = tuple[str, str, str]
"""Account, product and bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of all that a change names: open accounts, holdings in tCO2e, freezes, entries of the journal."""

    accounts: AddressedAccounts
    held: Mapping[HoldingKey, int]
    freezes: Mapping[str, JudicialFreeze]
    entries: Mapping[str, Entry]
    # Transfer ids of entries that are corrected.
    corrected: frozenset[str]
    # What provinces' accounts hold for entities, by account and product, tCO2e.
    earmarked: Mapping[tuple[str, str], int] = field(default_factory=dict)
    # What the entries to correct have registered, by transfer id, and how that stands.
    records: Mapping[str, Record] = field(default_factory=dict)
    of_records: RecordsStanding = field(default_factory=RecordsStanding)


def account_of(account_no: str, standing: Standing) -> Account:
    """Find an open account; ACCOUNT_NOT_FOUND, ACCOUNT_CLOSED."""
    account = standing.accounts.found(account_no)
    if isinstance(account, EtsError):
        raise account
    return account


def giver_of(account_no: str, standing: Standing, kinds: frozenset[AccountKind] = HOLDERS) -> Account:
    """Find an open account of one of these kinds; ACCOUNT_NOT_FOUND, ACCOUNT_CLOSED, ACCOUNT_NOT_ELIGIBLE."""
    account = account_of(account_no, standing)
    if account.kind not in kinds:
        raise _not_eligible(account)
    return account


def receiver_of(account_no: str, standing: Standing, kinds: frozenset[AccountKind] = HOLDERS) -> Account:
    """Find an open account of one of these kinds that may receive units.

    ACCOUNT_NOT_FOUND, ACCOUNT_CLOSED, ACCOUNT_NOT_ELIGIBLE, ACCOUNT_RESTRICTED.
    """
    account = giver_of(account_no, standing, kinds)
    refusal = refusal_of_use(account, AccountUse.RECEIPT)
    if refusal is not None:
        raise refusal
    return account


def _not_eligible(account: Account) -> AccountNotEligible:
    return AccountNotEligible(
        f"{account.account_no} is a {account.kind} account", account_no=account.account_no, kind=account.kind
    )


def check_different(source_no: str, target_no: str) -> None:
    """Refuse an account that gives to itself; TRANSFER_INVALID."""
    if source_no == target_no:
        raise TransferInvalid(f"{source_no} cannot give to itself", account_no=source_no)


def check_products(proposed: ProposedChange, kinds: frozenset[ProductKind]) -> None:
    """Refuse products of other kinds in lines that name a product; PRODUCT_NOT_TRANSFERABLE."""
    for line in proposed.lines:
        if not line.freeze_no:
            check_product(line.product, kinds, proposed.kind)


def check_product(product: str, kinds: frozenset[ProductKind], change_kind: ChangeKind) -> None:
    """Refuse a product of another kind; PRODUCT_NOT_TRANSFERABLE."""
    try:
        is_allowed = parse_product(product, "product").kind in kinds
    except ProductInvalid:
        is_allowed = False
    if not is_allowed:
        raise ProductNotTransferable(
            f"no {change_kind} moves {product}", product=product, change_kind=change_kind
        )


def check_registered(proposed: ProposedChange, standing: Standing) -> None:
    """Refuse with the reason that helps most where units exist, but not in the registered holding."""
    wanted: Counter[tuple[str, str]] = Counter()
    for line in proposed.lines:
        if not line.freeze_no:
            wanted[line.source_account_no or proposed.account_no, line.product] += line.quantity_tco2e
    for (account_no, product), quantity in wanted.items():
        registered = standing.held.get((account_no, product, Bucket.REGISTERED), 0)
        elsewhere = {
            bucket: held
            for (owner, held_product, bucket), held in standing.held.items()
            if (owner, held_product) == (account_no, product)
            and bucket not in {Bucket.REGISTERED, Bucket.JUDICIALLY_FROZEN}
        }
        if registered < quantity <= registered + sum(elsewhere.values()):
            raise in_process(
                account_no,
                product,
                requested=quantity,
                registered=registered,
                buckets=" ".join(sorted(elsewhere)),
            )


def check_earmarked(taken: Mapping[HoldingKey, int], standing: Standing) -> None:
    """Refuse to take from a province's account what it holds for entities; INSUFFICIENT_HOLDING."""
    for (account_no, product, bucket), quantity in taken.items():
        refusal = refusal_of_taking(
            account_no,
            product,
            bucket,
            quantity=quantity,
            held=standing.held.get((account_no, product, bucket), 0),
            earmarked=standing.earmarked.get((account_no, product), 0),
        )
        if refusal is not None:
            raise refusal


def in_process(
    account_no: str, product: str, *, requested: int, registered: int, buckets: str
) -> HoldingsInProcess:
    """Make the refusal of units that an application, a transfer or trading has."""
    return HoldingsInProcess(
        f"{account_no} has units of {product} in {buckets}: they come free first, by a return, an answer or a decision",
        account_no=account_no,
        product=product,
        buckets=buckets,
        requested_tco2e=requested,
        registered_tco2e=registered,
    )
