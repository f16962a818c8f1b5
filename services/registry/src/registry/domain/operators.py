"""Operators of accounts: initiators (发起代表) and confirmers (确认代表).

Source: 温室气体自愿减排注册登记系统开户指南, 2023, for the two parts; that accounts of allowances
have them too is ours.

REG-27  An account has no operators and acts directly, or one who initiates and another who confirms. Then its holder's
        commands set units aside only as instructions that one operator initiated and another confirmed (ours: no
        document says when an account must have operators).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from registry.domain.accounts import Account
from registry.domain.errors import (
    ChangeEmpty,
    ConfirmationNeeded,
    OperatorDutyMissing,
    OperatorNotFound,
    OperatorsIncomplete,
)


class Duty(StrEnum):
    """What an operator does."""

    INITIATOR = "initiator"
    CONFIRMER = "confirmer"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorDuties:
    """A person, by the subject of its token, with the duties that it is to have."""

    subject: str
    is_initiator: bool
    is_confirmer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorChange:
    """Operators to register or to change, and subjects to remove."""

    registered: tuple[OperatorDuties, ...] = ()
    removed_subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator of an account over a span of time; a change of duties ends one span and begins the next."""

    account_no: str
    # Counts the spans of the account, from 1.
    operator_no: int
    duties: OperatorDuties
    application_no: str
    registered_time: datetime
    removed_time: datetime | None = None

    def has(self, duty: Duty) -> bool:
        """Tell whether the operator is registered with a duty now."""
        if self.removed_time is not None:
            return False
        return self.duties.is_initiator if duty is Duty.INITIATOR else self.duties.is_confirmer


def change_operators(
    account_no: str,
    operators: Sequence[Operator],
    change: OperatorChange,
    *,
    application_no: str,
    at: datetime,
) -> Sequence[Operator] | OperatorNotFound | ChangeEmpty | OperatorsIncomplete:
    """Give all spans of an account after a change."""
    present = {operator.duties.subject for operator in operators if operator.removed_time is None}
    for subject in change.removed_subjects:
        if subject not in present:
            return OperatorNotFound(
                f"{subject} is no operator of {account_no}", account_no=account_no, subject=subject
            )
    if any(not (duties.is_initiator or duties.is_confirmer) for duties in change.registered):
        return ChangeEmpty(f"an operator of {account_no} needs a duty", account_no=account_no)
    after = _changed(account_no, operators, change, application_no=application_no, at=at)
    return _refusal_of_incomplete(account_no, after) or after


def _changed(
    account_no: str,
    operators: Sequence[Operator],
    change: OperatorChange,
    *,
    application_no: str,
    at: datetime,
) -> list[Operator]:
    ended = set(change.removed_subjects) | {duties.subject for duties in change.registered}
    last_duties: Mapping[str, OperatorDuties] = {duties.subject: duties for duties in change.registered}
    after = end_operators(operators, ended, at=at)
    for number, duties in enumerate(last_duties.values(), start=len(operators) + 1):
        after.append(
            Operator(
                account_no=account_no,
                operator_no=number,
                duties=duties,
                application_no=application_no,
                registered_time=at,
            )
        )
    return after


def _refusal_of_incomplete(account_no: str, operators: Sequence[Operator]) -> OperatorsIncomplete | None:
    initiators = {one.duties.subject for one in operators if one.has(Duty.INITIATOR)}
    confirmers = {one.duties.subject for one in operators if one.has(Duty.CONFIRMER)}
    if not (initiators or confirmers) or (initiators and confirmers and len(initiators | confirmers) > 1):
        return None
    return OperatorsIncomplete(
        f"{account_no} would have no initiator with another person who confirms",
        account_no=account_no,
        initiator_count=len(initiators),
        confirmer_count=len(confirmers),
    )


def end_operators(
    operators: Sequence[Operator], subjects: set[str] | None = None, *, at: datetime
) -> list[Operator]:
    """End the spans of these subjects, or of all."""
    return [
        replace(operator, removed_time=at)
        if operator.removed_time is None and (subjects is None or operator.duties.subject in subjects)
        else operator
        for operator in operators
    ]


def has_confirmer(operators: Sequence[Operator]) -> bool:
    """Tell whether somebody is registered who confirms."""
    return any(operator.has(Duty.CONFIRMER) for operator in operators)


def refusal_of_command(account: Account, *, is_confirmed: bool) -> ConfirmationNeeded | None:
    """Tell why the holder cannot give a command directly."""
    if is_confirmed or not account.is_confirmation_needed:
        return None
    return ConfirmationNeeded(
        f"a second operator confirms the commands of {account.account_no}", account_no=account.account_no
    )


def refusal_of_operator(
    account_no: str, operators: Sequence[Operator], subject: str, duty: Duty
) -> OperatorDutyMissing | None:
    """Tell why somebody cannot do this for an account."""
    if any(operator.duties.subject == subject and operator.has(duty) for operator in operators):
        return None
    return OperatorDutyMissing(
        f"{subject} is no {duty} of {account_no}", account_no=account_no, duty=duty, subject=subject
    )
