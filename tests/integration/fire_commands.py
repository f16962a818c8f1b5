"""What the callers of the registry under fire send at random, over a few hot accounts."""

from random import Random
from typing import Any

import grpc.aio
from ets.registry.v1 import (
    registry_accounts_service_pb2,
    registry_accounts_service_pb2_grpc,
    registry_cancellation_service_pb2,
    registry_cancellation_service_pb2_grpc,
    registry_change_service_pb2,
    registry_change_service_pb2_grpc,
    registry_service_pb2,
    registry_service_pb2_grpc,
    registry_surrender_service_pb2,
    registry_surrender_service_pb2_grpc,
    registry_types_pb2,
)
from ets.trading.v1 import trading_events_pb2
from fire_market import CEA, HOME, HOT, LATE, PERIOD, TRADING, Producers, account_form
from google.protobuf.message import Message

STUBS = (
    registry_service_pb2_grpc.RegistryServiceStub,
    registry_accounts_service_pb2_grpc.RegistryAccountServiceStub,
    registry_cancellation_service_pb2_grpc.RegistryCancellationServiceStub,
    registry_change_service_pb2_grpc.RegistryChangeServiceStub,
    registry_surrender_service_pb2_grpc.RegistrySurrenderServiceStub,
)
MESSAGES = (
    registry_service_pb2,
    registry_accounts_service_pb2,
    registry_cancellation_service_pb2,
    registry_change_service_pb2,
    registry_surrender_service_pb2,
)
# Of what was made lately, so many are known to those who decide on it.
LATELY = 40

Drawn = tuple[str, str, Any]
"""Method, caller and request."""


def stub_of(method: str, channel: grpc.aio.Channel) -> Any:
    """The stub of the service that has a method."""
    return next(stub for stub in (kind(channel) for kind in STUBS) if hasattr(stub, method))


def response_of(method: str) -> type[Message]:
    """The message that a method answers with."""
    name = f"{method}Response"
    return next(getattr(module, name) for module in MESSAGES if hasattr(module, name))


