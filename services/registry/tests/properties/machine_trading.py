"""Rules of units on their way to and from trading, and of settlement."""

from ets.registry.v1 import registry_service_pb2 as pb
from ets.trading.v1 import trading_events_pb2
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machine_base import MachineBase, amount, amounts, indexes, mostly, rarely, who
from model_state import CEA, account_of
from registry_messages import code

TRADING = "ets.trading.transfers.v1"

products = st.sampled_from([CEA, CEA, CEA, CEA, "OFFSET-WIND1-2015", "nothing"])


class TradingRules(MachineBase):
    """Transfers, answers, withdrawals and trades."""

    @rule(transfers=st.lists(st.tuples(who, products, amounts), min_size=1, max_size=3))
    def transfer_to_trading(self, transfers: list[tuple[int, str, str]]) -> None:
        self.tick()
        wanted = [
            (code(number), product, amount(self.model.free(code(number), product), much))
            for number, product, much in transfers
        ]
        request = pb.TransferToTradingRequest(
            transfers=[
                pb.TradingTransfer(credit_code=credit_code, product=product, quantity_tco2e=quantity)
                for credit_code, product, quantity in wanted
            ]
        )
        self.send("TransferToTrading", request, self.model.transfer_to_trading(wanted), by="agents")

    @rule(index=indexes, is_accepted=mostly, is_other=rarely, is_foreign=rarely)
    def answer_transfer(self, index: int, *, is_accepted: bool, is_other: bool, is_foreign: bool) -> None:
        self.tick()
        # Those under way first, so that most answers find one.
        known = sorted(self.model.transfers.items(), key=lambda one: one[1][3] != "sent")
        number, (account_no, product, quantity, _) = (
            known[index % len(known)] if known else ("RT-none-1", (account_of(code(1)), CEA, 1, ""))
        )
        quantity += int(is_other)
        values = {
            "transfer_no": number,
            "market": "BEIJING" if is_foreign else "CEA",
            "holder_account_no": account_no,
            "product": product,
            "quantity_tco2e": quantity,
        }
        message = (
            trading_events_pb2.TransferInAccepted(**values)
            if is_accepted
            else trading_events_pb2.TransferInRefused(**values, reason="TRADING_ACCOUNT_NOT_FOUND")
        )
        reason = ""
        if not is_foreign:
            reason = self.model.answer_transfer(
                number, account_no, product, quantity, is_accepted=is_accepted
            )
        self.tell(TRADING, message, reason)

    @rule(number=who, much=amounts, again=st.none() | indexes, is_reversed=rarely)
    def withdraw(self, number: int, much: str, again: int | None, *, is_reversed: bool) -> None:
        """A withdrawal, or two that come in the wrong order."""
        self.tick()
        records = [self._withdrawal(number, much, again)]
        if is_reversed:
            records.append(self._withdrawal(number, "one", None))
        self.deliver(*reversed(records))

    def _withdrawal(self, number: int, much: str, again: int | None):
        account_no = account_of(code(number))
        quantity = amount(self.model.units.count((account_no, "trading"), CEA), much)
        known = list(self.model.returns.items())
        withdrawal_no = f"W-{self.number()}"
        if known and again is not None:
            withdrawal_no, (account_no, _, quantity) = known[again % len(known)]
            quantity += int(much == "more")
        message = trading_events_pb2.WithdrawalRequested(
            withdrawal_no=withdrawal_no,
            market="CEA",
            holder_account_no=account_no,
            product=CEA,
            quantity_tco2e=quantity,
        )
        reason = self.model.return_units(withdrawal_no, account_no, CEA, quantity)
        return self.publish(TRADING, message, reason)

    @rule(
        trades=st.lists(
            st.tuples(who, who, products, amounts, st.none() | indexes, rarely), min_size=1, max_size=4
        )
    )
    def settle_trades(self, trades: list[tuple[int, int, str, str, int | None, bool]]) -> None:
        """Trades, some of them settled before, some of those with other content."""
        self.send_trades(trades, "2021-10-26")

    def send_trades(self, trades: list[tuple[int, int, str, str, int | None, bool]], day: str) -> None:
        """Settle trades of a trading date."""
        self.tick()
        wanted: list[tuple[str, str, str, str, int]] = []
        for seller, buyer, product, much, again, is_other in trades:
            seller_no, buyer_no = account_of(code(seller)), account_of(code(buyer))
            held = self.model.units.count((seller_no, "trading"), product)
            trade = (f"T-{self.number()}", seller_no, buyer_no, product, amount(held, much))
            known = [(number, *content) for number, content in self.model.trades.items()] + wanted
            if again is not None and known:
                trade = known[again % len(known)]
                trade = (*trade[:4], trade[4] + int(is_other))
            wanted.append(trade)
        request = pb.SettleTradesRequest(
            trading_date=day,
            trades=[
                pb.TradeSettlement(
                    trade_no=number,
                    seller_account_no=seller_no,
                    buyer_account_no=buyer_no,
                    product=product,
                    quantity_tco2e=quantity,
                )
                for number, seller_no, buyer_no, product, quantity in wanted
            ],
        )
        self.send("SettleTrades", request, self.model.settle(wanted), by="exchange")
