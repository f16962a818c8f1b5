"""How everything stood at a moment: as the model remembers it, and as the registry tells it when it is asked later."""

from datetime import datetime
from typing import Any

from ets.registry.v1 import registry_accounts_service_pb2, registry_change_service_pb2
from ets.registry.v1 import registry_service_pb2 as pb
from ets.registry.v1 import registry_types_pb2 as types_pb
from ets_kernel.runtime.grpc.messages import to_timestamp
from machine_registry import RegistryUnderTest
from model_books import Model
from model_state import DEADLINE, PERIOD

Past = dict[str, dict[Any, Any]]

# The first moment that is too late for 2019-2020.
LAST_MOMENT = datetime.fromisoformat(DEADLINE)


def remembered(model: Model) -> Past:
    """Holdings of accounts, accounts, tables, obligations, applications and freezes as the model has them now."""
    accounts = {number: one for number, one in model.accounts.items() if one.status != "applied"}
    return {
        "holdings": {place: held for place, held in model.units.holdings().items() if place[0] in accounts},
        "accounts": {number: one.status for number, one in accounts.items()},
        "tables": {number: table.status for number, table in model.tables.items()},
        "obligations": {
            credit_code: (
                one.owed,
                one.surrendered,
                one.offset,
                one.limit,
                one.deducted,
                one.state(model.now, LAST_MOMENT),
            )
            for credit_code, one in model.owed.items()
        },
        "applications": {number: one.status for number, one in model.applications.items()},
        "freezes": {number: (one.account_no, sorted(one.serials)) for number, one in model.freezes.items()},
    }


def told(registry: RegistryUnderTest, at: datetime) -> Past:
    """The same, read from the registry as of a moment."""
    return told_of_accounts(registry, at) | told_of_period(registry, at, PERIOD)


def told_of_accounts(registry: RegistryUnderTest, at: datetime) -> Past:
    """Accounts, what they held, and what courts had frozen."""
    moment = to_timestamp(at)
    every = registry_accounts_service_pb2.ListAccountsRequest(as_of=moment)
    accounts = {
        one.account_no: word(types_pb.AccountStatus, one.status)
        for one in registry.read("ListAccounts", every).accounts
        if one.kind != types_pb.ACCOUNT_KIND_SYSTEM
    }
    freezes = registry.read(
        "ListFreezes",
        registry_change_service_pb2.ListFreezesRequest(includes_ended=True, as_of=moment),
    )
    return {
        "holdings": _holdings(registry, sorted(accounts), moment),
        "accounts": accounts,
        "freezes": {one.freeze_no: (one.account_no, _serials(one.serials)) for one in freezes.freezes},
    }


def told_of_period(registry: RegistryUnderTest, at: datetime, period: str) -> Past:
    """Tables, obligations and applications of a period."""
    moment = to_timestamp(at)
    tables = registry.read("ListIssuances", pb.ListIssuancesRequest(period=period, as_of=moment))
    owing = registry.read(
        "ListComplianceStatuses", pb.ListComplianceStatusesRequest(period=period, as_of=moment)
    )
    applications = registry.read(
        "ListSurrenderApplications", pb.ListSurrenderApplicationsRequest(period=period, as_of=moment)
    )
    return {
        "tables": {one.table_no: word(types_pb.IssuanceStatus, one.status) for one in tables.issuances},
        "obligations": {
            one.credit_code: (
                one.obligation_tco2e,
                one.surrendered_tco2e,
                one.offset_tco2e,
                one.offset_limit_tco2e,
                one.deducted_tco2e,
                word(types_pb.ComplianceState, one.state),
            )
            for one in owing.statuses
        },
        "applications": {
            one.application_no: word(types_pb.SurrenderStatus, one.status)
            for one in applications.applications
        },
    }


def _holdings(registry: RegistryUnderTest, account_nos: list[str], moment: Any) -> dict[Any, int]:
    found = {}
    for account_no in account_nos:
        request = pb.GetAccountRequest(account_no=account_no, as_of=moment)
        for one in registry.read("GetAccount", request).holdings:
            bucket = word(types_pb.Bucket, one.bucket)
            found[account_no, one.product, bucket] = one.quantity_tco2e
    return found


def _serials(blocks: Any) -> list[int]:
    return sorted(serial for block in blocks for serial in range(block.serial_start, block.serial_end + 1))


def word(kind: Any, value: int) -> str:
    """The word of an enum's value, without the enum's name before it."""
    prefix = "".join(f"_{one}" if one.isupper() else one.upper() for one in kind.DESCRIPTOR.name).lstrip("_")
    return kind.Name(value).removeprefix(f"{prefix}_").lower()
