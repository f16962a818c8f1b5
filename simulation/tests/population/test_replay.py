"""Played on a small model of the books, a plan never asks for what is not there: units and cash, with T+1."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import pytest
from ets_kernel.domain.products import allowance_product
from simulation.population.expected import surrendered_by_entity
from simulation.population.plan import CEA_MARKET, BlockDeal, Day, Plan


@dataclass
class Books:
    """Every balance of the plan; `move` refuses to go below zero."""

    plan: Plan
    registered: Counter = field(default_factory=Counter)  # (holder, product)
    trading: Counter = field(default_factory=Counter)  # (market, holder, product)
    cash: Counter = field(default_factory=Counter)  # (market, holder)
    bought_today: Counter = field(default_factory=Counter)
    credits: Counter = field(default_factory=Counter)  # (holder, product)
    due: list = field(default_factory=list)  # (day after the hand-over, cancellation)
    accounts: set = field(default_factory=set)
    confirmed: dict = field(default_factory=dict)
    forms: dict = field(default_factory=dict)
    surrenders: dict = field(default_factory=dict)
    surrendered: Counter = field(default_factory=Counter)
    used_offsets: Counter = field(default_factory=Counter)

    def play(self) -> "Books":
        product = allowance_product(self.plan.cycle)
        for entity in self.plan.entities:
            self.registered[entity.credit_code, product] = entity.allocation_tco2e
        for issue in self.plan.issues:
            self.registered[issue.owner, f"CCER-{issue.project_no}-{issue.year}"] += issue.quantity_tco2e
        for day in self.plan.days.values():
            self._open(day)
            self._morning(day, product)
            self._trade(day)
            self._offset(day)
            self._surrender(day, product)
            self._prepare(day, product)
            self.due += [(2, day.date, one) for one in day.late_cancellations]
            for one in day.late_cancellations:
                self._cancel(one)
        return self

    def _open(self, day: Day) -> None:
        self.bought_today.clear()
        for opening in day.open_ccer_accounts:
            assert opening.credit_code not in self.accounts
            self.accounts.add(opening.credit_code)
        for account in day.open_trading_accounts:
            assert (account.market, account.credit_code) not in self.accounts
            assert account.market == CEA_MARKET or account.credit_code in self.accounts
            self.accounts.add((account.market, account.credit_code))

    def _morning(self, day: Day, product: str) -> None:
        for days, at, one in list(self.due):
            if (day.date - at).days >= days:
                self.credits[one.credit_code, one.product.replace("CCER", "OFFSET")] += one.quantity_tco2e
                self.due.remove((days, at, one))
        for one in day.transfers_from_trading:
            take(self.trading, (CEA_MARKET, one.credit_code, product), one.quantity_tco2e)
            self.registered[one.credit_code, product] += one.quantity_tco2e
        for one in day.ccer_from_venue:
            take(self.trading, (one.venue, one.credit_code, one.product), one.quantity_tco2e)
            self.registered[one.credit_code, one.product] += one.quantity_tco2e
        for one in day.cash_withdrawals:
            take(self.cash, (one.market, one.credit_code), one.amount_fen)
        for decision in day.decisions:
            form = self.forms[decision.application_ref]
            assert form.province_code == decision.province_code
            self.confirmed[form.ref] = decision.confirmed
        for decision in day.morning_surrender_decisions:
            self._register(decision)

    def _trade(self, day: Day) -> None:
        assert day.is_session or not (day.block_deals or list(day.listed_rounds()))
        for one in day.listed_morning:
            self._round(one)
        for deal in day.block_deals:
            assert deal.quantity_tco2e >= 100_000
            self._deal(deal)
        for one in day.listed_afternoon:
            self._round(one)

    def _round(self, one) -> None:
        left = {order.ref: order.quantity_tco2e for order in one.orders}
        orders = {order.ref: order for order in one.orders}
        assert all(0 < quantity < 100_000 for quantity in left.values())
        for take_ in one.takes:
            order = orders[take_.order_ref]
            same = [o for o in one.orders if (o.market, o.product) == (order.market, order.product)]
            assert len({o.price_fen_per_tco2e for o in same}) <= 5
            best = min(o.price_fen_per_tco2e for o in same if left[o.ref])
            assert order.price_fen_per_tco2e == best
            left[order.ref] -= take_.quantity_tco2e
            self._deal(
                BlockDeal(
                    ref=order.ref,
                    market=order.market,
                    product=order.product,
                    seller=order.seller,
                    buyer=take_.buyer,
                    quantity_tco2e=take_.quantity_tco2e,
                    price_fen_per_tco2e=order.price_fen_per_tco2e,
                )
            )
        assert not any(left.values())

    def _deal(self, deal: BlockDeal) -> None:
        assert deal.seller != deal.buyer
        assert (deal.market, deal.seller) in self.accounts
        assert (deal.market, deal.buyer) in self.accounts
        sold, bought = ((deal.market, who, deal.product) for who in (deal.seller, deal.buyer))
        take(self.trading, sold, deal.quantity_tco2e)
        assert self.trading[sold] >= self.bought_today[sold], "sold on the day it was bought"
        self.trading[bought] += deal.quantity_tco2e
        self.bought_today[bought] += deal.quantity_tco2e
        turnover = deal.quantity_tco2e * deal.price_fen_per_tco2e
        take(self.cash, (deal.market, deal.buyer), turnover)
        self.cash[deal.market, deal.seller] += turnover

    def _offset(self, day: Day) -> None:
        for form in day.applications:
            assert day.is_work_day
            assert self.plan.first_date <= day.date <= self.plan.last_application_date
            self.forms[form.ref] = form
            for line in form.lines:
                assert self.registered[form.credit_code, line.product] >= line.quantity_tco2e
        for one in day.cancellations:
            self._cancel(one)
            self.due.append((1, day.date, one))
        if day.cancellations:
            assert self.plan.first_date <= day.date <= self.plan.last_handover_date
        if day.late_cancellations:
            assert self.plan.first_date <= day.date < self.plan.last_handover_date

    def _cancel(self, one) -> None:
        assert self.confirmed[one.application_ref]
        lines = {line.product: line.quantity_tco2e for line in self.forms[one.application_ref].lines}
        assert lines[one.product] == one.quantity_tco2e
        take(self.registered, (one.credit_code, one.product), one.quantity_tco2e)

    def _surrender(self, day: Day, product: str) -> None:
        for one in day.surrender_applications:
            assert day.is_work_day
            take(self.registered, (one.credit_code, product), one.allowance_tco2e)
            for line in one.offsets:
                take(self.credits, (one.credit_code, line.product), line.quantity_tco2e)
                self.used_offsets[one.credit_code] += line.quantity_tco2e
            self.surrenders[one.ref] = one
        for decision in day.surrender_decisions:
            self._register(decision)

    def _register(self, decision) -> None:
        one = self.surrenders.pop(decision.application_ref)
        assert one.province_code == decision.province_code
        self.surrendered[one.credit_code] += one.quantity_tco2e

    def _prepare(self, day: Day, product: str) -> None:
        for one in day.deposits:
            assert (one.market, one.credit_code) in self.accounts
            self.cash[one.market, one.credit_code] += one.amount_fen
        for one in day.transfers_to_trading:
            take(self.registered, (one.credit_code, product), one.quantity_tco2e)
            self.trading[CEA_MARKET, one.credit_code, product] += one.quantity_tco2e
        for one in day.ccer_to_venue:
            assert (one.venue, one.credit_code) in self.accounts
            take(self.registered, (one.credit_code, one.product), one.quantity_tco2e)
            self.trading[one.venue, one.credit_code, one.product] += one.quantity_tco2e


def take(book: Counter, key: tuple, quantity: int) -> None:
    """Take a quantity from a balance that must have it."""
    assert quantity > 0
    assert book[key] >= quantity, f"{key} has {book[key]}, not {quantity}"
    book[key] -= quantity


def hand_over_dates(plan: Plan) -> set[date]:
    """Give the dates whose hand-over has rows."""
    dates = {day.date for day in plan.days.values() if day.cancellations}
    return dates | {
        date.fromordinal(day.date.toordinal() + 1) for day in plan.days.values() if day.late_cancellations
    }


@pytest.fixture
def books(plan):
    return Books(plan).play()


def test_no_balance_is_ever_negative(books):
    for book in (books.registered, books.trading, books.cash, books.credits):
        assert min(book.values()) >= 0


def test_everything_that_was_applied_for_was_answered(books, plan):
    assert books.surrenders == {}
    assert books.surrendered == surrendered_by_entity(plan)
    assert books.confirmed.keys() == books.forms.keys()


def test_nobody_surrenders_more_than_it_owes_or_offsets_more_than_five_percent(books, plan):
    for entity in plan.entities:
        code, owed = entity.credit_code, entity.obligation_tco2e
        assert books.surrendered[code] <= owed
        assert books.used_offsets[code] <= owed * 5 // 100
        wanted = sum(
            sum(line.quantity_tco2e for line in form.lines)
            for form in books.forms.values()
            if form.credit_code == code and books.confirmed[form.ref]
        )
        assert wanted == books.used_offsets[code]


def test_all_credits_are_used(books):
    assert sum(books.credits.values()) == 0
    assert books.due == []


def test_some_days_hand_over_nothing_and_some_rows_come_late(plan):
    dates = hand_over_dates(plan)
    window = {day for day in plan.days if plan.first_date <= day <= plan.last_handover_date}
    assert len(window) == 51
    assert dates < window
    assert any(day.late_cancellations for day in plan.days.values())
    assert any(day.cancellations and not day.is_work_day for day in plan.days.values())


def test_misstated_forms_are_refused_and_ineligible_ones_name_their_reason(plan):
    refused = [d for day in plan.days.values() for d in day.decisions if not d.confirmed]
    assert [decision.reason for decision in refused] == ["OBLIGATION_MATCHES"] * 3
    inside = {project.project_no for project in plan.projects if project.inside_national_market}
    forms = [form for day in plan.days.values() for form in day.ineligible_applications]
    assert len(forms) == 3
    for form in forms:
        assert form.refused_with == "PROJECT_INSIDE_NATIONAL_MARKET"
        assert form.lines[0].product.split("-")[1] in inside


def test_every_reference_is_used_once(plan):
    refs = Counter(
        item.ref
        for day in plan.days.values()
        for group in (
            [order for one in day.listed_rounds() for order in one.orders],
            day.block_deals,
            day.applications,
            day.ineligible_applications,
            day.cancellations,
            day.late_cancellations,
            day.surrender_applications,
        )
        for item in group
    )
    assert max(refs.values()) == 1
