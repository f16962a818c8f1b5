"""What the registration system must refuse, with tables that are sealed or computed wrongly, and repeated requests."""

from dataclasses import replace
from random import Random
from typing import Any

from attempts import (
    ALLOWANCE,
    PERIOD,
    Attempt,
    Bench,
    accepted,
    apply,
    beijing,
    entity_of,
    reason_of,
    surrender,
)
from ets.common.v1.error_pb2 import ItemResult
from ets.common.v1.seal_pb2 import Seal
from ets.mrv.v1.mrv_service_pb2 import (
    ComputeAllocationTableRequest,
    RecordVerifiedYearsRequest,
    RegisterEntitiesRequest,
    RegisterUnitsRequest,
    SealAllocationTableRequest,
    TransmitAllocationTableRequest,
)
from ets.mrv.v1.mrv_types_pb2 import AllocationKind
from ets.mrv.v1.mrv_types_pb2 import Entity as ListedEntity
from ets.registry.v1.registry_service_pb2 import (
    ConfirmIssuancesRequest,
    InitiateIssuancesRequest,
    OpenAccountsResponse,
    RunOffsetCreditCreationRequest,
    TradingTransfer,
    TransferToTradingRequest,
)
from ets_kernel.runtime.signing import Ed25519Signer
from offset_attempts import GOOD_LINE
from simulation.population import units as plants
from simulation.population.names import Register
from simulation.population.plan import Entity
from simulation.window import preparation
from simulation.window import world as actors

WORK_DAY = beijing(11, 9, 10)
PROVINCE = "12"
PRE = AllocationKind.ALLOCATION_KIND_PRE_ALLOCATION


def newcomer() -> Entity:
    """An entity of a province that the plan does not know."""
    code, name = Register(Random(3), prefix="MC").entity(province_code=PROVINCE, short_name="试验")
    units = plants.make_units(Random(3), plants.CITY, air_cooled_percent=0)
    with_emissions = tuple(
        replace(
            unit, years=(unit.years[0], *(replace(year, emissions_tco2e=1_000) for year in unit.years[1:]))
        )
        for unit in units
    )
    return Entity(
        credit_code=code, name=name, province_code=PROVINCE, units=with_emissions,
        allocation_tco2e=0, emissions_tco2e=0, obligation_tco2e=0,
    )  # fmt: skip


async def computed_table(bench: Bench) -> str:
    """Let the province record its one entity and compute the pre-allocation; give the table's number."""
    entity, mrv = newcomer(), bench.world.mrv(actors.province(PROVINCE))
    listed = ListedEntity(
        credit_code=entity.credit_code, name=entity.name, province_code=PROVINCE, period=PERIOD
    )
    accepted(
        await mrv.RegisterEntities(RegisterEntitiesRequest(request_id=bench.request_id(), entities=[listed]))
    )
    await mrv.RegisterUnits(
        RegisterUnitsRequest(
            request_id=bench.request_id(),
            province_code=PROVINCE,
            units=[preparation._unit(entity, unit) for unit in entity.units],
        )
    )
    await mrv.RecordVerifiedYears(
        RecordVerifiedYearsRequest(
            request_id=bench.request_id(),
            province_code=PROVINCE,
            rows=[preparation._year(entity, unit, year) for unit in entity.units for year in unit.years],
        )
    )
    computed = await mrv.ComputeAllocationTable(
        ComputeAllocationTableRequest(
            request_id=bench.request_id(), province_code=PROVINCE, period=PERIOD, kind=PRE
        )
    )
    bench.numbers["table"] = computed.table.table_no
    return computed.table.table_no


async def transmit(bench: Bench, table_no: str) -> None:
    await bench.world.mrv(actors.province(PROVINCE)).TransmitAllocationTable(
        TransmitAllocationTableRequest(
            request_id=bench.request_id(), province_code=PROVINCE, table_no=table_no
        )
    )


async def seal_with_the_own_key(bench: Bench, table_no: str, digest: bytes) -> None:
    signer = Ed25519Signer(f"province/{PROVINCE}", bench.system.secrets.private_key(f"province-{PROVINCE}"))
    seal = Seal(digest=digest, signature=signer.sign(digest), key_id=signer.key_id)
    await bench.world.mrv(actors.province(PROVINCE)).SealAllocationTable(
        SealAllocationTableRequest(
            request_id=bench.request_id(), province_code=PROVINCE, table_no=table_no, seal=seal
        )
    )


async def table_sealed_wrongly(bench: Bench) -> None:
    """Set up: a province computes and transmits a table, and seals a paper with other figures."""
    table_no = await computed_table(bench)
    await transmit(bench, table_no)
    await seal_with_the_own_key(bench, table_no, bytes(32))


