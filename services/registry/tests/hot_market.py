"""A market of a few hot accounts: every kind of command over all of them, in the order of a list."""

from ets.registry.v1 import (
    registry_accounts_service_pb2,
    registry_accounts_service_pb2_grpc,
    registry_cancellation_service_pb2,
    registry_cancellation_service_pb2_grpc,
    registry_change_service_pb2,
    registry_surrender_service_pb2,
    registry_surrender_service_pb2_grpc,
)
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets.trading.v1 import trading_events_pb2
from registry_messages import CEA, PERIOD, PROVINCE, Plant, cancellation_row, code, handover
from registry_world import HANDOVERS, TRADING
from registry_world_changes import RULING, Changes, freeze, units

PLANTS = tuple(Plant(number=number, emissions_tco2e=5_000_000) for number in range(1, 6))
HOT = [code(plant.number) for plant in PLANTS]


class HotMarket:
    """Commands over the hot accounts, in the order of the list that each is given."""

    def __init__(self, world):
        self.world = world
        self.applications = []
        self.cancellations = []
        self.days = 0
        self.last_digest = b""

    async def transfer(self, codes):
        wanted = [pb.TradingTransfer(credit_code=one, product=CEA, quantity_tco2e=1) for one in codes]
        request = pb.TransferToTradingRequest(request_id=self.world.request_id(), transfers=wanted)
        await self.world.emitters.TransferToTrading(request)

    async def settle(self, codes):
        request_id = self.world.request_id()
        trades = [
            pb.TradeSettlement(
                trade_no=f"{request_id}-{seller}",
                seller_account_no=f"R-E-{seller}",
                buyer_account_no=f"R-E-{buyer}",
                product=CEA,
                quantity_tco2e=1,
            )
            for seller, buyer in zip(codes, codes[1:] + codes[:1], strict=True)
        ]
        request = pb.SettleTradesRequest(request_id=request_id, trading_date="2021-10-26", trades=trades)
        await self.world.trading.SettleTrades(request)

    async def submit(self, codes):
        line = types_pb.SurrenderLine(product=CEA, quantity_tco2e=1)
        forms = [pb.SurrenderForm(credit_code=one, period=PERIOD, lines=[line]) for one in codes]
        request = pb.SubmitSurrenderApplicationsRequest(
            request_id=self.world.request_id(), applications=forms
        )
        answer = await self.world.emitters.SubmitSurrenderApplications(request)
        self.applications += [result.reference for result in answer.results if result.reference]

    async def decide(self, codes):
        """Decide on what waits, in the order of these accounts; every other one is refused."""
        known = sorted(
            self.applications[-40:], key=lambda number: [i for i, one in enumerate(codes) if one in number]
        )
        decisions = [
            pb.SurrenderDecision(application_no=number, is_confirmed=index % 2 == 0)
            for index, number in enumerate(known)
        ]
        request = pb.DecideSurrenderApplicationsRequest(
            request_id=self.world.request_id(),
            province_code=PROVINCE,
            decisions=decisions or [pb.SurrenderDecision(application_no="SA-none")],
        )
        await self.world.province.DecideSurrenderApplications(request)

    async def register(self, _codes):
        await self.world.register()

    async def answer(self, codes):
        """Units on their way arrive, or come back, and trading releases some: all as events."""
        sent = await self.world.book("trading_transfers")
        waiting = [row for row in sent if row[4] == "sent"][:10]
        messages = [
            trading_events_pb2.TransferInAccepted(
                transfer_no=row[0],
                market="CEA",
                holder_account_no=row[1],
                product=CEA,
                quantity_tco2e=int(row[3]),
            )
            for row in sorted(waiting, key=lambda row: [i for i, one in enumerate(codes) if one in row[1]])
        ]
        messages += [
            trading_events_pb2.WithdrawalRequested(
                withdrawal_no=f"W-{self.world.request_id()}",
                market="CEA",
                holder_account_no=f"R-E-{one}",
                product=CEA,
                quantity_tco2e=1,
            )
            for one in codes
        ]
        await self.world.tell(TRADING, *messages)

    async def hand_over(self, codes):
        self.days += 1
        rows = [
            cancellation_row(
                row_no,
                number=HOT.index(one) + 1,
                ordinal=self.days,
                quantity=1,
                start=1_000 * self.days + row_no,
            )
            for row_no, one in enumerate(codes, start=1)
        ]
        message = handover(
            f"2021-{11 + self.days // 28:02d}-{1 + self.days % 28:02d}", *rows, previous=self.last_digest
        )
        self.last_digest = message.manifest.manifest_digest
        await self.world.tell(HANDOVERS, message)

    async def credit(self, _codes):
        await self.world.scheduler.RunOffsetCreditCreation(
            pb.RunOffsetCreditCreationRequest(request_id=self.world.request_id(), business_date="2021-12-30")
        )

    async def sign(self, _codes):
        request_id = self.world.request_id()
        day = f"2021-{1 + int(request_id.rpartition('-')[2]) % 12:02d}-01"
        await self.world.scheduler.RunTreeHead(
            pb.RunTreeHeadRequest(request_id=request_id, business_date=day)
        )

    async def cancel(self, codes):
        forms = [
            registry_cancellation_service_pb2.CancellationForm(
                account_no=f"R-E-{one}",
                credit_code=one,
                product=CEA,
                quantity_tco2e=1,
                purpose=registry_cancellation_service_pb2.CANCELLATION_PURPOSE_PUBLIC_GOOD,
            )
            for one in codes
        ]
        request = registry_cancellation_service_pb2.SubmitCancellationApplicationsRequest(
            request_id=self.world.request_id(), applications=forms
        )
        stub = self._cancellations("ROLE_EMITTER", entities=["*"])
        answer = await stub.SubmitCancellationApplications(request)
        self.cancellations += [result.reference for result in answer.results if result.reference]

    async def cancel_for_good(self, codes):
        """Two people decide on what waits, in the order of these accounts; every third is refused."""
        known = sorted(self.cancellations[-20:], key=_order_of(codes)) or ["VC-none-1"]
        decisions = [
            registry_cancellation_service_pb2.CancellationDecision(
                application_no=number, is_passed=index % 3 > 0
            )
            for index, number in enumerate(known)
        ]
        checked = registry_cancellation_service_pb2.CheckCancellationApplicationsRequest(
            request_id=self.world.request_id(), decisions=decisions
        )
        staff = "ROLE_REGISTRY_OPERATOR"
        await self._cancellations(staff, subject="first").CheckCancellationApplications(checked)
        registered = registry_cancellation_service_pb2.RegisterCancellationsRequest(
            request_id=self.world.request_id(), decisions=decisions
        )
        await self._cancellations(staff, subject="second").RegisterCancellations(registered)

    async def help(self, codes):
        """Each offers the next one help; what was offered is consented to or taken back."""
        offers = [
            registry_surrender_service_pb2.SurrenderHelpOffer(
                credit_code=helper,
                account_no=f"R-E-{helper}",
                entity_credit_code=entity,
                period=PERIOD,
                lines=[types_pb.SurrenderLine(product=CEA, quantity_tco2e=1)],
            )
            for helper, entity in zip(codes, codes[1:] + codes[:1], strict=True)
        ]
        stub = self._surrenders("ROLE_EMITTER", entities=["*"])
        offered = await stub.OfferSurrenderHelp(
            registry_surrender_service_pb2.OfferSurrenderHelpRequest(
                request_id=self.world.request_id(), offers=offers
            )
        )
        pairs = [
            (offer.entity_credit_code, result.reference)
            for offer, result in zip(offers, offered.results, strict=True)
            if result.reference
        ]
        answers = [
            registry_surrender_service_pb2.SurrenderHelpAnswer(
                credit_code=entity, application_no=number, is_consented=True
            )
            for entity, number in pairs
        ]
        await stub.AnswerSurrenderHelp(
            registry_surrender_service_pb2.AnswerSurrenderHelpRequest(
                request_id=self.world.request_id(), answers=answers
            )
        )
        withdrawals = [
            registry_surrender_service_pb2.SurrenderWithdrawal(credit_code=entity, application_no=number)
            for entity, number in pairs[::2]
        ]
        await stub.WithdrawSurrenderApplications(
            registry_surrender_service_pb2.WithdrawSurrenderApplicationsRequest(
                request_id=self.world.request_id(), withdrawals=withdrawals
            )
        )
        self.applications += [number for _, number in pairs[1::2]]

    async def owe_otherwise(self, codes):
        """Two people change what everybody owes, up and down, so that applications may be given back."""
        self.days += 1
        proposals = [
            registry_surrender_service_pb2.ObligationChangeProposal(
                credit_code=one,
                period=PERIOD,
                obligation_tco2e=5_000_000 - self.days % 7 if index % 2 else 30 + self.days % 5,
                document_no="1",
            )
            for index, one in enumerate(codes)
        ]
        staff = "ROLE_REGISTRY_OPERATOR"
        answer = await self._surrenders(staff, subject="first").InitiateObligationChanges(
            registry_surrender_service_pb2.InitiateObligationChangesRequest(
                request_id=self.world.request_id(), changes=proposals
            )
        )
        numbers = [result.reference for result in answer.results if result.reference]
        await self._surrenders(staff, subject="second").ConfirmObligationChanges(
            registry_surrender_service_pb2.ConfirmObligationChangesRequest(
                request_id=self.world.request_id(), change_nos=numbers or ["OC-none"]
            )
        )

    async def freeze(self, codes):
        """A court freezes units in every account, and others go from each to the next."""
        changes = Changes(self.world)
        forms = [freeze(units(1), account_no=f"R-E-{one}") for one in codes]
        frozen = await changes.propose("InitiateFreezes", freezes=forms)
        crossing = [
            registry_change_service_pb2.JudicialTransferForm(
                document=RULING,
                target_account_no=f"R-E-{target}",
                account_no=f"R-E-{source}",
                units=[units(1)],
            )
            for source, target in zip(codes, codes[1:] + codes[:1], strict=True)
        ]
        moved = await changes.propose("InitiateJudicialTransfers", transfers=crossing)
        numbers = [result.reference for result in (*frozen, *moved) if result.reference]
        if numbers:
            await changes.confirm(*numbers)

    async def restrict(self, codes):
        """Nobody may receive for a moment."""
        stub = registry_accounts_service_pb2_grpc.RegistryAccountServiceStub(
            self.world.served.channel("ROLE_REGISTRY_OPERATOR", subject="first")
        )
        orders = [
            registry_accounts_service_pb2.RestrictionOrder(
                account_no=f"R-E-{one}",
                uses=[types_pb.ACCOUNT_USE_CARRY_OVER],
                reason="调查",
                document_no="1",
            )
            for one in codes
        ]
        answer = await stub.RestrictAccounts(
            registry_accounts_service_pb2.RestrictAccountsRequest(
                request_id=self.world.request_id(), orders=orders
            )
        )
        lifted = [
            registry_accounts_service_pb2.LiftingOrder(restriction_no=result.reference, reason="结束")
            for result in answer.results
        ]
        await stub.LiftRestrictions(
            registry_accounts_service_pb2.LiftRestrictionsRequest(
                request_id=self.world.request_id(), orders=lifted[::-1]
            )
        )

    def _cancellations(self, *roles, **scopes):
        channel = self.world.served.channel(*roles, **scopes)
        return registry_cancellation_service_pb2_grpc.RegistryCancellationServiceStub(channel)

    def _surrenders(self, *roles, **scopes):
        channel = self.world.served.channel(*roles, **scopes)
        return registry_surrender_service_pb2_grpc.RegistrySurrenderServiceStub(channel)


def _order_of(codes):
    return lambda number: [index for index, one in enumerate(codes) if one in number]
