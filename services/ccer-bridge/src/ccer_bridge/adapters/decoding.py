"""Contract messages to domain values; what cannot be a value is MALFORMED_REQUEST or the value's own refusal."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from ets.ccer.v1 import ccer_types_pb2
from ets.mrv.v1 import mrv_events_pb2, mrv_types_pb2
from ets.registry.v1 import registry_events_pb2
from ets.trading.v1 import trading_events_pb2
from ets_kernel.domain.errors import MalformedRequest
from ets_kernel.domain.ids import AccountNo, ApplicationNo, CreditCode, ProductCode, parse_credit_code
from ets_kernel.domain.products import ccer_product, parse_project_no
from ets_kernel.domain.provinces import parse_province_code

from ccer_bridge.domain.applications import ConfirmedApplication, SummaryRow, SummaryStatus, WeeklySummary
from ccer_bridge.domain.handover import Acknowledgement, RowAnswer
from ccer_bridge.domain.projects import Project
from ccer_bridge.domain.transfers import ReturnedUnits, TransferAnswer, TransferState

_SUMMARY_STATUSES: Final[Mapping[int, SummaryStatus]] = {
    mrv_types_pb2.OFFSET_APPLICATION_STATUS_CONFIRMED: SummaryStatus.CONFIRMED,
    mrv_types_pb2.OFFSET_APPLICATION_STATUS_REFUSED: SummaryStatus.REFUSED,
    mrv_types_pb2.OFFSET_APPLICATION_STATUS_CANCELLED: SummaryStatus.CANCELLED,
}
_DECISIONS: Final[Mapping[int, bool]] = {
    mrv_types_pb2.OFFSET_APPLICATION_STATUS_CONFIRMED: True,
    mrv_types_pb2.OFFSET_APPLICATION_STATUS_REFUSED: False,
}


def business_day(text: str, field: str = "business_date") -> date:
    """Take a date, YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedRequest(f"{field} {text!r} is no date", field=field, rule="YYYY-MM-DD") from error


def project(message: ccer_types_pb2.Project) -> Project:
    """Take a project as it is; its owner is judged with it, so that it can be answered."""
    return Project(
        project_no=parse_project_no(message.project_no),
        name=message.name,
        project_type=message.project_type,
        methodology=message.methodology,
        owner_credit_code=CreditCode(message.owner_credit_code),
        is_inside_national_market=message.is_inside_national_market,
    )


def is_confirmed(message: mrv_types_pb2.OffsetApplication) -> bool:
    """Tell whether a decision confirms the application."""
    if message.status not in _DECISIONS:
        raise MalformedRequest(
            f"{message.application_no} is decided as {message.status}",
            field="application.status",
            rule="confirmed or refused",
        )
    return _DECISIONS[message.status]


def confirmed_application(message: mrv_types_pb2.OffsetApplication) -> ConfirmedApplication:
    """Take a confirmed application; lines of one project and year count together."""
    lines: dict[ProductCode, int] = {}
    for line in message.lines:
        product = ccer_product(line.project_no, line.reduction_year)
        lines[product] = lines.get(product, 0) + line.quantity_tco2e
    return ConfirmedApplication(
        application_no=ApplicationNo(message.application_no),
        credit_code=parse_credit_code(message.credit_code),
        province_code=parse_province_code(message.province_code),
        confirmed_tco2e=message.requested_tco2e,
        lines_tco2e=lines,
    )


def weekly_summary(message: mrv_events_pb2.WeeklySummaryPublished) -> WeeklySummary:
    """Take a weekly summary."""
    return WeeklySummary(
        province_code=parse_province_code(message.province_code),
        business_date=business_day(message.business_date),
        rows=tuple(_summary_row(row) for row in message.rows),
        confirmed_tco2e=message.confirmed_tco2e,
    )


def acknowledgement(message: registry_events_pb2.HandoverAcknowledged) -> Acknowledgement:
    """Take the registry's answer; a rejection has a reason."""
    if message.HasField("error") and not message.error.reason:
        raise MalformedRequest(
            f"{message.handover_no} is rejected without a reason", field="error.reason", rule="required"
        )
    return Acknowledgement(
        handover_no=message.handover_no,
        province_code=message.province_code,
        rows=tuple(
            RowAnswer(
                row_no=row.row_no,
                cancellation_no=row.cancellation_no,
                is_accepted=row.is_accepted,
                reason=row.error.reason,
            )
            for row in message.rows
        ),
        reason=message.error.reason,
        # Written before issues were numbered, when each hand-over had one.
        issue_no=message.issue_no or 1,
    )


def transfer_answer(
    message: trading_events_pb2.TransferInAccepted | trading_events_pb2.TransferInRefused,
    state: TransferState,
) -> TransferAnswer:
    """Take trading's answer to a transfer."""
    return TransferAnswer(
        transfer_no=message.transfer_no,
        venue=message.market,
        account_no=message.holder_account_no,
        product=message.product,
        quantity_tco2e=message.quantity_tco2e,
        state=state,
    )


def returned_units(message: trading_events_pb2.WithdrawalRequested) -> ReturnedUnits:
    """Take units that trading released."""
    if not message.withdrawal_no or message.quantity_tco2e < 1:
        raise MalformedRequest(
            f"withdrawal {message.withdrawal_no!r} of {message.quantity_tco2e} t",
            field="withdrawal_no",
            rule="a number and a quantity",
        )
    return ReturnedUnits(
        withdrawal_no=message.withdrawal_no,
        venue=message.market,
        account_no=AccountNo(message.holder_account_no),
        product=ProductCode(message.product),
        quantity_tco2e=message.quantity_tco2e,
    )


def _summary_row(message: mrv_events_pb2.WeeklySummaryRow) -> SummaryRow:
    if message.status not in _SUMMARY_STATUSES:
        raise MalformedRequest(
            f"{message.application_no} is summarised as {message.status}",
            field="rows.status",
            rule="confirmed, refused or cancelled",
        )
    return SummaryRow(
        application_no=ApplicationNo(message.application_no),
        credit_code=parse_credit_code(message.credit_code),
        status=_SUMMARY_STATUSES[message.status],
        confirmed_tco2e=message.confirmed_tco2e,
    )
