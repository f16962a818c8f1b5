"""Every command that names an account or a holder answers ACCOUNT_CLOSED where the account was closed."""

from accounts_served import LICENCE, emitter_form
from ets.registry.v1 import registry_accounts_service_pb2 as accounts_pb
from ets.registry.v1 import registry_allocation_service_pb2 as allocation_pb
from ets.registry.v1 import registry_cancellation_service_pb2 as cancellation_pb
from ets.registry.v1 import registry_carry_over_service_pb2 as carry_over_pb
from ets.registry.v1 import registry_change_service_pb2 as change_pb
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.runtime.grpc.methods import is_read
from google.protobuf.message_factory import GetMessageClass
from registry_contract import METHODS
from registry_messages import CEA, DEFICIT, PERIOD, PROVINCE, SURPLUS, code, entity_listed
from registry_world import ROSTER, reasons
from registry_world_changes import RULING, A, B, Changes, units

GONE = code(3)
CLOSED = f"R-E-{GONE}"
ONE = [types_pb.SurrenderLine(product=CEA, quantity_tco2e=1)]
SENT = pb.TradingTransfer(credit_code=GONE, product=CEA, quantity_tco2e=1)
# What does not need an open account of the holder that it names.
ELSEWHERE = {
    "OpenAccounts": "the accounts of authorities are never closed",
    "ApplyForAccounts": "whose account was closed may apply for it again",
    "WithdrawSurrenderApplications": "an application: while one waits the account is not closed",
    "WithdrawCancellationApplications": "an application",
    "WithdrawCarryOverApplications": "an application",
    "AnswerSurrenderHelp": "an offer",
    "InitiateObligationChanges": "an obligation, which stays its entity's",
    "DecideNonSurrenderDeductions": "an obligation",
    "DeclareNetSales": "what an entity sold, which counts for whoever absorbed it",
}


def named_in(descriptor, seen=()):
    """Whether a request names accounts or holders anywhere."""
    return any(
        named_in(field.message_type, (*seen, descriptor.full_name))
        if field.message_type is not None and field.message_type.full_name not in seen
        else field.name.endswith(("account_no", "credit_code"))
        for field in descriptor.fields
    )


def requests_about_accounts():
    """By command of accounts and deductions, the requests that name the closed account or its holder."""
    form = accounts_pb.AccountChangeForm(
        account_no=CLOSED,
        credit_code=GONE,
        information=types_pb.InformationChange(contact="x"),
        papers=[LICENCE],
    )
    decided = {"credit_code": GONE, "instruction_nos": [f"IN-{CLOSED}-1"]}
    deduction = allocation_pb.AllocationAdjustmentDecision(
        credit_code=GONE,
        from_period="2021",
        kind=types_pb.ALLOCATION_ADJUSTMENT_KIND_OTHER,
        change_tco2e=1,
        document_no="d",
    )
    order = accounts_pb.RestrictionOrder(account_no=CLOSED, reason="r", document_no="d")
    command = accounts_pb.InstructionForm(credit_code=GONE, transfer_to_trading=SENT)
    forced = surrender_pb.ForcedSurrenderProposal(credit_code=GONE, document_no="d")
    return {
        "ApplyForAccountChanges": [{"applications": [form]}],
        "RestrictAccounts": [{"orders": [order]}],
        "InitiateInstructions": [{"instructions": [command]}],
        "ConfirmInstructions": [decided],
        "RejectInstructions": [decided],
        "RecordAllocationAdjustments": [{"province_code": PROVINCE, "decisions": [deduction]}],
        "InitiateForcedSurrenders": [{"proposals": [forced]}],
    }


def requests_of_holders():
    """By command of holders and of trading, the same."""
    carried = carry_over_pb.CarryOverForm(
        credit_code=GONE, lines=[carry_over_pb.CarryOverLine(product=CEA, quantity_tco2e=1)]
    )
    surrendered = pb.SurrenderForm(credit_code=GONE, period=PERIOD, lines=ONE)
    trades = [
        pb.TradeSettlement(
            trade_no="X-1",
            seller_account_no=seller,
            buyer_account_no=buyer,
            product=CEA,
            quantity_tco2e=1,
        )
        for seller, buyer in ((CLOSED, B), (B, CLOSED))
    ]
    return {
        "TransferToTrading": [{"transfers": [SENT]}],
        "SettleTrades": [{"trading_date": "2021-11-01", "trades": [trade]} for trade in trades],
        "SubmitSurrenderApplications": [{"applications": [surrendered]}],
        "OfferSurrenderHelp": [{"offers": [help_of(GONE, CLOSED)]}],
        "SubmitCancellationApplications": [{"applications": [cancellation_of(GONE, CLOSED)]}],
        "SubmitCarryOverApplications": [{"applications": [carried]}],
    }


