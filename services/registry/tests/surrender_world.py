"""Surrender in the registry's world: steps through gRPC by those who may."""

from ets.registry.v1 import registry_surrender_service_pb2 as pb
from ets.registry.v1 import registry_surrender_service_pb2_grpc as grpc_pb
from ets.registry.v1 import registry_types_pb2
from registry_messages import DEFICIT, PERIOD, SURPLUS


class Surrender:
    """Callers of the commands and reads of surrender."""

    def __init__(self, world):
        self._world = world

    def commands(self, role, **scopes):
        return grpc_pb.RegistrySurrenderServiceStub(self._world.served.channel(role, **scopes))

    def reads(self, role="ROLE_AUDITOR", **scopes):
        return grpc_pb.RegistrySurrenderQueryServiceStub(self._world.served.channel(role, **scopes))

    async def result(self, rpc, request, role, **scopes):
        """Give the result of a command with one item."""
        request.request_id = self._world.request_id()
        answer = await getattr(self.commands(role, **scopes), rpc)(request)
        [result] = answer.results
        return result

    async def withdraw(self, application_no, credit_code=DEFICIT):
        request = pb.WithdrawSurrenderApplicationsRequest(
            withdrawals=[pb.SurrenderWithdrawal(credit_code=credit_code, application_no=application_no)]
        )
        return await self.result(
            "WithdrawSurrenderApplications", request, "ROLE_EMITTER", entities=[credit_code]
        )

    async def offer(self, *lines, entity=DEFICIT):
        """Let the second entity offer another help, the first one unless told."""
        one = pb.SurrenderHelpOffer(
            credit_code=SURPLUS,
            account_no=f"R-E-{SURPLUS}",
            entity_credit_code=entity,
            period=PERIOD,
            lines=[
                registry_types_pb2.SurrenderLine(product=product, quantity_tco2e=quantity)
                for product, quantity in lines
            ],
        )
        request = pb.OfferSurrenderHelpRequest(offers=[one])
        return await self.result("OfferSurrenderHelp", request, "ROLE_EMITTER", entities=[SURPLUS])

    async def answer(self, application_no, *, is_consented=True):
        one = pb.SurrenderHelpAnswer(
            credit_code=DEFICIT, application_no=application_no, is_consented=is_consented
        )
        request = pb.AnswerSurrenderHelpRequest(answers=[one])
        return await self.result("AnswerSurrenderHelp", request, "ROLE_EMITTER", entities=[DEFICIT])

    async def change(self, tonnes, credit_code=DEFICIT):
        """Change an obligation by two people; give the number of the change."""
        one = pb.ObligationChangeProposal(
            credit_code=credit_code, period=PERIOD, obligation_tco2e=tonnes, document_no="D-1", words="again"
        )
        staff = "ROLE_REGISTRY_COMPLIANCE"
        proposed = await self.result(
            "InitiateObligationChanges",
            pb.InitiateObligationChangesRequest(changes=[one]),
            staff,
            subject="first",
        )
        assert not proposed.HasField("error")
        confirmed = await self.result(
            "ConfirmObligationChanges",
            pb.ConfirmObligationChangesRequest(change_nos=[proposed.reference]),
            staff,
            subject="second",
        )
        assert not confirmed.HasField("error")
        return proposed.reference

    async def force(self, credit_code=DEFICIT):
        """Force a surrender by two people; give the number of the case."""
        staff = "ROLE_REGISTRY_COMPLIANCE"
        one = pb.ForcedSurrenderProposal(credit_code=credit_code, document_no="LETTER-1")
        proposed = await self.result(
            "InitiateForcedSurrenders",
            pb.InitiateForcedSurrendersRequest(proposals=[one]),
            staff,
            subject="first",
        )
        assert not proposed.HasField("error"), proposed
        confirmed = await self.result(
            "ConfirmForcedSurrenders",
            pb.ConfirmForcedSurrendersRequest(case_nos=[proposed.reference]),
            staff,
            subject="second",
        )
        assert not confirmed.HasField("error"), confirmed
        return proposed.reference

    async def surrender(self, *lines, credit_code=DEFICIT):
        """Apply, confirm and register; give the number of the application."""
        applied = await self._world.apply(*lines, credit_code=credit_code)
        assert not applied.HasField("error"), applied
        await self._world.decide(applied.reference)
        await self._world.register()
        return applied.reference
