"""Accounts behind gRPC, and the steps by which holders get one: application, two reviews."""

from ets.registry.v1 import registry_accounts_service_pb2 as pb
from ets.registry.v1 import registry_accounts_service_pb2_grpc
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.calendars import load_work_calendar
from ets_kernel.runtime.grpc.server import Served
from registry.adapters.grpc_account_queries import RegistryAccountQueryGrpc
from registry.adapters.grpc_accounts import RegistryAccountGrpc
from registry_messages import PROVINCE, code, entity_listed, name

LICENCE = types_pb.Paper(kind="business licence", document_no="L-1", digest=b"d" * 32)


def accounts_served(door, clock):
    """The services of accounts."""
    services = pb.DESCRIPTOR.services_by_name
    return [
        Served(
            add_to_server=registry_accounts_service_pb2_grpc.add_RegistryAccountServiceServicer_to_server,
            servicer=RegistryAccountGrpc(door=door, clock=clock, calendar=load_work_calendar()),
            descriptor=services["RegistryAccountService"],
        ),
        Served(
            add_to_server=registry_accounts_service_pb2_grpc.add_RegistryAccountQueryServiceServicer_to_server,
            servicer=RegistryAccountQueryGrpc(door=door, clock=clock),
            descriptor=services["RegistryAccountQueryService"],
        ),
    ]


class AccountDesk:
    """Holders and the registration body's staff at work on accounts."""

    def __init__(self, world):
        self._world = world

    def commands(self, *roles, **scopes):
        channel = self._world.served.channel(*roles, **scopes)
        return registry_accounts_service_pb2_grpc.RegistryAccountServiceStub(channel)

    def reads(self, *roles, **scopes):
        channel = self._world.served.channel(*(roles or ("ROLE_AUDITOR",)), **scopes)
        return registry_accounts_service_pb2_grpc.RegistryAccountQueryServiceStub(channel)

    @property
    def holders(self):
        return self.commands("ROLE_EMITTER", "ROLE_HOLDER", entities=["*"], subject="agent")

    def staff(self, subject="first"):
        return self.commands("ROLE_REGISTRY_ACCOUNTS", subject=subject)

    async def apply(self, *forms):
        """Apply for accounts; give the answer."""
        return await self.holders.ApplyForAccounts(
            pb.ApplyForAccountsRequest(request_id=self._world.request_id(), applications=forms)
        )

    async def change(self, account_no, *, papers=(LICENCE,), credit_code="", commands=None, **change):
        """Apply for a change of an account; give its result."""
        form = pb.AccountChangeForm(account_no=account_no, credit_code=credit_code, papers=papers, **change)
        answer = await (commands or self.staff()).ApplyForAccountChanges(
            pb.ApplyForAccountChangesRequest(request_id=self._world.request_id(), applications=[form])
        )
        return answer.results[0]

    async def first(self, *application_nos, is_passed=True, subject="first", note=""):
        """Make first reviews; give the answer."""
        return await self.staff(subject).FirstReviewAccountApplications(
            pb.FirstReviewAccountApplicationsRequest(
                request_id=self._world.request_id(), reviews=reviews(application_nos, is_passed, note)
            )
        )

    async def second(self, *application_nos, is_passed=True, subject="second", note=""):
        """Make second reviews; give the answer."""
        return await self.staff(subject).SecondReviewAccountApplications(
            pb.SecondReviewAccountApplicationsRequest(
                request_id=self._world.request_id(), reviews=reviews(application_nos, is_passed, note)
            )
        )

    async def pass_both(self, *application_nos):
        """Let applications pass both reviews; every one must."""
        for answer in (await self.first(*application_nos), await self.second(*application_nos)):
            assert [result.error.reason for result in answer.results] == [""] * len(application_nos)

    async def open(self, *forms):
        """Open accounts by application; give the numbers of the applications."""
        answer = await self.apply(*forms)
        assert [result.error.reason for result in answer.results] == [""] * len(forms)
        numbers = [result.reference for result in answer.results]
        await self.pass_both(*numbers)
        return numbers

    async def listed_anew(self, number, **entity):
        """Let the roster tell something else of an entity, and its account follow."""
        message = entity_listed(number)
        for field, value in entity.items():
            setattr(message.entity, field, value)
        await self._world.tell("ets.mrv.roster.v1", message)
        await self.changed(f"R-E-{code(number)}", information=types_pb.InformationChange(**entity))

    async def changed(self, account_no, **change):
        """Let a change of an account pass; give the number of its application."""
        result = await self.change(account_no, **change)
        assert not result.error.reason, result
        await self.pass_both(result.reference)
        return result.reference


def reviews(application_nos, is_passed, note):
    return [
        pb.AccountApplicationReview(application_no=number, is_passed=is_passed, note=note)
        for number in application_nos
    ]


def emitter_form(number, **changes):
    """The application of the entity with this number."""
    values = {
        "kind": types_pb.ACCOUNT_KIND_EMITTER,
        "credit_code": code(number),
        "name": name(number),
        "province_code": PROVINCE,
        "papers": [LICENCE],
    } | changes
    return pb.AccountForm(**values)
