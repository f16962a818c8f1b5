"""First review (初审) of applications about accounts, by the registration body."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import ApplicationNotFound, EtsError

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.account_applications import AccountApplication, account_no_of, review_first
from registry.domain.accounts import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a reviewer says of an application."""

    application_no: str
    is_passed: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReviewAccountApplications:
    """Reviews in order, and who makes them."""

    reviews: tuple[Review, ...]
    reviewed_by: str


async def first_review_account_applications(
    command: FirstReviewAccountApplications, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record each review once."""
    at = clock.now()
    _, applications = await locked_with_applications(
        {review.application_no for review in command.reviews}, uow
    )
    reviewed: dict[str, AccountApplication] = {}
    outcomes: list[ItemOutcome] = []
    for review in command.reviews:
        application = reviewed.get(review.application_no) or applications.get(review.application_no)
        if application is None:
            outcomes.append(account_application_not_found(review.application_no))
            continue
        decided = review_first(
            application,
            is_passed=review.is_passed,
            reviewed_by=command.reviewed_by,
            note=review.note,
            at=at,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        reviewed[review.application_no] = decided
        outcomes.append(decided.application_no)
    await uow.account_applications.save(list(reviewed.values()))
    return outcomes


async def locked_with_applications(
    application_nos: Collection[str], uow: UnitOfWork
) -> tuple[Mapping[str, Account], Mapping[str, AccountApplication]]:
    """Lock the accounts that applications are about, and give both."""
    accounts = await uow.accounts.lock_known({account_no_of(number) for number in application_nos})
    return accounts, await uow.account_applications.get(application_nos)


def account_application_not_found(application_no: str) -> ApplicationNotFound:
    """Refuse an application that nobody submitted."""
    return ApplicationNotFound(f"there is no application {application_no}", application_no=application_no)
