"""Steps of cancellation and carry-over for tests."""

from dataclasses import replace
from datetime import UTC, date, datetime

from ets_kernel.domain.clock import FixedClock
from ets_kernel.domain.ids import emitter_account
from registry.app.check_cancellation_applications import (
    CancellationDecision,
    CheckCancellationApplications,
    check_cancellation_applications,
)
from registry.app.decide_carry_over_runs import DecideCarryOverRuns, decide_carry_over_runs
from registry.app.declare_net_sales import DeclareNetSales, declare_net_sales
from registry.app.register_cancellations import RegisterCancellations, register_cancellations
from registry.app.run_carry_over_batch import RunCarryOverBatch, run_carry_over_batch
from registry.app.run_carry_over_notices import run_carry_over_notices
from registry.app.submit_cancellation_applications import (
    SubmitCancellationApplications,
    submit_cancellation_applications,
)
from registry.app.submit_carry_over_applications import (
    CarryOverForm,
    SubmitCarryOverApplications,
    submit_carry_over_applications,
)
from registry.app.withdraw_cancellation_applications import (
    WithdrawCancellationApplications,
    withdraw_cancellation_applications,
)
from registry.app.withdraw_carry_over_applications import (
    WithdrawCarryOverApplications,
    withdraw_carry_over_applications,
)
from registry.domain.accounts import AccountStatus
from registry.domain.cancellation import CancellationForm, CancellationPurpose
from registry.domain.carry_over_notice import Sales
from registry.domain.compliance_rules import Sector
from registry_fake_retirement import FakeTrade
from registry_fakes import NOW, market, reasons
from registry_messages import CEA, DEFICIT, SURPLUS

ACCOUNT, OTHER = f"R-E-{DEFICIT}", f"R-E-{SURPLUS}"
BASES = dict.fromkeys(Sector, 10_000)
DAY = date(2026, 1, 20)
JANUARY = datetime(2026, 1, 20, 2, 0, tzinfo=UTC)
SPRING = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
CLOSED = datetime(2026, 3, 23, 2, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
SOLD_TCO2E = 40_000


def close(uow, account_no):
    """The account was closed."""
    closed = replace(uow.accounts.known[account_no], status=AccountStatus.CLOSED, closed_time=NOW)
    uow.accounts.known[account_no] = closed


async def ask(
    uow, *forms, by="owner", is_staff=False, product=CEA, serials=(), holder_no=DEFICIT, account_no=ACCOUNT
):
    """Apply to cancel quantities of one product, one application each."""
    command = SubmitCancellationApplications(
        forms=tuple(
            CancellationForm(
                account_no=account_no,
                holder_no=holder_no,
                product=product,
                quantity_tco2e=quantity,
                serials=serials,
                purpose=CancellationPurpose.PUBLIC_GOOD,
                beneficiary="a park",
            )
            for quantity in forms
        ),
        submitted_by=by,
        is_staff=is_staff,
    )
    return await submit_cancellation_applications(command, uow=uow, clock=CLOCK)


def asked_no(ordinal):
    return f"VC-{ACCOUNT}-{ordinal}"


def _decisions(decisions):
    return tuple(
        CancellationDecision(application_no=number, is_passed=is_passed, note="" if is_passed else "no")
        for number, is_passed in decisions
    )


async def check(uow, *decisions, by="first"):
    command = CheckCancellationApplications(decisions=_decisions(decisions), checked_by=by)
    return reasons(await check_cancellation_applications(command, uow=uow, clock=CLOCK))


async def register(uow, *decisions, by="second", clock=CLOCK):
    command = RegisterCancellations(decisions=_decisions(decisions), registered_by=by)
    return await register_cancellations(command, uow=uow, clock=clock)


async def take_back(uow, *withdrawals):
    command = WithdrawCancellationApplications(withdrawals=withdrawals, withdrawn_by="owner")
    return reasons(await withdraw_cancellation_applications(command, uow=uow, clock=CLOCK))


async def declare(uow, *declarations, at=JANUARY):
    command = DeclareNetSales(
        declarations=tuple(
            (who, Sales(sold_tco2e=sold, bought_tco2e=bought)) for who, sold, bought in declarations
        ),
        declared_by="exchange",
    )
    return reasons(await declare_net_sales(command, uow=uow, clock=FixedClock(at)))


async def notices(uow, *, day=DAY, at=JANUARY, bases=BASES):
    return await run_carry_over_notices(day, bases=bases, uow=uow, clock=FixedClock(at))


async def apply(uow, *forms, at=SPRING, is_confirmed=False):
    command = SubmitCarryOverApplications(
        forms=tuple(CarryOverForm(credit_code=who, lines=tuple(lines)) for who, *lines in forms),
        is_confirmed=is_confirmed,
    )
    return await submit_carry_over_applications(command, uow=uow, clock=FixedClock(at))


def applied_no(ordinal, who=DEFICIT):
    return f"COA-{who}-{ordinal}"


async def withdraw(uow, *withdrawals, at=SPRING):
    command = WithdrawCarryOverApplications(withdrawals=withdrawals)
    return reasons(await withdraw_carry_over_applications(command, uow=uow, clock=FixedClock(at)))


async def run_batch(uow, *, by="first", at=CLOSED):
    command = RunCarryOverBatch(business_date=at.date(), initiated_by=by)
    return await run_carry_over_batch(command, uow=uow, clock=FixedClock(at))


async def decide(uow, *decisions, by="second", at=CLOSED):
    command = DecideCarryOverRuns(decisions=decisions, decided_by=by)
    return reasons(await decide_carry_over_runs(command, uow=uow, clock=FixedClock(at)))


async def at_year_end(*, sold=SOLD_TCO2E, held=120_000):
    """Entity 1 sold 40,000 t to entity 2 in 2025 and held 120,000 t at its end; entity 2 held nothing."""
    uow = await market(held_tco2e=held)
    trade = FakeTrade(
        seller_account_no=ACCOUNT,
        buyer_account_no=OTHER,
        product=CEA,
        quantity_tco2e=sold,
        trading_date=date(2025, 12, 31),
    )
    uow.carry_overs.trades.append(trade)
    uow.carry_overs.held = {emitter_account(DEFICIT): held}
    return uow


async def noticed(**values):
    """Entity 1 has its notice: test vector T11."""
    uow = await at_year_end(**values)
    await declare(uow, (DEFICIT, SOLD_TCO2E, 0))
    assert (await notices(uow)).notice_count == 1
    return uow
