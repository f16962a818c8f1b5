"""Whatever a holder or a province asks, and whatever it names beside itself, no answer tells of anybody else."""

from itertools import product

import pytest
from accounts_served import emitter_form
from ets.common.v1 import options_pb2
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_allocation_service_pb2 as allocation_pb
from ets.registry.v1 import registry_allocation_service_pb2_grpc as allocation_grpc
from ets.registry.v1 import registry_cancellation_service_pb2 as cancellation_pb
from ets.registry.v1 import registry_cancellation_service_pb2_grpc as cancellation_grpc
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.domain.errors import EtsError
from ets_kernel.runtime.grpc.methods import is_read, path_of
from google.protobuf.message_factory import GetMessageClass
from registry_contract import METHODS
from registry_messages import CEA, DEFICIT, PERIOD, SURPLUS, code, entity_listed, name
from registry_world import ROSTER, accepted, reasons
from registry_world_changes import A, B, Changes, freeze, units

TODAY = "2021-10-26"
OUTSIDER = code(5)
# What a request may name beside whoever asks: what is there and what is not.
NAMED = {
    "account_no": (A, B, f"R-E-{OUTSIDER}", ""),
    "registration_no": ("CR-000001",),
    "certificate_no": ("VC-2021-000001", "VC-2021-000002"),
    "transfer_no": (f"RT-{A}-1", f"RT-{B}-1", "trade/X-1"),
    "period": (PERIOD,),
    "business_date": (TODAY,),
    "from_date": (TODAY,),
    "to_date": (TODAY,),
    "includes_ended": (True,),
}


# Of entity 1 these have nothing to tell here.
SILENT = {"GetTreeHead", "ListTreeHeads", "GetConsistencyProof", "ListObligationsTakenOver"}
SILENT |= {"ListCarryOverApplications", "ListEarmarkedAllowances"}


@pytest.fixture
async def others(world):
    """Entities 1 and 2 have done something of everything, and an outsider of another province nothing."""
    await world.allocate()
    await world.credit()
    await world.tell(ROSTER, entity_listed(5, "11"))
    await world.desk.open(emitter_form(5, province_code="11"))
    for holder, account_no in ((DEFICIT, A), (SURPLUS, B)):
        await world.send_to_trading(holder, 20)
        await world.apply((CEA, 50), credit_code=holder)
        form = cancellation_pb.CancellationForm(
            account_no=account_no,
            credit_code=holder,
            product=CEA,
            quantity_tco2e=3,
            purpose=cancellation_pb.CANCELLATION_PURPOSE_PUBLIC_GOOD,
        )
        await cancelled(world, form)
        await Changes(world).carry_out("InitiateFreezes", freezes=[freeze(units(4), account_no=account_no)])
        await deducted(world, holder)
        await looked_after(world, holder, account_no)
    trade = pb.TradeSettlement(
        trade_no="X-1", seller_account_no=B, buyer_account_no=A, product=CEA, quantity_tco2e=5
    )
    await accepted(
        world.trading.SettleTrades(
            pb.SettleTradesRequest(request_id="settle", trading_date=TODAY, trades=[trade])
        )
    )
    await world.scheduler.RunTreeHead(pb.RunTreeHeadRequest(request_id="head", business_date=TODAY))
    return world


async def cancelled(world, form):
    holders, first, second = (
        cancellation_grpc.RegistryCancellationServiceStub(world.served.channel(*roles, **scopes))
        for roles, scopes in (
            (("ROLE_EMITTER",), {"entities": ["*"], "subject": "agent"}),
            (("ROLE_REGISTRY_COMPLIANCE",), {"subject": "first"}),
            (("ROLE_REGISTRY_COMPLIANCE",), {"subject": "second"}),
        )
    )
    (number,) = await accepted(
        holders.SubmitCancellationApplications(
            cancellation_pb.SubmitCancellationApplicationsRequest(
                request_id=world.request_id(), applications=[form]
            )
        )
    )
    decision = cancellation_pb.CancellationDecision(application_no=number, is_passed=True)
    await accepted(
        first.CheckCancellationApplications(
            cancellation_pb.CheckCancellationApplicationsRequest(
                request_id=world.request_id(), decisions=[decision]
            )
        )
    )
    await accepted(
        second.RegisterCancellations(
            cancellation_pb.RegisterCancellationsRequest(request_id=world.request_id(), decisions=[decision])
        )
    )