async def initiate(bench: Bench) -> Any:
    return await bench.world.registry(actors.REGISTRY_FIRST).InitiateIssuances(
        InitiateIssuancesRequest(request_id=bench.request_id(), table_nos=[bench.numbers["table"]])
    )


async def confirm_issue(bench: Bench) -> Any:
    return await bench.world.registry(actors.REGISTRY_SECOND).ConfirmIssuances(
        ConfirmIssuancesRequest(request_id=bench.request_id(), table_nos=[bench.numbers["table"]])
    )


async def seal_with_a_foreign_key(bench: Bench) -> Any:
    digest = bytes(32)
    signer = Ed25519Signer("province/37", bench.system.secrets.private_key("province-37"))
    seal = Seal(digest=digest, signature=signer.sign(digest), key_id=signer.key_id)
    return await bench.world.mrv(actors.province(PROVINCE)).SealAllocationTable(
        SealAllocationTableRequest(
            request_id=bench.request_id(), province_code=PROVINCE, table_no=bench.numbers["table"], seal=seal
        )
    )


async def seal_with_a_broken_signature(bench: Bench) -> Any:
    seal = Seal(digest=bytes(32), signature=bytes(64), key_id=f"province/{PROVINCE}")
    return await bench.world.mrv(actors.province(PROVINCE)).SealAllocationTable(
        SealAllocationTableRequest(
            request_id=bench.request_id(), province_code=PROVINCE, table_no=bench.numbers["table"], seal=seal
        )
    )


async def surrender_above_holding(bench: Bench) -> Any:
    entity = entity_of("PARTIAL")
    return await surrender(bench, entity, (ALLOWANCE, entity.allocation_tco2e + 1))


async def surrender_above_obligation(bench: Bench) -> Any:
    entity = entity_of("SELLER")
    return await surrender(bench, entity, (ALLOWANCE, entity.obligation_tco2e + 1))


async def surrender_unknown_product(bench: Bench) -> Any:
    return await surrender(bench, entity_of("SELLER"), ("CCER-XN0002-2015", 1))


async def transfer_above_holding(bench: Bench) -> Any:
    transfer = TradingTransfer(
        credit_code=entity_of("PARTIAL").credit_code, product=ALLOWANCE, quantity_tco2e=10**12
    )
    return await bench.world.registry(actors.AGENTS).TransferToTrading(
        TransferToTradingRequest(request_id=bench.request_id(), transfers=[transfer])
    )


async def credits_created_twice(bench: Bench) -> Any:
    """Run the creation of a day that was run: it is no refusal, and makes nothing."""
    answer = await bench.world.registry(actors.SCHEDULER).RunOffsetCreditCreation(
        RunOffsetCreditCreationRequest(request_id=bench.request_id(), business_date="2021-10-28")
    )
    assert (answer.row_count, answer.quantity_tco2e) == (0, 0)
    return NOTHING


async def one_request_id_with_two_bodies(bench: Bench) -> Any:
    request_id = bench.serial
    form = await apply(bench, entity_of("PLAIN"), [GOOD_LINE], province_code="11")
    assert reason_of(form) == "PROVINCE_MISMATCH"
    bench.serial = request_id  # The next request has the same id.
    return await apply(bench, entity_of("PLAIN", 1), [GOOD_LINE])


# An answer like that of a batch whose only item was accepted.
NOTHING = OpenAccountsResponse(results=[ItemResult(index=0)])

REGISTRY_SET_UPS = {WORK_DAY: table_sealed_wrongly}

REGISTRY_ATTEMPTS = [
    Attempt("issue of a table whose seal does not match", WORK_DAY, initiate, "TABLE_NOT_MATCHED"),
    Attempt("confirmation that nobody initiated", WORK_DAY, confirm_issue, "ISSUANCE_NOT_INITIATED"),
    Attempt("seal with another province's key", WORK_DAY, seal_with_a_foreign_key, "SEAL_KEY_FOREIGN"),
    Attempt("seal with a broken signature", WORK_DAY, seal_with_a_broken_signature, "SEAL_INVALID"),
    Attempt("surrender above holding", WORK_DAY, surrender_above_holding, "INSUFFICIENT_HOLDING"),
    Attempt("surrender above obligation", WORK_DAY, surrender_above_obligation, "OBLIGATION_EXCEEDED"),
    Attempt(
        "surrender of a product that is no allowance",
        WORK_DAY,
        surrender_unknown_product,
        "PRODUCT_NOT_USABLE",
    ),
    Attempt("transfer to trading above holding", WORK_DAY, transfer_above_holding, "INSUFFICIENT_HOLDING"),
    Attempt("credits created twice", WORK_DAY, credits_created_twice, ""),
    Attempt("one request id with two bodies", WORK_DAY, one_request_id_with_two_bodies, "REQUEST_ID_REUSED"),
]
