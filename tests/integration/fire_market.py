"""A small hot market for the registry under fire: who is on the roster, their tables, and the producers that tell it.

The producers are one gRPC server of the test, so that the registry, killed as often as may be, reads from it what it
has not consumed: exactly as it repairs a gap from the outbox of another service.
"""

import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ets.common.v1 import stream_service_pb2
from ets.common.v1.event_pb2 import EventEnvelope
from ets.common.v1.seal_pb2 import Seal
from ets.common.v1.stream_service_pb2_grpc import (
    StreamServiceServicer,
    add_StreamServiceServicer_to_server,
)
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from ets.registry.v1 import registry_accounts_service_pb2, registry_types_pb2
from ets_kernel.domain.canonical import canonical_row, rows_digest
from ets_kernel.domain.ids import make_credit_code
from ets_kernel.runtime.grpc.server import Served
from ets_kernel.runtime.signing import Ed25519Signer, private_key_from_seed, public_key_to_pem
from google.protobuf.message import Message

PERIOD = "2019-2020"
CEA = "CEA-2019-2020"
HOME = "37"
# Whose accounts everybody uses at once.
HOT = tuple(make_credit_code(f"9137000000{number:07d}") for number in range(1, 5))
# One entity each, whose tables are issued while the market is under fire.
LATE = {
    province: make_credit_code(f"91{province}000000{number:07d}")
    for number, province in enumerate(("11", "12", "13", "14", "15", "21", "22", "23"), start=1)
}
SUPPLY_MWH = 1_000_000
# 0.877 t per MWh; 70 % of it for each of the two years is pre-allocated.
YEAR_TCO2E = 877_000
PRE_TCO2E = 2 * 613_900
VERIFIED_TCO2E = 2 * YEAR_TCO2E
EMISSIONS_TCO2E = 900_000

ROSTER = "ets.mrv.roster.v1"
ALLOCATION = "ets.mrv.allocation.v1"
TRADING = "ets.trading.transfers.v1"

REGISTRY_KEY = private_key_from_seed(b"r" * 32)
_SEALER: Ed25519PrivateKey = private_key_from_seed(b"p" * 32)


def seal_keys() -> str:
    """The keys of the provinces, as the registry's setting wants them."""
    pem = public_key_to_pem(_SEALER.public_key())
    return json.dumps({f"province/{province}": pem for province in (HOME, *LATE)})


def name_of(credit_code: str) -> str:
    return f"企业{credit_code[-4:]}"


def province_of(credit_code: str) -> str:
    return credit_code[2:4]


def account_form(credit_code: str) -> registry_accounts_service_pb2.AccountForm:
    """What an entity applies for its account with."""
    return registry_accounts_service_pb2.AccountForm(
        kind=registry_types_pb2.ACCOUNT_KIND_EMITTER,
        credit_code=credit_code,
        name=name_of(credit_code),
        province_code=province_of(credit_code),
        papers=[registry_types_pb2.Paper(kind="licence", digest=bytes(32))],
    )


class Producers(StreamServiceServicer):
    """The outboxes of mrv, ccer-bridge and trading: lists, of which nothing is ever lost."""

    def __init__(self) -> None:
        self._streams: dict[str, list[EventEnvelope]] = {}

    def publish(self, topic: str, message: Message) -> None:
        """Put an event behind the last one of its topic."""
        stream = f"{topic}/0"
        events = self._streams.setdefault(stream, [])
        events.append(
            EventEnvelope(
                event_id=f"{stream}#{len(events) + 1}",
                type=message.DESCRIPTOR.full_name,
                stream=stream,
                sequence=len(events) + 1,
                aggregate="any",
                aggregate_id="any",
                payload=message.SerializeToString(deterministic=True),
            )
        )

    def heads(self) -> Mapping[str, int]:
        return {stream: len(events) for stream, events in self._streams.items()}

    def served(self) -> Served:
        return Served(
            add_to_server=add_StreamServiceServicer_to_server,
            servicer=self,
            descriptor=stream_service_pb2.DESCRIPTOR.services_by_name["StreamService"],
        )

    async def ListStreams(self, request, context):  # noqa: N802
        produced = [
            stream_service_pb2.StreamPosition(stream=stream, sequence=head)
            for stream, head in self.heads().items()
        ]
        return stream_service_pb2.ListStreamsResponse(produced=produced)

    async def ReadStream(self, request, context):  # noqa: N802
        events = self._streams.get(request.stream, [])
        found = events[request.after_sequence : request.after_sequence + (request.limit or 200)]
        return stream_service_pb2.ReadStreamResponse(events=found, head_sequence=len(events))

    async def AwaitStreams(self, request, context):  # noqa: N802
        return stream_service_pb2.AwaitStreamsResponse(reached=True)


