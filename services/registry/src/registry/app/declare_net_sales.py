"""The trading system declares what entities sold and bought, for the cross-check of carry-over (交叉核对)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.clock import Clock
from ets_kernel.domain.errors import EtsError
from ets_kernel.domain.ids import CreditCode, emitter_account

from registry.app.ports import UnitOfWork
from registry.app.results import ItemOutcome
from registry.domain.carry_over_notice import Notice, Sales
from registry.domain.errors import AccountClosed
from registry.domain.retirement_errors import CarryOverNoticeIssued


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareNetSales:
    """Entities in order, each with its sales."""

    declarations: tuple[tuple[str, Sales], ...]
    declared_by: str


async def declare_net_sales(
    command: DeclareNetSales, *, uow: UnitOfWork, clock: Clock
) -> Sequence[ItemOutcome]:
    """Keep each declaration; the last one of an entity counts, and after its notice it stays."""
    credit_codes = {credit_code for credit_code, _ in command.declarations}
    accounts = await uow.accounts.among({emitter_account(CreditCode(code)) for code in credit_codes})
    await uow.carry_overs.hold_notices()
    known = dict(await uow.carry_overs.declared(credit_codes))
    notices = await uow.carry_overs.notices(credit_codes)
    changed: dict[str, Sales] = {}
    outcomes: list[ItemOutcome] = []
    for credit_code, sales in command.declarations:
        account = accounts.found(emitter_account(CreditCode(credit_code)))
        refusal: EtsError | None = None
        # Of an entity that was absorbed, what it sold and bought counts for its successor.
        if isinstance(account, EtsError) and not isinstance(account, AccountClosed):
            refusal = account
        elif credit_code in notices and sales != known.get(credit_code):
            refusal = _issued(notices[credit_code])
        if refusal is None and sales != known.get(credit_code):
            known[credit_code] = changed[credit_code] = sales
        outcomes.append(refusal or credit_code)
    await uow.carry_overs.declare(changed, by=command.declared_by, at=clock.now())
    return outcomes


def _issued(notice: Notice) -> CarryOverNoticeIssued:
    return CarryOverNoticeIssued(
        f"{notice.notice_no} was issued with other net sales",
        credit_code=notice.credit_code,
        notice_no=notice.notice_no,
    )