async def deducted(world, holder):
    decision = allocation_pb.AllocationAdjustmentDecision(
        credit_code=holder,
        from_period="2021",
        kind=types_pb.ALLOCATION_ADJUSTMENT_KIND_OTHER,
        change_tco2e=1,
        document_no="d",
    )
    province = allocation_grpc.RegistryAllocationServiceStub(
        world.served.channel("ROLE_PROVINCE", provinces=["37"])
    )
    await accepted(
        province.RecordAllocationAdjustments(
            allocation_pb.RecordAllocationAdjustmentsRequest(
                request_id=world.request_id(), province_code="37", decisions=[decision]
            )
        )
    )


async def looked_after(world, holder, account_no):
    """Operators, a restriction, and a command that waits."""
    people = types_pb.OperatorChange(
        registered=[
            types_pb.OperatorDuties(subject=f"clerk-{holder}", is_initiator=True),
            types_pb.OperatorDuties(subject=f"head-{holder}", is_confirmer=True),
        ]
    )
    await world.desk.changed(account_no, operators=people)
    order = accounts_pb.RestrictionOrder(account_no=account_no, reason="r", document_no="d")
    restricted = await world.desk.staff().RestrictAccounts(
        accounts_pb.RestrictAccountsRequest(request_id=world.request_id(), orders=[order])
    )
    assert reasons(restricted) == [""]
    command = pb.TradingTransfer(credit_code=holder, product=CEA, quantity_tco2e=1)
    clerk = world.desk.commands("ROLE_EMITTER", entities=[holder], subject=f"clerk-{holder}")
    initiated = await clerk.InitiateInstructions(
        accounts_pb.InitiateInstructionsRequest(
            request_id=world.request_id(),
            instructions=[accounts_pb.InstructionForm(credit_code=holder, transfer_to_trading=command)],
        )
    )
    assert reasons(initiated) == [""]


def without(text, asked):
    for one in asked:
        text = text.replace(one, "")
    return text


def requests_of(method, own):
    """Every request of a read that names its caller as `own` says, and the others beside."""
    kind = GetMessageClass(method.input_type)
    fields = [field.name for field in method.input_type.fields]
    named = {name: values for name, values in (NAMED | own).items() if name in fields}
    for values in product(*named.values()):
        yield kind(**dict(zip(named, values, strict=True)))


async def told(world, role, scopes, own):
    """By read, all that a caller is told."""
    channel = world.served.channel(role, **scopes)
    answers = {}
    for call, method in METHODS.items():
        declared = method.GetOptions().Extensions[options_pb2.authorization]
        if not is_read(method) or options_pb2.Role.Value(role) not in declared.roles:
            continue
        answers[call] = ""
        for request in requests_of(method, own):
            rpc = channel.unary_unary(
                path_of(method),
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=GetMessageClass(method.output_type).FromString,
            )
            try:
                answer = await rpc(request)
            except EtsError as refusal:
                # What was asked for may stand in a refusal, and nothing else may.
                asked = {str(value) for _, value in request.ListFields()}
                answers[call] += without(f"{refusal.message} {refusal.metadata}", asked - {DEFICIT})
            else:
                answers[call] += answer.SerializeToString().decode("utf-8", "replace")
    return answers


@pytest.mark.parametrize("role", ["ROLE_EMITTER", "ROLE_HOLDER"])
async def test_a_holder_is_told_of_itself_and_of_nobody_else(others, role):
    answers = await told(others, role, {"entities": [DEFICIT]}, {"credit_code": (DEFICIT,)})
    secrets = (SURPLUS, name(2), OUTSIDER, name(5))
    assert {call for call, answer in answers.items() if any(secret in answer for secret in secrets)} == set()
    silent = {call for call, answer in answers.items() if not (DEFICIT in answer or name(1) in answer)}
    assert silent <= SILENT


@pytest.mark.parametrize("credit_code", ["", DEFICIT])
async def test_a_province_is_told_of_its_own_and_of_nobody_elses(others, credit_code):
    own = {"province_code": ("11",), "credit_code": (credit_code,)}
    answers = await told(others, "ROLE_PROVINCE", {"provinces": ["11"]}, own)
    secrets = (SURPLUS, name(1), name(2), *(() if credit_code else (DEFICIT,)))
    assert {call for call, answer in answers.items() if any(secret in answer for secret in secrets)} == set()
