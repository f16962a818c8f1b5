"""Open trading accounts (交易账户) for holders whose units lie in the market's registry."""

from collections.abc import Sequence
from dataclasses import dataclass

from ets_kernel.domain.ids import AccountNo, MarketCode, parse_credit_code, trading_account

from trading.app.batches import decide_each
from trading.app.ports import Outcome, UnitOfWork
from trading.domain.accounts import TradingAccount
from trading.domain.errors import HolderAccountUnknown, TradingAccountOpenAlready
from trading.domain.rules import Markets, UnitLeg, rules_of

# Both registries give their account numbers by holder; the first letter says which of the two it is.
_ACCOUNT_OF: dict[UnitLeg, str] = {UnitLeg.REGISTRY: "R-", UnitLeg.CCER: "C-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpening:
    """One account to open."""

    market: MarketCode
    credit_code: str
    name: str
    holder_account_no: AccountNo


async def open_trading_accounts(
    openings: Sequence[AccountOpening], *, uow: UnitOfWork, markets: Markets
) -> list[Outcome]:
    """Open accounts; per item the account's number or CREDIT_CODE_INVALID, MARKET_UNKNOWN,
    TRADING_ACCOUNT_OPEN_ALREADY, HOLDER_ACCOUNT_UNKNOWN.
    """  # noqa: D205
    holders = await uow.accounts.holders({opening.holder_account_no for opening in openings})
    known = await uow.accounts.opened({AccountNo(f"T-{o.market}-{o.credit_code}") for o in openings})
    made: dict[AccountNo, TradingAccount] = {}

    def decide(opening: AccountOpening) -> str:
        credit_code = parse_credit_code(opening.credit_code)
        rules = rules_of(markets, opening.market)
        account_no = trading_account(opening.market, credit_code)
        if account_no in known or account_no in made:
            raise TradingAccountOpenAlready(f"{account_no} is open.", account_no=account_no)
        holder = holders.get(opening.holder_account_no)
        is_there = opening.holder_account_no.startswith(_ACCOUNT_OF[rules.unit_leg])
        if holder is None or not is_there or holder.credit_code != credit_code:
            raise HolderAccountUnknown(
                f"{credit_code} has no account {opening.holder_account_no} where the units of {opening.market} lie.",
                holder_account_no=opening.holder_account_no,
                credit_code=credit_code,
                market=opening.market,
            )
        made[account_no] = TradingAccount(
            account_no=account_no,
            market=opening.market,
            credit_code=credit_code,
            name=opening.name,
            holder_account_no=opening.holder_account_no,
        )
        return account_no

    outcomes = decide_each(openings, decide)
    await uow.accounts.add(list(made.values()))
    return outcomes
