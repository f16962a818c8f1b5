"""What follows from an application about an account that passed both reviews."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ets_kernel.domain.errors import EtsError

from registry.domain.account_applications import (
    AccountApplication,
    ApplicationKind,
    Information,
    refusal_of_information,
    with_information,
)
from registry.domain.accounts import (
    Account,
    AccountChange,
    AccountStatus,
    AccountStep,
    ListedEntity,
    next_version,
    open_already,
    refusal_of_change,
)
from registry.domain.closing import Closing, busy, close
from registry.domain.events import AccountClosed, AccountInformationChanged, AccountOpened, Fact
from registry.domain.instructions import PENDING_INSTRUCTION
from registry.domain.operators import (
    Operator,
    OperatorChange,
    change_operators,
    end_operators,
    has_confirmer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that counts for carrying out: the account, its operators, and what is around it."""

    account: Account
    operators: Sequence[Operator]
    listed: ListedEntity | None
    # The holder's open account, if it has one.
    open_account_no: str | None
    is_empty: bool
    # What of the account is pending, in words.
    pending: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the account and its operators stand afterwards, and what is told of it."""

    step: AccountStep
    operators: Sequence[Operator]
    fact: Fact | None


def carry_out(application: AccountApplication, situation: Situation, *, at: datetime) -> Outcome | EtsError:
    """Carry out what a passed application asks for."""
    content = application.content
    if application.kind is ApplicationKind.OPENING and isinstance(content, Information):
        return _open(application, content, situation, at)
    account = situation.account
    refusal = refusal_of_change(account.account_no, account)
    if refusal is not None:
        return refusal
    if isinstance(content, Information):
        return _change_information(application, content, situation, at)
    if isinstance(content, OperatorChange):
        return _change_operators(application, content, situation, at)
    return _close(application, content, situation, at)


def _open(
    application: AccountApplication, information: Information, situation: Situation, at: datetime
) -> Outcome | EtsError:
    if situation.open_account_no is not None:
        return open_already(situation.open_account_no)
    account = with_information(situation.account, information)
    refusal = refusal_of_information(account, listed=situation.listed)
    if refusal is not None:
        return refusal
    opened = next_version(account, status=AccountStatus.OPEN, opened_time=at, closed_time=None)
    return Outcome(
        step=_step(opened, AccountChange.OPENED, application),
        operators=situation.operators,
        fact=AccountOpened(account=opened, at=at),
    )


def _change_information(
    application: AccountApplication, information: Information, situation: Situation, at: datetime
) -> Outcome | EtsError:
    changed = with_information(next_version(situation.account), information)
    refusal = refusal_of_information(changed, listed=situation.listed)
    if refusal is not None:
        return refusal
    return Outcome(
        step=_step(changed, AccountChange.INFORMATION, application),
        operators=situation.operators,
        fact=AccountInformationChanged(account=changed, application_no=application.application_no, at=at),
    )


def _change_operators(
    application: AccountApplication, change: OperatorChange, situation: Situation, at: datetime
) -> Outcome | EtsError:
    account = situation.account
    operators = change_operators(
        account.account_no,
        situation.operators,
        change,
        application_no=application.application_no,
        at=at,
    )
    if isinstance(operators, EtsError):
        return operators
    if not has_confirmer(operators) and PENDING_INSTRUCTION in situation.pending:
        # Nobody would be left to decide on it.
        return busy(account, {PENDING_INSTRUCTION})
    changed = next_version(account, is_confirmation_needed=has_confirmer(operators))
    # Who acts for a holder is between the holder and the registration body, so nothing is told.
    return Outcome(step=_step(changed, AccountChange.OPERATORS, application), operators=operators, fact=None)


def _close(
    application: AccountApplication, closing: Closing, situation: Situation, at: datetime
) -> Outcome | EtsError:
    closed = close(situation.account, is_empty=situation.is_empty, pending=situation.pending, at=at)
    if isinstance(closed, EtsError):
        return closed
    return Outcome(
        step=_step(closed, AccountChange.CLOSED, application),
        operators=end_operators(situation.operators, at=at),
        fact=AccountClosed(
            account=closed, application_no=application.application_no, reason=closing.reason, at=at
        ),
    )


def _step(account: Account, change: AccountChange, application: AccountApplication) -> AccountStep:
    return AccountStep(
        account=account,
        change=change,
        document_no=application.application_no,
        changed_by=application.second_reviewed_by,
    )
