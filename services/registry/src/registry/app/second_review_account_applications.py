"""Second review (复审) of applications about accounts: what passes is carried out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from registry.app.first_review_account_applications import (
    Review,
    account_application_not_found,
    locked_with_applications,
)
from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.account_applications import (
    AccountApplication,
    ApplicationKind,
    ApplicationStatus,
    review_second,
)
from registry.domain.accounts import Account, AccountStatus, AccountStep, ListedEntity
from registry.domain.carrying_out import Outcome, Situation, carry_out
from registry.domain.operators import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReviewAccountApplications:
    """Reviews in order, and who makes them."""

    reviews: tuple[Review, ...]
    reviewed_by: str


@dataclass(slots=True, kw_only=True)
class _Register:
    """How everything stands that the batch's applications are about, as it goes on."""

    accounts: dict[str, Account]
    applications: dict[str, AccountApplication]
    of_holders: Mapping[str, Sequence[Account]]
    operators: dict[str, Sequence[Operator]]
    listed: Mapping[str, ListedEntity]
    holding: frozenset[str]
    pending: Mapping[str, frozenset[str]]
    steps: list[AccountStep] = field(default_factory=list)
    reviewed: dict[str, AccountApplication] = field(default_factory=dict)

    def situation(self, account: Account) -> Situation:
        """Give what counts for carrying out an application about an account."""
        of_holder = [
            self.accounts.get(one.account_no, one) for one in self.of_holders.get(account.holder_no, ())
        ]
        return Situation(
            account=account,
            operators=self.operators.get(account.account_no, ()),
            listed=self.listed.get(account.credit_code),
            open_account_no=next(
                (one.account_no for one in of_holder if one.status is AccountStatus.OPEN), None
            ),
            is_empty=account.account_no not in self.holding,
            pending=self.pending.get(account.account_no, frozenset()),
        )

    def take(self, outcome: Outcome) -> None:
        """Go on from what was carried out."""
        account = outcome.step.account
        self.accounts[account.account_no] = account
        self.operators[account.account_no] = outcome.operators
        self.steps.append(outcome.step)


async def second_review_account_applications(
    command: SecondReviewAccountApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record each review once, by another person than the first; what cannot be carried out still waits."""
    at = clock.now()
    register = await _register(command, uow)
    outcomes: list[ItemOutcome] = []
    for review in command.reviews:
        refusal = _review(review, register, command.reviewed_by, at, uow)
        outcomes.append(refusal or review.application_no)
    await uow.account_applications.save(list(register.reviewed.values()))
    await uow.accounts.save(register.steps, at=at)
    changed = {step.account.account_no for step in register.steps}
    await uow.operators.save(
        [span for number in sorted(changed) for span in register.operators.get(number, ())]
    )
    return outcomes


def _review(
    review: Review, register: _Register, reviewed_by: str, at: datetime, uow: UnitOfWork
) -> EtsError | None:
    application = register.applications.get(review.application_no)
    if application is None:
        return account_application_not_found(review.application_no)
    decided = review_second(
        application, is_passed=review.is_passed, reviewed_by=reviewed_by, note=review.note, at=at
    )
    if isinstance(decided, EtsError):
        return decided
    if decided.status is ApplicationStatus.PASSED:
        outcome = carry_out(decided, register.situation(register.accounts[decided.account_no]), at=at)
        if isinstance(outcome, EtsError):
            return outcome
        register.take(outcome)
        if outcome.fact is not None:
            uow.record(outcome.fact)
    register.applications[review.application_no] = decided
    register.reviewed[review.application_no] = decided
    return None


async def _register(command: SecondReviewAccountApplications, uow: UnitOfWork) -> _Register:
    numbers = {review.application_no for review in command.reviews}
    kinds = {application.kind for application in (await uow.account_applications.get(numbers)).values()}
    # Before any account is locked, and in this order, as everywhere.
    if ApplicationKind.CLOSING in kinds:
        await uow.accounts.hold_closings()
    if ApplicationKind.OPENING in kinds:
        await uow.accounts.hold_openings()
    accounts, applications = await locked_with_applications(numbers, uow)
    ending = [
        accounts[application.account_no]
        for application in applications.values()
        if application.kind in (ApplicationKind.CLOSING, ApplicationKind.OPERATORS)
    ]
    return _Register(
        accounts=dict(accounts),
        applications=dict(applications),
        of_holders=await uow.accounts.known_of_holders(
            {account.holder_no for account in accounts.values() if account.holder_no}
        ),
        operators=dict(await uow.operators.of(accounts.keys())),
        listed=await uow.roster.listed({account.credit_code for account in accounts.values()}),
        holding=frozenset(await uow.ledger.holders_among([account.account_no for account in ending])),
        pending=await uow.account_applications.pending(ending),
    )
