"""The model of units on their way to and from trading, and of settlement: REG-9 and REG-10."""

from model_state import Outcome, State, accepted, account_of, is_allowance, refused, registered


class TradingModel(State):
    """Transfers to trading, trading's answers, returns, and trades."""

    def transfer_to_trading(self, transfers: list[tuple[str, str, int]]) -> list[Outcome]:
        """Send units; within a request a number is passed over when its units are missing."""
        ordinals = {
            number: max(
                (int(no.rpartition("-")[2]) for no, t in self.transfers.items() if t[0] == number), default=0
            )
            for number in {account_of(code) for code, _, _ in transfers}
        }
        outcomes = []
        for credit_code, product, quantity in transfers:
            account_no = account_of(credit_code)
            if not self.is_open_no(account_no):
                outcomes.append(refused(self.not_open(account_no)))
            elif self.refusal_of_command(account_no):
                outcomes.append(refused("CONFIRMATION_NEEDED"))
            elif self.refusal_of_use(account_no, "transfer_to_trading"):
                outcomes.append(refused("ACCOUNT_RESTRICTED"))
            elif not is_allowance(product):
                outcomes.append(refused("PRODUCT_NOT_TRADABLE"))
            else:
                ordinals[account_no] += 1
                outcomes.append(
                    self._send(f"RT-{account_no}-{ordinals[account_no]}", account_no, product, quantity)
                )
        return outcomes

    def transfer_one(self, credit_code: str, product: str, quantity: int) -> Outcome:
        """A confirmed transfer."""
        return self.transfer_to_trading([(credit_code, product, quantity)])[0]

    def _send(self, number: str, account_no: str, product: str, quantity: int) -> Outcome:
        if quantity > self.units.count(registered(account_no), product):
            return refused("INSUFFICIENT_HOLDING")
        self.units.move(product, quantity, registered(account_no), (account_no, "in_transit"))
        self.transfers[number] = (account_no, product, quantity, "sent")
        self.tell("UnitsTransferredToTrading")
        return accepted(number)

    def answer_transfer(
        self, number: str, account_no: str, product: str, quantity: int, *, is_accepted: bool
    ) -> str:
        known = self.transfers.get(number)
        if known is None:
            return "TRANSFER_NOT_FOUND"
        state = "accepted" if is_accepted else "refused"
        if known[:3] != (account_no, product, quantity) or known[3] not in ("sent", state):
            return "TRANSFER_DIFFERS"
        if known[3] == "sent":
            bucket = "trading" if is_accepted else "registered"
            self.units.move(product, quantity, (account_no, "in_transit"), (account_no, bucket))
            self.transfers[number] = (account_no, product, quantity, state)
        return ""

    def return_units(self, number: str, account_no: str, product: str, quantity: int) -> str:
        known = self.returns.get(number)
        if known is not None:
            return "" if known == (account_no, product, quantity) else "TRANSFER_DIFFERS"
        if not self.is_open_no(account_no):
            return self.not_open(account_no)
        if quantity > self.units.count((account_no, "trading"), product):
            return "INSUFFICIENT_HOLDING"
        self.units.move(product, quantity, (account_no, "trading"), registered(account_no))
        self.returns[number] = (account_no, product, quantity)
        self.tell("UnitsReturnedFromTrading")
        return ""

    def settle(self, trades: list[tuple[str, str, str, str, int]]) -> list[Outcome]:
        """Settle trades one after the other, each number once."""
        outcomes = []
        for number, *content in trades:
            seller, buyer, product, quantity = content
            trade = (seller, buyer, product, quantity)
            if number in self.trades:
                is_same = self.trades[number] == trade
                outcomes.append(accepted(number) if is_same else refused("TRADE_SETTLED_DIFFERENTLY"))
                continue
            reason = self._refusal_of_trade(trade)
            outcomes.append(refused(reason) if reason else self._settle(number, trade))
        return outcomes

    def _refusal_of_trade(self, trade: tuple[str, str, str, int]) -> str:
        seller, buyer, product, _ = trade
        for account_no in (seller, buyer):
            if not self.is_open_no(account_no):
                return self.not_open(account_no)
        return "" if is_allowance(product) else "PRODUCT_NOT_TRADABLE"

    def _settle(self, number: str, trade: tuple[str, str, str, int]) -> Outcome:
        seller, buyer, product, quantity = trade
        if seller == buyer:
            return refused("TRANSFER_INVALID")
        if quantity > self.units.count((seller, "trading"), product):
            return refused("INSUFFICIENT_HOLDING")
        self.units.move(product, quantity, (seller, "trading"), (buyer, "trading"))
        self.trades[number] = trade
        return accepted(number)
