"""Change registrations (变更登记): what the registration body does to holdings, by two people, on a document.

REG-30  Whoever proposes a change registration does not confirm it.
REG-31  A registration is carried out once, whole or not at all; a rejected one moves nothing.

A merger or a split is filed by the province that has reviewed it, and then taken up by the first of the two people.
Source: 碳排放权交易管理办法(试行), 令第19号, 2020-12-31, article 18.

Freezes that wait for another freeze to end (轮候冻结) are not registered here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from ets_kernel.domain.errors import EtsError, SamePerson
from ets_ledger.domain.values import SerialRange

from registry.domain.accounts import Account
from registry.domain.change_errors import ChangeAlreadyDecided, ChangeNotInitiated


class ChangeKind(StrEnum):
    """What is registered."""

    FREEZE = "freeze"  # 司法冻结
    RELEASE = "release"  # 解除冻结
    JUDICIAL_TRANSFER = "judicial_transfer"  # 司法扣划, 承继
    MERGER = "merger"  # 合并
    SPLIT = "split"  # 分立
    RECOVERY = "recovery"  # 收回
    RESERVE = "reserve"  # 预留配额
    RESERVE_RELEASE = "reserve_release"
    CORRECTION = "correction"  # 更正


FILED_BY_PROVINCE = frozenset({ChangeKind.MERGER, ChangeKind.SPLIT})


class ChangeStatus(StrEnum):
    """Where a registration stands."""

    FILED = "filed"
    INITIATED = "initiated"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class DocumentKind(StrEnum):
    """What kind of document a registration rests on."""

    COURT_RULING = "court_ruling"
    ENFORCEMENT_NOTICE = "enforcement_notice"
    PROVINCE_LETTER = "province_letter"
    MINISTRY_LETTER = "ministry_letter"
    SUCCESSION_PROOF = "succession_proof"
    MISTAKE_REPORT = "mistake_report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The document that a registration rests on; `digest` is its SHA-256."""

    kind: DocumentKind
    document_no: str
    issued_date: date
    authority: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """Units of one product, tCO2e: so many, or one block of serials.

    A quantity of 0 without a block means all: of the freeze or of the entry that the line names.
    """

    source_account_no: str = ""
    target_account_no: str = ""
    product: str = ""
    quantity_tco2e: int = 0
    serials: SerialRange | None = None
    freeze_no: str = ""
    corrects: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedChange:
    """A change that somebody asks for; `survivor_account_no` is that of a merger only."""

    kind: ChangeKind
    document: Document
    lines: tuple[ChangeLine, ...]
    account_no: str = ""
    survivor_account_no: str = ""
    expiry_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """An obligation of an absorbed entity that the survivor owes, met or not; `outstanding_tco2e` was not met then."""

    credit_code: str
    period: str
    successor_credit_code: str
    outstanding_tco2e: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merger:
    """Which entity was absorbed by which, and by which registration."""

    registration_no: str
    absorbed_credit_code: str
    survivor_credit_code: str


def merger_into_successor(credit_code: str, mergers: Sequence[Merger]) -> Merger | None:
    """Give the merger by which an entity's rights and duties went over last, of mergers as they were carried out.

    None where they never did, or came back to it.
    """
    last: Merger | None = None
    for merger in mergers:
        holder = last.survivor_credit_code if last is not None else credit_code
        if merger.absorbed_credit_code in {credit_code, holder}:
            last = merger
    return last if last is not None and last.survivor_credit_code != credit_code else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRegistration:
    """A registration with its lines in order; those of a merger are known when it is carried out."""

    registration_no: str
    ordinal: int
    kind: ChangeKind
    status: ChangeStatus
    document: Document
    lines: tuple[ChangeLine, ...]
    account_no: str
    survivor_account_no: str
    province_code: str
    expiry_date: date | None
    successions: tuple[Succession, ...] = ()
    filed_by: str = ""
    filed_time: datetime | None = None
    initiated_by: str = ""
    initiated_time: datetime | None = None
    confirmed_by: str = ""
    confirmed_time: datetime | None = None
    rejected_by: str = ""
    rejected_time: datetime | None = None
    reject_reason: str = ""

    @property
    def account_nos(self) -> frozenset[str]:
        """Accounts that give or receive, or that the registration is about."""
        named = {self.account_no, self.survivor_account_no}
        for line in self.lines:
            named |= {line.source_account_no, line.target_account_no}
        return frozenset(named - {""})


def register_change(
    proposed: ProposedChange,
    lines: Sequence[ChangeLine],
    accounts: Mapping[str, Account],
    *,
    ordinal: int,
    by: str,
    at: datetime,
) -> ChangeRegistration:
    """Give a checked proposal its number: filed by a province, or initiated by the first person.

    What names no account itself is about the one that its first line touches, which is no system account.
    """
    named = [proposed.account_no]
    named += [number for line in lines[:1] for number in (line.source_account_no, line.target_account_no)]
    account_no = next((number for number in named if number in accounts), "")
    is_filed = proposed.kind in FILED_BY_PROVINCE
    return ChangeRegistration(
        registration_no=f"CR-{ordinal:06d}",
        ordinal=ordinal,
        kind=proposed.kind,
        status=ChangeStatus.FILED if is_filed else ChangeStatus.INITIATED,
        document=proposed.document,
        lines=tuple(lines),
        account_no=account_no,
        survivor_account_no=proposed.survivor_account_no,
        province_code=accounts[account_no].province_code if account_no in accounts else "",
        expiry_date=proposed.expiry_date,
        filed_by=by if is_filed else "",
        filed_time=at if is_filed else None,
        initiated_by="" if is_filed else by,
        initiated_time=None if is_filed else at,
    )


def take_up(change: ChangeRegistration, *, by: str, at: datetime) -> ChangeRegistration:
    """Let the first person take up what a province filed; who has taken it up before stays the first."""
    if change.status is ChangeStatus.INITIATED:
        return change
    return replace(change, status=ChangeStatus.INITIATED, initiated_by=by, initiated_time=at)


def refusal_of_decision(change: ChangeRegistration) -> EtsError | None:
    """Tell why a registration is not open any more."""
    if change.status in {ChangeStatus.FILED, ChangeStatus.INITIATED}:
        return None
    return ChangeAlreadyDecided(
        f"{change.registration_no} is {change.status}",
        registration_no=change.registration_no,
        status=change.status,
    )


def refusal_of_confirmation(change: ChangeRegistration, confirmed_by: str) -> EtsError | None:
    """Tell why this person may not confirm: it is decided, nobody has taken it up, or that was the same person."""
    decided = refusal_of_decision(change)
    if decided is not None:
        return decided
    if change.status is not ChangeStatus.INITIATED:
        return ChangeNotInitiated(
            f"{change.registration_no} waits for a first person",
            registration_no=change.registration_no,
            status=change.status,
        )
    if change.initiated_by == confirmed_by:
        return SamePerson(f"{confirmed_by} has initiated {change.registration_no}", subject=confirmed_by)
    return None


def reject(change: ChangeRegistration, *, by: str, reason: str, at: datetime) -> ChangeRegistration:
    """End a registration that is still open without moving anything."""
    return replace(
        change, status=ChangeStatus.REJECTED, rejected_by=by, rejected_time=at, reject_reason=reason
    )
