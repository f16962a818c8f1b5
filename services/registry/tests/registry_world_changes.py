"""Change registrations in the registry's world: what serves them, and steps through gRPC."""

from hashlib import sha256

from ets.registry.v1 import registry_change_service_pb2 as pb
from ets.registry.v1 import registry_change_service_pb2_grpc as grpc_pb
from ets.registry.v1 import registry_service_pb2
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.runtime.grpc.server import Served
from registry.adapters.grpc_changes import RegistryChangeGrpc, RegistryChangeQueryGrpc
from registry_messages import CEA, DEFICIT, SURPLUS

A, B = f"R-E-{DEFICIT}", f"R-E-{SURPLUS}"
RULING = types_pb.ChangeDocument(
    kind=types_pb.CHANGE_DOCUMENT_KIND_COURT_RULING,
    document_no="(2021)鲁01执1号",
    issued_date="2021-10-25",
    authority="济南市中级人民法院",
    digest=sha256(b"ruling").digest(),
)


def changes_served(door, clock):
    """What the world serves for change registrations."""
    services = pb.DESCRIPTOR.services_by_name
    return (
        Served(
            add_to_server=grpc_pb.add_RegistryChangeServiceServicer_to_server,
            servicer=RegistryChangeGrpc(door=door, clock=clock),
            descriptor=services["RegistryChangeService"],
        ),
        Served(
            add_to_server=grpc_pb.add_RegistryChangeQueryServiceServicer_to_server,
            servicer=RegistryChangeQueryGrpc(door=door, clock=clock),
            descriptor=services["RegistryChangeQueryService"],
        ),
    )


def units(quantity=0, start=0, end=0, product=CEA):
    return pb.UnitSelection(product=product, quantity_tco2e=quantity, serial_start=start, serial_end=end)


def freeze(*lines, account_no=A, **rest):
    return pb.FreezeForm(document=RULING, account_no=account_no, units=lines, **rest)


class Changes:
    """Callers of change registrations: two people, a province, readers."""

    def __init__(self, world):
        self._world = world

    def commands(self, role="ROLE_REGISTRY_UNITS", **scopes):
        return grpc_pb.RegistryChangeServiceStub(self._world.served.channel(role, **scopes))

    def reads(self, role="ROLE_AUDITOR", **scopes):
        return grpc_pb.RegistryChangeQueryServiceStub(self._world.served.channel(role, **scopes))

    async def propose(self, rpc, *, person="first", **items):
        """Call one of the Initiate RPCs; gives the results."""
        request = getattr(pb, f"{rpc}Request")(request_id=self._world.request_id(), **items)
        return (await getattr(self.commands(subject=person), rpc)(request)).results

    async def file(self, rpc, *, province_code="37", **items):
        """Call one of the File RPCs as a province; gives the results."""
        request = getattr(pb, f"{rpc}Request")(
            request_id=self._world.request_id(), province_code=province_code, **items
        )
        stub = self.commands("ROLE_PROVINCE", provinces=[province_code], subject="official")
        return (await getattr(stub, rpc)(request)).results

    async def take_up(self, *numbers):
        request = pb.InitiateFiledChangesRequest(
            request_id=self._world.request_id(), registration_nos=numbers
        )
        return (await self.commands(subject="first").InitiateFiledChanges(request)).results

    async def confirm(self, *numbers, person="second"):
        request = pb.ConfirmChangesRequest(request_id=self._world.request_id(), registration_nos=numbers)
        return (await self.commands(subject=person).ConfirmChanges(request)).results

    async def carry_out(self, rpc, **items):
        """Propose and confirm; gives the number of the one registration."""
        (result,) = await self.propose(rpc, **items)
        assert result.error.reason == ""
        (confirmed,) = await self.confirm(result.reference)
        assert confirmed.error.reason == ""
        return result.reference

    async def correct(self, *entries):
        """Correct entries together, each with its number or as a form; gives the number of the registration."""
        named = [{"transfer_no": one} if isinstance(one, str) else one for one in entries]
        form = pb.CorrectionForm(document=RULING, entries=[pb.CorrectedEntry(**one) for one in named])
        return await self.carry_out("InitiateCorrections", corrections=[form])

    async def carry_out_filed(self, rpc, **items):
        """File, take up and confirm; gives the number of the one registration."""
        (result,) = await self.file(rpc, **items)
        assert result.error.reason == ""
        await self.take_up(result.reference)
        (confirmed,) = await self.confirm(result.reference)
        assert confirmed.error.reason == ""
        return result.reference

    async def open_national(self):
        """Open the account of the nation."""
        opening = registry_service_pb2.AccountOpening(kind=types_pb.ACCOUNT_KIND_NATIONAL, name="生态环境部")
        request = registry_service_pb2.OpenAccountsRequest(
            request_id=self._world.request_id(), accounts=[opening]
        )
        answer = await self._world.operator.OpenAccounts(request)
        assert answer.results[0].reference == "R-NATIONAL"

    async def freezes(self, **wanted):
        """Account, held quantity and serials of each freeze."""
        found = (await self.reads().ListFreezes(pb.ListFreezesRequest(**wanted))).freezes
        return {
            one.freeze_no: (
                one.account_no,
                one.held_tco2e,
                [(run.serial_start, run.serial_end) for run in one.serials],
            )
            for one in found
        }
