"""How everything of the later years stood at a moment: as the model remembers it, and as the registry tells it."""

from datetime import datetime
from typing import Any

from ets.registry.v1 import registry_allocation_service_pb2 as allocation_pb
from ets.registry.v1 import registry_carry_over_service_pb2 as carry_over_pb
from ets.registry.v1 import registry_surrender_service_pb2 as surrender_pb
from ets_kernel.runtime.grpc.messages import to_timestamp
from later_model import LaterModel
from later_state import DEADLINES, YEARS
from machine_past import Past, remembered, told_of_accounts, told_of_period
from machine_registry import RegistryUnderTest


def remembered_later(model: LaterModel) -> Past:
    """What is remembered of 2021, obligations by period, and all that later years brought."""
    return remembered(model) | {
        "tables": {number: table.status for number, table in model.papers_issued.items()},
        "obligations": {
            key: (
                *(one.owed, one.surrendered, 0, 0 if key[0] in model.steel else one.limit, 0),
                one.state(model.now, DEADLINES[key[1]]),
            )
            for key, one in model.debts.items()
        },
        "adjustments": {
            key: [change[:3] for change in changes] for key, changes in model.adjustments.items()
        },
        "held for entities": {
            key: [change[1:4] for change in changes] for key, changes in model.held_for.items()
        },
        "forced surrenders": {number: one.status for number, one in model.cases.items()},
        "declarations": {code: (one.sold, one.bought) for code, one in model.declared.items()},
        "notices": {
            code: (one.base, one.computed, one.holding, one.allowed, model.carried(code), _done(model, code))
            for code, one in model.notices.items()
        },
        "findings": dict(model.found),
        "carry-overs": {
            number: (one.status, one.batch, one.run_no, one.lines)
            for number, one in model.carry_overs.items()
        },
        "runs": {number: (one.status, one.batch) for number, one in model.runs.items()},
    }


def told_later(registry: RegistryUnderTest, at: datetime, model: LaterModel) -> Past:
    """The same, read from the registry as of a moment."""
    past = told_of_accounts(registry, at) | {"tables": {}, "obligations": {}, "applications": {}}
    for period in YEARS:
        found = told_of_period(registry, at, period)
        past["tables"] |= found["tables"]
        past["applications"] |= found["applications"]
        past["obligations"] |= {(code, period): one for code, one in found["obligations"].items()}
    return past | _told_of_allocation(registry, at) | _told_of_carry_over(registry, at, model)


def _done(model: LaterModel, credit_code: str) -> int:
    mine = [one for one in model.carry_overs.values() if one.credit_code == credit_code]
    return sum(one.quantity for one in mine if one.status == "registered")


def _told_of_allocation(registry: RegistryUnderTest, at: datetime) -> Past:
    moment = to_timestamp(at)
    adjustments: dict[Any, list[Any]] = {}
    request = allocation_pb.ListAllocationAdjustmentsRequest(as_of=moment)
    for one in registry.read("ListAllocationAdjustments", request).adjustments:
        kind = _word_of(one, "kind")
        adjustments.setdefault((one.credit_code, one.from_period), []).append(
            (kind, one.change_tco2e, one.remainder_tco2e)
        )
    held: dict[Any, list[Any]] = {}
    earmarks = allocation_pb.ListEarmarkedAllowancesRequest(as_of=moment)
    for one in registry.read("ListEarmarkedAllowances", earmarks).earmarks:
        held.setdefault((one.credit_code, one.product), []).append(
            (_word_of(one, "kind"), one.change_tco2e, one.quantity_tco2e)
        )
    forced = surrender_pb.ListForcedSurrendersRequest(as_of=moment)
    cases = registry.read("ListForcedSurrenders", forced).forced_surrenders
    return {
        "adjustments": adjustments,
        "held for entities": held,
        "forced surrenders": {one.case_no: _word_of(one, "status") for one in cases},
    }


def _told_of_carry_over(registry: RegistryUnderTest, at: datetime, model: LaterModel) -> Past:
    moment = to_timestamp(at)
    declared = registry.read(
        "ListNetSalesDeclarations", carry_over_pb.ListNetSalesDeclarationsRequest(as_of=moment)
    )
    applications = registry.read(
        "ListCarryOverApplications", carry_over_pb.ListCarryOverApplicationsRequest(as_of=moment)
    )
    runs = registry.read("ListCarryOverRuns", carry_over_pb.ListCarryOverRunsRequest(as_of=moment))
    found = registry.read("ListCarryOverFindings", carry_over_pb.ListCarryOverFindingsRequest(as_of=moment))
    notices = {}
    for credit_code in model.notices:
        request = carry_over_pb.GetCarryOverNoticeRequest(credit_code=credit_code, as_of=moment)
        answer = registry.read("GetCarryOverNotice", request)
        if not isinstance(answer, str):
            one = answer.notice
            notices[credit_code] = (
                *(one.finding.base_tco2e, one.finding.computed_tco2e, one.finding.holding_tco2e),
                *(one.allowed_tco2e, one.applied_tco2e, one.carried_over_tco2e),
            )
    return {
        "declarations": {
            one.credit_code: (one.sold_tco2e, one.bought_tco2e) for one in declared.declarations
        },
        "notices": notices,
        "findings": {one.credit_code: one.reason for one in found.findings},
        "carry-overs": {
            one.application_no: (
                _word_of(one, "status"),
                one.batch_no,
                one.run_no,
                [(line.product, line.quantity_tco2e) for line in one.lines],
            )
            for one in applications.applications
        },
        "runs": {one.run_no: (_word_of(one, "status"), one.batch_no) for one in runs.runs},
    }


def _word_of(message: Any, field: str) -> str:
    """The word of an enum field, without the enum's name before it."""
    kind = message.DESCRIPTOR.fields_by_name[field].enum_type
    prefix = kind.values[0].name.removesuffix("UNSPECIFIED")
    return str(kind.values_by_number[getattr(message, field)].name).removeprefix(prefix).lower()