def requests_to_change(corrected):
    """By command of change registrations, the same; `corrected` is an entry of the journal."""
    paper = {"document": RULING, "units": [units(1)]}
    entry = change_pb.CorrectedEntry(transfer_no=corrected, quantity_tco2e=1, target_account_no=CLOSED)
    both = ((CLOSED, B), (B, CLOSED))
    transfers = [
        change_pb.JudicialTransferForm(account_no=giver, target_account_no=taker, **paper)
        for giver, taker in both
    ]
    mergers = [
        change_pb.MergerForm(document=RULING, absorbed_account_no=absorbed, survivor_account_no=survivor)
        for absorbed, survivor in both
    ]
    splits = [
        change_pb.SplitForm(
            document=RULING,
            account_no=giver,
            parts=[change_pb.SplitPart(target_account_no=taker, units=units(1))],
        )
        for giver, taker in both
    ]
    released = change_pb.ReserveReleaseForm(target_account_no=CLOSED, **paper)
    correction = change_pb.CorrectionForm(document=RULING, entries=[entry])
    return {
        "InitiateFreezes": [{"freezes": [change_pb.FreezeForm(account_no=CLOSED, **paper)]}],
        "InitiateJudicialTransfers": [{"transfers": [one]} for one in transfers],
        "InitiateRecoveries": [{"recoveries": [change_pb.RecoveryForm(account_no=CLOSED, **paper)]}],
        "InitiateReserveReleases": [{"releases": [released]}],
        "InitiateCorrections": [{"corrections": [correction]}],
        "FileMergers": [{"province_code": PROVINCE, "mergers": [one]} for one in mergers],
        "FileSplits": [{"province_code": PROVINCE, "splits": [one]} for one in splits],
    }


def requests(corrected=""):
    """By command, every request in which the closed account has a part of its own."""
    return requests_about_accounts() | requests_of_holders() | requests_to_change(corrected)


def cancellation_of(credit_code, account_no):
    return cancellation_pb.CancellationForm(
        account_no=account_no,
        credit_code=credit_code,
        product=CEA,
        quantity_tco2e=1,
        purpose=cancellation_pb.CANCELLATION_PURPOSE_PUBLIC_GOOD,
    )


def help_of(credit_code, account_no):
    return surrender_pb.SurrenderHelpOffer(
        credit_code=credit_code,
        account_no=account_no,
        entity_credit_code=DEFICIT,
        period=PERIOD,
        lines=ONE,
    )


def test_every_command_that_names_an_account_is_gone_over():
    naming = {call for call, method in METHODS.items() if not is_read(method) and named_in(method.input_type)}
    assert naming == requests().keys() | ELSEWHERE.keys()


async def closed_beside_others(world):
    """Two entities with allowances and one whose account is closed; give an entry between the two."""
    await world.allocate()
    await world.tell(ROSTER, entity_listed(3))
    await world.desk.open(emitter_form(3))
    await decided_instruction(world)
    closing = types_pb.Closing(reason=types_pb.CLOSING_REASON_DISSOLVED)
    await world.desk.changed(CLOSED, closing=closing)
    changes = Changes(world)
    await changes.open_national()
    form = change_pb.JudicialTransferForm(
        document=RULING, account_no=B, target_account_no=A, units=[units(10)]
    )
    await changes.carry_out("InitiateJudicialTransfers", transfers=[form])
    journal = await world.reads().ListJournalEntries(pb.ListJournalEntriesRequest(account_no=B))
    return journal.entries[-1].transfer_no


async def decided_instruction(world):
    """The account had two operators, of whom one rejected what the other initiated."""
    people = types_pb.OperatorChange(
        registered=[
            types_pb.OperatorDuties(subject="clerk", is_initiator=True),
            types_pb.OperatorDuties(subject="head", is_confirmer=True),
        ]
    )
    await world.desk.changed(CLOSED, operators=people)
    form = accounts_pb.InstructionForm(credit_code=GONE, transfer_to_trading=SENT)
    clerk, head = (
        world.desk.commands("ROLE_EMITTER", entities=[GONE], subject=subject) for subject in ("clerk", "head")
    )
    await clerk.InitiateInstructions(
        accounts_pb.InitiateInstructionsRequest(request_id="initiate", instructions=[form])
    )
    rejected = await head.RejectInstructions(
        accounts_pb.RejectInstructionsRequest(
            request_id="reject", credit_code=GONE, instruction_nos=[f"IN-{CLOSED}-1"]
        )
    )
    assert reasons(rejected) == [""]


async def call(world, method, body):
    """Call as whoever may; give the reason of the one item."""
    scopes = {"provinces": [PROVINCE], "entities": ["*"], "subject": "head"}
    roles = (
        "ROLE_EMITTER",
        "ROLE_PROVINCE",
        "ROLE_SERVICE",
        "ROLE_REGISTRY_ACCOUNTS",
        "ROLE_REGISTRY_UNITS",
    )
    if method.name == "InitiateForcedSurrenders":
        roles = ("ROLE_REGISTRY_COMPLIANCE",)
    request = GetMessageClass(method.input_type)(request_id=world.request_id(), **body)
    rpc = world.served.channel(*roles, **scopes).unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    (reason,) = reasons(await rpc(request))
    return reason


async def test_every_command_tells_that_an_account_was_closed(world):
    corrected = await closed_beside_others(world)
    before = await world.state()
    told = {
        name: [await call(world, METHODS[name], body) for body in bodies]
        for name, bodies in requests(corrected).items()
    }
    assert told == {name: ["ACCOUNT_CLOSED"] * len(reasons) for name, reasons in told.items()}
    assert await world.state() == before


async def test_nobody_hears_that_anothers_account_was_closed(world):
    """Whoever names another's account hears what it hears of an account that nobody has."""
    await closed_beside_others(world)
    told = []
    for number in (CLOSED, A, "R-E-nobody"):
        for name, body in (
            ("SubmitCancellationApplications", {"applications": [cancellation_of(SURPLUS, number)]}),
            ("OfferSurrenderHelp", {"offers": [help_of(SURPLUS, number)]}),
        ):
            told.append(await call(world, METHODS[name], body))
    assert told == ["ACCOUNT_NOT_FOUND"] * 6