class Commands:
    """Draws commands, and learns from answers what there is to decide on."""

    def __init__(self, chance: Random, producers: Producers) -> None:
        self.chance = chance
        self.withdrawal_nos: list[str] = []
        self._producers = producers
        self._trades: list[registry_service_pb2.TradeSettlement] = []
        self._made: dict[str, list[str]] = {}

    def draw(self, ordinal: str) -> Drawn:
        """Draw a command; the ordinal makes what it names unique."""
        common = [self._transfer, self._settle, self._settle, self._submit, self._decide]
        others = [self._register, self._open, self._apply, self._review, self._initiate, self._confirm]
        others += [self._sign, self._return, self._withdraw, self._offer, self._answer]
        others += [self._cancel, self._check, self._cancel_for_good, self._freeze, self._release]
        others += [self._confirm_change, self._confirm_change]
        return self.chance.choice(common if self.chance.random() < 0.5 else others)(ordinal)

    def learn(self, method: str, references: list[str]) -> None:
        """Remember what was made."""
        self._made.setdefault(method, []).extend(references)

    def _known(self, *methods: str, otherwise: str) -> str:
        """Something that one of these methods made lately."""
        known = [one for method in methods for one in self._made.get(method, [])[-LATELY:]]
        return self.chance.choice(known) if known else otherwise

    def _transfer(self, _ordinal: str) -> Drawn:
        transfers = [
            registry_service_pb2.TradingTransfer(
                credit_code=self.chance.choice(HOT),
                product=CEA,
                quantity_tco2e=self.chance.choice((1, 20, 500, 3_000_000)),
            )
            for _ in range(self.chance.randint(1, 3))
        ]
        request = registry_service_pb2.TransferToTradingRequest(transfers=transfers)
        return "TransferToTrading", "emitters", request

    def _settle(self, ordinal: str) -> Drawn:
        """Trades between hot accounts in any direction; now and then one that another request has too."""
        trades = []
        for number in range(self.chance.randint(1, 5)):
            seller, buyer = self.chance.sample(HOT, 2)
            trade = registry_service_pb2.TradeSettlement(
                trade_no=f"T-{ordinal}-{number}",
                seller_account_no=f"R-E-{seller}",
                buyer_account_no=f"R-E-{buyer}",
                product=CEA,
                quantity_tco2e=self.chance.choice((1, 7, 60)),
            )
            if self._trades and self.chance.random() < 0.05:
                trade = self.chance.choice(self._trades)
            trades.append(trade)
        self._trades += trades
        request = registry_service_pb2.SettleTradesRequest(trading_date="2021-10-26", trades=trades)
        return "SettleTrades", "exchange", request

    def _submit(self, _ordinal: str) -> Drawn:
        forms = [
            registry_service_pb2.SurrenderForm(
                credit_code=credit_code, period=PERIOD, lines=[_line(self.chance.choice((1, 300, 2_000_000)))]
            )
            for credit_code in self.chance.sample(HOT, self.chance.randint(1, 2))
        ]
        request = registry_service_pb2.SubmitSurrenderApplicationsRequest(applications=forms)
        return "SubmitSurrenderApplications", "emitters", request

    def _decide(self, _ordinal: str) -> Drawn:
        known = {
            self._known("SubmitSurrenderApplications", "AnswerSurrenderHelp", otherwise="SA-none")
            for _ in range(self.chance.randint(1, 3))
        }
        decisions = [
            registry_service_pb2.SurrenderDecision(
                application_no=number, is_confirmed=self.chance.random() < 0.7
            )
            for number in self.chance.sample(sorted(known), len(known))
        ]
        request = registry_service_pb2.DecideSurrenderApplicationsRequest(
            province_code=HOME, decisions=decisions
        )
        return "DecideSurrenderApplications", f"province-{HOME}", request

    def _register(self, _ordinal: str) -> Drawn:
        request = registry_service_pb2.RunSurrenderRegistrationRequest(business_date="2021-10-26")
        return "RunSurrenderRegistration", "scheduler", request

    def _sign(self, _ordinal: str) -> Drawn:
        day = f"2021-10-{self.chance.randint(1, 26):02d}"
        return "RunTreeHead", "scheduler", registry_service_pb2.RunTreeHeadRequest(business_date=day)

    def _open(self, _ordinal: str) -> Drawn:
        opening = registry_service_pb2.AccountOpening(
            kind=registry_types_pb2.ACCOUNT_KIND_PROVINCIAL,
            name="省",
            province_code=self.chance.choice([*LATE]),
        )
        return "OpenAccounts", "first", registry_service_pb2.OpenAccountsRequest(accounts=[opening])

    def _apply(self, _ordinal: str) -> Drawn:
        form = account_form(self.chance.choice([*LATE.values()]))
        request = registry_accounts_service_pb2.ApplyForAccountsRequest(applications=[form])
        return "ApplyForAccounts", "emitters", request

    def _review(self, _ordinal: str) -> Drawn:
        number = self._known("ApplyForAccounts", otherwise="AA-R-E-none-1")
        review = registry_accounts_service_pb2.AccountApplicationReview(application_no=number, is_passed=True)
        if self.chance.random() < 0.5:
            first = registry_accounts_service_pb2.FirstReviewAccountApplicationsRequest(reviews=[review])
            return "FirstReviewAccountApplications", self._person(), first
        second = registry_accounts_service_pb2.SecondReviewAccountApplicationsRequest(reviews=[review])
        return "SecondReviewAccountApplications", self._person(), second

    def _initiate(self, _ordinal: str) -> Drawn:
        request = registry_service_pb2.InitiateIssuancesRequest(table_nos=self._table_nos())
        return "InitiateIssuances", self._person(), request

    def _confirm(self, _ordinal: str) -> Drawn:
        request = registry_service_pb2.ConfirmIssuancesRequest(table_nos=self._table_nos())
        return "ConfirmIssuances", self._person(), request

    def _return(self, ordinal: str) -> Drawn:
        """Trading releases units, which comes as an event; and one more trade."""
        self.withdrawal_nos.append(f"W-{ordinal}")
        message = trading_events_pb2.WithdrawalRequested(
            withdrawal_no=f"W-{ordinal}",
            market="CEA",
            holder_account_no=f"R-E-{self.chance.choice(HOT)}",
            product=CEA,
            quantity_tco2e=self.chance.choice((1, 30, 100_000)),
        )
        self._producers.publish(TRADING, message)
        return self._settle(ordinal)

    def _withdraw(self, _ordinal: str) -> Drawn:
        number = self._known("SubmitSurrenderApplications", "OfferSurrenderHelp", otherwise="SA-x-y-1")
        withdrawal = registry_surrender_service_pb2.SurrenderWithdrawal(
            credit_code=_entity_of(number), application_no=number
        )
        request = registry_surrender_service_pb2.WithdrawSurrenderApplicationsRequest(
            withdrawals=[withdrawal]
        )
        return "WithdrawSurrenderApplications", "emitters", request

    def _offer(self, _ordinal: str) -> Drawn:
        helper, entity = self.chance.sample(HOT, 2)
        offer = registry_surrender_service_pb2.SurrenderHelpOffer(
            credit_code=helper,
            account_no=f"R-E-{helper}",
            entity_credit_code=entity,
            period=PERIOD,
            lines=[_line(self.chance.choice((1, 200)))],
        )
        request = registry_surrender_service_pb2.OfferSurrenderHelpRequest(offers=[offer])
        return "OfferSurrenderHelp", "emitters", request

    def _answer(self, _ordinal: str) -> Drawn:
        number = self._known("OfferSurrenderHelp", otherwise="SA-x-y-1")
        answer = registry_surrender_service_pb2.SurrenderHelpAnswer(
            credit_code=_entity_of(number), application_no=number, is_consented=self.chance.random() < 0.8
        )
        request = registry_surrender_service_pb2.AnswerSurrenderHelpRequest(answers=[answer])
        return "AnswerSurrenderHelp", "emitters", request

    def _cancel(self, _ordinal: str) -> Drawn:
        credit_code = self.chance.choice(HOT)
        form = registry_cancellation_service_pb2.CancellationForm(
            account_no=f"R-E-{credit_code}",
            credit_code=credit_code,
            product=CEA,
            quantity_tco2e=self.chance.choice((1, 50)),
            purpose=registry_cancellation_service_pb2.CANCELLATION_PURPOSE_PUBLIC_GOOD,
        )
        request = registry_cancellation_service_pb2.SubmitCancellationApplicationsRequest(applications=[form])
        return "SubmitCancellationApplications", "emitters", request

    def _check(self, _ordinal: str) -> Drawn:
        request = registry_cancellation_service_pb2.CheckCancellationApplicationsRequest(
            decisions=[self._cancellation_decision()]
        )
        return "CheckCancellationApplications", self._person(), request

    def _cancel_for_good(self, _ordinal: str) -> Drawn:
        request = registry_cancellation_service_pb2.RegisterCancellationsRequest(
            decisions=[self._cancellation_decision()]
        )
        return "RegisterCancellations", self._person(), request

    def _cancellation_decision(self) -> registry_cancellation_service_pb2.CancellationDecision:
        return registry_cancellation_service_pb2.CancellationDecision(
            application_no=self._known("SubmitCancellationApplications", otherwise="VC-none-1"),
            is_passed=self.chance.random() < 0.8,
        )

    def _freeze(self, _ordinal: str) -> Drawn:
        units = registry_change_service_pb2.UnitSelection(
            product=CEA, quantity_tco2e=self.chance.choice((1, 40))
        )
        form = registry_change_service_pb2.FreezeForm(
            document=_DOCUMENT, account_no=f"R-E-{self.chance.choice(HOT)}", units=[units]
        )
        request = registry_change_service_pb2.InitiateFreezesRequest(freezes=[form])
        return "InitiateFreezes", self._person(), request

    def _release(self, _ordinal: str) -> Drawn:
        freeze_no = f"{self._known('ConfirmChanges', otherwise='CR-000000')}/1"
        units = registry_change_service_pb2.FrozenUnits(freeze_no=freeze_no)
        form = registry_change_service_pb2.ReleaseForm(document=_DOCUMENT, units=[units])
        request = registry_change_service_pb2.InitiateReleasesRequest(releases=[form])
        return "InitiateReleases", self._person(), request

    def _confirm_change(self, _ordinal: str) -> Drawn:
        numbers = {
            self._known("InitiateFreezes", "InitiateReleases", otherwise="CR-000000") for _ in range(2)
        }
        request = registry_change_service_pb2.ConfirmChangesRequest(registration_nos=sorted(numbers))
        return "ConfirmChanges", self._person(), request

    def _table_nos(self) -> list[str]:
        province = self.chance.choice([*LATE])
        return [f"{PERIOD}/{kind}/{province}" for kind in ("PRE", "VERIFIED")]

    def _person(self) -> str:
        return self.chance.choice(["first", "second"])


_DOCUMENT = registry_types_pb2.ChangeDocument(
    kind=registry_types_pb2.CHANGE_DOCUMENT_KIND_COURT_RULING,
    document_no="（2021）鲁01执1号",
    issued_date="2021-10-26",
    authority="法院",
    digest=bytes(32),
)


def _line(quantity_tco2e: int) -> registry_types_pb2.SurrenderLine:
    return registry_types_pb2.SurrenderLine(product=CEA, quantity_tco2e=quantity_tco2e)


def _entity_of(application_no: str) -> str:
    return application_no.split("-")[-2]
