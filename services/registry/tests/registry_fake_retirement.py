"""The ports of cancellation and carry-over in dictionaries."""

from dataclasses import dataclass
from datetime import date

from registry.domain.cancellation import CancellationStatus
from registry.domain.carry_over import CarryOverStatus
from registry.domain.carry_over_notice import Sales
from registry.domain.carry_over_rules import LATE_BATCH_NO


@dataclass(frozen=True, kw_only=True)
class FakeTrade:
    """A settled trade on a date."""

    seller_account_no: str
    buyer_account_no: str
    product: str
    quantity_tco2e: int
    trading_date: date


class FakeCancellations:
    def __init__(self):
        self.applications = {}

    async def last_ordinals(self, account_nos):
        found = {}
        for item in self.applications.values():
            if item.account_no in account_nos:
                found[item.account_no] = max(found.get(item.account_no, 0), item.ordinal)
        return found

    async def add(self, applications):
        self.applications |= {item.application_no: item for item in applications}

    save = add

    async def lock(self, application_nos):
        return {
            number: self.applications[number] for number in application_nos if number in self.applications
        }

    async def lock_last_certificate(self, year):
        registered = [
            item for item in self.applications.values() if item.status is CancellationStatus.REGISTERED
        ]
        return sum(item.certificate_no.startswith(f"VC-{year}-") for item in registered)


class FakeCarryOvers:
    """`held` is what accounts held at the end of 2025; `freed` what a court released since applications ended."""

    def __init__(self):
        self.held = {}
        self.freed = {}
        self.trades = []
        self.declarations = {}
        self.kept_findings = []
        self.kept_notices = {}
        self.applications = {}
        self.runs = {}
        self.successions = {}

    async def hold_notices(self):
        """Nobody else is there."""

    async def holdings(self, products, buckets, *, at):
        return dict(self.held)

    async def sales(self, account_nos, products, *, first, last):
        counted = [
            trade
            for trade in self.trades
            if trade.product in products and first <= trade.trading_date <= last
        ]
        return {
            number: Sales(
                sold_tco2e=sum(t.quantity_tco2e for t in counted if t.seller_account_no == number),
                bought_tco2e=sum(t.quantity_tco2e for t in counted if t.buyer_account_no == number),
            )
            for number in account_nos
        }

    async def declared(self, credit_codes):
        return {code: sales for code, sales in self.declarations.items() if code in credit_codes}

    async def declare(self, declared, *, by, at):
        self.declarations |= declared

    async def findings(self, credit_codes):
        return {
            finding.credit_code: finding
            for finding in self.kept_findings
            if finding.credit_code in credit_codes
        }

    async def add_findings(self, findings):
        self.kept_findings += findings

    async def notices(self, credit_codes):
        return {code: self.kept_notices[code] for code in credit_codes if code in self.kept_notices}

    async def add_notices(self, notices):
        self.kept_notices |= {notice.credit_code: notice for notice in notices}

    save_notices = add_notices

    async def rights(self):
        moved = {}
        for one in self.successions.values():
            for code, change in (
                (one.credit_code, -one.quantity_tco2e),
                (one.successor_credit_code, one.quantity_tco2e),
            ):
                moved[code] = moved.get(code, 0) + change
        return {code: change for code, change in moved.items() if change}

    async def add_succession(self, registration_no, succession):
        self.successions[registration_no] = succession

    async def last_ordinals(self, credit_codes):
        found = {}
        for item in self.applications.values():
            if item.credit_code in credit_codes:
                found[item.credit_code] = max(found.get(item.credit_code, 0), item.ordinal)
        return found

    async def released(self, account_nos, *, since):
        return {key: quantity for key, quantity in self.freed.items() if key[0] in account_nos}

    async def applied_late(self, credit_codes):
        found = {}
        for item in self.applications.values():
            if item.batch_no != LATE_BATCH_NO or item.status is CarryOverStatus.WITHDRAWN:
                continue
            for product, quantity in item.lines:
                key = (item.credit_code, product)
                found[key] = found.get(key, 0) + quantity
        return found

    async def add(self, applications):
        self.applications |= {item.application_no: item for item in applications}

    save = add

    async def lock(self, application_nos):
        return {
            number: self.applications[number] for number in application_nos if number in self.applications
        }

    async def lock_waiting(self, batch_nos):
        return [
            item
            for _, item in sorted(self.applications.items())
            if item.status is CarryOverStatus.SUBMITTED and item.batch_no in batch_nos
        ]

    async def lock_of_runs(self, run_nos):
        return [item for _, item in sorted(self.applications.items()) if item.run_no in run_nos]

    async def last_run_ordinals(self):
        found = {}
        for run in self.runs.values():
            found[run.batch_no] = max(found.get(run.batch_no, 0), run.ordinal)
        return found

    async def add_runs(self, runs, members):
        self.runs |= {run.run_no: run for run in runs}

    async def lock_runs(self, run_nos):
        return {number: self.runs[number] for number in run_nos if number in self.runs}

    async def save_runs(self, runs):
        self.runs |= {run.run_no: run for run in runs}