def publish_roster(producers: Producers) -> None:
    """List everybody."""
    for credit_code in (*HOT, *LATE.values()):
        entity = mrv_types_pb2.Entity(
            credit_code=credit_code,
            name=name_of(credit_code),
            province_code=province_of(credit_code),
            period=PERIOD,
        )
        producers.publish(ROSTER, mrv_events_pb2.EntityListed(entity=entity))


def publish_tables(producers: Producers) -> None:
    """Transmit and seal both tables of every province."""
    for province, credit_codes in {HOME: HOT, **{key: (code,) for key, code in LATE.items()}}.items():
        for kind in ("PRE", "VERIFIED"):
            table = _table(kind, province, sorted(credit_codes))
            signature = Ed25519Signer(f"province/{province}", _SEALER).sign(table.digest)
            seal = Seal(digest=table.digest, signature=signature, key_id=f"province/{province}")
            sealed = mrv_events_pb2.AllocationTableSealed(
                table_no=table.table_no, revision=1, seal=seal, sealed_by="official"
            )
            producers.publish(ALLOCATION, table)
            producers.publish(ALLOCATION, sealed)


def _table(kind: str, province: str, credit_codes: list[str]) -> mrv_events_pb2.AllocationTableTransmitted:
    is_pre = kind == "PRE"
    rows = [_entity_row(credit_code, is_pre=is_pre) for credit_code in credit_codes]
    years = (2018,) if is_pre else (2019, 2020)
    return mrv_events_pb2.AllocationTableTransmitted(
        table_no=f"{PERIOD}/{kind}/{province}",
        province_code=province,
        period=PERIOD,
        kind=mrv_types_pb2.ALLOCATION_KIND_PRE_ALLOCATION
        if is_pre
        else mrv_types_pb2.ALLOCATION_KIND_VERIFIED,
        revision=1,
        unit_rows=[_unit_row(credit_code, year) for credit_code in credit_codes for year in years],
        entity_rows=rows,
        digest=_digest(rows),
    )


def _unit_row(credit_code: str, year: int) -> mrv_types_pb2.AllocationUnitRow:
    is_pre = year == 2018
    emissions = 0 if is_pre else EMISSIONS_TCO2E
    return mrv_types_pb2.AllocationUnitRow(
        unit=mrv_types_pb2.Unit(
            credit_code=credit_code,
            unit_no="1",
            category=mrv_types_pb2.UNIT_CATEGORY_CONVENTIONAL_COAL_ABOVE_300MW,
            cooling=mrv_types_pb2.COOLING_MODE_WATER,
            product_class=mrv_types_pb2.PRODUCT_CLASS_CONDENSING,
            capacity_mw="600",
            main_fuel="烟煤",
        ),
        output=mrv_types_pb2.VerifiedYear(
            credit_code=credit_code,
            unit_no="1",
            year=year,
            net_supply_mwh=str(SUPPLY_MWH),
            heat_supply_gj="0",
            heat_ratio="0",
            load_factor="0.90",
            emissions_tco2e=emissions,
        ),
        allowance_tco2e=PRE_TCO2E // 2 if is_pre else YEAR_TCO2E,
        obligation_tco2e=emissions,
    )


def _entity_row(credit_code: str, *, is_pre: bool) -> mrv_types_pb2.AllocationEntityRow:
    row = mrv_types_pb2.AllocationEntityRow(
        credit_code=credit_code, name=name_of(credit_code), pre_allocated_tco2e=PRE_TCO2E
    )
    if is_pre:
        row.issue_tco2e = PRE_TCO2E
        return row
    row.verified_tco2e = VERIFIED_TCO2E
    row.issue_tco2e = VERIFIED_TCO2E - PRE_TCO2E
    row.emissions_tco2e = row.obligation_tco2e = 2 * EMISSIONS_TCO2E
    return row


def _digest(rows: list[mrv_types_pb2.AllocationEntityRow]) -> bytes:
    return rows_digest(
        canonical_row(
            [
                row.credit_code,
                row.name,
                row.pre_allocated_tco2e,
                row.verified_tco2e,
                row.issue_tco2e,
                row.emissions_tco2e,
                row.obligation_tco2e,
                int(row.is_capped),
            ]
        )
        for row in rows
    )
