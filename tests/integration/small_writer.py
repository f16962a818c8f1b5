"""Writes the days of the small plan: each method puts one thing that somebody does, with all that it needs."""

from datetime import date
from random import Random

from simulation.population.agenda import Agenda, Stage
from simulation.population.plan import (
    CEA_MARKET,
    Application,
    BlockDeal,
    Cancellation,
    CashWithdrawal,
    Decision,
    Deposit,
    Entity,
    ListedOrder,
    ListedRound,
    OpenCcerAccount,
    OpenTradingAccount,
    Owner,
    ProductQuantity,
    SurrenderApplication,
    SurrenderDecision,
    Take,
    Transfer,
)
from simulation.population.timeline import make_timeline
from simulation.scenario import Scenario
from small_roster import SEED, Roster

PRODUCT = "CEA-2019-2020"
PRICE_FEN = 4_260


class Writer:
    """Writes the plan's days; remembers what each entity has and still owes."""

    def __init__(self, scenario: Scenario, roster: Roster) -> None:
        timeline = make_timeline(scenario)
        self.stage = Stage(scenario=scenario, chance=Random(SEED), timeline=timeline, agenda=Agenda(timeline))
        self.roster = roster
        self.offsets: dict[str, list[ProductQuantity]] = {}
        self._deal_count = 0

    def put(self, day: date, field: str, *actions: object) -> None:
        self.stage.agenda.put(day, field, *actions)

    def open_account(self, day: date, entity: Entity | Owner, venue: str, *, is_trader: bool = True) -> None:
        """Open a general holding account and, for who buys or sells, a trading account at the venue."""
        code = entity.credit_code
        self.put(day, "open_ccer_accounts", OpenCcerAccount(credit_code=code, name=entity.name, venue=venue))
        if is_trader:
            self.put(day, "open_trading_accounts", OpenTradingAccount(credit_code=code, market=venue))

    def trade(self, session: date, field: str, seller: Entity, buyer: Entity, quantity_tco2e: int) -> None:
        """Let allowances change hands: units and money come the session before, units leave the session after."""
        self._deal_count += 1
        ref = f"D{self._deal_count:03}"
        price = PRICE_FEN + self._deal_count
        if field == "block_deals":
            deal = BlockDeal(
                ref=ref, market=CEA_MARKET, product=PRODUCT, seller=seller.credit_code, buyer=buyer.credit_code,
                quantity_tco2e=quantity_tco2e, price_fen_per_tco2e=price,
            )  # fmt: skip
            self.put(session, field, deal)
        else:
            order = ListedOrder(
                ref=ref, market=CEA_MARKET, product=PRODUCT, seller=seller.credit_code,
                quantity_tco2e=quantity_tco2e, price_fen_per_tco2e=price,
            )  # fmt: skip
            # Two takes, so that an order is taken in part and then in full.
            first = quantity_tco2e // 3
            takes = tuple(
                Take(order_ref=ref, buyer=buyer.credit_code, quantity_tco2e=part)
                for part in (first, quantity_tco2e - first)
            )
            self.put(session, field, ListedRound(orders=(order,), takes=takes))
        line = self.stage.timeline
        eve, morrow = line.previous_session(session), line.next_session(session)
        assert morrow is not None
        cost = quantity_tco2e * price
        self.put(
            eve,
            "transfers_to_trading",
            Transfer(credit_code=seller.credit_code, quantity_tco2e=quantity_tco2e),
        )
        self.put(
            eve, "deposits", Deposit(market=CEA_MARKET, credit_code=buyer.credit_code, amount_fen=cost + 100)
        )
        self.put(
            morrow,
            "transfers_from_trading",
            Transfer(credit_code=buyer.credit_code, quantity_tco2e=quantity_tco2e),
        )
        self.put(
            morrow,
            "cash_withdrawals",
            CashWithdrawal(market=CEA_MARKET, credit_code=seller.credit_code, amount_fen=cost),
        )

    def apply(
        self, day: date, user: Entity, *lines: ProductQuantity, ref: str = "", wrong_t: int = 0
    ) -> Application:
        """Send in a form; `wrong_t` misstates the obligation."""
        form = Application(
            ref=ref or f"OFFSET-{user.credit_code}-{day}",
            credit_code=user.credit_code,
            province_code=user.province_code,
            obligation_tco2e=user.obligation_tco2e + wrong_t,
            lines=lines,
        )
        self.put(day, "applications", form)
        return form

    def decide(self, day: date, form: Application, reason: str = "") -> None:
        decision = Decision(
            application_ref=form.ref, province_code=form.province_code, confirmed=not reason, reason=reason
        )
        self.put(day, "decisions", decision)

    def cancel(self, day: date, form: Application, *, is_late: bool = False) -> None:
        for number, line in enumerate(form.lines):
            cancellation = Cancellation(
                ref=f"{form.ref}-{number}", application_ref=form.ref, credit_code=form.credit_code,
                product=line.product, quantity_tco2e=line.quantity_tco2e,
            )  # fmt: skip
            self.put(day, "late_cancellations" if is_late else "cancellations", cancellation)
            credit = ProductQuantity(
                product=line.product.replace("CCER-", "OFFSET-"), quantity_tco2e=line.quantity_tco2e
            )
            self.offsets.setdefault(form.credit_code, []).append(credit)

    def surrender(self, day: date, entity: Entity, *, answered: date | None = None, less_t: int = 0) -> None:
        """Surrender what is owed, less what is left open; the province answers the same day or on a morning."""
        offsets = tuple(self.offsets.get(entity.credit_code, ()))
        application = SurrenderApplication(
            ref=f"SURRENDER-{entity.credit_code}",
            credit_code=entity.credit_code,
            province_code=entity.province_code,
            allowance_tco2e=entity.obligation_tco2e - less_t - sum(line.quantity_tco2e for line in offsets),
            offsets=offsets,
        )
        self.put(day, "surrender_applications", application)
        decision = SurrenderDecision(application_ref=application.ref, province_code=entity.province_code)
        field = "surrender_decisions" if answered is None else "morning_surrender_decisions"
        self.put(answered or day, field, decision)
