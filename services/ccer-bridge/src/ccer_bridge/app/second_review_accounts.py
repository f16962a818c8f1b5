"""Second review (复审) of account applications, by 国家气候战略中心: opens the accounts."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError

from ccer_bridge.app.ports import UnitOfWork
from ccer_bridge.app.results import ItemOutcome
from ccer_bridge.domain.accounts import Account, review_second
from ccer_bridge.domain.events import AccountReviewed


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReviewAccounts:
    """Reviews of the centre, in order: account and whether it passes."""

    reviewed_by: str
    reviews: tuple[tuple[str, bool], ...]


async def second_review_accounts(
    command: SecondReviewAccounts, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Record each review once; by another person than the first."""
    at = clock.now()
    known = dict(await uow.accounts.lock({account_no for account_no, _ in command.reviews}))
    reviewed: list[Account] = []
    outcomes: list[ItemOutcome] = []
    for account_no, is_passed in command.reviews:
        decided = review_second(
            known.get(account_no),
            account_no=account_no,
            is_passed=is_passed,
            reviewed_by=command.reviewed_by,
            at=at,
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
