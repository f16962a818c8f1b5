"""How an entity gets its registration account: it applies with its licence, and two people review."""

import hashlib
from collections.abc import Sequence

from ets.registry.v1.registry_accounts_service_pb2 import (
    AccountApplicationReview,
    AccountForm,
    ApplyForAccountsRequest,
    FirstReviewAccountApplicationsRequest,
    SecondReviewAccountApplicationsRequest,
)
from ets.registry.v1.registry_types_pb2 import AccountKind, Paper

from simulation.window import world as actors
from simulation.window.batches import send
from simulation.window.world import World


def emitter_form(credit_code: str, name: str, province_code: str) -> AccountForm:
    """Fill in the application of an entity; its licence stands for itself."""
    scan = f"business licence of {credit_code}"
    return AccountForm(
        kind=AccountKind.ACCOUNT_KIND_EMITTER,
        credit_code=credit_code,
        name=name,
        province_code=province_code,
        papers=[
            Paper(
                kind="business licence",
                document_no=credit_code,
                digest=hashlib.sha256(scan.encode()).digest(),
            )
        ],
    )


async def open_registry_accounts(world: World, forms: Sequence[AccountForm], request_id: str) -> None:
    """Apply, first review, second review; returns when every account is open, or raises UnexpectedRefusal."""
    applications = await send(
        world.registry_accounts(actors.AGENTS).ApplyForAccounts,
        lambda part_id, part: ApplyForAccountsRequest(request_id=part_id, applications=part),
        forms,
        f"{request_id}-apply",
    )
    reviews = [AccountApplicationReview(application_no=number, is_passed=True) for number in applications]
    await send(
        world.registry_accounts(actors.REGISTRY_FIRST).FirstReviewAccountApplications,
        lambda part_id, part: FirstReviewAccountApplicationsRequest(request_id=part_id, reviews=part),
        reviews,
        f"{request_id}-first",
    )
    await send(
        world.registry_accounts(actors.REGISTRY_SECOND).SecondReviewAccountApplications,
        lambda part_id, part: SecondReviewAccountApplicationsRequest(request_id=part_id, reviews=part),
        reviews,
        f"{request_id}-second",
    )
