"""First review (初审) of account applications, by the venue that took them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.results import ItemOutcome
from ccer_bridge.domain.accounts import Account, review_first
from ccer_bridge.domain.events import AccountReviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstReviewAccounts:
    """Reviews of one venue, in order: account and whether it passes."""

    venue: str
    reviewed_by: str
    reviews: tuple[tuple[str, bool], ...]


async def first_review_accounts(
    command: FirstReviewAccounts, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record each review once."""
    at = clock.now()
    known = dict(await uow.accounts.lock({account_no for account_no, _ in command.reviews}))
    reviewed: list[Account] = []
    outcomes: list[ItemOutcome] = []
    for account_no, is_passed in command.reviews:
        decided = review_first(
            known.get(account_no),
            account_no=account_no,
            venue=command.venue,
            is_passed=is_passed,
            reviewed_by=command.reviewed_by,
        )
        if isinstance(decided, EtsError):
            outcomes.append(decided)
            continue
        known[account_no] = decided
        reviewed.append(decided)
        outcomes.append(account_no)
        uow.record(AccountReviewed(account=decided, reviewed_by=command.reviewed_by, at=at))
    await uow.accounts.save(reviewed, at=at)
    return outcomes
